"""Files: replaced whole or not at all; and decoded as text by their byte order mark."""

import codecs
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self


class Replacement:
    """A file that replaces another one when it is whole; until then the old file is unchanged.

    The file grows next to its place as `.NAME.PID.part`, so that two processes do not mix their bytes. Parts that
    killed processes left of the same file are removed first. A link is followed: the file that it points to is
    replaced. The new file has the permissions of the old one.

    Args:
        path: the place of the file.

    Attributes:
        target: the place, with links followed.
        stream: takes the bytes.

    Raises:
        OSError: if it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.target = Path(os.path.realpath(path))
        self._part = self.target.with_name(f".{self.target.name}.{os.getpid()}.part")
        _remove_leftovers(self.target)
        self.stream: IO[bytes] = self._part.open("wb")

    def sync(self) -> None:
        """Close the file once its bytes are on the disk.

        Raises:
            OSError: if they cannot be written, for example on a full disk.
        """
        self.stream.flush()
        with suppress(FileNotFoundError):
            os.fchmod(self.stream.fileno(), stat.S_IMODE(self.target.stat().st_mode))
        os.fsync(self.stream.fileno())
        self.stream.close()

    def move(self) -> None:
        """Put the synced file in its place.

        Raises:
            OSError: if it cannot be moved there.
        """
        self._part.replace(self.target)

    def discard(self) -> None:
        """Remove what was written so far; do nothing after `move`."""
        self._part.unlink(missing_ok=True)
        if not self.stream.closed:
            # The buffer is dropped: the disk may be full, and the file is removed.
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), self.stream.fileno())
            self.stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a stream whose bytes replace a file when the block ends without an error.

    A place that is not a regular file, such as /dev/stdout or a named pipe, takes the bytes directly.

    Args:
        path: the place of the file.

    Raises:
        OSError: if it cannot be written; the old file is unchanged.
    """
    if is_stream(path):
        # Append, because opening /dev/stdout for writing would truncate the file of a shell's redirection.
        with path.open("ab") as stream:
            yield stream
        return
    with Replacement(path) as replacement:
        yield replacement.stream
        replacement.sync()
        replacement.move()


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole, or leave the old one unchanged.

    Args:
        path: the place of the file.
        data: its contents.

    Raises:
        OSError: if it cannot be written.
    """
    with replacing(path) as stream:
        stream.write(data)


# Editors and shells of Windows write these. The longer marks first: that of UTF-16 begins that of UTF-32.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


def decode_text(data: bytes) -> str:
    """Return the text of some bytes by their byte order mark, which is left out; without a mark as UTF-8.

    Raises:
        UnicodeDecodeError: if the bytes are not such a text.
    """
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")
    return data.decode(encoding)


def check_writable(path: Path) -> None:
    """Check that a file can be written later, without leaving a file behind.

    Args:
        path: the place of the file.

    Raises:
        OSError: if it cannot be written.
    """
    if not is_stream(path):
        Replacement(path).discard()


def is_stream(path: Path) -> bool:
    """Return whether a path takes bytes and cannot be replaced: a pipe, a terminal or a device.

    /dev/stdout and the like are streams even if the shell redirects them to a file: `>>` must append there.
    """
    absolute = path.absolute()
    if str(absolute) in _STANDARD or absolute.parent in (Path("/dev/fd"), Path("/proc/self/fd")):
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


_STANDARD = ("/dev/stdout", "/dev/stderr")


def _remove_leftovers(path: Path) -> None:
    """Remove the parts that killed processes left of the same file."""
    start, end = f".{path.name}.", ".part"
    with suppress(OSError):  # a leftover that must stay does no harm
        for left in path.parent.iterdir():
            number = left.name.removeprefix(start).removesuffix(end)
            if left.name == f"{start}{number}{end}" and number.isdecimal() and not _is_running(int(number)):
                left.unlink()


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # another user's
    return process > 0
