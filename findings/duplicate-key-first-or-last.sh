#!/usr/bin/env bash
# Of two equal keys, polars keeps the first, pandas the last; DuckDB and pyarrow refuse the file.
#
# Guess: All readers of JSON lines keep the last of two equal keys, as json.loads does.
# What happens: polars keeps the first value, pandas the last; DuckDB and pyarrow raise an error and read
#   nothing from the file.
# Whom it hurts: Readers of events whose mid was appended a second time by a proxy or an enricher: two tools
#   disagree about which event was stored.
# Seen: polars 2.1.0, pandas 3.1.1, duckdb 2.0.1, pyarrow 26.0.1; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check polars==2.1.0 pandas==3.1.1 duckdb==2.0.1 pyarrow==26.0.1
timeout 120 venv/bin/python - polars pandas duckdb pyarrow <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import duckdb
import pandas
import polars
import pyarrow.json

with open("events.jsonl", "w") as file:
    file.write('{"eid":"START","mid":"first","mid":"last"}\n')


def outcome(read):
    try:
        return read()
    except Exception as error:
        return type(error).__name__


seen = {
    "polars": outcome(lambda: polars.read_ndjson("events.jsonl")["mid"][0]),
    "pandas": outcome(lambda: pandas.read_json("events.jsonl", lines=True)["mid"][0]),
    "duckdb": outcome(lambda: duckdb.sql("SELECT mid FROM read_json('events.jsonl')").fetchall()[0][0]),
    "pyarrow": outcome(lambda: pyarrow.json.read_json("events.jsonl")["mid"][0].as_py()),
}
print(seen)
confirm(list(seen.values()) == ["first", "last", "InvalidInputException", "ArrowInvalid"])
PY
