"""The sink: where events end up behind an endpoint, as far as it can be read."""

import glob
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from generator.collector.store import KINDS, Kind, read
from generator.corpus.reading import events, opened
from generator.errors import UsageError
from generator.testing.probe.exchange import Event


class Kept:
    """What is kept of one run, by mid.

    Attributes:
        kinds: the fates that can be seen at all.
    """

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.kinds = frozenset(kinds)
        self.accepted: dict[str, list[Event]] = defaultdict(list)
        self.reasons: dict[str, str] = {}
        self.rejected: set[str] = set()
        self.duplicate: set[str] = set()

    def add(self, kind: Kind, data: bytes, reasons: Iterable[str] = ()) -> None:
        """Take down one stored event; what is none is passed over."""
        event = _decoded(data)
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


class Sink(Protocol):
    """Whatever shows what was stored.

    Attributes:
        settle: seconds after which it shows what was sent, unless the user says otherwise.
        is_ours: whether Footfall's own collector wrote it, which knows every event again by its mid, checks LOG
            events too, and measures an event to the byte.
    """

    settle: float
    is_ours: bool

    def read(self, run: int) -> Kept:
        """Read what is kept of a run."""

    def globs(self) -> dict[Kind, str]:
        """Say which files hold what, so that a test can read them by itself."""


class StoreSink:
    """The store of Footfall's own collector, which is on disk before the answer.

    Args:
        directory: the collector's.
    """

    settle = 0.0
    is_ours = True

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, run: int) -> Kept:
        """Read what is kept of a run."""
        kept, mark = Kept(KINDS), b"%08x" % run
        for stored in read(self._directory):
            if mark in stored.event:
                kept.add(stored.kind, stored.event, stored.reasons)
        return kept

    def globs(self) -> dict[Kind, str]:
        """Say which files hold what."""
        return {kind: str(self._directory.absolute() / f"{kind}-*.jsonl") for kind in KINDS}


class FileSink:
    """Files of JSON, an event or a batch a line, compressed with gzip or not, that another program writes.

    Args:
        patterns: a file's name or a glob, by what is found there.
    """

    settle = 5.0
    is_ours = False

    def __init__(self, patterns: dict[Kind, str]) -> None:
        self._patterns = patterns

    def read(self, run: int) -> Kept:
        """Read what is kept of a run."""
        kept, mark = Kept(self._patterns), b"%08x" % run
        for kind, pattern in self._patterns.items():
            for data in _events(pattern):
                if mark in data:
                    kept.add(kind, data)
        return kept

    def globs(self) -> dict[Kind, str]:
        """Say which files hold what."""
        return {kind: str(Path(pattern).absolute()) for kind, pattern in self._patterns.items()}


def _events(pattern: str) -> Iterator[bytes]:
    """Yield the events of files that are there by now; a sink may begin another one at any time."""
    for path in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207  an absolute pattern is taken too
        if Path(path).is_file():
            with opened(path) as file:
                yield from (piece.data for piece in events(file) if not piece.violation)


def find_sink(names: Iterable[str]) -> Sink | None:
    """Find the sink that the user means.

    Args:
        names: one folder, the store of a collector; or files and globs, `rejected=` or `duplicate=` before those
            that hold no accepted events.

    Raises:
        UsageError: for a folder that is no store, and for what is said twice.
    """
    said = list(names)
    if len(said) == 1 and _is_store(Path(said[0])):
        return StoreSink(Path(said[0]))
    patterns: dict[Kind, str] = {}
    for name in said:
        kind, pattern = _parted(name)
        if kind in patterns:
            raise UsageError(
                f"--sink {name}: {kind} events are found in {patterns[kind]} already; give one glob for both"
            )
        if Path(pattern).is_dir():
            raise UsageError(
                f"--sink {name}: is no store of a collector, which is given alone; of other folders name the files: "
                f"{pattern}/*.jsonl"
            )
        if not glob.has_magic(pattern) and not Path(pattern).exists():
            raise UsageError(
                f"--sink {name}: there is no such file; name one that is there, or a glob such as sink/*.jsonl"
            )
        patterns[kind] = pattern
    if patterns and "accepted" not in patterns:
        raise UsageError("--sink: name the file that holds the accepted events as well")
    return FileSink(patterns) if patterns else None


def _is_store(path: Path) -> bool:
    return path.is_dir() and any(path.glob("accepted-*.jsonl"))


def _parted(name: str) -> tuple[Kind, str]:
    for kind in KINDS:
        if name.startswith(f"{kind}="):
            return kind, name.partition("=")[2]
    return "accepted", name
