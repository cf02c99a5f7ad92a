"""A trial: which faults happen in one run, drawn from a seed."""

from random import Random
from typing import NamedTuple

from generator.collector.server_faults.options import ServerFaults

SERVER = {
    "healthy": {}, "loses": {"lose": 0.01}, "loses one": {"lose": 0.002}, "duplicates": {"duplicate": 0.01},
    "alters": {"alter": 0.01}, "reorders": {"reorder": 0.3}, "fails": {"fail": 0.1},
    "closes": {"close_after_read": 0.1}, "is slow": {"delay": "10ms..200ms"}, "stalls": {"stall": "400ms@1s"},
    "fails and loses": {"fail": 0.05, "lose": 0.01}, "alters and closes": {"alter": 0.01, "close_after_read": 0.05},
}  # fmt: skip
NETWORK = ("healthy", "resets before", "resets after", "cuts answers", "delays")
SINK = (
    "the store", "one file", "gzip", "indented", "drops a line", "repeats a line", "alters a line", "is cut",
    "gzip is cut", "has garbage",
)  # fmt: skip
WHOLE_SINKS = frozenset(SINK) - {"is cut", "gzip is cut", "has garbage"}
LEDGER = ("whole", "is cut", "loses its header", "has a flipped byte")
GENERATOR = ("ends", "is killed", "is terminated", "resends", "is damaged", "is closed")


class Trial(NamedTuple):
    """What happens in one run.

    Attributes:
        seed: of everything in it.
        server, network, sink, ledger, generator: a fault of each kind, or none.
    """

    seed: int
    server: str
    network: str
    sink: str
    ledger: str
    generator: str

    @classmethod
    def draw(cls, seed: int) -> "Trial":
        """Draw a trial: each kind is healthy in about half of all runs."""
        random = Random(seed)

        def one(kinds, healthy, share):
            return kinds[0] if random.random() < healthy else random.choice([*kinds][1:share])

        return cls(
            seed,
            one([*SERVER], 0.4, None),
            one(NETWORK, 0.6, None),
            one(SINK, 0.4, -3) if random.random() < 0.93 else random.choice(SINK[-3:]),
            one(LEDGER, 0.94, None),
            one(GENERATOR, 0.55, None),
        )

    @property
    def server_faults(self) -> ServerFaults:
        """What the server does."""
        return ServerFaults(**SERVER[self.server], seed=self.seed)

    @property
    def is_whole(self) -> bool:
        """Whether ledger and sink are whole, so that nothing may be unknown."""
        return self.ledger == "whole" and self.sink in WHOLE_SINKS and self.generator != "is killed"

    def __str__(self) -> str:
        return (
            f"{self.seed}: server {self.server}, network {self.network}, sink {self.sink}, ledger {self.ledger}, "
            f"generator {self.generator}"
        )
