#!/usr/bin/env bash
# pandas reads an exponent-form millisecond timestamp a fraction off.
#
# Guess: 1.533364283910E12 is the integer 1533364283910, exactly representable as a double, so every reader
#   returns it exactly.
# What happens: pandas.read_json(lines=True) returns 1533364283910.0002; precise_float=True, or the json
#   module, returns the exact value.
# Whom it hurts: Readers of pipelines that write numbers as Java doubles (ets in exponent form): a join on ets
#   finds nothing, a conversion to whole milliseconds looks as if events had been altered.
# Seen: pandas 3.1.1; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check pandas==3.1.1
timeout 120 venv/bin/python - pandas <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import io
import json

import pandas

line = '{"ets":1533364283909.0}\n{"ets":1.533364283910E12}\n'
default = pandas.read_json(io.StringIO(line), lines=True)["ets"].tolist()
precise = pandas.read_json(io.StringIO(line), lines=True, precise_float=True)["ets"].tolist()
module = [json.loads(part)["ets"] for part in line.splitlines()]
print("pandas       ", default)
print("precise_float", precise)
print("json         ", module)
confirm(default[1] != 1533364283910 and precise[1] == module[1] == 1533364283910)
PY
