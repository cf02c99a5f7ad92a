"""The ledger: the record of what a run sent. Each worker appends to one file, and never changes what is written.

    footfall ledger 1           the first line, and in it the format's version
    block 0                     the header as JSON: all that is needed to regenerate the run's events
    block 1, 2, …               records: leases, session starts, attempts to send, labels
    the last block              its last record is the end, with counts; a killed worker's ledger has none

Each block is in a frame with its number and a checksum, and no record spans two blocks. The reader leaves out and
reports an end that is cut off; it raises LedgerError if an earlier block is corrupt. A lease of sessions is on disk
before the first of them is sent, so that a verifier can assign every stored event of the run. A repeated text is
written once. README.md states the format.

    record      the records of a ledger
    layout      how records stand in bytes
    frame       blocks: numbers, checksums, compression; how the next one is found behind a corrupt one
    blocks      the file that is being written
    writer      the interface of a load run; it holds records until a caller flushes them
    unpack      parses records, and trusts none of their bytes
    reader      reads a file as a stream
    discover    finds ledgers
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
