"""Lanes: each worker numbers its sessions and learners in a lane of its own.

    session (40 bits) = lane (12 bits), ordinal (28 bits)
    learner           = ordinal * 4,096 + lane

The lane is Locust's worker index: unique for as long as its master lives, and never used again, so that a
worker that comes back after it was lost has another one. A worker that outlives its master takes the lane
that its next master gives it. In each lane a process keeps its ordinals from test to test. So within a run
no two workers ever play the same session, and none plays one twice.
"""

from collections import Counter

from generator.errors import UsageError

LANES = 1 << 12
ORDINALS = 1 << 28


class WorkerPartition:
    """The numbers of one worker.

    Args:
        index: the worker's index, 0 where there is only one process.
    """

    def __init__(self, index: int) -> None:
        if not 0 <= index < LANES:
            raise UsageError(f"worker index {index}: a master can number {LANES:,} workers; start it again")
        self.index = index
        self._sessions: Counter[int] = Counter()
        self._learners = 0

    def session(self, run: int) -> int:
        """Return the next session of a run."""
        ordinal = self._sessions[run]
        if ordinal >= ORDINALS:
            raise UsageError(f"run {run:08x}: a worker can number {ORDINALS:,} sessions; start another run")
        self._sessions[run] += 1
        return self.index * ORDINALS + ordinal

    def begun(self, run: int) -> int:
        """Return how many sessions of a run were numbered here."""
        return self._sessions[run]

    def learner(self) -> int:
        """Return the next learner."""
        self._learners += 1
        return (self._learners - 1) * LANES + self.index


def device_queue_position(learner: int) -> int:
    """Return a learner's place in the queue for devices: in each lane it begins one later, so that lanes differ."""
    ordinal, lane = divmod(learner, LANES)
    return ordinal + lane
