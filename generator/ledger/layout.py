"""The bytes of a ledger's records: fixed sizes, little-endian, then the bytes of texts."""

from struct import Struct

from generator.delivery.receipt import Status
from generator.ledger.record import FORMAT

TITLE = b"footfall ledger "
FIRST_LINE = TITLE + b"%d\n" % FORMAT

TEXT, OUTCOME, LEASE, START, SENT, LABEL, END = range(1, 8)
"""A record's first byte. Texts and outcomes are numbered from 0, in the order in which they are written."""

STATUSES: tuple[Status, ...] = ("acked", "rejected", "unknown")
WHOLE = -1
"""Instead of a sequence: the label is for the whole batch."""
MICROSECONDS = 1_000_000

text = Struct("<BH")
"""Kind, bytes; and then these: a scenario's name, or a fault's."""
outcome = Struct("<BBH")
"""Kind, status, bytes; and then these: the reason."""
lease = Struct("<BQQ")
"""Kind, first, last."""
start = Struct("<BQIqqHH")
"""Kind, session, scenario (a text), number, t0, bytes of the uid, bytes of the did; and then both."""
sent = Struct("<BQIIIHqqqI")
"""Kind, session, batch, first, events, attempt, due, begun, answered (microseconds), outcome."""
label = Struct("<BQIqI")
"""Kind, session, batch, sequence, fault (a text)."""
end = Struct("<BQQQ")
"""Kind, sessions, batches, events."""
