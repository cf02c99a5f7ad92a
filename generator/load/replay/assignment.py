"""Shares: which worker sends which of a dataset's sessions.

Of `of` workers the one at `place` sends the sessions whose number leaves that rest. The leader assigns the places
once, at the start: a worker that joins later has nothing to send, and what a lost one had is left.
"""

from typing import Any, NamedTuple

from generator.errors import UsageError


class DatasetPart(NamedTuple):
    """One worker's part of a dataset.

    Attributes:
        place: among those that send, from 0.
        of: how many these are; 0 for one that came too late.
    """

    place: int
    of: int

    def has(self, number: int) -> bool:
        """Whether a session is its own."""
        return self.of > 0 and number % self.of == self.place

    @property
    def speaks(self) -> bool:
        """Whether this worker reports what all of them find alike."""
        return self.place == 0 and self.of > 0


class Assignment(NamedTuple):
    """What one node does in a replay.

    Attributes:
        share: which sessions it sends; None if it only leads.
        done: the sessions that are not sent any more, see `CompletedSet.text`.
    """

    share: DatasetPart | None
    done: str


class _Roster(NamedTuple):
    """What the leader sends to its workers, through Locust, which carries plain values.

    Attributes:
        workers: their indexes.
        digest: of the leader's dataset.
        done: see `Assignment`.
    """

    workers: tuple[int, ...]
    digest: str
    done: str


_ROSTER = "footfall_replay"
"""The name under which Locust carries it, next to its options."""
_MISSING = "missing"


def assignment_of(
    runner: Any, options: Any, users: int, digest: str, done: str, *, follows: bool
) -> Assignment:
    """Return what a node does in a replay.

    Args:
        runner: Locust's.
        options: Locust's, which a leader gives its roster, and which have brought it to a worker.
        users: how many there are on all workers.
        digest: of this node's dataset.
        done: the sessions that are not sent any more, as far as a leader knows.
        follows: whether it is a worker.

    Raises:
        UsageError: where a worker's dataset is not the leader's, or there are fewer users than workers.
    """
    if follows:
        return _of_worker(_Roster(*getattr(options, _ROSTER)), runner.worker_index, digest)
    if not hasattr(runner, "clients"):
        return Assignment(DatasetPart(0, 1), done)
    workers = [
        runner.get_worker_index(client.id) for client in runner.clients.all if client.state != _MISSING
    ]
    if users < len(workers):
        raise UsageError(
            f"--users {users}: a dataset is shared among all {len(workers)} workers, and each needs a user; "
            f"give {len(workers)} or more"
        )
    setattr(options, _ROSTER, _Roster(tuple(workers), digest, done))
    return Assignment(None, done)


def _of_worker(roster: _Roster, index: int, digest: str) -> Assignment:
    if digest != roster.digest:
        raise UsageError(
            "--replay: this worker's files are not the master's; copy them to the same place on every machine"
        )
    workers = list(roster.workers)
    share = DatasetPart(workers.index(index), len(workers)) if index in workers else DatasetPart(0, 0)
    return Assignment(share, roster.done)
