"""Batches as messages of a Kafka topic, as the telemetry service writes them there.

    locust -f locustfiles/kafka.py --headless --host kafka://127.0.0.1:9092/telemetry.ingest --rate 10k -t 1m
    locust -f locustfiles/kafka.py --headless --host kafka://h1:9092,h2:9092/telemetry.raw --contract kafka-event:did

Users, passwords and certificates stand in the file that FOOTFALL_KAFKA_CONFIG names, in librdkafka's words.
"""

from locust import events

from generator.load.runner import FootfallUser, install_listeners

__all__ = ["FootfallUser"]

install_listeners()


@events.init_command_line_parser.add_listener
def write_messages(parser, **_):
    """Write messages, unless --contract says otherwise."""
    parser.set_defaults(contract="kafka")
