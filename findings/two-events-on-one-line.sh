#!/usr/bin/env bash
# Two events on one line are two events, an error, or both in one tool.
#
# Guess: Readers of JSON lines agree: a line with two objects is an error (a line feed was lost).
# What happens: pyarrow, msgspec's decode_lines and DuckDB's read_json return both events; DuckDB's
#   read_ndjson and polars raise.
# Whom it hurts: People who check a file by counting lines: a lost line feed hides an event from wc and split,
#   and only some readers notice.
# Seen: duckdb 2.0.1, polars 2.1.0, pyarrow 26.0.1, msgspec 0.23.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1 msgspec==0.23.0
timeout 120 venv/bin/python - duckdb polars pyarrow msgspec <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import duckdb
import msgspec
import polars
import pyarrow.json

text = b'{"mid":"a"}{"mid":"b"}\n{"mid":"c"}\n'
with open("events.jsonl", "wb") as file:
    file.write(text)


def count(read):
    try:
        return len(read())
    except Exception as error:
        return type(error).__name__


seen = {
    "pyarrow": count(lambda: pyarrow.json.read_json("events.jsonl").to_pylist()),
    "msgspec": count(lambda: msgspec.json.Decoder().decode_lines(text)),
    "read_json": count(lambda: duckdb.sql("FROM read_json('events.jsonl')").fetchall()),
    "read_ndjson": count(lambda: duckdb.sql("FROM read_ndjson('events.jsonl')").fetchall()),
    "polars": count(lambda: polars.read_ndjson("events.jsonl")),
}
print("lines:", text.count(b"\n"), "- events:", seen)
confirm(list(seen.values()) == [3, 3, 3, "InvalidInputException", "ComputeError"])
PY
