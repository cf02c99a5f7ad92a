#!/usr/bin/env bash
# librdkafka's mock cluster shows aborted messages to consumers that read committed ones only.
#
# Guess: The mock cluster supports transactions, so read_committed hides what was aborted; a delivery report
#   has the message's timestamp.
# What happens: The aborted message is delivered under read_committed. Delivery reports carry the timestamp
#   1234 whatever was produced, though the stored message has the right one; offsets_for_times finds nothing.
# Whom it hurts: Teams that test an exactly-once path of telemetry, or a seek by time, on the mock cluster:
#   the tests fail on correct code, or were bent until they pass.
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

BASE = {"log_level": 0}
mock = confluent_kafka.Producer({**BASE, "bootstrap.servers": "127.0.0.1", "test.mock.num.brokers": 1})
broker = next(iter(mock.list_topics(timeout=10).brokers.values()))
BASE["bootstrap.servers"] = f"{broker.host}:{broker.port}"
producer = confluent_kafka.Producer({**BASE, "transactional.id": "t"})
reports = []
producer.init_transactions(10)
for value, finish in ((b"aborted", producer.abort_transaction), (b"committed", producer.commit_transaction)):
    producer.begin_transaction()
    producer.produce("events", value, partition=0, timestamp=1533364283909, on_delivery=lambda _, m: reports.append(m.timestamp()[1]))
    producer.flush(10)
    finish(10)
consumer = confluent_kafka.Consumer(
    {**BASE, "group.id": "g", "isolation.level": "read_committed", "enable.partition.eof": True}
)
part = confluent_kafka.TopicPartition("events", 0, 0)
consumer.assign([part])
seen, stamps = [], []
for _ in range(30):
    message = consumer.poll(1)
    if message is not None and message.error():
        break  # The end of the partition.
    if message is not None:
        seen.append(message.value())
        stamps.append(message.timestamp()[1])
by_time = consumer.offsets_for_times([confluent_kafka.TopicPartition("events", 0, 1533364283909)], timeout=10)[0].offset
consumer.close()
print("read_committed:", seen)
print("timestamps in reports:", reports, "- in messages:", stamps)
print("offset by time:", by_time)
confirm(seen == [b"aborted", b"committed"] and set(reports) == {1234} and set(stamps) == {1533364283909} and by_time == -1)
PY
