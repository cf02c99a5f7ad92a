"""What incomplete ledgers leave open."""

from collections.abc import Sequence
from typing import NamedTuple


class Gap(NamedTuple):
    """What incomplete ledgers leave open: it cannot be told whether a worker was killed or a copy was cut off.

    Attributes:
        ledgers: how many end early; of `all` that there are.
        cut: why some have not even a header.
        leased: the sessions that the others may have sent, as far as they say.
        unaccounted: those of them of which they say nothing.
        replays: how many of the ledgers are of replays; they do not say how many sessions they may have sent.
    """

    ledgers: int
    all: int
    cut: Sequence[str]
    leased: int
    unaccounted: int
    replays: int = 0

    def __bool__(self) -> bool:
        return bool(self.ledgers or self.cut)

    def told(self) -> str:
        """Say it in some words; "" if every ledger is whole."""
        parts = []
        if self.ledgers:
            which = "the ledger ends" if self.all == 1 else f"{self.ledgers:,} of {self.all:,} ledgers end"
            parts.append(f"{which} early, and {self._unaccounted}")
        if self.cut:
            which = "the ledger ends" if self.all == 1 else f"{len(self.cut):,} of {self.all:,} ledgers end"
            parts.append(f"{which} in its header" if self.all == 1 else f"{which} in their headers")
        return "; ".join(parts)

    @property
    def _unaccounted(self) -> str:
        known = f"{self.unaccounted:,} of {self.leased:,} leased sessions are unaccounted for"
        unknown = "how many sessions of the replay are unaccounted for is not known"
        if not self.replays:
            return known
        return unknown if self.replays == self.ledgers else f"{known}; {unknown}"
