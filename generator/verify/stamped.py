"""Sessions of the open model made anew: their templates compiled once more, and stamped."""

from collections.abc import Sequence

import msgspec
from msgspec import Raw

from generator.ledger.record import SessionStart
from generator.load.plan import Plan
from generator.load.template.compile import compile_session
from generator.load.template.pool import recipe
from generator.load.template.stamp import BatchTemplate, ByteTemplate, StampIdentity, Template
from generator.verify.batch import Batch, RegenerateError
from generator.verify.kept import Kept

KEPT = 128 << 20
"""Bytes of templates that are kept."""
_OVERHEAD = 4096
"""About what a template takes beside the bytes of its parts."""
_EVENTS = msgspec.json.Decoder(list[Raw])
_ANYBODY = StampIdentity(0, 0)


class _Made:
    """A template, and its batches written as lines.

    Attributes:
        lines: by batch; None where one cannot be written so.
    """

    def __init__(self, template: Template) -> None:
        self.template = template
        self.lines = [_as_lines(pattern, template.values(_ANYBODY, 0)) for pattern in template.patterns]


class StampedBatch(Batch):
    """A batch that is written whenever it is asked for: what fills a session's slots is small.

    Args:
        lines: its events with line ends between them, in pieces.
        count: how many there are.
        values: what fills the slots.
        size: about how many bytes these take.
    """

    __slots__ = ("_count", "_lines", "_size", "_values")

    def __init__(self, lines: ByteTemplate, count: int, values: Sequence[bytes], size: int) -> None:
        self._lines, self._count, self._values, self._size = lines, count, values, size

    @property
    def lines(self) -> bytes:
        """The events with line ends between them."""
        return self._lines.join(self._values)

    @property
    def events(self) -> list[bytes]:
        """The JSON text of each."""
        return self.lines.split(b"\n")

    @property
    def joined(self) -> bytes:  # type: ignore[override]
        """Their JSON texts with commas between them."""
        return self.lines.replace(b"\n", b",")

    @property
    def count(self) -> int:
        """How many events there are."""
        return self._count

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return self._size


class Stamped:
    """Makes sessions of the open model anew.

    Args:
        plan: what the run played, with a contract that wants events in an array.
        run: the run in every mid.
        kept: bytes of templates that are kept; the one longest unused goes first.
    """

    def __init__(self, plan: Plan, run: int, kept: int = KEPT) -> None:
        self._plan, self._run = plan, run
        self._scenarios = {one.name: one for one in plan.scenarios}
        self._contract = plan.contract({})
        self._kept: Kept[tuple[str, int], _Made] = Kept(kept)

    def session(self, opening: SessionStart) -> list[Batch]:
        """Give a session's batches."""
        made = self._made(opening.scenario, opening.number)
        values = made.template.values(
            StampIdentity(self._run, opening.session, opening.uid, opening.did), opening.t0
        )
        # A ledger may say anything, also a name that would break a line.
        in_lines = "\n" not in opening.uid and "\n" not in opening.did
        size = sum(map(len, values)) // (len(made.lines) or 1)
        return [
            StampedBatch(lines, pattern.events, values, size)
            if lines and in_lines
            else Batch(pattern.body.join(values)[1:-1])
            for pattern, lines in zip(made.template.patterns, made.lines, strict=True)
        ]

    def _made(self, scenario: str, number: int) -> _Made:
        key = scenario, number
        known = self._kept.get(key)
        if known is not None:
            return known
        if scenario not in self._scenarios:
            raise RegenerateError(f"scenario {scenario!r}: the run's header names none that is called so")
        made = _Made(compile_session(recipe(self._plan, self._contract, self._scenarios[scenario], number)))
        self._kept.keep(key, made, 2 * made.template.size + _OVERHEAD)
        return made


def _as_lines(pattern: BatchTemplate, values: Sequence[bytes]) -> ByteTemplate | None:
    """Rewrite a batch's array as lines; None where anything but constants stands between its events."""
    body = pattern.body.join(values)
    events = [bytes(event) for event in _EVENTS.decode(body)]
    parts = list(pattern.body.parts)
    ends, at = [], 0
    for event in events:
        at += 1 + len(event)
        ends.append(at)
    start = 0
    for place, part in enumerate(parts):
        within = [end - start for end in ends if start <= end < start + len(part)]
        if within and place % 2:
            return None
        parts[place] = _with(part, within)
        start += len(part)
    parts[0], parts[-1] = parts[0][1:], parts[-1][:-1]
    lines = ByteTemplate(parts, pattern.body.take)
    return lines if lines.join(values) == b"\n".join(events) and b"\n" not in body else None


def _with(part: bytes, places: Sequence[int]) -> bytes:
    """Give bytes with line ends at some places."""
    written = bytearray(part)
    for place in places:
        written[place : place + 1] = b"\n"
    return bytes(written)
