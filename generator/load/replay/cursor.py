"""The cursor: a file that holds how far a dataset was replayed, so that a later run can continue from there."""

from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
from msgspec import Struct

from generator.errors import UsageError
from generator.load.replay.completed_set import CompletedSet
from generator.load.replay.dataset import Dataset
from generator.load.replay.session_assembler import HELD, HELD_BYTES
from generator.system.files import write_file

SECONDS = 1.0
"""Between two writings."""
_WAY_OUT = "give another file, or remove this one to begin again"


class _File(Struct, kw_only=True, forbid_unknown_fields=True):
    """What stands in the file.

    Attributes:
        replay, size, digest: the dataset.
        options: what decides what is sent.
        run: the run in every mid: what is sent again has the same ids.
        up_to: every session before this one was acknowledged whole.
        acknowledged: how many were, those after it among them.
        done: which, see `CompletedSet.text`.
    """

    replay: str
    size: int
    digest: str
    options: dict[str, Any]
    run: str
    up_to: int
    acknowledged: int
    done: str


class Cursor:
    """How far a dataset was replayed.

    Args:
        path: the file; None where nothing is kept.
        dataset: what is replayed.
        options: what decides what is sent; a file with others is rejected.
        run_id: the run that was asked for; "" for any.

    Attributes:
        done: the sessions that were acknowledged whole.
        run: the run that is gone on with; None for a fresh one.

    Raises:
        UsageError: for a file that is not a cursor, or another dataset's, and for one that cannot be written.
    """

    def __init__(self, path: Path | None, dataset: Dataset, options: Mapping[str, Any], run_id: str) -> None:
        self.path, self._dataset = path, dataset
        self._options = {**options, "held": [HELD, HELD_BYTES]}
        self.done = CompletedSet()
        self.run: int | None = None
        self._written_at, self._written = 0.0, -1
        if path is None:
            return
        if not path.absolute().parent.is_dir():
            raise UsageError(f"--cursor {path}: its folder is missing; make it first")
        if path.exists():
            self._read(path, run_id)

    @property
    def position(self) -> str:
        """How far it is, for people."""
        return f"{self.done.count:,} sessions acknowledged whole, all of the first {self.done.up_to:,}"

    def _read(self, path: Path, run_id: str) -> None:
        try:
            stored = msgspec.json.decode(path.read_bytes(), type=_File)
            done, run = CompletedSet.read(stored.done), int(stored.run, 16)
        except OSError as error:
            raise UsageError(f"--cursor {path}: cannot be read: {error.strerror}; {_WAY_OUT}") from None
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise UsageError(f"--cursor {path}: is not a cursor; {_WAY_OUT}") from None
        if (stored.size, stored.digest) != (self._dataset.size, self._dataset.digest):
            raise UsageError(f"--cursor {path}: is of another dataset, {stored.replay}; {_WAY_OUT}")
        for name, value in self._options.items():
            if stored.options.get(name) != value:
                option = name.replace("_", "-")
                raise UsageError(
                    f"--cursor {path}: was written with --{option} {stored.options.get(name)}, "
                    f"and now it is {value}; go on as it began, or {_WAY_OUT}"
                )
        if run_id and int(run_id, 16) != run:
            raise UsageError(
                f"--run-id {run_id}: the cursor {path} goes on with run {stored.run}; leave --run-id out"
            )
        self.done, self.run = done, run

    def write(self, run: int, *, now: bool = True) -> None:
        """Write the file, whole or not at all.

        Args:
            run: the run that sends.
            now: whether at once; else only where there is news, and it was not written a moment ago.

        Raises:
            UsageError: when it cannot be written.
        """
        is_due = self.done.count != self._written and monotonic() - self._written_at >= SECONDS
        if self.path is None or not (now or is_due):
            return
        self._written_at, self._written = monotonic(), self.done.count
        stored = _File(
            replay=self._dataset.path, size=self._dataset.size, digest=self._dataset.digest,
            options=self._options, run=f"{run:08x}", up_to=self.done.up_to, acknowledged=self.done.count,
            done=self.done.text,
        )  # fmt: skip
        try:
            write_file(self.path, msgspec.json.format(msgspec.json.encode(stored), indent=1) + b"\n")
        except OSError as error:
            raise UsageError(f"--cursor {self.path}: cannot be written: {error.strerror}") from None
