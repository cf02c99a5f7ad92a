"""A prepared batch, ready to be sent, and the head that its request has in common with others."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from generator.delivery.contracts import Request
from generator.load.injected_fault import InjectedFault


class PreparedBatch(NamedTuple):
    """A batch ready to be sent.

    Attributes:
        body: its bytes, compressed if the contract compresses.
        msgid: its id.
        events: how many events it holds; of a faulty batch, before the fault.
        eids: how many of each eid, as pairs; likewise.
        due: seconds from the session's start to the last of its events.
        number: of the batch in its session, from 0.
        ranges: the sequences of its events, as pairs of the first one and how many follow without a gap.
        request: all of it, the body included, if it is not sent as the others of its session are.
        fault: what was injected; None for nothing.
    """

    body: bytes
    msgid: str
    events: int
    eids: tuple[tuple[str, int], ...]
    due: float
    number: int
    ranges: Sequence[tuple[int, int]]
    request: Request | None = None
    fault: InjectedFault | None = None


class RequestTemplate(NamedTuple):
    """A request after which those of many sessions are made.

    Attributes:
        key: by which it is known again.
        request: the model itself, without a body.
        renames: words in its headers, each with the one that stands there in this session's.
    """

    key: Hashable
    request: Request
    renames: Sequence[tuple[str, str]]
