"""A player: one learner on one device, who plays session after session at a human pace.

How a session is dated. In its events time runs as in the story, at any speed, so that durations stay true.
Its batches are due when the story comes to their last event, with the waiting in between divided by the
speed. The whole session is dated such that it ends when its last batch is due: at speed 1 the last event
of each batch has the instant at which it is due; at speed 60 an hour of story that is sent within a minute
began an hour before its end. Below speed 1 it is dated to begin when it begins. So no event is ever dated
after its sending, and a source's time never goes back.

When a user is stopped, its client is closed: what it has recorded by then is sent at once, as a last batch.
"""

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

from generator.chance import SeededChance
from generator.delivery.batch import Batch, Identity, in_form
from generator.load.plan import Plan, share_of
from generator.load.worker_partition import device_queue_position
from generator.scenarios.story import Session, collector_held_off, play
from generator.spec.rules import Form
from generator.telemetry import Recorded
from generator.world import Learner

PAUSE = 30.0
"""The median of the seconds between two sessions of a learner's, in story time; judgement."""


def run_tag(run: int) -> str:
    """Return the tag by which a run's events can be found and purged."""
    return f"footfall:{run:08x}"


class ScheduledBatch(NamedTuple):
    """A batch, and when it is due.

    Attributes:
        at: in milliseconds since 1970.
        msgid: its id.
        recorded: its events.
        is_last: whether the session ends with it.
        scenario: whose session it is.
        session: the session's number.
        number: the batch's in the session.
        first: the sequence of its first event.
    """

    at: float
    msgid: str
    recorded: list[Recorded]
    is_last: bool
    scenario: str
    session: int
    number: int
    first: int


class VirtualLearner:
    """One learner on one device.

    Args:
        plan: what is played.
        run: the run in every mid.
        learner: the learner's number.

    Attributes:
        identity: for whom the batches speak.
        device: the kind of device.
        number: the learner's.
    """

    def __init__(self, plan: Plan, run: int, learner: int) -> None:
        self._plan, self._run, self.number = plan, run, learner
        self._seed, self._speed = plan.settings.seed, plan.settings.speed
        device = plan.device(device_queue_position(learner))
        self._scenarios = [scenario for scenario in plan.scenarios if scenario.device == device]
        self._shares = [share_of(scenario) for scenario in self._scenarios]
        self._learner: Learner = plan.world.learner(learner, device)
        self.device = device
        self._batch_size, self._cuts_at_end = plan.batch_size(device), plan.cuts_at_end(device)
        self._mark = run_tag(run) if not plan.settings.no_run_tag else ""
        owner = self._learner
        self.identity = Identity(owner.device.id, owner.channel.id, owner.device.pdata.id)

    def play(self, number: int, now: int) -> tuple[Session, list[ScheduledBatch]]:
        """Play a session that begins now, and return when its batches are due.

        Args:
            number: the session's number.
            now: in milliseconds since 1970.

        Raises:
            ScenarioError: when its script raises.
        """
        with collector_held_off():
            session = self._play(number, now)
            spared = self._spared(session)
            if spared:
                # Played once more rather than moved: a script may have written instants into its data.
                session = self._play(number, now - spared)
        if self._mark:
            session.add_tag(self._mark)
        return session, list(self._due(session, number, now))

    def until(self, due: ScheduledBatch, now: float) -> ScheduledBatch:
        """Return the part of a batch that the story has come to by now: what a client holds that is closed now."""
        last = due.recorded[-1].event.ets
        recorded = [one for one in due.recorded if due.at - (last - one.event.ets) / self._speed <= now]
        return due._replace(recorded=recorded, is_last=due.is_last and len(recorded) == len(due.recorded))

    def pause(self, number: int) -> float:
        """Return the seconds until the next session, at this speed."""
        return SeededChance(self._seed, "pause", number).lognormal(PAUSE, 0.8) / self._speed

    def batch(self, due: ScheduledBatch, now: int, form: Form) -> Batch:
        """Make the batch that is sent now."""
        return Batch(due.msgid, now, in_form(due.recorded, form), self.identity)

    def _play(self, number: int, start: int) -> Session:
        chance = SeededChance(self._seed, "session", number)
        scenario = chance.pick(self._scenarios, self._shares)
        return play(scenario, self._learner, start, chance, run=self._run, session=number)

    def _spared(self, session: Session) -> int:
        """Return the milliseconds of story time that speed spares the session as a whole."""
        span = session.events[-1].ets - session.start if session.events else 0
        return max(0, ceil(span - span / self._speed))

    def _due(self, session: Session, own: int, begun: int) -> Iterator[ScheduledBatch]:
        batches = list(session.batches(self._batch_size, at_end=self._cuts_at_end))
        first = 0
        for number, recorded in enumerate(batches):
            last = recorded[-1].event.ets
            at = begun + (last - session.start) / self._speed
            is_last = number == len(batches) - 1
            yield ScheduledBatch(
                max(at, last), session.msgid(number), recorded, is_last, session.scenario, own, number, first
            )
            first += len(recorded)
