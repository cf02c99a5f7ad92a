"""Pace: when a dataset's sessions begin, if no rate decides."""

from collections.abc import Callable
from math import inf
from typing import Literal, get_args

Kind = Literal["recorded", "unpaced"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class RecordedPace:
    """What stands where a rate would stand.

    True where batches are due whatever the endpoint does, as they are with a rate: the open model. Flat out they
    are due when a connection is free: the closed one.

    Args:
        kind: as recorded, or as fast as connections and endpoint go.
    """

    is_breakpoint = False
    duration = inf

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind

    def __bool__(self) -> bool:
        return self.kind == "recorded"

    def __repr__(self) -> str:
        return f"Pace({self.kind!r})"


class RecordedArrivals:
    """Beginnings as they were recorded, see `Begins`.

    Args:
        start: gives when the next session began, in milliseconds since 1970; None where none is left.
        zero: what the run's beginning stands for, in milliseconds since 1970.
        speed: how much faster.
    """

    def __init__(self, start: Callable[[], int | None], zero: int, speed: float) -> None:
        self._start, self._zero, self._speed = start, zero, speed
        self.due = 0.0

    @property
    def next_at(self) -> float:
        """When the next one begins."""
        return self.due

    @property
    def shares(self) -> list[tuple[float, float]]:
        """None, since without a rate nothing has to be divided."""
        return []

    def is_over(self, now: float) -> bool:  # noqa: ARG002  as `Arrivals.is_over`
        """Whether no session is left."""
        return self._start() is None

    def next(self, size: float = 1.0) -> float:  # noqa: ARG002  as `Arrivals.next`
        """Return when the next session begins, in seconds since the run began; inf for never."""
        start = self._start()
        self.due = inf if start is None else max(self.due, (start - self._zero) / 1000 / self._speed)
        return self.due

    def set_share(self, share: float, now: float) -> float:  # noqa: ARG002  as `Arrivals.set_share`
        """Change nothing: each worker has its own sessions."""
        return self.due
