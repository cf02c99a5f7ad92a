#!/usr/bin/env bash
# zstandard.decompress() returns the first of two frames and drops the rest; its open() reads both.
#
# Guess: Frames that stand one after the other are one stream, as the format says; decompress() returns all of
#   it or raises.
# What happens: decompress() and ZstdDecompressor.decompress() return the first frame without an error;
#   stream_reader, open(), DuckDB and pandas return both.
# Whom it hurts: People who append compressed batches to a file or a message: everything after the first batch
#   is lost to one call of the same package that reads it by another.
# Seen: zstandard 0.25.0, duckdb 2.0.1, pandas 3.1.1; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check zstandard==0.25.0 duckdb==2.0.1 pandas==3.1.1
timeout 120 venv/bin/python - zstandard duckdb pandas <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import io

import duckdb
import pandas
import zstandard

data = zstandard.compress(b'{"mid":"a"}\n') + zstandard.compress(b'{"mid":"b"}\n')
with open("events.jsonl.zst", "wb") as file:
    file.write(data)
with zstandard.open("events.jsonl.zst", "rb") as file:
    opened = file.read()
seen = {
    "decompress": zstandard.decompress(data).count(b"\n"),
    "ZstdDecompressor.decompress": zstandard.ZstdDecompressor().decompress(data).count(b"\n"),
    "stream_reader": zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read().count(b"\n"),
    "open": opened.count(b"\n"),
    "duckdb": duckdb.sql("SELECT count(*) FROM read_json('events.jsonl.zst')").fetchall()[0][0],
    "pandas": len(pandas.read_json("events.jsonl.zst", lines=True)),
}
print("events:", seen)
confirm(list(seen.values()) == [1, 1, 2, 2, 2, 2])
PY
