"""The ledger: the only word on what was sent. One file a worker, appended to, never changed.

    footfall ledger 1           the first line, and in it the format's version
    block 0                     the header as JSON: all that is needed to make the run's events anew
    block 1, 2, …               records: leases, openings, attempts to send, labels
    the last block              its last record is the end, with counts; a killed worker's ledger has none

Each block is in a frame with its number and a checksum, and no record straddles two blocks: what is cut off is
left out and told, what is damaged before the end is refused. A lease of sessions is on disk before the first of them
is sent, so that whatever is found of ours is known as ours. Texts that come again are written once.

    record      what a ledger says
    layout      how records stand in bytes
    frame       blocks: numbers, checksums, compression; how the next one is found behind a damaged one
    blocks      the file that is being written
    writer      what a load run calls; it holds records until somebody flushes
    unpack      records read back, and nothing of them believed
    reader      the file that is read, as a stream
    found       where ledgers are
"""

from generator.delivery.ledger.found import find
from generator.delivery.ledger.reader import Ledger, read, read_all
from generator.delivery.ledger.record import End, Header, Label, Lease, Opening, Record, Sent
from generator.delivery.ledger.writer import Writer

__all__ = [
    "End",
    "Header",
    "Label",
    "Lease",
    "Ledger",
    "Opening",
    "Record",
    "Sent",
    "Writer",
    "find",
    "read",
    "read_all",
]
