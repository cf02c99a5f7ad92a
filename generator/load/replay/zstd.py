"""What is inside of a zstd stream, as far as it can be read."""

import io
from pathlib import Path
from typing import Any, BinaryIO

from generator.errors import UsageError

MAGIC = b"\x28\xb5\x2f\xfd"
_CHUNK = 16 * 1024
_BLOCK = 1024 * 1024


class Inflating(io.RawIOBase):
    """What is inside of a zstd stream, of one frame or several.

    Args:
        file: the stream.
        name: what it is called, for an error.

    Attributes:
        problem: why it can be read no further; "" while it can, and after its proper end.

    Raises:
        UsageError: where the library is not installed.
    """

    def __init__(self, file: BinaryIO, name: Path) -> None:
        try:
            import zstandard  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  an extra
        except ImportError:
            raise UsageError(
                f"{name}: is compressed with zstd, and the library for that is not installed; "
                "pip install 'footfall[zstd]', or unpack the file with zstd -d"
            ) from None
        self._file, self._zstd = file, zstandard
        self._frame: Any = None
        self._rest, self._ready = b"", b""
        self.problem = ""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read on, see `io.RawIOBase`."""
        while not self._ready and not self.problem:
            if not self._read_on():
                return 0
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def _read_on(self) -> bool:
        packed = self._rest or self._file.read(_CHUNK)
        self._rest = b""
        if not packed:
            self.problem = "the stream ends amidst" if self._frame else ""
            return False
        frame = self._frame or self._zstd.ZstdDecompressor().decompressobj()
        try:
            self._ready = frame.decompress(packed)
        except self._zstd.ZstdError as error:
            self.problem = str(error)
            return False
        self._frame = None if frame.eof else frame
        self._rest = frame.unused_data if frame.eof else b""
        return True


def buffered(raw: Inflating) -> BinaryIO:
    """Return it as what lines are read from."""
    return io.BufferedReader(raw, _BLOCK)
