"""Tables as a sink: Parquet and CSV files, and DuckDB's own databases.

Which columns hold the events is decided by `generator.verify.sink.columns`. A column named received, in
milliseconds since 1970 or a time, says when a row came there.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from generator.datasets.reader import other_kind
from generator.delivery.contracts.table import nearest
from generator.delivery.contracts.words import brief
from generator.errors import UsageError
from generator.verify.sink.columns import Column, Parted, Taken, is_copied, is_row, taken_from
from generator.verify.sink.layout import Layout
from generator.verify.sink.places import Place, places, table_kind
from generator.verify.sink.sink import Chunk

PREFIX = "duckdb:"
_RECEIVED = "received"
_CSV = "read_csv($1, all_varchar = true, hive_partitioning = false)"
_CSV_WITHOUT_NAMES = _CSV.removesuffix(")") + ", header = false)"
_PARQUET = "read_parquet($1, hive_partitioning = false)"
"""What folders say is taken from the path: DuckDB would put it in place of a column of the same name."""
_READERS = {
    ".parquet": _PARQUET, ".parq": _PARQUET, ".pq": _PARQUET, ".csv": _CSV, ".csv.gz": _CSV, ".csv.zst": _CSV, ".tsv": _CSV,
    ".tsv.gz": _CSV,
}  # fmt: skip
_DATABASES = (".duckdb", ".db")
_ROWS = 2048
_CONFIG = {
    "autoinstall_known_extensions": False, "autoload_known_extensions": False, "memory_limit": "1GB", "threads": 1,
}  # fmt: skip
"""A row group is unpacked whole, some hundred megabytes; further threads would each hold one."""
_AWAY = "://"


class TableSink:
    """Tables that DuckDB reads, on this machine alone.

    Args:
        pattern: Parquet or CSV files, by a path or a pattern such as `out/*.parquet`; or a database with the name
            of its table where it has several, `duckdb:events.duckdb:raw`. `duckdb:` may stand before files too.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern.removeprefix(PREFIX)
        if _AWAY in self._pattern:
            raise UsageError(f"{pattern}: only files of this machine are read; fetch it first")

    def described(self) -> str:
        """Say what is read."""
        return f"the table {self._pattern}"

    def chunks(self) -> Iterator[Chunk]:
        """Give what the tables hold, see `Sink`."""
        duckdb = _library(self._pattern)
        try:
            yield from self._tables(duckdb)
        except duckdb.Error as error:
            raise UsageError(f"{self._pattern}: cannot be read to its end: {brief(str(error))}") from None

    def _tables(self, duckdb: Any) -> Iterator[Chunk]:
        path, table = _database(self._pattern)
        if path is not None:
            _check_kind(path)
            with duckdb.connect(
                path, read_only=True, config=_CONFIG | {"enable_external_access": False}
            ) as base:
                yield from _rows(base, _chosen(base, path, table), None, path.name)
            return
        found = places(self._pattern)
        if found.notes:
            yield Chunk("accepted", [], None, self._pattern, notes=found.notes)
        with _opened(duckdb) as base:
            for place in found.files:
                if not place.path.is_file():
                    raise UsageError(
                        f"{place.path}: is a pipe or a device, and a table is read from a file alone; write it to one first"
                    )
                yield from _rows(base, _reader(place.path), place, str(place.path))


def _opened(duckdb: Any) -> Any:
    """Open the database in memory through which files are read, one for all files: it takes as long as a small file."""
    return duckdb.connect(config=_CONFIG)


def _library(pattern: str) -> Any:
    try:
        import duckdb  # noqa: PLC0415  an extra
    except ImportError:
        raise UsageError(
            f"{pattern}: tables are read by DuckDB, which is not installed; pip install 'footfall[parquet]'"
        ) from None
    return duckdb


def _database(pattern: str) -> tuple[Path | None, str]:
    """Split a database's file from its table's name; no file where it is no database."""
    if pattern.endswith(_DATABASES) or table_kind(Path(pattern)) == "duckdb":
        return _existing(pattern), ""
    file, colon, table = pattern.rpartition(":")
    if colon and file.endswith(_DATABASES):
        return _existing(file), table
    return None, ""


def _existing(name: str) -> Path:
    if not Path(name).is_file():
        raise UsageError(f"{name}: there is no such database; correct the path")
    return Path(name)


def _chosen(base: Any, path: Path, table: str) -> str:
    """Find the table that is asked for, or the only one, and give its name as SQL has it."""
    rows = base.execute("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
    known = {(name if schema == "main" else f"{schema}.{name}"): (schema, name) for schema, name in rows}
    if not table and len(known) != 1:
        raise UsageError(
            f"{path}: {', '.join(sorted(known)) or 'no table'} in it; name one, such as {PREFIX}{path}:events"
        )
    if table and table not in known:
        raise UsageError(
            f"{path}: there is no table {table!r}; {nearest(table, known, 'it has ' + ', '.join(sorted(known)))}"
        )
    schema, name = known[table] if table else next(iter(known.values()))
    return f"{Column(schema, '').quoted}.{Column(name, '').quoted}"


def _check_kind(file: Path) -> None:
    """Name a file that is plainly something else than its name says."""
    with file.open("rb") as opened:
        kind = other_kind(opened.read(16))
    if kind and kind[0] not in {
        "a Parquet file",
        "a database of DuckDB",
        "compressed with gzip twice",
        "compressed with zstd",
    }:
        raise UsageError(
            f"{file}: is {kind[0]}, not a table that is read here; write its rows as Parquet, or as JSON"
        )


def _reader(file: Path) -> str:
    """Return what reads a file; its name is told apart, so that it is never taken for SQL."""
    _check_kind(file)
    for ending, reader in _READERS.items():
        if file.name.lower().endswith(ending):
            return reader
    if table_kind(file) == "parquet":
        return _PARQUET
    raise UsageError(f"{file}: no table; files that end in {', '.join(_READERS)} are read as tables")


def _rows(base: Any, source: str, place: Place | None, name: str) -> Iterator[Chunk]:
    """Read a table row by row."""
    arguments: list[str] = [str(place.path)] if place else []
    columns, is_csv = _columns(base, source, arguments), source == _CSV
    if is_csv and is_row(column.name for column in columns):
        source = _CSV_WITHOUT_NAMES
        columns = _columns(base, source, arguments)
    fields = place.fields if place else {}
    taken = taken_from(columns, fields, len(arguments), is_untyped=is_csv, place=name)
    if is_csv:
        taken = taken._replace(is_copied=is_copied(_escaped(base, source, columns, arguments)))
    received = next((one for one in columns if one.name.lower() == _RECEIVED), None)
    at = f"TRY_CAST({received.value} AS BIGINT)" if received else "NULL"
    if taken.notes:
        yield Chunk("accepted", [], None, name, notes=taken.notes)
    wanted = ", ".join([*(one.sql for one in taken.candidates), at])
    result = base.execute(f"SELECT {wanted} FROM {source}", [*arguments, *taken.arguments])  # noqa: S608  quoted
    done = 0
    while rows := result.fetchmany(_ROWS):
        yield from _chunks(rows, taken, f"{name}, row {{}}", done + 1)
        done += len(rows)


def _columns(base: Any, source: str, arguments: Sequence[str]) -> list[Column]:
    described = base.execute(f"DESCRIBE SELECT * FROM {source}", arguments).fetchall()  # noqa: S608  quoted, see above
    return [Column(row[0], row[1]) for row in described]


def _escaped(base: Any, source: str, columns: Sequence[Column], arguments: Sequence[str]) -> Iterator[str]:
    """Yield the texts of a table that begin as JSON and have backslashes."""
    for column in columns:
        name = column.quoted
        result = base.execute(
            f"SELECT {name} FROM {source} WHERE contains({name}, '\\') AND ltrim({name})[1] IN ('{{', '[')",  # noqa: S608  quoted
            arguments,
        )
        while rows := result.fetchmany(_ROWS):
            yield from (row[0] for row in rows)


def _chunks(rows: list[tuple[Any, ...]], taken: Taken, place: str, first: int) -> Iterator[Chunk]:
    """Give the events of some rows; those that stand in one candidate's way are given together."""
    done = 0
    for chosen, group in groupby(map(taken.part, rows), key=attrgetter("candidate")):
        parted = list(group)
        times = [row[-1] for row in rows[done : done + len(parted)]]
        yield _chunk(parted, times, taken.candidates[chosen].layout, place, first + done)
        done += len(parted)


def _chunk(
    rows: Sequence[Parted], times: Sequence[int | None], layout: Layout, place: str, first: int
) -> Chunk:
    events: list[bytes] = []
    received: list[int] = []
    unreadable: list[str] = []
    unread = 0
    for number, (row, at) in enumerate(zip(rows, times, strict=True), start=first):
        if row.problem:
            unreadable.append(f"{place.format(number)}: {brief(row.problem)}")
            unread += row.size
        events += row.events
        if at is not None:
            received += [at] * len(row.events)
    is_dated = len(received) == len(events)
    return Chunk(
        "accepted",
        events,
        received if is_dated else None,
        place.format(first),
        unreadable,
        (),
        unread,
        layout,
    )
