"""Traffic: who plays what, and when. Session i is a function of (seed, i) alone.

So shards, workers, resumed runs and machines agree on ranges of numbers, and on nothing else.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from generator.chance import SeededChance
from generator.errors import UsageError
from generator.scenarios.story import Scenario, Session, play
from generator.world import Learner, World

DAY_MS = 86_400_000
DEFAULT_START = datetime(2026, 1, 5, tzinfo=UTC)
"""The Monday on which datasets begin by default, so that one seed gives one dataset on any day."""

HOURLY_WEIGHTS = (1, 1, 2, 4, 8, 10, 10, 9, 7, 6, 6, 7, 9, 10, 9, 7, 5, 3, 2, 1, 1, 1, 1, 1)
"""A school day in India by the hour, in UTC: lessons from 4:30, homework until the evening. Assumed, not measured."""
# Each hour as often as its weight: one draw, without a walk along the weights.
_HOURS = tuple(hour for hour, weight in enumerate(HOURLY_WEIGHTS) for _ in range(weight))


class SessionArrival(NamedTuple):
    """One session before it is played.

    Attributes:
        session: its number.
        scenario: what is played.
        learner: who plays it.
        start: the first instant on the device's clock, in milliseconds since 1970.
        lag: seconds from the last event to the sending: seconds on the web, minutes to days on phones.
        skew: seconds by which the device's clock is ahead, or behind if negative.
    """

    session: int
    scenario: Scenario
    learner: Learner
    start: int
    lag: float
    skew: float


class Traffic:
    """Sessions by number.

    Args:
        seed: decides everything.
        scenarios: what may be played, each as often as its share.
        world: who plays it.
        start: when the first day begins, in milliseconds since 1970; a day begins at any hour and lasts 24.
        days: over how many days the sessions are spread.
        learners: how many there are; a session's is one of them.
    """

    def __init__(
        self, seed: int, scenarios: list[Scenario], world: World,
        *, start: int = int(DEFAULT_START.timestamp() * 1000), days: int = 1, learners: int = 2000,
    ) -> None:  # fmt: skip
        for name, value in (("days", days), ("learners", learners)):
            if value < 1:
                raise UsageError(f"{name}={value}: at least 1 is needed")
        self.seed, self.scenarios, self.world = seed, scenarios, world
        self.start, self.days, self.learners = start, days, learners
        self._shares = [scenario.share or 1 for scenario in scenarios]

    def _arrival(self, session: int, chance: SeededChance) -> SessionArrival:
        scenario = chance.pick(self.scenarios, self._shares)
        learner = self.world.learner(chance.between(0, self.learners - 1), scenario.device)
        hour = chance.pick(_HOURS)
        day = chance.between(0, self.days - 1)
        lag, skew = self._lag(scenario.device, chance), self._skew(chance)
        # A day begins at the start's own time of day; the hours are hours of the clock nevertheless.
        since_midnight = hour * 3_600_000 + chance.between(0, 3_599_999)
        instant = self.start + day * DAY_MS + (since_midnight - self.start) % DAY_MS
        return SessionArrival(session, scenario, learner, instant + round(skew * 1000), lag, skew)

    @staticmethod
    def _lag(device: str, chance: SeededChance) -> float:
        if device != "mobile":
            return chance.lognormal(1.5, 0.8)
        if chance.happens(0.8):
            return chance.lognormal(240, 0.7)
        return chance.lognormal(86_400, 0.9)

    @staticmethod
    def _skew(chance: SeededChance) -> float:
        if not chance.happens(0.03):
            return 0.0
        return chance.pick((1, -1), (3, 1)) * chance.lognormal(600, 0.8)

    def arrival(self, session: int) -> SessionArrival:
        """Return who plays what and when in session number `session`, without playing it."""
        return self._arrival(session, SeededChance(self.seed, "session", session))

    def play(self, session: int, run: int = 0) -> Session:
        """Play session number `session` with the run's identity."""
        # One stream for arrival and story: a second seeding would cost a tenth of a short session.
        chance = SeededChance(self.seed, "session", session)
        arrival = self._arrival(session, chance)
        return play(arrival.scenario, arrival.learner, arrival.start, chance, run=run, session=session)
