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

from generator.ledger.discover import discover
from generator.ledger.reader import Ledger, read, read_all
from generator.ledger.record import EventLabel, Header, LedgerEnd, Record, Sent, SessionLease, SessionStart
from generator.ledger.writer import LedgerWriter

__all__ = [
    "EventLabel",
    "Header",
    "Ledger",
    "LedgerEnd",
    "LedgerWriter",
    "Record",
    "Sent",
    "SessionLease",
    "SessionStart",
    "discover",
    "read",
    "read_all",
]
