"""Tables as a sink: Parquet and CSV files, and DuckDB's own databases.

A row holds events in one of two ways. Either a column of text named event, value, json or message holds them as
JSON, each a single event or a batch. Or the columns are an event's own fields, and its JSON is made anew of them:
what is null is left out, since tables have a column for what other rows have; a column of times becomes
milliseconds; text in actor, context, object, edata and tags that is JSON is read as such. A column named
received, in milliseconds since 1970 or a time, says when a row came there.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from generator.delivery.contracts.table import nearest
from generator.delivery.contracts.words import brief
from generator.errors import UsageError
from generator.verify.sink.message import events_in
from generator.verify.sink.sink import Chunk

PREFIX = "duckdb:"
_TEXTS = ("event", "value", "json", "message")
_FIELDS = {"eid", "mid"}
"""Columns without which a row is no event."""
_NESTED = ("actor", "context", "object", "edata", "tags")
_RECEIVED = "received"
_READERS = {
    ".parquet": "read_parquet($1)",
    ".csv": "read_csv($1, all_varchar = true)",
    ".csv.gz": "read_csv($1, all_varchar = true)",
}
_DATABASES = (".duckdb", ".db")
_ROWS = 2048
_CONFIG = {
    "autoinstall_known_extensions": False, "autoload_known_extensions": False, "memory_limit": "1GB", "threads": 1,
}  # fmt: skip
"""A row group is unpacked whole, some hundred megabytes; further threads would each hold one."""
_AWAY = "://"


class Column(NamedTuple):
    """A column, and the name of its type."""

    name: str
    type: str

    @property
    def is_time(self) -> bool:
        """Whether it holds times."""
        return self.type.startswith("TIMESTAMP")

    @property
    def quoted(self) -> str:
        """Its name as SQL has it."""
        return '"' + self.name.replace('"', '""') + '"'

    @property
    def value(self) -> str:
        """What is taken of it: times as milliseconds since 1970, and JSON as its text."""
        if self.type == "JSON":
            return f"CAST({self.quoted} AS VARCHAR)"
        return f"epoch_ms({self.quoted})" if self.is_time else self.quoted


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
            with duckdb.connect(
                path, read_only=True, config=_CONFIG | {"enable_external_access": False}
            ) as base:
                yield from _rows(base, _chosen(base, path, table), [], path.name)
            return
        for file in self._files():
            with duckdb.connect(config=_CONFIG) as base:
                yield from _rows(base, _reader(file), [str(file)], str(file))

    def _files(self) -> list[Path]:
        path = Path(self._pattern)
        if path.exists():
            return [path]  # which may have a pattern's characters in its name
        files = [Path(one) for one in sorted(glob(self._pattern, recursive=True))]  # noqa: PTH207  may be absolute
        if not files:
            raise UsageError(f"{self._pattern}: there is no such file; correct the path, or the pattern")
        return files


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
    if pattern.endswith(_DATABASES):
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


def _reader(file: Path) -> str:
    """Give what reads a file; its name is told apart, so that it is never taken for SQL."""
    for ending, reader in _READERS.items():
        if file.name.lower().endswith(ending):
            return reader
    raise UsageError(f"{file}: no table; files that end in {', '.join(_READERS)} are read as tables")


def _rows(base: Any, source: str, arguments: list[str], place: str) -> Iterator[Chunk]:
    """Read a table row by row."""
    described = base.execute(f"DESCRIBE SELECT * FROM {source}", arguments).fetchall()  # noqa: S608  quoted, see above
    columns = [Column(row[0], row[1]) for row in described]
    by_name = {column.name.lower(): column for column in columns}
    received = by_name.get(_RECEIVED)
    text = next((by_name[name] for name in _TEXTS if name in by_name and _is_text(by_name[name])), None)
    taken = text.quoted if text else _rebuilt(columns, by_name, place)
    at = f"TRY_CAST({received.value} AS BIGINT)" if received else "NULL"
    result = base.execute(f"SELECT {taken}, {at} FROM {source}", arguments)  # noqa: S608  quoted, see above
    done = 0
    while rows := result.fetchmany(_ROWS):
        yield _chunk(rows, f"{place}, row {{}}", done + 1, is_rebuilt=text is None)
        done += len(rows)


def _is_text(column: Column) -> bool:
    return column.type in {"VARCHAR", "JSON", "BLOB"}


def _rebuilt(columns: list[Column], by_name: Mapping[str, Column], place: str) -> str:
    """Give what makes JSON of an event's own columns."""
    missing = _FIELDS - by_name.keys()
    if missing:
        raise UsageError(
            f"{place}: neither a column of text named {', '.join(_TEXTS)} nor the columns of an event "
            f"({', '.join(sorted(missing))} missing); rename one in a view of your own, and write that as Parquet"
        )
    ets = by_name.get("ets")
    if ets and _is_text(ets):
        raise UsageError(
            f"{place}: ets is text there, so the columns have lost their types; give a table with typed columns, "
            "or with each event as JSON in one column"
        )
    fields = ", ".join(
        f"{column.quoted} := {column.value}" for column in columns if column.name.lower() != _RECEIVED
    )
    return f"to_json(struct_pack({fields}))"


def _chunk(rows: list[tuple[Any, int | None]], place: str, first: int, *, is_rebuilt: bool) -> Chunk:
    events: list[bytes] = []
    received: list[int] = []
    unreadable: list[str] = []
    for row, (value, at) in enumerate(rows, start=first):
        try:
            inside = _events(value, is_rebuilt=is_rebuilt)
        except (ValueError, RecursionError) as error:
            unreadable.append(f"{place.format(row)}: {brief(str(error))}")
            continue
        events += inside
        received += [at] * len(inside) if at is not None else []
    is_dated = len(received) == len(events)
    return Chunk("accepted", events, received if is_dated else None, place.format(first), unreadable)


def _events(value: str | bytes | None, *, is_rebuilt: bool) -> list[bytes]:
    if value is None:
        raise ValueError("null, where an event should be")
    data = value.encode() if isinstance(value, str) else value
    return [_without_nulls(data)] if is_rebuilt else events_in(data)


def _without_nulls(data: bytes) -> bytes:
    """Write a row's JSON as an event's: without nulls, and with nested JSON in place of its text."""
    event = _clean(msgspec.json.decode(data))
    for name in _NESTED:
        text = event.get(name)
        if isinstance(text, str) and text[:1] in {"{", "["}:
            # Text that only begins like JSON is text.
            with suppress(msgspec.DecodeError):
                event[name] = msgspec.json.decode(text, type=msgspec.Raw)
    return msgspec.json.encode(event)


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _clean(one) for name, one in value.items() if one is not None}
    return [_clean(one) for one in value] if isinstance(value, list) else value
