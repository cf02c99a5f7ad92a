#!/usr/bin/env bash
# A Kafka message without a value counts as no message.
#
# Guess: "if message:" tells a message from the None that poll() returns when nothing came.
# What happens: Message has a length, that of its value: a tombstone (value None) and an empty value are
#   false, so such a loop skips them.
# Whom it hurts: Consumers that count or mirror events with that idiom: deletions and empty messages vanish,
#   the counts stay below the offsets, and a copy of a compacted topic keeps what was deleted.
# Seen: confluent-kafka 2.16.1; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check confluent-kafka==2.16.1
timeout 120 venv/bin/python - confluent-kafka <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import confluent_kafka

producer = confluent_kafka.Producer({"bootstrap.servers": "127.0.0.1", "test.mock.num.brokers": 1, "log_level": 0})
for value in (b"event", None, b""):
    producer.produce("events", value, key="k", partition=0)
producer.flush(10)
broker = next(iter(producer.list_topics(timeout=10).brokers.values()))
consumer = confluent_kafka.Consumer({"bootstrap.servers": f"{broker.host}:{broker.port}", "group.id": "g", "log_level": 0})
consumer.assign([confluent_kafka.TopicPartition("events", 0, 0)])
seen = []
for _ in range(30):
    message = consumer.poll(1)
    if message is not None and not message.error():
        seen.append((message.offset(), message.value(), bool(message)))
    if len(seen) == 3:
        break
consumer.close()
for offset, value, truth in seen:
    print(f"offset {offset}, value {value}: {truth}")
confirm([truth for _, _, truth in seen] == [True, False, False])
PY
