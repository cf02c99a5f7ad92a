#!/usr/bin/env bash
# The tdigest package reports a latency below zero.
#
# Guess: A percentile lies between the smallest and the largest recorded value; an estimate is off within that
#   range.
# What happens: Of 1 ms and 1,000 ms the first percentile is -478.52 ms: the package extrapolates beyond the
#   outer values. crick, another t-digest, returns 1.
# Whom it hurts: Makers of latency reports of few batches, or of the low end of many: a chart begins at a time
#   before the request was sent.
# Seen: tdigest 0.5.2.2, crick 0.0.8, numpy 2.4.6; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check tdigest==0.5.2.2 crick==0.0.8 numpy==2.4.6
timeout 120 venv/bin/python - tdigest crick numpy <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import crick
import tdigest

first, second = tdigest.TDigest(), crick.TDigest()
for latency in (1, 1000):
    first.update(latency)
    second.add(latency)
seen = [float(first.percentile(1)), float(second.quantile(0.01))]
print("recorded 1 and 1000; first percentile:", dict(zip(("tdigest", "crick"), seen)))
confirm(seen[0] < 0 and seen[1] == 1)
PY
