"""What one worker offers of a dataset: its sessions, begun as they were recorded, at a rate, or flat out."""

from collections.abc import Callable

from generator.load.offer import Offer, arrivals_of
from generator.load.outgoing import Outgoing
from generator.load.plan import Plan
from generator.load.rate.profile import Profile
from generator.load.replay.flat_out import FlatOut
from generator.load.replay.outgoing import Replayed
from generator.load.replay.pace import AsRecorded
from generator.load.replay.source import Source
from generator.load.schedule import EventSchedule, SessionSchedule


def offer_of(
    plan: Plan, source: Source, worker: int, *, now: Callable[[], float], may_begin: Callable[[], bool],
    is_used_up: Callable[[], bool], heard: Callable[[Outgoing], None],
) -> Offer:  # fmt: skip
    """Make the offer of one worker.

    Args:
        plan: what is replayed, and when.
        source: the worker's sessions.
        worker: its index.
        now: gives seconds since the run began.
        may_begin: takes leave for one more session; False where none is to be had now.
        is_used_up: whether none will be had any more.
        heard: hears of every session whose batch was sent.
    """
    settings = plan.settings

    def begin(at: float, *, is_past: bool) -> Replayed | None:
        return source.begin(at, is_past=is_past) if not source.is_over and may_begin() else None

    def is_over() -> bool:
        return source.is_over or is_used_up()

    if not isinstance(plan.profile, Profile):
        if not plan.profile:
            return Offer(FlatOut(begin, is_over, now), None, heard=heard)
        recorded = AsRecorded(lambda: source.start, source.zero or 0, settings.speed)
        return Offer(SessionSchedule(recorded, begin, is_over, settings.speed), recorded, heard=heard)
    arrivals = arrivals_of(settings, plan.profile, worker)
    if plan.offered == "rate":
        return Offer(EventSchedule(arrivals, begin, is_over), arrivals, heard=heard)
    return Offer(SessionSchedule(arrivals, begin, is_over, settings.speed), arrivals, heard=heard)
