#!/usr/bin/env bash
# A draft-04 schema with an integer timestamp refuses an exponent in Python and accepts it in Node.js.
#
# Guess: One schema, one document, one verdict: draft-04 says that 1.0 is no integer, so 1.533364283909E12 is
#   refused everywhere.
# What happens: The three Python validators refuse it under draft-04 and accept it under draft-07. ajv-
#   draft-04 accepts it: after JSON.parse nothing tells 1.0 from 1.
# Whom it hurts: Pipelines whose stages run on different languages (telemetry pipelines keep draft-04 schemas,
#   and a Java stage writes ets as a double): the gateway accepts what the next stage files as failed.
# Seen: jsonschema 4.26.0, jsonschema-rs 0.61.2, fastjsonschema 2.22.3, ajv 8.20.0, ajv-draft-04 1.0.0;
#   2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check jsonschema==4.26.0 jsonschema-rs==0.61.2 fastjsonschema==2.22.3
npm install --silent --no-audit --no-fund --prefix . ajv@8.20.0 ajv-draft-04@1.0.0
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

text = "1.533364283909E12"


def verdicts(draft):
    schema = {"$schema": f"http://json-schema.org/draft-0{draft}/schema#", "type": "integer"}
    value = json.loads(text)
    try:
        fast = fastjsonschema.validate(schema, value) == value
    except fastjsonschema.JsonSchemaValueException:
        fast = False
    python = jsonschema.validators.validator_for(schema)(schema).is_valid(value)
    return [python, jsonschema_rs.validator_for(schema).is_valid(value), fast]


script = f"const A = require('ajv-draft-04'); process.exit(new A().validate({{type: 'integer'}}, JSON.parse('{text}')) ? 0 : 1)"
node = subprocess.run(["node", "-e", script], check=False).returncode == 0
print("draft-04, Python :", verdicts(4))
print("draft-07, Python :", verdicts(7))
print("draft-04, Node.js:", node)
confirm(verdicts(4) == [False] * 3 and verdicts(7) == [True] * 3 and node)
PY
