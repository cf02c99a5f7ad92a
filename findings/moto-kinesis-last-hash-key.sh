#!/usr/bin/env bash
# moto's Kinesis has no shard for the highest hash key, and one sequence number for many records.
#
# Guess: The shards of a stream cover all 128-bit hash keys, and sequence numbers are long increasing numbers,
#   as in the service.
# What happens: With three shards ExplicitHashKey 2^128-1, the end of the last shard's range, raises
#   AttributeError: the mock takes the end as exclusive. The first record of each shard has the sequence
#   number 1.
# Whom it hurts: Testers who spread batches over shards, or who keep records by sequence number as with the
#   service, where no two look alike: records overwrite each other in the test alone.
# Seen: moto[kinesis] 5.2.5; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check 'moto[kinesis]==5.2.5'
timeout 120 venv/bin/python - moto <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import os

import boto3
import moto

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
with moto.mock_aws():
    client = boto3.client("kinesis", region_name="us-east-1")
    client.create_stream(StreamName="events", ShardCount=3)
    ranges = [shard["HashKeyRange"] for shard in client.list_shards(StreamName="events")["Shards"]]
    records = [{"Data": b"{}", "PartitionKey": f"device-{number}"} for number in range(20)]
    answers = client.put_records(StreamName="events", Records=records)["Records"]
    first = sorted(answer["ShardId"] for answer in answers if answer["SequenceNumber"] == "1")
    try:
        client.put_record(StreamName="events", Data=b"{}", PartitionKey="d", ExplicitHashKey=str(2**128 - 1))
        error = ""
    except AttributeError as raised:
        error = str(raised)
missing = 2**128 - 1 - max(int(edge["EndingHashKey"]) for edge in ranges)
print("hash keys above the last range:", missing)
print("put_record:", error)
print("shards with a record numbered 1:", first)
confirm(missing == 0 and "NoneType" in error and len(first) == len(set(first)) == 3)
PY
