"""A small run: what was sent, as a ledger has it, made anew without any scenario; and a sink in memory."""

import json
from pathlib import Path

from generator.ledger.record import Header, LedgerEnd, Sent, SessionLease, SessionStart
from generator.spec.identity import make_mid
from generator.verify.batch import Batch, RegenerateError
from generator.verify.sink.sink import Chunk
from generator.verify.verifying import verify

RUN, STARTED = 0x5C3F9D10, 1_700_000_000_000
EIDS = ["START", "IMPRESSION", "INTERACT", "ASSESS", "LOG", "END"]


def header(worker=0, run=RUN, epoch=0, contract="own"):
    return Header(
        run=run, worker=worker, epoch=epoch, started=float(STARTED), footfall="1", seed=1, contract=contract, form="wire",
        mark="", model="open", scenarios={}, world="", options={},
    )  # fmt: skip


def eid_of(session, sequence):
    return EIDS[(session + sequence) % len(EIDS)]


def mid_of(session, sequence, run=RUN):
    return make_mid(eid_of(session, sequence), sequence, run, session)


def event(session, sequence, run=RUN):
    """Give an event as the encoder writes it."""
    eid = eid_of(session, sequence)
    said = {
        "eid": eid, "ets": STARTED + sequence, "ver": "3.1", "mid": make_mid(eid, sequence, run, session),
        "actor": {"id": f"u{session}", "type": "User"}, "edata": {"n": sequence, "is": True, "text": "é"},
    }  # fmt: skip
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


class Maker:
    """Makes a session of so many events as its opening's number says, all in batches of one size or each alone."""

    trouble = ""

    def __init__(self, run=RUN, sizes=None):
        self._run, self._sizes = run, sizes or {}

    def session(self, opening):
        if opening.scenario == "broken":
            raise RegenerateError("the script raised")
        sizes = self._sizes.get(opening.session) or [opening.number]
        batches, sequence = [], 0
        for size in sizes:
            texts = [event(opening.session, sequence + at, self._run) for at in range(size)]
            batches.append(Batch(b",".join(texts)))
            sequence += size
        return batches


class MadeLedger:
    """A ledger in memory."""

    def __init__(self, records, *, torn="", worker=0, run=RUN, name="made.bin", epoch=0, contract="own"):
        self.header, self.path, self.torn = header(worker, run, epoch, contract), Path(name), torn
        self._records = list(records)
        self.is_whole = not torn

    def records(self):
        yield from self._records
        if self.is_whole:
            yield LedgerEnd(0, 0, 0)


def opened(session, events, scenario="story"):
    return SessionStart(session, scenario, events, "", "", STARTED)


def sent(session, batch, first, events, status="acked", attempt=0, begun=1.0):
    reason = "" if status == "acked" else "why"
    return Sent(session, batch, first, events, attempt, begun, begun, begun + 0.5, status, reason)


def simple(sessions=2, batches=2, size=3, status="acked", **more):
    """Give the ledger of a plain run: the session of each number, its batches acknowledged."""
    records = [SessionLease(0, 99)]
    for session in range(sessions):
        records.append(opened(session, batches * size))
        records += [sent(session, batch, batch * size, size, status) for batch in range(batches)]
    return MadeLedger(records, **more)


def all_of(sessions=2, events=6):
    return [event(session, sequence) for session in range(sessions) for sequence in range(events)]


class MadeSink:
    """A sink in memory: events by kind, in chunks of some size."""

    def __init__(self, accepted=(), rejected=(), duplicate=(), size=7, received=None):
        self._kinds = {"accepted": list(accepted), "rejected": list(rejected), "duplicate": list(duplicate)}
        self._size, self._received = size, received

    def described(self):
        return "the sink"

    def chunks(self):
        for kind, events in self._kinds.items():
            for at in range(0, len(events), self._size):
                group = events[at : at + self._size]
                received = [self._received] * len(group) if self._received else None
                yield Chunk(kind, group, received, f"{kind}:{at + 1}")


def found(ledgers, sink, *, sizes=None, **more):
    """Verify, and give the whole verdict."""
    ledgers = ledgers if isinstance(ledgers, list) else [ledgers]
    sinks = sink if isinstance(sink, dict) else {"accepted": sink}
    return verify(ledgers, sinks, maker_of=lambda header: Maker(header.run, sizes), **more)


def findings(*arguments, **more):
    """Verify, and give what was found in the one sink."""
    return found(*arguments, **more).stages[0]
