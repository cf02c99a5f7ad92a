#!/usr/bin/env bash
# fastjsonschema takes a 2020-12 schema and leaves half of its rules out.
#
# Guess: compile() refuses a draft that it does not know, or follows it.
# What happens: A schema that names draft 2020-12 compiles without a warning; unevaluatedProperties, and
#   keywords next to $ref, are ignored.
# Whom it hurts: Receivers who move their event schemas to 2020-12 to close objects built with allOf: unknown
#   members pass again, and nothing says so.
# Seen: fastjsonschema 2.22.3, jsonschema 4.26.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check fastjsonschema==2.22.3 jsonschema==4.26.0
timeout 120 venv/bin/python - fastjsonschema jsonschema <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import warnings

import fastjsonschema
import jsonschema

warnings.simplefilter("error")
draft = "https://json-schema.org/draft/2020-12/schema"
closed = {"$schema": draft, "allOf": [{"properties": {"mid": {}}}], "unevaluatedProperties": False}
beside = {"$schema": draft, "$defs": {"id": {"type": "string"}}, "properties": {"mid": {"$ref": "#/$defs/id", "minLength": 5}}}
seen = []
for schema, event in ((closed, {"mid": "a", "typo": 1}), (beside, {"mid": "a"})):
    full = jsonschema.Draft202012Validator(schema).is_valid(event)
    try:
        fast = fastjsonschema.compile(schema)(event) == event
    except fastjsonschema.JsonSchemaValueException:
        fast = False
    print(event, "jsonschema accepts:", full, "- fastjsonschema accepts:", fast)
    seen.append((full, fast))
confirm(seen == [(False, True)] * 2)
PY
