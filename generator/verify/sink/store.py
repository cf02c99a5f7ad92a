"""The store of Footfall's own collector as a sink."""

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from generator.collector.store import KINDS
from generator.errors import UsageError
from generator.verify.sink.lines import Lines, blocks
from generator.verify.sink.message import events_in
from generator.verify.sink.sink import Chunk, Kind

_HEAD = re.compile(
    rb'\{"received":(\d{1,15}),"msgid":(?:"[^"\\]*"|null)(?:,"reasons":\["[^"\\]*"\])?,"event":'
)


class _Taken(NamedTuple):
    """What was taken of a block of lines."""

    events: list[bytes]
    received: list[int]
    unreadable: list[str]


class _Received(Struct, gc=False):
    received: int


_RECEIVED = msgspec.json.Decoder(_Received)


def is_store(path: Path) -> bool:
    """Tell whether a folder is a collector's store."""
    return path.is_dir() and any(path.glob("accepted-*.jsonl"))


class StoreSink:
    """A collector's store: what it accepted, rejected, and knew already, each with the time of its receipt.

    Args:
        directory: the collector's; it may be served meanwhile.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def described(self) -> str:
        """Say what is read."""
        return f"the store {self._directory}"

    def chunks(self) -> Iterator[Chunk]:
        """Give all that is there, segment by segment.

        Raises:
            UsageError: there is no store, or it cannot be read.
        """
        if not is_store(self._directory):
            raise UsageError(
                f"there is no store at {self._directory}; name the folder of footfall serve --store"
            )
        for kind in KINDS:
            for segment in sorted(self._directory.glob(f"{kind}-[0-9]*.jsonl"), key=_number):
                yield from _read(segment, kind)


def _number(segment: Path) -> int:
    return int(re.sub(r"\D", "", segment.stem) or 0)


def _read(segment: Path, kind: Kind) -> Iterator[Chunk]:
    try:
        with segment.open("rb") as file:
            for lines in blocks(file, str(segment)):
                # A line without its end is being written, or was never acknowledged.
                yield _chunk(segment, kind, lines, lines.texts if lines.is_ended else lines.texts[:-1])
    except OSError as error:
        raise UsageError(f"{segment}: cannot be read: {error.strerror or error}") from None


def _chunk(segment: Path, kind: Kind, lines: Lines, texts: list[bytes]) -> Chunk:
    taken = _Taken([], [], [])
    width = _width(texts)
    at = 0
    # The lines of one batch begin alike, and are taken together.
    for start, alike in groupby([text[:width] for text in texts]):
        count = sum(1 for _ in alike)
        _add(taken, start, texts[at : at + count], segment, lines.first + at)
        at += count
    return Chunk(kind, taken.events, taken.received, f"{segment}:{lines.first}", taken.unreadable)


def _width(texts: list[bytes]) -> int:
    found = _HEAD.match(texts[0]) if texts else None
    return found.end() if found else 1


def _add(taken: _Taken, start: bytes, texts: list[bytes], segment: Path, first: int) -> None:
    found = _HEAD.fullmatch(start)
    if found and {text[-2:] for text in texts} == {b"}}"}:
        size = len(start)
        taken.events.extend([text[size:-1] for text in texts])
        taken.received.extend([int(found[1])] * len(texts))
        return
    for number, text in enumerate(texts, start=first):
        _add_any(taken, text, f"{segment}:{number}")


def _add_any(taken: _Taken, line: bytes, place: str) -> None:
    """Take a line that is not as most are: its batch's id is another's length, its event is in base64, or it is spoiled."""
    found = _HEAD.match(line)
    try:
        events = [line[found.end() : -1]] if found and line.endswith(b"}}") else events_in(line)
        received = _RECEIVED.decode(line).received
    except ValueError as error:
        taken.unreadable.append(f"{place}: {error}")
        return
    taken.events.extend(events)
    taken.received.extend([received] * len(events))
