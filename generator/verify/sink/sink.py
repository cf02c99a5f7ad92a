"""A sink: whatever keeps events behind an endpoint, read as far as it is by now."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple, Protocol

from generator.verify.sink.layout import AS_WRITTEN, Layout

Kind = Literal["accepted", "rejected", "duplicate"]
"""As what an event is kept: taken, refused behind the answer, or known already."""


class Chunk(NamedTuple):
    """Some events of one place in a sink, in their order there.

    Attributes:
        kind: as what they are kept.
        events: the JSON text of each.
        received: when each came there, in milliseconds since 1970; None where the sink does not know.
        place: where the first of them stands, for people: a file and a line, a partition and an offset.
        unreadable: what stood there and is no JSON, each with its place and why.
        lines: the line of each; the place is their file then. Empty where it is none.
        unread_bytes: how many bytes stand in the unreadable places; None if that is not known.
        layout: how the events are laid out.
        notes: what else there is to say of the sink; each note is told once.
        trimmed: what the sink no longer keeps.
    """

    kind: Kind
    events: Sequence[bytes]
    received: Sequence[int] | None
    place: str
    unreadable: Sequence[str] = ()
    lines: Sequence[int] = ()
    unread_bytes: int | None = None
    layout: Layout = AS_WRITTEN
    notes: Sequence[str] = ()
    trimmed: Sequence["Trimmed"] = ()

    def placed(self, at: int) -> str:
        """Say where one of the events stands."""
        if self.lines:
            return f"{self.place}:{self.lines[at]}"
        return f"{self.place}, event {at:,} from there" if at else self.place


class Trimmed(NamedTuple):
    """A part of a sink whose oldest messages are no longer kept, as a topic's retention has it.

    Attributes:
        place: which part, for people.
        since: when its first message came that is still kept, in milliseconds since 1970; None if none is.
    """

    place: str
    since: float | None


class Text(NamedTuple):
    """Whole lines of a file, as they stand there: most are as our encoder writes them, and need no parting.

    Attributes:
        kind: as what they are kept.
        data: the lines, each with its end.
        is_first: whether the first of them is its file's first.
        is_dated: whether before each event stands when it came, as a collector's store has it.
        part: gives the events of lines, whatever these look like; takes lines, and the number of the first.
    """

    kind: Kind
    data: bytes
    is_first: bool
    is_dated: bool
    part: Callable[[bytes, int], Chunk]


class Sink(Protocol):
    """Whatever keeps events, read once from its beginning to where it ends now."""

    def chunks(self) -> Iterator[Chunk | Text]:
        """Give all that is there, some thousand events at a time.

        Raises:
            UsageError: there is no such sink, or it cannot be read to its end: nothing can be judged then.
        """

    def described(self) -> str:
        """Say in a few words what is read, such as "the store my-store"."""
