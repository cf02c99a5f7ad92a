#!/usr/bin/env bash
# A roaring bitmap takes 1.5 for 1.
#
# Guess: A fraction in a bitmap of integers raises TypeError, or is at least not found in it.
# What happens: BitMap([1.5]) holds 1, and 1.5 in BitMap([1]) is True. Negative numbers raise OverflowError,
#   even when they are only looked up.
# Whom it hurts: People who keep seen event numbers in a bitmap and compute them by a division: two events
#   share a bit, and the second one counts as a duplicate.
# Seen: pyroaring 1.2.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check pyroaring==1.2.0
timeout 120 venv/bin/python - pyroaring <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import pyroaring

seen = pyroaring.BitMap()
for sequence in (2, 3, 4):  # Two events a batch: 1.0, 1.5, 2.0.
    seen.add(sequence / 2)
found = 1.5 in pyroaring.BitMap([1])
try:
    raised = -1 in seen
except OverflowError:
    raised = "OverflowError"
print("added 1.0, 1.5, 2.0:", list(seen))
print("1.5 in BitMap([1]):", found)
print("-1 in the bitmap:", raised)
confirm(list(seen) == [1, 2] and found and raised == "OverflowError")
PY
