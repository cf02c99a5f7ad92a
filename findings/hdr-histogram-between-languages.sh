#!/usr/bin/env bash
# A histogram of the Python package loses four billion counts in the JavaScript one, and the maximum grows on the way.
#
# Guess: Both packages speak one wire format: totals and maximum survive a trip, or decoding raises.
# What happens: hdr-histogram-js keeps counts of 32 bits unless told otherwise: 4,294,967,297 arrive as 1,
#   without an error. A recorded maximum of 1533364283909 comes back as 1534377066495, the top of its bucket.
# Whom it hurts: Dashboards that merge latency or lateness histograms of long runs: percentiles turn upside
#   down after 2^32 events, and a merged maximum is one that nobody measured.
# Seen: hdrhistogram 0.10.8, hdr-histogram-js 3.0.1; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check hdrhistogram==0.10.8
npm install --silent --no-audit --no-fund --prefix . hdr-histogram-js@3.0.1
timeout 120 venv/bin/python - hdrhistogram <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import json
import subprocess

from hdrh.histogram import HdrHistogram

histogram = HdrHistogram(1, 60000, 3)
histogram.record_value(5, count=2**32 + 1)
histogram.record_value(900)
script = """
const hdr = require("hdr-histogram-js");
const read = (bits) => hdr.decodeFromCompressedBase64(process.argv[1], bits);
const one = hdr.build();
one.recordValue(1533364283909);
const back = hdr.decodeFromCompressedBase64(hdr.encodeIntoCompressedBase64(one));
console.log(JSON.stringify([read().totalCount, read(64).totalCount, one.maxValue, back.maxValue]));
"""
done = subprocess.run(["node", "-e", script, histogram.encode().decode()], capture_output=True, check=True)
default, wide, before, after = json.loads(done.stdout)
print("total in Python         ", histogram.get_total_count())
print("total in JavaScript     ", default, "- with 64 bits", wide)
print("maximum before and after", before, after)
confirm(default == 2 and wide == 2**32 + 2 and before == 1533364283909 and after == 1534377066495)
PY
