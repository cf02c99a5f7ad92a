#!/usr/bin/env bash
# DuckDB reads a time spent of 16 seconds, written 0:16, as a quarter past midnight.
#
# Guess: The string "0:16" stays a string, as in polars and pyarrow.
# What happens: read_json infers TIME: 0:16 becomes 00:16:00, sixteen minutes. A value over 23 minutes in the
#   sample makes the column text again.
# Whom it hurts: Analysts of SUMMARY events of players that send timespent as minutes:seconds: short sessions
#   become sixty times as long, and the type depends on the longest session in the file.
# Seen: duckdb 2.0.1, pyarrow 26.0.1, polars 2.1.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0
timeout 120 venv/bin/python - duckdb pyarrow polars <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import duckdb
import polars
import pyarrow.json


def read(*values):
    with open("events.jsonl", "w") as file:
        file.writelines(f'{{"timespent":"{value}"}}\n' for value in values)
    return duckdb.sql("SELECT typeof(timespent), timespent::VARCHAR FROM read_json('events.jsonl')").fetchall()


short = read("0:16", "12:30")
others = polars.read_ndjson("events.jsonl")["timespent"][0], pyarrow.json.read_json("events.jsonl")["timespent"][0].as_py()
long = read("0:16", "24:05")
print("short sessions:", short)
print("a longer one  :", long)
print("polars, pyarrow:", others)
confirm(short[0] == ("TIME", "00:16:00") and long[0] == ("VARCHAR", "0:16") and others == ("0:16", "0:16"))
PY
