"""What a delivery report means for a message.

The library sends again by itself what it has no answer to, and its reports do not say how often it tried. So
rejected is only what a broker, or the library before it, refuses whenever it is asked: a refusal that comes and
goes may follow upon an attempt that was stored.
"""

from typing import Any

from generator.delivery.contracts.words import brief
from generator.delivery.reasons import LATE
from generator.delivery.receipt import ACKED, Receipt, rejected, unknown

_TIMED_OUT = {"_MSG_TIMED_OUT", "_TIMED_OUT", "REQUEST_TIMED_OUT"}
REFUSED = {
    "MSG_SIZE_TOO_LARGE": "the message is too large for the topic",
    "RECORD_LIST_TOO_LARGE": "the messages sent together are too large for the topic",
    "INVALID_RECORD": "the broker finds the message invalid",
    "UNKNOWN_TOPIC_OR_PART": "there is no such topic",
    "_UNKNOWN_TOPIC": "there is no such topic",
    "_UNKNOWN_PARTITION": "there is no such partition",
    "TOPIC_EXCEPTION": "the broker takes no messages for this topic",
    "TOPIC_AUTHORIZATION_FAILED": "not allowed to write into this topic",
    "CLUSTER_AUTHORIZATION_FAILED": "not allowed to write into this cluster",
    "POLICY_VIOLATION": "the broker's policy forbids the message",
    "UNSUPPORTED_FOR_MESSAGE_FORMAT": "the topic's message format is too old",
}
"""What is refused whenever it is asked for, by the library's name of the error."""
_FINAL = {"MSG_SIZE_TOO_LARGE", "INVALID_RECORD"}


def reported(error: Any) -> Receipt:
    """Judge what a delivery report says; None stands for success there."""
    if error is None:
        return ACKED
    name = error.name()
    if name in _TIMED_OUT:
        return unknown(LATE)
    if name in REFUSED:
        return rejected(REFUSED[name], final=name in _FINAL)
    if name in {"_PURGE_QUEUE", "_PURGE_INFLIGHT", "_DESTROY"}:
        return unknown("the producer was closed before the broker's answer")
    return unknown(brief(error.str()))


def not_taken(error: Any) -> Receipt:
    """Judge why the library did not take a message: nothing of it was sent."""
    name = error.name()
    return rejected(REFUSED.get(name) or f"not sent: {brief(error.str())}", final=name in _FINAL)
