"""The store of Footfall's own collector as a sink."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from generator.collector.store import KINDS
from generator.errors import UsageError
from generator.verify.sink.lines import blocks, dated
from generator.verify.sink.message import events_in
from generator.verify.sink.sink import Chunk, Kind, Text


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

    def chunks(self) -> Iterator[Text]:
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


def _read(segment: Path, kind: Kind) -> Iterator[Text]:
    def part(data: bytes, first: int) -> Chunk:
        return _part(segment, kind, data, first)

    try:
        with segment.open("rb") as file:
            for place, block in enumerate(blocks(file, str(segment))):
                # A line without its end is being written, or was never acknowledged.
                whole = block[: block.rfind(b"\n") + 1]
                yield Text(kind, whole, not place, True, part)
    except OSError as error:
        raise UsageError(f"{segment}: cannot be read: {error.strerror or error}") from None


def _part(segment: Path, kind: Kind, data: bytes, first: int) -> Chunk:
    events: list[bytes] = []
    received: list[int] = []
    unreadable: list[str] = []
    lines: list[int] = []
    unread = 0
    for number, line in enumerate(data.split(b"\n")[:-1], start=first):
        try:
            found, instant = _events(line)
        except ValueError as error:
            unreadable.append(f"{segment}:{number}: {error}")
            unread += len(line)
            continue
        events += found
        received += [instant] * len(found)
        lines += [number] * len(found)
    return Chunk(kind, events, received, str(segment), unreadable, lines, unread)


def _events(line: bytes) -> tuple[list[bytes], int]:
    """Give the events of a line; one is not as most are where its event is in base64, or it is spoiled."""
    known = dated(line)
    if known:
        return [known.event], known.received
    return events_in(line), _RECEIVED.decode(line).received
