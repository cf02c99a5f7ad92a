"""How a ledger's records stand in its bytes: fixed sizes, little-endian, then the letters of what is text."""

from struct import Struct

from generator.delivery.receipt import Status
from generator.ledger.record import FORMAT

TITLE = b"footfall ledger "
FIRST_LINE = TITLE + b"%d\n" % FORMAT

TEXT, OUTCOME, LEASE, OPENING, SENT, LABEL, END = range(1, 8)
"""What a record's first byte says. Texts and outcomes are numbered from 0, in the order in which they are said."""

STATUSES: tuple[Status, ...] = ("acked", "rejected", "unknown")
WHOLE = -1
"""In place of a sequence: the whole batch is meant."""
MICROSECONDS = 1_000_000

text = Struct("<BH")
"""Kind, bytes; and then these: a scenario's name, or a fault's."""
outcome = Struct("<BBH")
"""Kind, status, bytes; and then these: the reason."""
lease = Struct("<BQQ")
"""Kind, first, last."""
opening = Struct("<BQIqqHH")
"""Kind, session, scenario (a text), number, t0, bytes of the uid, bytes of the did; and then both."""
sent = Struct("<BQIIIHqqqI")
"""Kind, session, batch, first, events, attempt, due, begun, answered (microseconds), outcome."""
label = Struct("<BQIqI")
"""Kind, session, batch, sequence, fault (a text)."""
end = Struct("<BQQQ")
"""Kind, sessions, batches, events."""
