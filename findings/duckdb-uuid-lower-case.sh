#!/usr/bin/env bash
# DuckDB changes the letters of a message id that looks like a UUID.
#
# Guess: read_json keeps a string as it is: the mid in upper case stays in upper case.
# What happens: If every value of the sample looks like a UUID, the column becomes UUID and prints in lower
#   case; COPY writes the changed ids. One other id in the file and all stay as sent.
# Whom it hurts: Verifiers that compare stored ids with sent ids as text, since some mobile clients send UUIDs
#   in upper case.
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

upper = "3F2504E0-4F89-11D3-9A0C-0305E82C3301"


def stored(*mids):
    with open("sent.jsonl", "w") as file:
        file.writelines(f'{{"mid":"{mid}"}}\n' for mid in mids)
    duckdb.sql("COPY (FROM read_json('sent.jsonl')) TO 'stored.jsonl' (FORMAT json)")
    with open("stored.jsonl") as file:
        return file.readline().strip()


alone, mixed = stored(upper), stored(upper, "START:00ff")
print("sent                 ", upper)
print("stored, UUIDs only   ", alone)
print("stored, with another ", mixed)
confirm(upper.lower() in alone and upper in mixed)
PY
