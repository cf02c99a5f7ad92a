#!/usr/bin/env bash
# One device id goes to another partition by each producer, and the empty one to all of them.
#
# Guess: The partition is a function of the key and the number of partitions, so all clients of a topic agree.
# What happens: kafka-python and kafkajs hash the key by murmur2, librdkafka by CRC32: most keys differ. An
#   empty key is one partition for the first two; librdkafka spreads it over all.
# Whom it hurts: Pipelines with the device id as key and producers in two languages: the events of a device
#   lose their order, and events without a device id (did is "") do even with one producer.
# Seen: confluent-kafka 2.16.1, kafka-python 3.0.12, kafkajs 2.2.4; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check confluent-kafka==2.16.1 kafka-python==3.0.12
npm install --silent --no-audit --no-fund --prefix . kafkajs@2.2.4
timeout 120 venv/bin/python - confluent-kafka kafka-python <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import json
import subprocess
import time

import confluent_kafka
from kafka.partitioner.default import murmur2

KEYS = ["device-%d" % number for number in range(12)] + [""] * 12
partitions = {"librdkafka": []}
producer = confluent_kafka.Producer({"bootstrap.servers": "127.0.0.1", "test.mock.num.brokers": 1, "log_level": 0})
for key in KEYS:  # Spaced, since librdkafka keeps to one random partition for 10 ms.
    producer.produce("events", b"{}", key=key, on_delivery=lambda _, message: partitions["librdkafka"].append(message.partition()))
    producer.flush(10)
    time.sleep(0.02)
count = len(producer.list_topics(timeout=10).topics["events"].partitions)
# What its default partitioner does with every key but None.
partitions["kafka-python"] = [(murmur2(key.encode()) & 0x7FFFFFFF) % count for key in KEYS]
script = """
const choose = require("kafkajs").Partitioners.DefaultPartitioner();
const [keys, count] = JSON.parse(process.argv[1]);
const partitionMetadata = [...Array(count).keys()].map((partitionId) => ({ partitionId, leader: 1 }));
console.log(JSON.stringify(keys.map((key) => choose({ topic: "events", partitionMetadata, message: { key: Buffer.from(key) } }))));
"""
done = subprocess.run(["node", "-e", script, json.dumps([KEYS, count])], capture_output=True, check=True)
partitions["kafkajs"] = json.loads(done.stdout)
for name, chosen in partitions.items():
    print(f"{name:13}", "keys", chosen[:12], "- empty key", chosen[12:])
crc, murmur, node = partitions.values()
confirm(murmur == node and crc[:12] != murmur[:12] and len(set(murmur[12:])) == 1 and len(set(crc[12:])) > 1)
PY
