"""The sink: where events end up behind an endpoint, as far as it can be read."""

import glob
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import msgspec

from generator.collector.store import KINDS, Kind, read
from generator.datasets.reader import InputHints, opened, values
from generator.errors import UsageError
from generator.probe.exchange import Event

_READER = InputHints("> FILE, and name that as the sink")


class StoredEvents:
    """What is stored of one run, by mid.

    Attributes:
        kinds: the outcomes that the sink shows.
        unreadable: where something is not JSON, and why.
        readable: how many JSON values there are, of any program.
    """

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.kinds = frozenset(kinds)
        self.accepted: dict[str, list[Event]] = defaultdict(list)
        self.reasons: dict[str, str] = {}
        self.rejected: set[str] = set()
        self.duplicate: set[str] = set()
        self.unreadable: list[str] = []
        self.readable = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of the run."""
        return not (self.accepted or self.rejected or self.duplicate)

    def unread(self) -> str:
        """Return what could not be read, as the end of a sentence; "" if all could."""
        if not self.unreadable:
            return ""
        more = f" and {len(self.unreadable) - 1:,} more" if len(self.unreadable) > 1 else ""
        return f"; not readable there: {self.unreadable[0]}{more}"

    def add(self, kind: Kind, event: Any, reasons: Iterable[str] = ()) -> None:
        """Record one stored event; ignore what is not an event."""
        mid = event.get("mid") if isinstance(event, dict) else None
        if not isinstance(mid, str):
            return
        if kind == "accepted":
            self.accepted[mid].append(event)
        else:
            (self.rejected if kind == "rejected" else self.duplicate).add(mid)
            self.reasons[mid] = next(iter(reasons), "")


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


class ProbeSink(Protocol):
    """Whatever shows what was stored.

    Attributes:
        settle: seconds after which it shows what was sent, unless the user gives another time.
        is_ours: whether Footfall's own collector wrote it, which deduplicates every event by its mid, checks LOG
            events too, and measures an event to the byte.
    """

    settle: float
    is_ours: bool

    def read(self, run: int) -> StoredEvents:
        """Read what is stored of a run."""

    def described(self) -> str:
        """Return a few words on what was read."""

    def globs(self) -> dict[Kind, str]:
        """Return which files hold what, so that a test can read them by itself."""


class ProbeStoreSink:
    """The store of Footfall's own collector, which is on disk before the answer.

    Args:
        directory: the collector's.
    """

    settle = 0.0
    is_ours = True

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, run: int) -> StoredEvents:
        """Read what is stored of a run."""
        stored, mark = StoredEvents(KINDS), b"%08x" % run
        for each in read(self._directory):
            if mark in each.event:
                stored.add(each.kind, _decoded(each.event), each.reasons)
        return stored

    def described(self) -> str:
        """Return a few words on what was read."""
        return f"the store {self._directory} was read"

    def globs(self) -> dict[Kind, str]:
        """Return which files hold what."""
        return {kind: str(self._directory.absolute() / f"{kind}-*.jsonl") for kind in KINDS}


class ProbeFileSink:
    """Files of JSON, an event or a batch a line, compressed with gzip or not, that another program writes.

    Args:
        patterns: a file's name or a glob, by what is found there.
    """

    settle = 5.0
    is_ours = False

    def __init__(self, patterns: dict[Kind, str]) -> None:
        self._patterns = patterns

    def read(self, run: int) -> StoredEvents:
        """Read what is stored of a run."""
        stored, mark = StoredEvents(self._patterns), b"%08x" % run
        for kind, pattern in self._patterns.items():
            for path in _files(pattern):
                _read_file(path, kind, mark, stored)
        return stored

    def described(self) -> str:
        """Return a few words on what was read."""
        found = {pattern: len(_files(pattern)) for pattern in self._patterns.values()}
        counted = (
            f"{pattern} names {count:,} file{'' if count == 1 else 's'}" for pattern, count in found.items()
        )
        return ", ".join(counted)

    def globs(self) -> dict[Kind, str]:
        """Return which files hold what."""
        return {kind: str(Path(pattern).absolute()) for kind, pattern in self._patterns.items()}


def _files(pattern: str) -> list[str]:
    """List the files that are there by now; a sink may begin another one at any time."""
    found = glob.glob(pattern, recursive=True)  # noqa: PTH207  an absolute pattern is taken too
    return sorted(path for path in found if Path(path).is_file())


def _read_file(path: str, kind: Kind, mark: bytes, stored: StoredEvents) -> None:
    """Record the run's events of a file, of any size, and what could not be read."""
    try:
        with opened(path, reader=_READER) as file:
            for piece in values(file):
                why = str(piece.violation) if piece.violation else _problem(piece.data)
                if why:
                    stored.unreadable.append(f"{path}, line {piece.line}: {why}")
                    continue
                stored.readable += 1
                if mark in piece.data:
                    for event in _inside(_decoded(piece.data)):
                        stored.add(kind, event)
    except UsageError as error:
        # One file must not lose what was judged so far.
        stored.unreadable.append(str(error))


def _problem(data: bytes) -> str:
    """Return why a text is not JSON; "" if it is."""
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        return str(error)
    return ""


def _inside(value: Any) -> list[Any]:
    """Return the events of what a program wrote: a list, a batch, an event under its name, or the event itself."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or "eid" in value:
        return [value]
    events = value.get("events", [value.get("event", value)])
    return events if isinstance(events, list) else [value]


def find_sink(names: Iterable[str]) -> ProbeSink | None:
    """Find the sink that the user means.

    Args:
        names: one folder, the store of a collector; or files and globs, `rejected=` or `duplicate=` before those
            that hold no accepted events.

    Raises:
        UsageError: a folder is not a store, or a kind is named twice.
    """
    given = list(names)
    if len(given) == 1 and _is_store(Path(given[0])):
        return ProbeStoreSink(Path(given[0]))
    patterns: dict[Kind, str] = {}
    for name in given:
        kind, pattern = _parted(name)
        if kind in patterns:
            raise UsageError(
                f"--against {name}: {kind} events are found in {patterns[kind]} already; give one glob for both"
            )
        if Path(pattern).is_dir():
            raise UsageError(
                f"--against {name}: not the store of a collector, which is named alone. Name the files of other folders: "
                f"{pattern}/*.jsonl"
            )
        if not glob.has_magic(pattern) and not Path(pattern).exists():
            raise UsageError(
                f"--against {name}: no such file. Name an existing one, or a glob such as sink/*.jsonl"
            )
        patterns[kind] = pattern
    if patterns and "accepted" not in patterns:
        raise UsageError("--against: name the file that holds the accepted events as well")
    return ProbeFileSink(patterns) if patterns else None


def _is_store(path: Path) -> bool:
    return path.is_dir() and any(path.glob("accepted-*.jsonl"))


def _parted(name: str) -> tuple[Kind, str]:
    for kind in KINDS:
        if name.startswith(f"{kind}="):
            return kind, name.partition("=")[2]
    return "accepted", name
