"""Ledgers for tests: a header, any records, and a file that holds them."""

from pathlib import Path

from hypothesis import strategies as st

from generator.delivery.receipt import Receipt
from generator.ledger import EventLabel, Header, LedgerWriter, Sent, SessionLease, SessionStart

HEADER = Header(
    run=0x5C3F9D10, worker=3, started=1_700_000_000_000.0, footfall="1.2.3", seed=7, contract="sunbird", form="wire",
    mark="footfall:5c3f9d10", model="open", scenarios={"practice": "ab12"}, world="cd34", options={"rate": "500"},
)  # fmt: skip

_sessions = st.integers(0, 2**40 - 1)
_batches = st.integers(0, 2**32 - 1)
_instants = st.integers(-(10**6), 10**12).map(lambda microseconds: microseconds / 1e6)
_numbers = st.integers(-(2**63), 2**63 - 1)
_texts = st.text(max_size=40)
_outcomes = st.just(("acked", "")) | st.tuples(st.sampled_from(["rejected", "unknown"]), _texts)


@st.composite
def _attempts(draw):
    first = draw(st.integers(0, 2**32 - 1))
    return Sent(
        draw(_sessions), draw(_batches), first, draw(st.integers(0, 2**32 - first)), draw(st.integers(0, 2**16 - 1)),
        draw(_instants), draw(_instants), draw(_instants), *draw(_outcomes),
    )  # fmt: skip


records = (
    st.tuples(_sessions, _sessions).map(lambda pair: SessionLease(min(pair), max(pair)))
    | st.builds(SessionStart, _sessions, _texts, _numbers, _texts, _texts, _numbers)
    | _attempts()
    | st.builds(EventLabel, _sessions, _batches, st.none() | st.integers(0, 2**32 - 1), _texts)
)
"""Any record that a run may write."""


def write(writer: LedgerWriter, record) -> None:
    """Write one record, by the call that is made for it."""
    match record:
        case SessionLease():
            writer.lease(*record)
        case SessionStart():
            writer.open(record)
        case EventLabel():
            writer.label(record)
        case Sent():
            writer.sent(*record[:8], Receipt(record.status, record.reason))


def run_of(batches: int, flush_every: int = 7):
    """Give the records of a small run, none like another; None stands where it is flushed."""
    yield SessionLease(0, 4095)
    for number in range(batches):
        if not number % flush_every:
            yield None
        if not number % 2:
            yield SessionStart(
                number // 2, f"scenario {number % 3}", number, f"uid-{number}", f"did-{number}", number * 1000
            )
        outcome = ("acked", "") if number % 5 else ("unknown", f"reason {number % 99}")
        yield Sent(number // 2, number % 2, 20 * (number % 2), 20, 0, number, number, number + 0.5, *outcome)


def ledger_of(folder: Path, said, *, closed: bool = True, header: Header = HEADER) -> Path:
    """Write a ledger; None among its records stands for a flush."""
    writer = LedgerWriter(folder, header)
    for record in said:
        if record is None:
            writer.flush()
        else:
            write(writer, record)
    if closed:
        writer.close()
    else:
        writer.flush()
    return writer.path
