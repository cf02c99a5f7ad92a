#!/usr/bin/env bash
# ClickHouse stores a millisecond timestamp in DateTime64(3) as the last second of the year 9999.
#
# Guess: DateTime64(3) has milliseconds, so the number 1533364283909 is 2018-08-04 06:31:23.909, or the row is
#   refused.
# What happens: The number is taken as seconds and clamped: 9999-12-31 23:59:59, without an error. DateTime
#   gives 2106-02-07, UInt32 the remainder 60959237.
# Whom it hurts: Loaders of events by JSONEachRow with ets as a time: every event has one and the same moment,
#   and retention rules never reach it.
# Seen: chdb 4.4.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check chdb==4.4.0
timeout 120 venv/bin/python - chdb <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import chdb

with open("events.jsonl", "w") as file:
    file.write('{"ets":1533364283909}\n')
seen = {}
for kind in ("DateTime64(3,'UTC')", "DateTime('UTC')", "UInt32", "Int64"):
    schema = "ets " + kind.replace("'", "\\'")
    seen[kind] = str(chdb.query(f"SELECT ets FROM file('events.jsonl', JSONEachRow, '{schema}')", "TSV")).strip()
    print(f"{kind:20}", seen[kind])
confirm(list(seen.values()) == ["9999-12-31 23:59:59.000", "2106-02-07 06:28:15", "60959237", "1533364283909"])
PY
