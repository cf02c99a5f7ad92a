"""A deed: what a misbehaving endpoint did to an event or a batch, one JSON object a line.

    {"kind":"begun","when":1700000000000,"how":"--lose 0.001 --fault-seed 7"}
    {"kind":"lost","when":1700000000000,"msgid":"…","mids":["…"]}
    {"kind":"altered","when":1700000000000,"msgid":"…","mids":["…"],"path":"$.edata.id","before":"a","after":"a~"}
    {"kind":"closed","when":1700000000000,"msgid":"…","mids":["…","…"],"stored":true}
    {"kind":"settled","when":0}

Deeds are on disk before the events that they are about, and *settled* when these are there too. So it is known
of a deed that is not settled that the endpoint was killed, or is just about to do it.
"""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from generator.collector.store import WriteBatch

Did = Literal["begun", "lost", "duplicated", "altered", "reordered", "failed", "closed", "settled"]
KIND = "faults"
"""The kind of the segments in the store that hold deeds."""


class FaultRecord(Struct, frozen=True, omit_defaults=True, gc=False):
    """What was done.

    Attributes:
        kind: "lost", "duplicated" and "altered" are about one event; "reordered", "failed" (answered with 500, not
            stored) and "closed" (read, not answered) about a batch; "begun" is the start of the endpoint.
        when: in milliseconds since 1970; as `received` of the events that were stored.
        msgid: the batch's; None where it has none.
        mids: of the event, or of the batch's; those of a reordered batch in the order in which they were stored.
        path, before, after: which value was changed, and how.
        stored: whether a closed batch was stored, as far as it is new and valid.
        how: the options with which the endpoint began.
    """

    kind: Did
    when: int
    msgid: str | None = None
    mids: tuple[str, ...] = ()
    path: str = ""
    before: Any = None
    after: Any = None
    stored: bool = False
    how: str = ""


class FaultyWriteBatch(WriteBatch, gc=False):
    """A filing with what was done to it.

    Attributes:
        deeds: to be on disk before it.
        is_stored: whether anything but the deeds is stored.
    """

    deeds: list[FaultRecord]
    is_stored: bool = True


def lines(deeds: list[FaultRecord]) -> bytes:
    """Write deeds, one a line."""
    return b"".join(msgspec.json.encode(deed) + b"\n" for deed in deeds)


decoder = msgspec.json.Decoder(FaultRecord)
