#!/usr/bin/env bash
# A quantile sketch of timestamps is ten seconds off for the only value that it holds.
#
# Guess: kll_floats_sketch holds Python floats, which are doubles; with one value every quantile is that
#   value.
# What happens: The sketch holds 32-bit floats: 1533364283909 comes back as 1533364273152, 10.757 seconds
#   earlier, also as its maximum. kll_doubles_sketch returns it exactly.
# Whom it hurts: People who sketch ets, starttime or the delay of events from them: freshness is wrong by
#   seconds, with the accuracy that the sketch promises for ranks.
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

ets = 1533364283909
seen = []
for kind in (datasketches.kll_floats_sketch, datasketches.kll_doubles_sketch):
    sketch = kind(200)
    sketch.update(float(ets))
    seen.append((sketch.get_quantile(0.5), sketch.get_max_value()))
    print(kind.__name__, "median and maximum", *seen[-1])
confirm(seen == [(1533364273152.0, 1533364273152.0), (float(ets), float(ets))])
PY
