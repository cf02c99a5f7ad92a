#!/usr/bin/env bash
# The protobuf package reads the trace id of OTLP JSON as base64 and gets 24 bytes instead of 16.
#
# Guess: OTLP JSON says that trace ids are hexadecimal; the official messages with json_format read and write
#   them so, or refuse them.
# What happens: Parse takes the 32 hexadecimal digits as base64 and yields 24 other bytes, without an error;
#   MessageToJson writes base64 that an OTLP JSON reader cannot join.
# Whom it hurts: People who store or replay exported log batches with json_format: every trace id is wrong,
#   and still looks like one.
# Seen: opentelemetry-proto 1.45.2, protobuf 7.36.2; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check opentelemetry-proto==1.45.2 protobuf==7.36.2
timeout 120 venv/bin/python - opentelemetry-proto protobuf <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

from google.protobuf import json_format
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

sent = "5b8efff798038103d269b633813fc60c"
read = json_format.Parse(f'{{"traceId":"{sent}"}}', LogRecord()).trace_id
written = json_format.MessageToDict(LogRecord(trace_id=bytes.fromhex(sent)))["traceId"]
print("sent   ", sent, "- 16 bytes")
print("read   ", read.hex(), f"- {len(read)} bytes")
print("written", written)
confirm(len(read) == 24 and written == "W47/95gDgQPSabYzgT/GDA==")
PY
