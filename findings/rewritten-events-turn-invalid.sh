#!/usr/bin/env bash
# Reading valid events and writing them again makes them invalid: DuckDB and polars add members that are null.
#
# Guess: Reading a file of events and writing the same rows as JSON lines returns the same events; absent
#   members stay absent.
# What happens: Each event gains every member that any other event has, as null: an absent object becomes
#   null, {} becomes {"id":null,"type":null}. A schema that accepted every event refuses them.
# Whom it hurts: People who filter stored events with one of these tools and send the result again, or
#   validate what they stored: schemas of telemetry want strings, not null.
# Seen: duckdb 2.0.1, polars 2.1.0, jsonschema 4.26.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check duckdb==2.0.1 polars==2.1.0 jsonschema==4.26.0
timeout 120 venv/bin/python - duckdb polars jsonschema <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import json

import duckdb
import jsonschema
import polars

events = [
    {"mid": "a", "object": {"id": "x", "type": "Content"}},
    {"mid": "b", "object": {}},
    {"mid": "c", "tags": ["t"]},
]
schema = {
    "properties": {
        "object": {"type": "object", "properties": {"id": {"type": "string"}, "type": {"type": "string"}}},
        "tags": {"type": "array"},
    }
}
with open("events.jsonl", "w") as file:
    file.writelines(json.dumps(event) + "\n" for event in events)
duckdb.sql("COPY (FROM read_json('events.jsonl')) TO 'duckdb.jsonl' (FORMAT json)")
polars.read_ndjson("events.jsonl").write_ndjson("polars.jsonl")


def valid(path):
    with open(path) as file:
        lines = file.readlines()
    print(path, *lines, sep="\n  ", end="")
    return [jsonschema.Draft7Validator(schema).is_valid(json.loads(line)) for line in lines]


verdicts = [valid(f"{name}.jsonl") for name in ("events", "duckdb", "polars")]
print(verdicts)
confirm(verdicts == [[True] * 3, [False] * 3, [False] * 3])
PY
