#!/usr/bin/env bash
# DataFusion cuts the fraction off the thousand-and-first duration.
#
# Guess: A number that does not fit the type inferred from the first rows raises, or widens the column.
# What happens: After 1,000 rows of whole numbers 2.75 is read as 2, and a key that first occurs later is left
#   out; nothing is raised.
# Whom it hurts: People who sum durations of event files: the result depends on which kind of event stands in
#   the first 1,000 lines.
# Seen: datafusion 55.0.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check datafusion==55.0.0
timeout 120 venv/bin/python - datafusion <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import datafusion


def read(late_first):
    whole = [f'{{"mid":"m{number}","duration":1}}\n' for number in range(1000)]
    late = ['{"mid":"late","duration":2.75,"pageid":"home"}\n']
    with open("events.jsonl", "w") as file:
        file.writelines(late + whole if late_first else whole + late)
    context = datafusion.SessionContext()
    context.register_json("events", "events.jsonl", file_extension=".jsonl")
    row = context.sql("SELECT * FROM events WHERE mid = 'late'").to_pylist()[0]
    return row, context.sql("SELECT sum(duration) AS total FROM events").to_pylist()[0]["total"]


first, last = read(late_first=True), read(late_first=False)
print("first in the file:", *first)
print("last in the file :", *last)
confirm(first[1] == 1002.75 and last == ({"duration": 2, "mid": "late"}, 1002))
PY
