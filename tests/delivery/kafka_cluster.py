"""A cluster of the library's mock brokers, in a process of its own: it can be stopped, go on, and vanish.

Run as a module it is that process: it says its brokers' addresses, and makes each topic that it is told.
"""

import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from generator.delivery.kafka.address import KafkaAddress

PARTITIONS = 4


class Cluster:
    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.delivery.kafka_cluster"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self.brokers = tuple(self._process.stdout.readline().split())

    def url(self, topic):
        """Make a topic, and give its address."""
        self._process.stdin.write(f"{topic}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == topic
        return str(self.address(topic))

    def address(self, topic):
        return KafkaAddress(self.brokers, topic)

    def stall(self):
        """Stop it, and return when every thread has stopped: one that runs on another core may answer once more."""
        self._process.send_signal(signal.SIGSTOP)
        threads = Path(f"/proc/{self._process.pid}/task")
        while any(_state(thread) != "T" for thread in threads.iterdir()):
            pass

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def vanish(self):
        self._process.kill()
        self._process.communicate()


def _state(thread):
    return (thread / "stat").read_text().rpartition(")")[2].split()[0]


@contextmanager
def cluster():
    one = Cluster()
    try:
        yield one
    finally:
        one.vanish()


def main():
    from confluent_kafka import Producer

    brokers = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 2, "log_level": 2})
    known = brokers.list_topics(timeout=30).brokers.values()
    print(*(f"{broker.host}:{broker.port}" for broker in known), flush=True)
    for line in sys.stdin:
        # Whoever asks a mock broker for a topic makes it.
        topic = brokers.list_topics(line.strip(), timeout=30).topics[line.strip()]
        assert len(topic.partitions) == PARTITIONS
        print(topic.topic, flush=True)


if __name__ == "__main__":
    main()
