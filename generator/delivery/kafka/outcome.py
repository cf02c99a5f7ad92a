"""What a delivery report means for a message.

The library itself sends again what has no answer, and its reports do not state how often it tried. So a message is
rejected only if the broker, or the library before it, rejects it at every attempt. After a temporary error the
message stays unknown: an earlier attempt may have been stored.
"""

from typing import Any

from generator.delivery.contracts.words import brief
from generator.delivery.reasons import LATE
from generator.delivery.receipt import ACKED, Receipt, rejected, unknown

_TIMED_OUT = {"_MSG_TIMED_OUT", "_TIMED_OUT", "REQUEST_TIMED_OUT"}
REJECTED = {
    "MSG_SIZE_TOO_LARGE": "the message is too large for the topic",
    "RECORD_LIST_TOO_LARGE": "the messages sent together are too large for the topic",
    "INVALID_RECORD": "the broker finds the message invalid",
    "UNKNOWN_TOPIC_OR_PART": "the topic does not exist",
    "_UNKNOWN_TOPIC": "the topic does not exist",
    "_UNKNOWN_PARTITION": "the partition does not exist",
    "TOPIC_EXCEPTION": "the broker takes no messages for this topic",
    "TOPIC_AUTHORIZATION_FAILED": "not allowed to write into this topic",
    "CLUSTER_AUTHORIZATION_FAILED": "not allowed to write into this cluster",
    "POLICY_VIOLATION": "the broker's policy forbids the message",
    "UNSUPPORTED_FOR_MESSAGE_FORMAT": "the topic's message format is too old",
}
"""The reason of each error that comes back at every attempt, by the library's name of the error."""
_FINAL = {"MSG_SIZE_TOO_LARGE", "INVALID_RECORD"}


def reported(error: Any) -> Receipt:
    """Judge the error of a delivery report; None is success."""
    if error is None:
        return ACKED
    name = error.name()
    if name in _TIMED_OUT:
        return unknown(LATE)
    if name in REJECTED:
        return rejected(REJECTED[name], final=name in _FINAL)
    if name in {"_PURGE_QUEUE", "_PURGE_INFLIGHT", "_DESTROY"}:
        return unknown("the producer was closed before the broker's answer")
    return unknown(brief(error.str()))


def not_taken(error: Any) -> Receipt:
    """Judge the error of a message that the library did not accept: nothing of it was sent."""
    name = error.name()
    return rejected(REJECTED.get(name) or f"not sent: {brief(error.str())}", final=name in _FINAL)
