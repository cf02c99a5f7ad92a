"""Find ledgers by the files, folders and patterns of a command line."""

from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from os.path import realpath
from pathlib import Path

from generator.errors import UsageError

_PATTERN = "ledger-*.bin"


def discover(names: Iterable[str | Path]) -> list[Path]:
    """Return the paths of ledgers, each once, sorted.

    Args:
        names: files of any name; folders, which stand for the ledgers in them; patterns of both.

    Raises:
        UsageError: if a name stands for no ledger.
    """
    found = {realpath(path): path for name in names for path in _named(name)}
    if not found:
        raise UsageError("no ledger given; locust writes them with --ledger DIR")
    return sorted(found.values())


def _named(name: str | Path) -> Iterator[Path]:
    is_pattern = has_magic(str(name)) and not Path(name).exists()
    paths = [Path(one) for one in glob(str(name), recursive=True)] if is_pattern else [Path(name)]  # noqa: PTH207  may be absolute
    ledgers = [ledger for path in paths for ledger in (path.glob(_PATTERN) if path.is_dir() else [path])]
    if is_pattern and not paths:
        raise UsageError(f"{name}: no file matches; name a ledger, or the folder that locust --ledger wrote")
    if not ledgers:
        raise UsageError(f"{name}: no ledger in this folder; its files are named {_PATTERN}")
    if not is_pattern and not paths[0].exists():
        raise UsageError(f"{name}: file not found; name a ledger, or the folder that locust --ledger wrote")
    yield from ledgers
