"""What one worker offers of a dataset: its sessions, begun as they were recorded, at a rate, or flat out."""

from collections.abc import Callable

from generator.load.open_load import OpenLoad, arrivals_of
from generator.load.plan import Plan
from generator.load.rates.profile import Profile
from generator.load.replay.pace import RecordedArrivals
from generator.load.replay.replayed_session import ReplayedSession
from generator.load.replay.session_source import SessionSource
from generator.load.replay.unpaced import Unpaced
from generator.load.schedule import EventSchedule, SessionSchedule
from generator.load.session_in_flight import SessionInFlight


def replay_load(
    plan: Plan, source: SessionSource, worker: int, *, now: Callable[[], float], may_begin: Callable[[], bool],
    is_used_up: Callable[[], bool], on_sent: Callable[[SessionInFlight], None],
) -> OpenLoad:  # fmt: skip
    """Make the offer of one worker.

    Args:
        plan: what is replayed, and when.
        source: the worker's sessions.
        worker: its index.
        now: gives seconds since the run began.
        may_begin: takes leave for one more session; False where none is to be had now.
        is_used_up: whether none will be had any more.
        on_sent: called with every session whose batch was sent.
    """
    settings = plan.settings

    def begin(at: float, *, is_past: bool) -> ReplayedSession | None:
        return source.begin(at, is_past=is_past) if not source.is_over and may_begin() else None

    def is_over() -> bool:
        return source.is_over or is_used_up()

    if not isinstance(plan.profile, Profile):
        if not plan.profile:
            return OpenLoad(Unpaced(begin, is_over, now), None, on_sent=on_sent)
        recorded = RecordedArrivals(lambda: source.start, source.zero or 0, settings.speed)
        return OpenLoad(SessionSchedule(recorded, begin, is_over, settings.speed), recorded, on_sent=on_sent)
    arrivals = arrivals_of(settings, plan.profile, worker)
    if plan.offered == "rate":
        return OpenLoad(EventSchedule(arrivals, begin, is_over), arrivals, on_sent=on_sent)
    return OpenLoad(SessionSchedule(arrivals, begin, is_over, settings.speed), arrivals, on_sent=on_sent)
