"""Layouts of a sink: how programs write the events of a run, each a function of the events and of a folder."""

import base64
import bz2
import csv
import gzip
import json
import lzma
import os
import zipfile
from collections import defaultdict
from functools import cache

import duckdb
import zstandard

NESTED = ("actor", "context", "object", "edata", "tags")
NAMES = ("eid", "ets", "ver", "mid", *NESTED)


def text(one):
    """Give an event as a JSON string."""
    return json.dumps(one.decode())


def base64_of(data):
    return base64.b64encode(data).decode()


# --- JSON in a file -----------------------------------------------------------------------------------


def spaced(one):
    return json.dumps(json.loads(one)).encode()


def reordered(one):
    return json.dumps(dict(reversed(json.loads(one).items())), ensure_ascii=False).encode()


def indented(one):
    return json.dumps(json.loads(one), indent=2, ensure_ascii=False).encode()


def with_nulls(one):
    said = json.loads(one)
    return json.dumps(
        {name: said.get(name) for name in NAMES} | {"edata": said["edata"] | {"other": None}}
    ).encode()


def in_capitals(one):
    return json.dumps({name.upper(): value for name, value in json.loads(one).items()}).encode()


def groups(events, size=5):
    return [events[at : at + size] for at in range(0, len(events), size)]


WRAPPERS = {
    "as sent": bytes,
    "spaced": spaced,
    "in another order": reordered,
    "not a number for null": lambda one: json.dumps(
        json.loads(one) | {"other": float("nan")}, separators=(",", ":")).encode(),
    "nulls for what is missing": with_nulls,
    "names in capitals": in_capitals,
    "Obsrv's message": lambda one: b'{"event":%b,"dataset":"d","obsrv_meta":{}}' % one,
    "a collector's line": lambda one: b'{"received":1,"msgid":"m","event":%b}' % one,
    "a log shipper's message": lambda one: b'{"@timestamp":"2026-01-01T00:00:00Z","message":%b}' % text(one).encode(),
    "a container's log": lambda one: json.dumps({"log": one.decode() + "\n", "stream": "stdout"}).encode(),
    "a search engine's document": lambda one: b'{"_index":"i","_id":"1","_source":%b}' % one,
    "kcat's message": lambda one: b'{"topic":"t","partition":0,"offset":1,"key":null,"payload":%b}' % text(one).encode(),
    "Connect's envelope": lambda one: b'{"schema":null,"payload":%b}' % one,
    "a cloud event": lambda one: b'{"specversion":"1.0","id":"1","data":%b}' % one,
    "a record in base64": lambda one: b'{"data":"%b"}' % base64_of(one).encode(),
    "base64 of gzip": lambda one: b'{"data":"%b"}' % base64_of(gzip.compress(one)).encode(),
    "a change of a row": lambda one: b'{"payload":{"before":null,"after":{"value":%b}}}' % text(one).encode(),
    "a JSON text in a JSON text": lambda one: text(one).encode(),
    "nulls for other wrappers": lambda one: b'{"eid":null,"events":null,"event":%b}' % one,
}  # fmt: skip
"""What may stand around an event, or be done to its text, without a change of what it says."""


def lines(wrap=bytes, join=b"\n", end=b"\n"):
    def write(events, folder):
        (folder / "x.json").write_bytes(join.join(map(wrap, events)) + end)
        return folder / "x.json"

    return write


def whole(form):
    """Write all events as one text."""

    def write(events, folder):
        (folder / "x.json").write_bytes(form(events))
        return folder / "x.json"

    return write


def batches(form):
    return whole(lambda events: b"\n".join(form % b",".join(group) for group in groups(events)))


def packed(pack):
    return whole(lambda events: pack(b"\n".join(events)))


def many_files(events, folder):
    """Write some files in folders, and one that is empty."""
    for number, group in enumerate(groups(events)):
        (folder / str(number)).mkdir()
        (folder / str(number) / "part.jsonl").write_bytes(b"\n".join(group))
    (folder / "0" / "empty.jsonl").touch()
    return f"{folder}/**/*.jsonl"


def linked_files(events, folder):
    """Write a file of two names, and a third one that leads there."""
    (folder / "a.jsonl").write_bytes(b"\n".join(events))
    (folder / "b.jsonl").symlink_to(folder / "a.jsonl")
    os.link(folder / "a.jsonl", folder / "c.jsonl")
    return f"{folder}/*.jsonl"


def json_by_eid(events, folder):
    """Write what Spark writes of JSON with partitions: the eid stands in the path alone."""
    by_eid = defaultdict(list)
    for one in events:
        said = json.loads(one)
        by_eid[said.pop("eid")].append(json.dumps(said).encode())
    for eid, found in by_eid.items():
        (folder / "day=2026-01-01" / f"eid={eid}").mkdir(parents=True)
        (folder / "day=2026-01-01" / f"eid={eid}" / "part-0.json").write_bytes(b"\n".join(found))
    return f"{folder}/**/*.json"


def search_response(events):
    hits = b",".join(b'{"_id":"1","_source":%b}' % one for one in events)
    return b'{"took":1,"hits":{"total":{"value":1},"hits":[%b]}}' % hits


JSON = {
    **{f"a line each: {name}": lines(wrap) for name, wrap in WRAPPERS.items()},
    "no last newline": lines(end=b""),
    "carriage returns": lines(join=b"\r\n", end=b"\r\n"),
    "a byte order mark": whole(lambda events: b"\xef\xbb\xbf" + b"\n".join(events)),
    "blank lines between": lines(join=b"\n\n \n"),
    "marks of RFC 7464": lines(lambda one: b"\x1e" + one),
    "two on a line": whole(lambda events: b"\n".join(b"".join(group) for group in groups(events, 2))),
    "three on a line, with blanks": whole(lambda events: b"\n".join(b" ".join(group) for group in groups(events, 3))),
    "no newline at all": lines(join=b"", end=b""),
    "a collector's lines without newlines": lines(WRAPPERS["a collector's line"], join=b"", end=b""),
    "a comma after each line": lines(join=b",\n", end=b",\n"),
    "a list with a line each": whole(lambda events: b"[\n\t" + b",\n\t".join(events) + b"\n]\n"),
    "a list on one line": whole(lambda events: b"[%b]" % b",".join(events)),
    "an indented list": whole(lambda events: json.dumps([json.loads(one) for one in events], indent=1).encode()),
    "indented": lines(indented),
    "indented, not a number for null": lines(lambda one: json.dumps(
        json.loads(one) | {"other": float("nan"), "text": None}, indent=1).encode()),
    "indented, without newlines between": lines(indented, join=b"", end=b""),
    "a batch a line": batches(b'{"id":"api.telemetry","ver":"3.0","events":[%b]}'),
    "a service's batch a line": batches(b'{"id":"m","mid":"m","syncts":1,"events":[%b]}'),
    "Obsrv's request a line": batches(b'{"id":"api.data.in","ver":"v2","data":[%b]}'),
    "a search engine's answer": whole(search_response),
    "a stream's records": whole(lambda events: json.dumps(
        {"Records": [{"kinesis": {"data": base64_of(one)}} for one in events]}).encode()),
    "a database's rows": whole(lambda events: b'{"rows":[%b]}' % b",".join(b'{"id":"1","doc":%b}' % one for one in events)),
    "gzip": packed(gzip.compress),
    "gzip in two members": packed(lambda data: gzip.compress(data[:5000]) + gzip.compress(data[5000:])),
    "zstd": packed(lambda data: zstandard.ZstdCompressor().compress(data)),
    "files of a pattern": many_files,
    "a file of three names": linked_files,
    "partitions by eid": json_by_eid,
}  # fmt: skip


# --- tables -------------------------------------------------------------------------------------------


@cache
def opened():
    """Give the one database of this process: to open one costs more than to write a file."""
    return duckdb.connect(config={"threads": 1})


def base_of(events):
    """Give a database with the events as text, as JSON columns, and as nested columns."""
    base = opened().cursor()
    base.execute("CREATE OR REPLACE TABLE sent (place INT, event VARCHAR)")
    base.executemany("INSERT INTO sent VALUES (?, ?)", [(at, one.decode()) for at, one in enumerate(events)])
    fields = ", ".join(f"CAST(event::JSON->'{name}' AS VARCHAR) AS {name}" for name in NESTED)
    base.execute(f"""CREATE OR REPLACE VIEW fields AS SELECT event::JSON->>'eid' AS eid, CAST(event::JSON->'ets' AS BIGINT) AS ets,
        event::JSON->>'ver' AS ver, event::JSON->>'mid' AS mid, {fields} FROM sent ORDER BY place""")
    return base


def table(query, name="x.parquet", options=""):
    """Write what a query gives of the events."""

    def write(events, folder):
        with base_of(events) as base:
            base.execute(f"COPY ({query}) TO '{folder / name}' {options}")
        return folder / name

    return write


def nested(query="SELECT * FROM nested", name="x.parquet", options=""):
    """Write what a query gives of the events as DuckDB reads them from JSON."""

    def write(events, folder):
        (folder / "sent.jsonl").write_bytes(b"\n".join(events))
        # In JSON a text that was taken for a time cannot be told from one that was altered.
        times = ", timestampformat = '%c'" if "JSON" in options else ""
        with opened().cursor() as base:
            base.execute(
                f"CREATE OR REPLACE VIEW nested AS SELECT * FROM read_json('{folder}/sent.jsonl', sample_size = -1{times})"
            )
            base.execute(f"COPY ({query}) TO '{folder / name}' {options}")
        return folder / name if "PARTITION" not in options else f"{folder / name}/**/*.parquet"

    return write


def database(query):
    def write(events, folder):
        with base_of(events) as base:
            base.execute(f"ATTACH '{folder}/x.duckdb' AS other")
            base.execute(f"CREATE TABLE other.raw AS {query}")
            base.execute("CREATE TABLE other.empty (a INT)")
            base.execute("DETACH other")
        return f"duckdb:{folder}/x.duckdb:raw"

    return write


def renamed(write, name):
    def write_renamed(events, folder):
        write(events, folder).rename(folder / name)
        return folder / name

    return write_renamed


def without_names(name="x.csv", number=False):
    """Write events as CSV without a line of names."""

    def write(events, folder):
        texts = ['"' + one.decode().replace('"', '""') + '"' for one in events]
        (folder / name).write_text(
            "".join(f"{f'{at},' if number else ''}{one}\n" for at, one in enumerate(texts))
        )
        return folder / name

    return write


def copied(events, folder):
    """Write what PostgreSQL's COPY writes as text: a backslash is doubled, and there is no line of names."""
    rows = (f"{at}\t" + one.decode().replace("\\", "\\\\") for at, one in enumerate(events))
    (folder / "x.tsv").write_text("\n".join(rows) + "\n")
    return folder / "x.tsv"


def dotted(*, first):
    """Write columns of which those of nested objects have dots, next to the whole object if it is empty in any event."""

    def write(events, folder):
        rows = [flat(json.loads(one)) for one in events]
        names = sorted(
            {name for row in rows for name in row} | {"edata", "object", "context.pdata"}, reverse=not first
        )
        with (folder / "x.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            for row in rows:
                writer.writerow([as_cell(row.get(name)) for name in names])
        return folder / "x.csv"

    return write


def as_cell(value):
    return value if isinstance(value, str | None) else json.dumps(value)


def flat(said, start=""):
    """Give the members of an object by their paths."""
    found = {}
    for name, value in said.items():
        found |= (
            flat(value, f"{start}{name}.") if isinstance(value, dict) and value else {start + name: value}
        )
    return found


CAPITALS = ", ".join(f'{name} AS "{name.upper()}"' for name in NAMES)
NULLS = """SELECT * REPLACE (replace(edata, '{"type"', '{"other":null,"type"') AS edata) FROM fields"""
QUOTES = """SELECT * REPLACE (replace(edata, '"', '\'\'') AS edata) FROM fields"""
LOWER = """SELECT * REPLACE (struct_pack(CHANNEL := context.channel, Env := context.env, pData := context.pdata, sid := context.sid,
    did := context.did, cdata := context.cdata, rollup := context.rollup) AS context) FROM nested"""

TABLES = {
    "text": table("SELECT event FROM sent"),
    "text, and when it came": table("SELECT event AS message, TIMESTAMP_S '2026-01-01 00:00:00' AS received FROM sent"),
    "text of another name": table("SELECT place, 'k' AS topic, event AS payload_json FROM sent"),
    "text beside other text": table("SELECT 'GET /' AS message, 'x' AS value, event AS data FROM sent"),
    "text as bytes": table("SELECT encode(event) AS value FROM sent"),
    "text as JSON": table("SELECT event::JSON AS value FROM sent"),
    "text beside its ids": table("SELECT event::JSON->>'eid' AS eid, event::JSON->>'mid' AS mid, event FROM sent"),
    "text beside rows of nothing": table("SELECT event AS value FROM sent UNION ALL SELECT NULL FROM sent"),
    "batches as text": table("SELECT '{\"events\":[' || string_agg(event, ',') || ']}' AS value FROM sent GROUP BY place // 5"),
    "text in CSV": table("SELECT event FROM sent", "x.csv"),
    "text in CSV, compressed": table("SELECT event FROM sent", "x.csv.gz"),
    "text in CSV with tabs": table("SELECT event FROM sent", "x.tsv", "(DELIMITER '\t')"),
    "text in CSV without a line of names": without_names(),
    "text and numbers in CSV without a line of names": without_names(number=True),
    "text as PostgreSQL's COPY writes it": copied,
    "columns with dots, next to empty objects, in CSV": dotted(first=True),
    "columns with dots, next to empty objects behind them, in CSV": dotted(first=False),
    "text in a database": database("SELECT event FROM sent"),
    "a file of another name": renamed(table("SELECT event FROM sent"), "part-0"),
    "a capital ending": renamed(table("SELECT event FROM sent"), "X.PARQUET"),
    "columns": table("SELECT * FROM fields"),
    "columns in capitals": table(f"SELECT {CAPITALS} FROM fields"),
    "columns in a database": database("SELECT * FROM fields"),
    "columns in CSV": table("SELECT * FROM fields", "x.csv"),
    "columns beside others": table("SELECT *, 7 AS shard, 'x' AS source, NOW() AS stored, encode('x') AS raw_bytes FROM fields"),
    "columns beside value and message": table("SELECT *, 'GET /' AS message, 1.5 AS value, '{}' AS event FROM fields"),
    "columns beside an empty value": table("SELECT *, CAST(NULL AS VARCHAR) AS value FROM fields"),
    "columns, ets as a number of doubles": table("SELECT * REPLACE (CAST(ets AS DOUBLE) AS ets) FROM fields"),
    "columns, ets as a time": table("SELECT * REPLACE (make_timestamp(ets * 1000) AS ets) FROM fields"),
    "columns, ets as a time of ms": table("SELECT * REPLACE (CAST(make_timestamp(ets * 1000) AS TIMESTAMP_MS) AS ets) FROM fields"),
    "columns, ets as a time of ns": table("SELECT * REPLACE (CAST(make_timestamp(ets * 1000) AS TIMESTAMP_NS) AS ets) FROM fields"),
    "columns, ets as a time with a zone": table(
        "SELECT * REPLACE (CAST(make_timestamp(ets * 1000) || '+00' AS TIMESTAMPTZ) AS ets) FROM fields"),
    "columns, ets as text": table("SELECT * REPLACE (CAST(ets AS VARCHAR) AS ets) FROM fields"),
    "columns, JSON with nulls": table(NULLS),
    "columns, not a number": table("SELECT *, CAST('nan' AS DOUBLE) AS tags2, CAST('inf' AS DOUBLE) AS other FROM fields"),
    "nested columns": nested(),
    "nested columns, not a number for null": nested(
        "SELECT * REPLACE (struct_insert(edata, other := 'nan'::DOUBLE) AS edata) FROM nested"),
    "nested columns, names in another case": nested(LOWER),
    "nested columns in a column": nested("SELECT nested AS event FROM nested"),
    "nested columns in lists": nested("SELECT list(nested) AS events FROM nested GROUP BY eid"),
    "nested columns as JSON lines": nested(name="x.json", options="(FORMAT JSON)"),
    "nested columns as a JSON list": nested(name="x.json", options="(FORMAT JSON, ARRAY true)"),
    "nested columns by eid and channel": nested(
        "SELECT *, context.channel AS channel FROM nested", "x", "(FORMAT PARQUET, PARTITION_BY (channel, eid))"),
}  # fmt: skip


# --- what is not understood ---------------------------------------------------------------------------


def file_of(data, name="x.json"):
    """Write a file that has nothing to do with the events."""

    def write(_, folder):
        (folder / name).write_bytes(data)
        return folder / name

    return write


def zipped(events, folder):
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr("x.json", b"\n".join(events))
    return folder / "x.zip"


def half_unknown(events):
    """Give every second event in a wrapper that nobody knows."""
    return b"\n".join(b'{"x":{"y":%b}}' % one if at % 2 else one for at, one in enumerate(events))


def beside(folder_name, file_name):
    """Write Parquet beside the log of a table format."""

    def write(events, folder):
        (folder / folder_name).mkdir()
        (folder / folder_name / file_name).write_text("{}")
        return table("SELECT event FROM sent")(events, folder)

    return write


def cut(write, size):
    def write_cut(events, folder):
        path = write(events, folder)
        path.write_bytes(path.read_bytes()[:-size])
        return path

    return write_cut


def several_tables(events, folder):
    return database("SELECT event FROM sent")(events, folder).removesuffix(":raw")


def zeros(events):
    """Give what is left of a file whose last blocks were never written."""
    return b"\n".join(events[:-2]) + b"\n" + b"\0" * 4096


UNKNOWN = {
    "a word": (file_of(b"hello\n"), "nothing there is an event"),
    "a number": (file_of(b"12"), "nothing there is an event"),
    "a page of HTML": (file_of(b"<html>\n<body>\nnot found</body></html>\n"), "nothing there is an event"),
    "objects of others": (file_of(b'{"a":1}\n{"b":2}\n'), "nothing there is an event"),
    "a wrapper that nobody knows": (lines(lambda one: b'{"x":{"y":%b}}' % one), "nothing there is an event"),
    "a wrapper that nobody knows, around half": (whole(half_unknown), "12 places in the sink could not be read"),
    "a time before each line": (lines(lambda one: b"2026-01-01 INFO " + one), "nothing there is an event"),
    "a key before each line": (lines(lambda one: b"key\t" + one), "nothing there is an event"),
    "text in UTF-16": (whole(lambda events: b"\n".join(events).decode().encode("utf-16")), "UTF-16"),
    "a zip archive": (zipped, "zip archive"),
    "text in UTF-32": (
        whole(lambda events: b"\n".join(events).decode().encode("utf-32")), "is text in UTF-32, not JSON in UTF-8"),
    "bzip2": (packed(bz2.compress), "is compressed with bzip2, not JSON in UTF-8, and only gzip and zstd are unpacked; bzcat "),
    "xz": (packed(lzma.compress), "x.json | footfall verify LEDGER --against -"),
    "a gzip that is cut off": (cut(packed(gzip.compress), 9), "cannot be read to its end"),
    "a zstd that is cut off": (cut(packed(lambda data: zstandard.ZstdCompressor().compress(data)), 9), "cannot be read to its end"),
    "a last line that is cut off": (cut(lines(end=b""), 30), "a place in the sink could not be read"),
    "a tail of zeros": (whole(zeros), "a place in the sink could not be read"),
    "a Parquet file that is cut off": (cut(table("SELECT event FROM sent"), 9), "cannot be read to its end"),
    "text of which half is cut off, next to a letter": (
        table("SELECT 'k' AS value, CASE WHEN place % 2 = 0 THEN event ELSE left(event, -20) END AS data FROM sent"),
        "12 places in the sink could not be read"),
    "columns that are no event's": (table("SELECT place AS a, 2 AS b FROM sent"), "eid, mid missing"),
    "text that is no event": (table("SELECT 'x' AS event FROM sent"), "nothing there is an event"),
    "a column of nothing": (table("SELECT CAST(NULL AS VARCHAR) AS event FROM sent"), "nothing there is an event"),
    "columns of objects that are no JSON": (table(QUOTES), "is not JSON"),
    "a database of several tables": (several_tables, "name one"),
    "a table of Delta": (beside("_delta_log", "0.json"), "is a table of Delta"),
    "a table of Iceberg": (beside("metadata", "v1.metadata.json"), "is a table of Iceberg"),
    "a table of Hudi": (beside(".hoodie", "hoodie.properties"), "is a table of Hudi"),
    "a sink of Spark's streams": (beside("_spark_metadata", "0"), "is a table of Spark streaming"),
}  # fmt: skip
"""What cannot be understood, or not all of it, and words of what is said of it."""
