"""The manifest beside a dataset: what it is called, whose it is, and whether a file is as it says."""

import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec

_KINDS = (".gz", ".jsonl", ".ndjson", ".json")


def manifest_path(path: Path) -> Path:
    """Name the manifest beside a dataset: x.jsonl and x.jsonl.gz have x.manifest.json."""
    return path.with_name(f"{_stem(path)}.manifest.json")


def labels_path(path: Path) -> Path:
    """Name the labels of damage beside a dataset: x.jsonl and x.jsonl.gz have x.labels.jsonl."""
    return path.with_name(f"{_stem(path)}.labels.jsonl")


def _stem(path: Path) -> str:
    name = path.name
    for suffix in _KINDS:
        name = name.removesuffix(suffix) or name
    return name


def read_manifest(path: Path) -> dict[str, Any] | None:
    """Read a manifest; None where there is none, or something else."""
    try:
        said = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return said if isinstance(said, dict) and isinstance(said.get("sha256"), str) else None


def owner_of(manifest: dict[str, Any], path: Path) -> str:
    """Name the other file, still there, whose manifest it is; nothing where it may be this file's.

    Args:
        manifest: what stands beside the file.
        path: the file.
    """
    name = manifest.get("file")
    if not isinstance(name, str) or name == path.name or os.sep in name or not name:
        return ""
    return name if path.with_name(name).exists() else ""


class Comparison:
    """A file held against the manifest beside it, if there is one.

    Args:
        path: the file, as it is called.

    Attributes:
        name: the manifest's; empty where there is none.
        sha256: of the uncompressed bytes, for the reader to feed.
        agrees: whether the file is as the manifest says; True where there is none.
        said: the comparison in one line; empty where there is nothing to compare with.
    """

    def __init__(self, path: str) -> None:
        target = Path(os.path.realpath(path))
        beside = manifest_path(target)
        manifest = None if path == "-" else read_manifest(beside)
        if manifest and owner_of(manifest, target):
            manifest = None
        self._manifest = manifest
        self.name = beside.name if manifest else ""
        self.sha256 = hashlib.sha256()
        self.agrees, self.said = True, ""

    def conclude(self, events: int) -> None:
        """Compare, when everything was read.

        Args:
            events: how many there were.
        """
        manifest = self._manifest
        if manifest is None:
            return
        expected = manifest.get("events")
        self.agrees = expected == events and manifest["sha256"] == self.sha256.hexdigest()
        if self.agrees:
            self.said = f"as {self.name} says" + _incomplete(manifest)
        elif isinstance(expected, int) and expected != events:
            self.said = f"differs from {self.name}: {events:,} events instead of {expected:,}"
        else:
            self.said = f"differs from {self.name}: as many events, but other bytes (its sha256 is another)"


def _incomplete(manifest: dict[str, Any]) -> str:
    if manifest.get("complete", True):
        return ""
    options = manifest.get("options")
    wanted = options.get("sessions") if isinstance(options, dict) else None
    sessions = manifest.get("sessions")
    counts = (
        f": {sessions:,} of {wanted:,} sessions"
        if isinstance(sessions, int) and isinstance(wanted, int)
        else ""
    )
    return f", which is incomplete, for its making was stopped{counts}"
