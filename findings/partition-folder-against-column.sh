#!/usr/bin/env bash
# If a file says END and its folder says eid=START, one reader believes the file and two the folder.
#
# Guess: Every reader takes the column that stands in the file, or reports the contradiction.
# What happens: polars returns END. DuckDB and pyarrow.dataset return START and find nothing under END.
#   pyarrow.parquet.read_table raises on the types.
# Whom it hurts: People who keep events in folders of eid, day or channel and let a job rewrite the column (a
#   corrected day, a merged channel): counts differ by the tool.
# Seen: duckdb 2.0.1, polars 2.1.0, pyarrow 26.0.1; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1
timeout 120 venv/bin/python - duckdb polars pyarrow <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import os

import duckdb
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.parquet

os.makedirs("events/eid=START")
pyarrow.parquet.write_table(pyarrow.table({"eid": ["END"], "mid": ["a"]}), "events/eid=START/part.parquet")
field = pyarrow.dataset.field("eid")
dataset = pyarrow.dataset.dataset("events", partitioning="hive")
seen = {
    "polars": polars.scan_parquet("events/**/*.parquet").filter(polars.col("eid") == "END").collect().height,
    "duckdb": duckdb.sql("SELECT count(*) FROM 'events/*/*.parquet' WHERE eid = 'END'").fetchall()[0][0],
    "pyarrow.dataset": dataset.to_table(filter=field == "END").num_rows,
}
try:
    seen["read_table"] = pyarrow.parquet.read_table("events").num_rows
except pyarrow.ArrowTypeError:
    seen["read_table"] = "ArrowTypeError"
print("events with eid END:", seen)
confirm(list(seen.values()) == [1, 0, 0, "ArrowTypeError"])
PY
