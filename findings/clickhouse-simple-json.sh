#!/usr/bin/env bash
# ClickHouse's simpleJSONExtractInt reads an exponent timestamp as 1 and a pretty-printed one as 0.
#
# Guess: simpleJSONExtractInt returns the number of any valid JSON text, as JSONExtractInt does, only faster.
# What happens: 1.533364283909E12 is 1; a space after the colon is 0. Neither raises. JSONExtractInt returns
#   1533364283909 for all three.
# Whom it hurts: People who query raw events: after a Java stage rewrites ets as a double, or a proxy formats
#   the JSON, all events happen at 0 or 1.
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

seen = []
for text in ('{"ets":1533364283909}', '{"ets":1.533364283909E12}', '{"ets": 1533364283909}'):
    query = f"SELECT simpleJSONExtractInt('{text}', 'ets'), JSONExtractInt('{text}', 'ets')"
    seen.append(str(chdb.query(query, "TSV")).split())
    print(text, "simpleJSONExtractInt", seen[-1][0], "JSONExtractInt", seen[-1][1])
confirm([simple for simple, _ in seen] == ["1533364283909", "1", "0"] and {full for _, full in seen} == {"1533364283909"})
PY
