"""A file: events as JSON, one a line, appended."""

import os
from io import FileIO
from pathlib import Path

import msgspec

from generator.delivery.batch import Batch
from generator.delivery.direct import DirectDispatcher
from generator.delivery.receipt import ACKED, Receipt, rejected
from generator.spec.rules import Form

_encoder = msgspec.json.Encoder()


class Lines:
    """Appends batches to a file, each whole or not at all.

    Args:
        path: the file; created if it is missing.
        form: the form of the events.
    """

    def __init__(self, path: Path | str, form: Form = "documented") -> None:
        self.path = Path(path)
        self.form: Form = form

    def deliver(self, batch: Batch) -> Receipt:
        """Append a batch."""
        try:
            with self.path.open("ab", buffering=0) as file:
                _append(file, _encoder.encode_lines(batch.events))
        except OSError as error:
            return rejected(f"{self.path}: {(error.strerror or str(error)).lower()}")
        return ACKED


def _append(file: FileIO, lines: bytes) -> None:
    """Write lines, all or none of them."""
    before = os.fstat(file.fileno()).st_size
    written = 0
    try:
        # A disk that is nearly full takes a part first; the next write fails.
        while written < len(lines):
            written += file.write(lines[written:])
    except OSError:
        file.truncate(before)
        raise


class FileDispatcher(DirectDispatcher):
    """A telemetry client's dispatcher to a file.

    Args:
        path: the file; lines are appended.
        form: the form of the events.
    """

    def __init__(self, path: Path | str, form: Form = "documented") -> None:
        super().__init__(Lines(path, form))
