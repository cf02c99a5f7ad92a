"""A fault record: what the endpoint did to an event or a batch, one JSON object a line.

    {"kind":"begun","when":1700000000000,"how":"--lose 0.001 --fault-seed 7"}
    {"kind":"lost","when":1700000000000,"msgid":"…","mids":["…"]}
    {"kind":"altered","when":1700000000000,"msgid":"…","mids":["…"],"path":"$.edata.id","before":"a","after":"a~"}
    {"kind":"closed","when":1700000000000,"msgid":"…","mids":["…","…"],"stored":true}
    {"kind":"settled","when":0}

Fault records are on disk before the events that they are about, and *settled* when these are there too. If a
record is not settled, the endpoint was killed, or is about to store the events.
"""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from generator.collector.store import WriteBatch

Did = Literal["begun", "lost", "duplicated", "altered", "reordered", "failed", "closed", "settled"]
KIND = "faults"
"""The kind of the segments in the store that hold fault records."""


class FaultRecord(Struct, frozen=True, omit_defaults=True, gc=False):
    """What was done.

    Attributes:
        kind: "lost", "duplicated" and "altered" are about one event; "reordered", "failed" (answered with 500, not
            stored) and "closed" (read, not answered) about a batch; "begun" is the endpoint started.
        when: in milliseconds since 1970; as `received` of the events that were stored.
        msgid: the batch's; None if it has none.
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
    """A batch to write, with what was done to it.

    Attributes:
        fault_records: to be on disk before it.
        is_stored: whether its events are stored, or the records alone.
    """

    fault_records: list[FaultRecord]
    is_stored: bool = True


def lines(records: list[FaultRecord]) -> bytes:
    """Encode records, one a line."""
    return b"".join(msgspec.json.encode(record) + b"\n" for record in records)


decoder = msgspec.json.Decoder(FaultRecord)
