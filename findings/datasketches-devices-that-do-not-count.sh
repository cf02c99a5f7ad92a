#!/usr/bin/env bash
# A distinct count leaves out the empty device id, and counts one number twice.
#
# Guess: An empty text is a value like any other; 5 and 5.0, equal in Python and in JSON Schema, are one
#   value.
# What happens: HLL, CPC and theta sketches ignore an empty text: devices with did "" count as none. 5 and 5.0
#   are two values.
# Whom it hurts: Teams that reconcile distinct counts with a database, which counts the empty id; and counts
#   of numbers that one producer writes as an integer, the other as a double.
# Seen: datasketches 5.2.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check datasketches==5.2.0
timeout 120 venv/bin/python - datasketches <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import datasketches

kinds = (lambda: datasketches.hll_sketch(12), lambda: datasketches.cpc_sketch(12), lambda: datasketches.update_theta_sketch(12))


def distinct(values):
    counts = []
    for make in kinds:
        sketch = make()
        for value in values:
            sketch.update(value)
        counts.append(round(sketch.get_estimate()))
    return counts


seen = [distinct(values) for values in (["d1", "d2", ""], [""], [5, 5], [5, 5.0])]
for values, counts in zip((["d1", "d2", ""], [""], [5, 5], [5, 5.0]), seen):
    print(values, dict(zip(("hll", "cpc", "theta"), counts)))
confirm(seen == [[2] * 3, [0] * 3, [1] * 3, [2] * 3])
PY
