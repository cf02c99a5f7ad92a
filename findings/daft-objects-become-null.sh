#!/usr/bin/env bash
# Daft reads an object as null if the same key held a text before.
#
# Guess: A key that is a text in one event and an object in another becomes JSON text, or the read fails.
# What happens: The column becomes text: numbers are kept as text, objects turn into null without a warning. A
#   blank line between events is an error.
# Whom it hurts: Readers of mixed events: members such as query, params or extra hold texts in some events and
#   objects in others, and the objects are gone.
# Seen: daft 0.7.26; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check daft==0.7.26
timeout 120 venv/bin/python - daft <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import daft

with open("events.jsonl", "w") as file:
    file.write('{"mid":"a","extra":1}\n{"mid":"b","extra":"x"}\n{"mid":"c","extra":{"pos":[]}}\n')
rows = daft.read_json("events.jsonl").to_pylist()
with open("blank.jsonl", "w") as file:
    file.write('{"mid":"a"}\n\n{"mid":"b"}\n')
try:
    blank = len(daft.read_json("blank.jsonl").to_pylist())
except Exception as error:
    blank = type(error).__name__
print(rows)
print("with a blank line:", blank)
confirm([row["extra"] for row in rows] == ["1", "x", None] and blank == "DaftCoreException")
PY
