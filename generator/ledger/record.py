"""What a ledger says: who may send what, whose session was begun, what was sent, and what became of it."""

from typing import Any, Literal, NamedTuple

from msgspec import Struct

from generator.delivery.receipt import Status
from generator.spec.identity import make_msgid
from generator.spec.rules import Form

FORMAT = 1
"""The format that is written, and read."""
Model = Literal["open", "closed", "replay"]
"""How sessions are made: stamped from templates, played by learners, or read from a dataset."""


class Header(Struct, frozen=True, kw_only=True):
    """All that is needed to make a run's events anew; nothing in it is secret.

    Attributes:
        run: as every mid says it.
        worker: the worker's index, 0 where there is only one process.
        epoch: which ledger of this run and worker it is, where there are several.
        started: the instant from which all times count, in milliseconds since 1970.
        footfall: the version that wrote it.
        seed: of the run.
        contract: its name; the file where it is the user's own.
        form: of the events.
        mark: the tag in every event; "" for none.
        model: how its sessions are made.
        scenarios: the digest of each scenario's script, by its name.
        world: the digest of the world.
        options: the run's options that are not the defaults, as a summary has them.
        largest: the most events that the contract takes in a batch; 0 for any number.
        format: of the ledger.
    """

    run: int
    worker: int
    started: float
    footfall: str
    seed: int
    contract: str
    form: Form
    mark: str
    model: Model
    scenarios: dict[str, str]
    world: str
    options: dict[str, Any]
    largest: int = 0
    epoch: int = 0
    format: int = FORMAT


class SessionLease(NamedTuple):
    """Sessions that may be sent from now on; it is on disk before the first of them is.

    Attributes:
        first, last: their numbers, both included.
    """

    first: int
    last: int


class SessionStart(NamedTuple):
    """A session that begins.

    Attributes:
        session: its number.
        scenario: whose template is stamped; "" in the closed model, and in a replay.
        number: of the template in the open model, of the learner in the closed one, of the recording in a replay.
        uid, did: the ids of learner and device with which it is stamped; "" for those of the template.
        t0: the start of its story, in milliseconds since 1970; in a replay, by how much its instants are moved.
    """

    session: int
    scenario: str
    number: int
    uid: str
    did: str
    t0: int


class Sent(NamedTuple):
    """One attempt to send a batch; where its sequences have gaps, one record for each run of them.

    Attributes:
        session: whose batch it is.
        batch: its number in the session, from 0; with run and session it makes the msgid.
        first: the sequence of its first event; the others follow without a gap.
        events: how many there are.
        attempt: 0 for the first one.
        due, begun, answered: seconds since the ledger's `started`, to the microsecond.
        status: what became of it, as far as the sender can know.
        reason: why it was not acked; "" where it was.
    """

    session: int
    batch: int
    first: int
    events: int
    attempt: int
    due: float
    begun: float
    answered: float
    status: Status
    reason: str = ""

    def msgid(self, run: int) -> str:
        """Give the batch's id."""
        return make_msgid(self.batch, run, self.session)


class EventLabel(NamedTuple):
    """Damage that was done on purpose, said before it is sent.

    Attributes:
        session, batch: where.
        sequence: of the event; None where it is the whole batch.
        fault: the name of the damage.
    """

    session: int
    batch: int
    sequence: int | None
    fault: str


class LedgerEnd(NamedTuple):
    """The last record of a ledger that is whole.

    Attributes:
        sessions, batches, events: how many `SessionStart` and `Sent` there are, and events in the latter.
    """

    sessions: int
    batches: int
    events: int


Record = SessionLease | SessionStart | Sent | EventLabel | LedgerEnd
