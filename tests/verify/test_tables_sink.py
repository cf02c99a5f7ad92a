"""Tables as a sink: Parquet, CSV and DuckDB's own databases, with events as text or as columns."""

import json
import sys

import duckdb
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.strategies import events
from generator.verify.alignment import align
from generator.verify.sink.layout import Layout
from generator.verify.sink.tables import TableSink

TEXT = '{"eid":"X","mid":"X:%d","pad":"caf\u00e9 \\" "}'


def write(path, select, *arguments):
    """Write what a query gives into a file, in the format of its name."""
    duckdb.execute("CREATE OR REPLACE TEMP TABLE written AS " + select, list(arguments))
    duckdb.execute("COPY written TO " + "'" + str(path).replace("'", "''") + "'")
    return str(path)


def read(pattern):
    """Read a sink's chunks, and the events in all of them."""
    chunks = [chunk for chunk in TableSink(str(pattern)).chunks() if chunk.events or chunk.unreadable]
    return chunks, [one for chunk in chunks for one in chunk.events]


def aligned(chunks, sent):
    """Give the events of chunks as they stood before the table took them, each next to the one that was sent."""
    found = [(event, chunk.layout) for chunk in chunks for event in chunk.events]
    return [
        json.loads(align(json.dumps(one).encode(), event, layout))
        for one, (event, layout) in zip(sent, found, strict=True)
    ]


@pytest.mark.parametrize("column", ["event", "value", "json", "Message"])
@pytest.mark.parametrize("ending", ["parquet", "csv", "csv.gz"])
def test_text_is_read_byte_for_byte(tmp_path, column, ending):
    """Events that stand as JSON in a column are given as they are, in the order of the rows."""
    texts = [TEXT % number for number in range(5000)]
    path = write(tmp_path / f"t.{ending}", f"SELECT 7 AS other, unnest($1) AS {column}", texts)
    chunks, found = read(path)

    assert found == [text.encode() for text in texts]
    assert {chunk.kind for chunk in chunks} == {"accepted"}
    assert [chunk.place for chunk in chunks[:2]] == [f"{path}, row 1", f"{path}, row 2049"]
    assert all(chunk.received is None for chunk in chunks)


def test_batches_and_what_is_no_json(tmp_path):
    """A row may hold a batch; one that holds nothing or no JSON is told with its place."""
    rows = ['{"events":[{"eid":"A"},{"eid":"B"}]}', "{broken", None, '{"eid":"C"}']
    path = write(
        tmp_path / "t.parquet", "SELECT unnest($1) AS value, epoch_ms(1700000000123) AS received", rows
    )
    [chunk], found = read(path)

    assert found == [b'{"eid":"A"}', b'{"eid":"B"}', b'{"eid":"C"}']
    assert chunk.received == [1_700_000_000_123] * 3
    assert [said.partition(": ")[0] for said in chunk.unreadable] == [f"{path}, row 2", f"{path}, row 3"]


COLUMNS = {
    "eid": "TEXT", "ets": "BIGINT", "ver": "TEXT", "mid": "TEXT",
    "actor": "JSON", "context": "TEXT", "object": "JSON", "edata": "TEXT", "tags": "JSON",
}  # fmt: skip


@settings(max_examples=20)
@given(said=st.lists(events(), min_size=1, max_size=5))
def test_columns_become_the_event_again(tmp_path_factory, said):
    """Whatever valid events are written as columns, with JSON in the nested ones, come out as they were."""
    documents = [
        {name: value for name, value in json.loads(msgspec.json.encode(one)).items() if name in COLUMNS}
        for one in said
    ]
    path = tmp_path_factory.mktemp("columns") / "t.parquet"
    with duckdb.connect() as table:
        table.execute(f"CREATE TABLE t ({', '.join(map(' '.join, COLUMNS.items()))})")
        for document in documents:
            values = (document.get(name) for name in COLUMNS)
            row = [one if one is None or isinstance(one, str | int) else json.dumps(one) for one in values]
            table.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        table.execute(f"COPY t TO '{path}'")
    chunks, _ = read(path)

    assert aligned(chunks, documents) == documents


def test_nested_columns_lose_their_nulls(tmp_path):
    """A table has columns for what other rows have: what is null is no part of an event; times are milliseconds."""
    path = write(
        tmp_path / "t.parquet",
        """SELECT 'X' AS eid, epoch_ms(1700000000123) AS ets, 'X:1' AS mid, NULL AS tags, 5 AS received,
        {'a': 1.5, 'b': NULL, 'items': [{'x': 1, 'y': NULL}]} AS edata, 'now' AS "@timestamp" """,
    )
    [chunk], _ = read(path)
    sent = {"eid": "X", "ets": 1_700_000_000_123, "mid": "X:1", "edata": {"a": 1.5, "items": [{"x": 1}]}}

    assert aligned([chunk], [sent]) == [sent]
    assert aligned([chunk], [sent | {"@timestamp": "now"}]) == [sent | {"@timestamp": "now"}]
    assert aligned([chunk], [sent | {"@timestamp": "then"}]) == [sent | {"@timestamp": "now"}]
    assert chunk.received == [5]


def test_a_value_that_became_null_is_no_layout():
    """What was sent and is null in the table, and what differs in any other way, is a difference still."""
    layout = Layout(has_nulls=True, has_columns=True, is_untyped=True)
    sent = {
        "eid": "X",
        "edata": {"a": 1, "b": "x", "c": {"d": True}, "e": [1, 2], "f": 5, "g": "1970-01-01T00:00:00Z"},
    }
    found = {
        "EID": "X",
        "edata": {
            "a": None,
            "b": "y",
            "c": '{"d":false}',
            "e": "[2,1]",
            "f": "6",
            "g": "1970-01-01 00:00:01",
        },
    }
    after = json.loads(align(json.dumps(sent).encode(), json.dumps(found).encode(), layout))

    assert after == {
        "eid": "X", "edata": {"a": None, "b": "y", "c": {"d": False}, "e": [2, 1], "f": 6, "g": "1970-01-01 00:00:01"},
    }  # fmt: skip


def test_a_pattern_names_many_files(tmp_path):
    """The files of a pattern are read one by one, by their names; folders below too."""
    (tmp_path / "sub").mkdir()
    for number, name in enumerate(["b.parquet", "a.parquet", "sub/c.parquet"]):
        write(tmp_path / name, "SELECT $1 AS event", TEXT % number)

    assert [json.loads(one)["mid"] for one in read(tmp_path / "**" / "*.parquet")[1]] == ["X:1", "X:0", "X:2"]
    assert len(read(f"duckdb:{tmp_path}/*.parquet")[1]) == 2


def test_a_database_has_tables(tmp_path):
    """The only table is read, or the one that is named, however it is called; any other is told."""
    path = tmp_path / "t.duckdb"
    base = duckdb.connect(str(path))
    base.execute('CREATE TABLE "ev ""1; DROP" AS SELECT $1 AS event', [TEXT % 1])
    base.close()
    assert read(path)[1] == [(TEXT % 1).encode()]
    base = duckdb.connect(str(path))
    base.execute("CREATE TABLE raw AS SELECT $1 AS event", [TEXT % 2])
    base.close()

    assert read(f'duckdb:{path}:ev "1; DROP')[1] == [(TEXT % 1).encode()]
    assert read(f"duckdb:{path}:raw")[1] == [(TEXT % 2).encode()]
    with pytest.raises(UsageError, match='ev "1; DROP, raw in it; name one'):
        read(path)
    with pytest.raises(UsageError, match=r"there is no table 'row'; did you mean raw\?"):
        read(f"duckdb:{path}:row")


def test_what_is_no_table_is_told(tmp_path):
    """Files that are not there, are cut off or of another kind, and tables without events, are each told in a line."""
    whole = write(tmp_path / "whole.parquet", "SELECT unnest($1) AS event", [TEXT % n for n in range(5000)])
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "whole.parquet").read_bytes()[:-100])
    (tmp_path / "cut.duckdb").write_bytes(b"DUCK")
    other = write(tmp_path / "other.parquet", "SELECT 1 AS eid, 2 AS b")
    (tmp_path / "orc.parquet").write_bytes(b"ORC" + b"\0" * 40)
    (tmp_path / "lite.db").write_bytes(b"SQLite format 3\0" + b"\0" * 84)
    wanted = {
        f"{whole}x": "no such file", str(tmp_path / "*.parquetx"): "no such file", str(tmp_path / "cut.parquet"): "cannot be read",
        str(tmp_path / "cut.duckdb"): "cannot be read", str(tmp_path / "no.duckdb"): "no such database", other: "mid missing",
        str(tmp_path / "orc.parquet"): "is an ORC file", str(tmp_path / "lite.db"): "is a database of SQLite",
        "http://127.0.0.1:1/t.parquet": "only files of this machine", __file__: "no table",
    }  # fmt: skip
    for pattern, words in wanted.items():
        with pytest.raises(UsageError, match=words) as told:
            read(pattern)
        assert "\n" not in str(told.value), pattern


def test_nothing_is_fetched_or_installed():
    """A database that is read reaches no other file; nothing is loaded that did not come with DuckDB."""
    from generator.verify.sink import tables

    with duckdb.connect(config=tables._CONFIG) as base, pytest.raises(duckdb.Error, match="httpfs"):
        base.execute("SELECT * FROM read_parquet('http://127.0.0.1:1/t.parquet')")


def test_a_sink_is_described():
    """A sink is named as it was given."""
    assert TableSink("duckdb:a.duckdb:raw").described() == "the table a.duckdb:raw"


def test_without_the_library_the_extra_is_named(monkeypatch):
    """Where DuckDB is missing, one line says what to install."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(UsageError, match=r"pip install 'footfall\[parquet\]'"):
        read("t.parquet")
