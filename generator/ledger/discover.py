"""Where ledgers are: files, folders and patterns, as they are named on a command line."""

from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from os.path import realpath
from pathlib import Path

from generator.errors import UsageError

_PATTERN = "ledger-*.bin"


def discover(names: Iterable[str | Path]) -> list[Path]:
    """Find ledgers, each once, in the order of their paths.

    Args:
        names: files, whatever they are called; folders, of which the ledgers are taken; patterns of both.

    Raises:
        UsageError: there is none where one is named.
    """
    found = {realpath(path): path for name in names for path in _named(name)}
    if not found:
        raise UsageError("no ledger is named; locust writes them with --ledger DIR")
    return sorted(found.values())


def _named(name: str | Path) -> Iterator[Path]:
    is_pattern = has_magic(str(name)) and not Path(name).exists()
    paths = [Path(one) for one in glob(str(name), recursive=True)] if is_pattern else [Path(name)]  # noqa: PTH207  may be absolute
    ledgers = [ledger for path in paths for ledger in (path.glob(_PATTERN) if path.is_dir() else [path])]
    if is_pattern and not paths:
        raise UsageError(
            f"{name}: no file is called so; name a ledger, or the folder that locust --ledger wrote"
        )
    if not ledgers:
        raise UsageError(f"{name}: there is no ledger in it, none of its files is called {_PATTERN}")
    if not is_pattern and not paths[0].exists():
        raise UsageError(
            f"{name}: there is no such file; name a ledger, or the folder that locust --ledger wrote"
        )
    yield from ledgers
