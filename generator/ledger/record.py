"""The records of a ledger: leases, session starts, attempts to send with their outcomes, labels, and the end."""

from typing import Any, Literal, NamedTuple

from msgspec import Struct

from generator.delivery.receipt import Status
from generator.spec.identity import make_msgid
from generator.spec.rules import Form

FORMAT = 1
"""The format that is written and read."""
Model = Literal["open", "closed", "replay"]
"""How sessions are made: stamped from templates, played by virtual learners, or read from a dataset."""


class Header(Struct, frozen=True, kw_only=True):
    """All that is needed to regenerate the events of a run; nothing in it is secret.

    Attributes:
        run: the number of the run in every mid.
        worker: the worker's index, 0 if there is only one process.
        epoch: the number of this ledger among those of the same run and worker.
        started: the instant from which all times count, in milliseconds since 1970.
        footfall: the version that wrote it.
        seed: of the run.
        contract: its name; the file of a user's contract.
        form: of the events.
        mark: the tag in every event; "" for none.
        model: how its sessions are made.
        scenarios: the digest of each scenario's script, by its name.
        world: the digest of the world.
        options: the run's options that are not the defaults, as in a summary.
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
    """Sessions that may be sent from now on; it is on disk before the first of them is sent.

    Attributes:
        first, last: their numbers, both included.
    """

    first: int
    last: int


class SessionStart(NamedTuple):
    """The start of a session.

    Attributes:
        session: its number.
        scenario: the scenario whose template is stamped; "" in the closed model, and in a replay.
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
    """One attempt to send a batch; if its sequences have gaps, one record for each part without a gap.

    Attributes:
        session: the session of the batch.
        batch: its number in the session, from 0; with run and session it makes the msgid.
        first: the sequence of its first event; the others follow without a gap.
        events: how many there are.
        attempt: 0 for the first one.
        due, begun, answered: seconds since the ledger's `started`, to the microsecond.
        status: its outcome, as far as the sender can know.
        reason: why it was not acked; "" if it was.
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
        """Return the batch's id."""
        return make_msgid(self.batch, run, self.session)


class EventLabel(NamedTuple):
    """A fault that was injected on purpose; the label is written before the batch is sent.

    Attributes:
        session, batch: the batch that has it.
        sequence: of the event; None for the whole batch.
        fault: its name.
    """

    session: int
    batch: int
    sequence: int | None
    fault: str


class LedgerEnd(NamedTuple):
    """The last record of a whole ledger.

    Attributes:
        sessions, batches, events: how many `SessionStart` and `Sent` there are, and events in the latter.
    """

    sessions: int
    batches: int
    events: int


Record = SessionLease | SessionStart | Sent | EventLabel | LedgerEnd
