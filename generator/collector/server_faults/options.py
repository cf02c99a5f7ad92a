"""Which faults an endpoint injects: shares, durations and a seed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple, Self

from generator.errors import UsageError

LONGEST = 3600.0
"""The longest duration in seconds that is taken."""
LARGEST_SEED = 2**63 - 1

OPTIONS = {
    "lose": ("SHARE", "Of the valid new events, acknowledge this share and do not store it: 0.001 is one in 1,000."),
    "duplicate": ("SHARE", "Store this share of them twice."),
    "alter": ("SHARE", "Store this share of them with one changed value."),
    "reorder": ("SHARE", "Store the events of this share of the batches in another order."),
    "fail": ("SHARE", "Answer this share of the batches with 500, and store nothing of them."),
    "close_after_read": ("SHARE", "Close the connection without an answer, once the batch is read; half are stored."),
    "delay": ("TIME", "Let the answer to each batch wait: 50ms, or 10ms..50ms for another time each."),
    "stall": ("TIME@TIME", "Answer nothing for some time: 3s@10s is for 3 s, every 10 s."),
    "seed": ("N", "Decides to which events and batches it happens; 1 unless given."),
}  # fmt: skip
"""The options: for each what it takes, and what it does."""

_SHARES = ("lose", "duplicate", "alter", "reorder", "fail", "close_after_read")
_ONE_OF = (("lose", "duplicate", "alter"), ("fail", "close_after_read"))
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m)", re.ASCII)


class DelayRange(NamedTuple):
    """A duration that differs from batch to batch.

    Attributes:
        low, high: its bounds in seconds; the same if it does not differ.
    """

    low: float
    high: float


class Pause(NamedTuple):
    """A time in which nothing is answered.

    Attributes:
        seconds: how long it is.
        every: seconds from the beginning of one to that of the next, and from the start to the first.
    """

    seconds: float
    every: float


@dataclass(frozen=True)
class ServerFaults:
    """Which faults an endpoint injects.

    An event has one outcome: it is lost, duplicated, altered, or stored as sent. So has a batch: it fails, is not
    answered, or is answered. The outcome depends on the seed and the event's mid, or the batch's msgid, alone.

    Args:
        lose, duplicate, alter: of the valid new events, which share is not stored, stored twice, stored changed.
        reorder: of the batches, which share has its events stored in another order.
        fail, close_after_read: which share is answered with 500, or not answered at all.
        delay: how long each batch's answer waits: "50ms", or "10ms..50ms"; "" for not at all.
        stall: for how long nothing is answered, and how often: "3s@10s"; "" for never.
        seed: decides to which events and batches it happens.

    Raises:
        UsageError: an option is invalid; the text names it.
    """

    lose: float = 0.0
    duplicate: float = 0.0
    alter: float = 0.0
    reorder: float = 0.0
    fail: float = 0.0
    close_after_read: float = 0.0
    delay: str = ""
    stall: str = ""
    seed: int = 1

    def __post_init__(self) -> None:
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise _no_share(name, str(getattr(self, name)))
        for names in _ONE_OF:
            # A little more than 1, as 0.1 + 0.2 + 0.7 may be.
            if sum(getattr(self, name) for name in names) > 1 + 1e-9:
                given = " ".join(f"{flag(name)} {getattr(self, name):g}" for name in names)
                raise UsageError(
                    f"{given}: the shares add up to more than 1, but only one of them happens at a time. Lower one"
                )
        if not 0 <= self.seed <= LARGEST_SEED:
            raise _no_seed(str(self.seed))
        _ = self.span, self.pause

    @classmethod
    def parse(cls, texts: Mapping[str, str | None]) -> Self:
        """Read the options as a command has them, by the names in `OPTIONS`; what is None was not given.

        Raises:
            UsageError: an option is invalid; the text names it.
        """
        given = {name: text for name, text in texts.items() if text is not None}
        values: dict[str, float | int | str] = {**given}
        values |= {name: _share(name, given[name]) for name in _SHARES if name in given}
        values |= {"seed": _seed(given["seed"])} if "seed" in given else {}
        return cls(**values)  # type: ignore[arg-type]

    def options(self) -> list[str]:
        """Return it as a command's options, which parse back to the same."""
        given = [each.name for each in fields(self) if getattr(self, each.name) != each.default]
        return [word for name in given for word in (flag(name), str(getattr(self, name)))]

    @property
    def is_healthy(self) -> bool:
        """Whether no fault is requested; a seed alone requests none."""
        return self == ServerFaults(seed=self.seed)

    @property
    def span(self) -> DelayRange | None:
        """How long answers wait."""
        if not self.delay:
            return None
        low, dots, high = self.delay.partition("..")
        span = DelayRange(
            _duration("delay", self.delay, low), _duration("delay", self.delay, high if dots else low)
        )
        if span.low > span.high:
            raise UsageError(f"--delay {self.delay}: the shorter duration comes first. Write {high}..{low}")
        return span

    @property
    def pause(self) -> Pause | None:
        """When nothing is answered."""
        if not self.stall:
            return None
        seconds, _, every = self.stall.partition("@")
        pause = Pause(_duration("stall", self.stall, seconds), _duration("stall", self.stall, every))
        if not 0 < pause.seconds < pause.every:
            raise UsageError(
                f"--stall {self.stall}: the stall must be longer than 0 s and shorter than its interval. Write 3s@10s"
            )
        return pause

    def warning(self, store: Path) -> str:
        """Return one line: which faults the endpoint injects, and where it records them."""
        return f"warning: injects server faults: {self}; its fault records are in {store / 'faults-*.jsonl'}"

    def __str__(self) -> str:
        return " ".join(self.options())


HEALTHY = ServerFaults()
"""No fault is requested."""


def flag(name: str) -> str:
    """Return an option as a command takes it."""
    return "--fault-seed" if name == "seed" else "--" + name.replace("_", "-")


def _share(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _no_share(name, text) from None


def _no_share(name: str, text: str) -> UsageError:
    return UsageError(f"{flag(name)} {text[:40]}: a share is from 0 to 1. Write 0.02 for one in fifty")


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _no_seed(text) from None


def _no_seed(text: str) -> UsageError:
    return UsageError(f"{flag('seed')} {text[:40]}: a seed is a whole number from 0 to {LARGEST_SEED:,}")


def _duration(name: str, whole: str, text: str) -> float:
    found = _DURATION.fullmatch(text)
    seconds = float(found[1]) * _UNITS[found[2]] if found else LONGEST + 1
    if seconds > LONGEST:
        example = "50ms or 10ms..50ms" if name == "delay" else "3s@10s"
        raise UsageError(
            f"{flag(name)} {whole[:40]}: a duration has a unit (ms, s, m) and is at most an hour. Write {example}"
        )
    return seconds
