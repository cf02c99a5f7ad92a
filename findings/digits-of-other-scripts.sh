#!/usr/bin/env bash
# The pattern ^\d+$ accepts Devanagari digits and a final line feed in some validators.
#
# Guess: JSON Schema says that patterns are ECMA 262 expressions: ^\d+$ accepts ASCII digits alone,
#   everywhere.
# What happens: jsonschema and fastjsonschema use Python's re: both accept Devanagari digits; jsonschema alone
#   also accepts a line feed after the last digit. jsonschema-rs and ajv refuse both.
# Whom it hurts: Receivers of forms typed on Indian keyboards (dial codes, phone numbers, class numbers): the
#   same schema accepts at one stage what the next stage cannot store as a number.
# Seen: jsonschema 4.26.0, jsonschema-rs 0.61.2, fastjsonschema 2.22.3, ajv 8.20.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check jsonschema==4.26.0 jsonschema-rs==0.61.2 fastjsonschema==2.22.3
npm install --silent --no-audit --no-fund --prefix . ajv@8.20.0
timeout 120 venv/bin/python - jsonschema jsonschema-rs fastjsonschema <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import json
import subprocess

import fastjsonschema
import jsonschema
import jsonschema_rs

schema = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "string", "pattern": r"^\d+$"}


def fast(value):
    try:
        return fastjsonschema.validate(schema, value) == value
    except fastjsonschema.JsonSchemaValueException:
        return False


def ajv(value):
    script = "process.exit(new (require('ajv'))().validate({type: 'string', pattern: '^\\\\d+$'}, JSON.parse(process.argv[1])) ? 0 : 1)"
    return subprocess.run(["node", "-e", script, json.dumps(value)], check=False).returncode == 0


seen = {}
for value in ("123", "\u0967\u0968\u0969", "123\n"):
    seen[value] = [jsonschema.Draft7Validator(schema).is_valid(value), fast(value), jsonschema_rs.is_valid(schema, value), ajv(value)]
    print(ascii(value), dict(zip(("jsonschema", "fastjsonschema", "jsonschema-rs", "ajv"), seen[value])))
confirm(list(seen.values()) == [[True] * 4, [True, True, False, False], [True, False, False, False]])
PY
