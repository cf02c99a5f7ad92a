"""A standard stream that survives its reader."""

import select
from io import FileIO
from typing import Any


class LastingOutput(FileIO):
    """A file to write to that discards everything after its first failed write.

    Attributes:
        error: why that write failed; None if no write has failed.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number, "w", closefd=False)
        self.error: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write data; return its length if nothing can be written any more."""
        while self.error is None:
            try:
                written: int | None = super().write(data)
            except OSError as error:
                self.error = error
            else:
                if written is not None:
                    return written
                # Another process has set the pipe to non-blocking mode, and the pipe is full.
                select.select([], [self], [])
        return memoryview(data).nbytes
