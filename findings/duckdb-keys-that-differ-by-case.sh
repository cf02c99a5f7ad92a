#!/usr/bin/env bash
# DuckDB cannot read pageid and pageId in one file, and the way out that it names drops values.
#
# Guess: JSON keys are case-sensitive: edata.pageid and edata.pageId in two events become two fields.
# What happens: Inside a nested object read_json raises and advises ignore_errors=true, which returns NULL for
#   every value under the other spelling, without a word. At the top level the second key is renamed to
#   pageId_1.
# Whom it hurts: Readers of events of several clients: one client that spells a key another way makes the file
#   unreadable, or its values disappear from the counts.
# Seen: duckdb 2.0.1; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check duckdb==2.0.1
timeout 120 venv/bin/python - duckdb <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import duckdb

with open("nested.jsonl", "w") as file:
    file.write('{"edata":{"pageid":"p"}}\n{"edata":{"pageId":"q"}}\n{"edata":{"pageId":"r"}}\n')
with open("flat.jsonl", "w") as file:
    file.write('{"pageid":"p"}\n{"pageId":"q"}\n')
try:
    print(duckdb.sql("FROM read_json('nested.jsonl')").fetchall())
    message = ""
except duckdb.Error as error:
    message = str(error)
ignored = duckdb.sql("SELECT edata.pageid FROM read_json('nested.jsonl', ignore_errors = true)").fetchall()
columns = duckdb.sql("FROM read_json('flat.jsonl')").columns
print(message)
print("with ignore_errors:", ignored)
print("at the top level  :", columns)
confirm("ignore_errors" in message and ignored == [("p",), (None,), (None,)] and columns == ["pageid", "pageId_1"])
PY
