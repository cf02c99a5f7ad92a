"""The files of a sink: each once, with what its path says, and without those of a table that has a log of its own."""

import glob
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import unquote

from generator.errors import UsageError
from generator.verify.sink.layout import FIELDS

_NULL = "__HIVE_DEFAULT_PARTITION__"


class Place(NamedTuple):
    """A file of a sink.

    Attributes:
        path: the file.
        fields: members of an event that its folders say, as in `eid=START/part-0.parquet`.
        keys: what else they say; it is not part of an event.
    """

    path: Path
    fields: dict[str, str]
    keys: tuple[str, ...]


class _Log(NamedTuple):
    """A table format that keeps a log of which of its files count.

    Attributes:
        name: the format.
        way_out: how the rows that count are written as a sink.
    """

    name: str
    way_out: str


_DELTA = _Log("Delta", "DeltaTable('{0}').to_pyarrow_table(), or delta_scan('{0}') in DuckDB")
_ICEBERG = _Log("Iceberg", "StaticTable.from_metadata(…).scan().to_arrow(), or iceberg_scan('{0}') in DuckDB")
_HUDI = _Log("Hudi", "spark.read.format('hudi').load('{0}')")
_SPARK = _Log("Spark streaming", "spark.read.load('{0}')")


class Places(NamedTuple):
    """The files of a sink, and what there is to say of them."""

    files: list[Place]
    notes: list[str]


def places(pattern: str) -> Places:
    """Find the files that a name or a pattern means.

    Raises:
        UsageError: there are none, or they belong to a table that has a log of which files count.
    """
    # A name may hold what a pattern reads otherwise.
    named = Path(pattern)
    if named.exists() and not named.is_dir():
        # A pipe and a device are read like a file, from their beginning to their end.
        paths = [named]
    else:
        found = glob.glob(pattern, recursive=True)  # noqa: PTH207  may be absolute
        paths = [Path(one) for one in sorted(found) if Path(one).is_file()]
    if not paths:
        raise UsageError(
            f"{pattern}: there is no such file; correct the path, or give a pattern such as 'sink/*.jsonl'"
        )
    first: dict[tuple[int, int], Path] = {}
    notes, files = [], []
    logs: dict[Path, None] = {}
    for path in paths:
        same = first.setdefault(_identity(path), path)
        if same is not path:
            notes.append(f"{path} is the same file as {same}: read once")
            continue
        for folder in path.absolute().parents:
            if folder not in logs:
                check_no_log(folder)
                logs[folder] = None
        files.append(_place(path))
    keys = dict.fromkeys(key for place in files for key in place.keys)
    if keys:
        notes.append(f"the folders' {', '.join(keys)}: not part of an event, left out")
    return Places(files, notes)


def table_kind(path: Path) -> Literal["parquet", "duckdb", ""]:
    """Return what table a file is by its first bytes, whatever its name."""
    if not path.is_file():
        return ""  # what a pipe gives can be read only once
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError:
        return ""  # told by whoever reads it
    if start.startswith(b"PAR1"):
        return "parquet"
    return "duckdb" if start[8:] == b"DUCK" else ""


def _identity(path: Path) -> tuple[int, int]:
    said = path.stat()
    return said.st_dev, said.st_ino


def _place(path: Path) -> Place:
    fields: dict[str, str] = {}
    keys = []
    for part in path.parts[:-1]:
        name, is_said, value = part.partition("=")
        if not is_said or not name:
            continue
        if name.lower() in FIELDS:
            if value != _NULL:
                fields[name.lower()] = unquote(value)
        else:
            keys.append(name)
    return Place(path, fields, tuple(keys))


def check_no_log(folder: Path) -> None:
    """Refuse files of which a log says whether they count: some of them may have been dropped from their table.

    Raises:
        UsageError: the folder is such a table.
    """
    for log in _logs(folder):
        raise UsageError(
            f"{folder}: is a table of {log.name}, and which of its files count is said by its log alone: read as they are, "
            f"rows that the table has dropped are counted too; export the live table, for instance with "
            f"{log.way_out.format(folder)}, and verify that"
        )


def _logs(folder: Path) -> Iterator[_Log]:
    if folder.name == "_delta_log" or (folder / "_delta_log").is_dir():
        yield _DELTA
    if any((folder / "metadata").glob("*.metadata.json")):
        yield _ICEBERG
    if (folder / ".hoodie").is_dir():
        yield _HUDI
    if (folder / "_spark_metadata").is_dir():
        yield _SPARK
