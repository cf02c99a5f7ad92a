#!/usr/bin/env bash
# An empty sort object turns into an empty list on its way through Parquet, or stops the write.
#
# Guess: A SEARCH event with "sort": {} is an object before and after Parquet.
# What happens: polars, pyarrow and deltalake refuse to write an object without members. DuckDB writes a map
#   of it, and pyarrow reads that as [], a list.
# Whom it hurts: People who archive SEARCH events, whose filters and sort are often {}: one batch of them
#   stops the archive, or comes back as a list that the schema of the event refuses.
# Seen: duckdb 2.0.1, polars 2.1.0, pyarrow 26.0.1, deltalake 1.6.6; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1 deltalake==1.6.6
timeout 120 venv/bin/python - duckdb polars pyarrow deltalake <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import json

import deltalake
import duckdb
import polars
import pyarrow
import pyarrow.parquet

event = {"eid": "SEARCH", "edata": {"sort": {}}}
with open("events.jsonl", "w") as file:
    file.write(json.dumps(event) + "\n")
table = pyarrow.Table.from_pylist([event])


def outcome(write):
    try:
        write()
    except Exception as error:
        return type(error).__name__
    return "written"


seen = {
    "polars": outcome(lambda: polars.read_ndjson("events.jsonl").write_parquet("polars.parquet")),
    "pyarrow": outcome(lambda: pyarrow.parquet.write_table(table, "pyarrow.parquet")),
    "deltalake": outcome(lambda: deltalake.write_deltalake("delta", table)),
    "duckdb": outcome(lambda: duckdb.sql("COPY (FROM read_json('events.jsonl')) TO 'duckdb.parquet'")),
}
back = pyarrow.parquet.read_table("duckdb.parquet").to_pylist()[0]["edata"]
print(seen)
print("written by DuckDB, read by pyarrow:", back)
confirm(list(seen.values()) == ["InvalidOperationError", "ArrowNotImplementedError", "DeltaError", "written"] and back == {"sort": []})
PY
