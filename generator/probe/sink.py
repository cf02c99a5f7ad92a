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
    """What is kept of one run, by mid.

    Attributes:
        kinds: the fates that can be seen at all.
        unreadable: where something stands that is no JSON, and what it is.
        readable: how many JSON values there are beside, whosever they are.
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
        """Say what could not be read, as the end of a sentence; "" where all could."""
        if not self.unreadable:
            return ""
        more = f" and {len(self.unreadable) - 1:,} more" if len(self.unreadable) > 1 else ""
        return f"; not readable there: {self.unreadable[0]}{more}"

    def add(self, kind: Kind, event: Any, reasons: Iterable[str] = ()) -> None:
        """Take down one stored event; what is none is passed over."""
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
        settle: seconds after which it shows what was sent, unless the user says otherwise.
        is_ours: whether Footfall's own collector wrote it, which knows every event again by its mid, checks LOG
            events too, and measures an event to the byte.
    """

    settle: float
    is_ours: bool

    def read(self, run: int) -> StoredEvents:
        """Read what is kept of a run."""

    def described(self) -> str:
        """Say in a few words what was read."""

    def globs(self) -> dict[Kind, str]:
        """Say which files hold what, so that a test can read them by itself."""


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
        """Read what is kept of a run."""
        kept, mark = StoredEvents(KINDS), b"%08x" % run
        for stored in read(self._directory):
            if mark in stored.event:
                kept.add(stored.kind, _decoded(stored.event), stored.reasons)
        return kept

    def described(self) -> str:
        """Say in a few words what was read."""
        return f"the store {self._directory} was read"

    def globs(self) -> dict[Kind, str]:
        """Say which files hold what."""
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
        """Read what is kept of a run."""
        kept, mark = StoredEvents(self._patterns), b"%08x" % run
        for kind, pattern in self._patterns.items():
            for path in _files(pattern):
                _read_file(path, kind, mark, kept)
        return kept

    def described(self) -> str:
        """Say in a few words what was read."""
        found = {pattern: len(_files(pattern)) for pattern in self._patterns.values()}
        counted = (
            f"{pattern} names {count:,} file{'' if count == 1 else 's'}" for pattern, count in found.items()
        )
        return ", ".join(counted)

    def globs(self) -> dict[Kind, str]:
        """Say which files hold what."""
        return {kind: str(Path(pattern).absolute()) for kind, pattern in self._patterns.items()}


def _files(pattern: str) -> list[str]:
    """List the files that are there by now; a sink may begin another one at any time."""
    found = glob.glob(pattern, recursive=True)  # noqa: PTH207  an absolute pattern is taken too
    return sorted(path for path in found if Path(path).is_file())


def _read_file(path: str, kind: Kind, mark: bytes, kept: StoredEvents) -> None:
    """Take down the run's events of a file, however large they are, and what could not be read."""
    try:
        with opened(path, reader=_READER) as file:
            for piece in values(file):
                why = str(piece.violation) if piece.violation else _problem(piece.data)
                if why:
                    kept.unreadable.append(f"{path}, line {piece.line}: {why}")
                    continue
                kept.readable += 1
                if mark in piece.data:
                    for event in _inside(_decoded(piece.data)):
                        kept.add(kind, event)
    except UsageError as error:
        # What was judged so far must not be lost to one file.
        kept.unreadable.append(str(error))


def _problem(data: bytes) -> str:
    """Say why a text is no JSON; "" where it is."""
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        return str(error)
    return ""


def _inside(said: Any) -> list[Any]:
    """Give the events of what a program wrote: a list, a batch, an event under its name, or the event itself."""
    if isinstance(said, list):
        return said
    if not isinstance(said, dict) or "eid" in said:
        return [said]
    events = said.get("events", [said.get("event", said)])
    return events if isinstance(events, list) else [said]


def find_sink(names: Iterable[str]) -> ProbeSink | None:
    """Find the sink that the user means.

    Args:
        names: one folder, the store of a collector; or files and globs, `rejected=` or `duplicate=` before those
            that hold no accepted events.

    Raises:
        UsageError: for a folder that is no store, and for what is said twice.
    """
    said = list(names)
    if len(said) == 1 and _is_store(Path(said[0])):
        return ProbeStoreSink(Path(said[0]))
    patterns: dict[Kind, str] = {}
    for name in said:
        kind, pattern = _parted(name)
        if kind in patterns:
            raise UsageError(
                f"--against {name}: {kind} events are found in {patterns[kind]} already; give one glob for both"
            )
        if Path(pattern).is_dir():
            raise UsageError(
                f"--against {name}: is no store of a collector, which is given alone; of other folders name the files: "
                f"{pattern}/*.jsonl"
            )
        if not glob.has_magic(pattern) and not Path(pattern).exists():
            raise UsageError(
                f"--against {name}: there is no such file; name one that is there, or a glob such as sink/*.jsonl"
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
