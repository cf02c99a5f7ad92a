#!/usr/bin/env bash
# A duration with two decimals is a multiple of 0.01 for two validators and not for three others.
#
# Guess: Every validator accepts 10.12 for multipleOf 0.01, or none does.
# What happens: jsonschema-rs and fastjsonschema accept it; jsonschema, ajv and msgspec refuse it, since they
#   divide the doubles.
# Whom it hurts: Teams that describe END.duration (written with two decimals by a common SDK) as multipleOf
#   0.01: the sender accepts events that the receiver refuses.
# Seen: jsonschema 4.26.0, jsonschema-rs 0.61.2, fastjsonschema 2.22.3, msgspec 0.23.0, ajv 8.20.0;
#   2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check jsonschema==4.26.0 jsonschema-rs==0.61.2 fastjsonschema==2.22.3 msgspec==0.23.0
npm install --silent --no-audit --no-fund --prefix . ajv@8.20.0
timeout 120 venv/bin/python - jsonschema jsonschema-rs fastjsonschema msgspec <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import subprocess
import typing

import fastjsonschema
import jsonschema
import jsonschema_rs
import msgspec

schema = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "number", "multipleOf": 0.01}


def accepts(check):
    try:
        return check() is not False
    except (fastjsonschema.JsonSchemaValueException, msgspec.ValidationError):
        return False


number = typing.Annotated[float, msgspec.Meta(multiple_of=0.01)]
script = "process.exit(new (require('ajv'))().validate({type: 'number', multipleOf: 0.01}, 10.12) ? 0 : 1)"
seen = {
    "jsonschema-rs": jsonschema_rs.is_valid(schema, 10.12),
    "fastjsonschema": accepts(lambda: fastjsonschema.validate(schema, 10.12)),
    "jsonschema": jsonschema.Draft7Validator(schema).is_valid(10.12),
    "msgspec": accepts(lambda: msgspec.json.decode("10.12", type=number)),
    "ajv 8.20.0": subprocess.run(["node", "-e", script], check=False).returncode == 0,
}
print(seen)
confirm(list(seen.values()) == [True, True, False, False, False])
PY
