"""Templates whose requests no stamp can make: each batch is stamped as bare events, and its contract writes the request.

A contract may write bytes that depend on all others, such as a digest, a signature, base64, or an instant as text.
So the bytes of one request cannot serve as a template for the next one.
"""

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import msgspec

from generator.delivery.batch import Batch, Identity
from generator.delivery.contracts import Contract, Request
from generator.delivery.outcome import write
from generator.load.prepared_batch import PreparedBatch
from generator.load.template.stamp import DID, Template

_DECODE = msgspec.json.Decoder(list[dict[str, Any]]).decode


class Cost:
    """What it costs to build batches one by one.

    Attributes:
        batches: how many were built.
        stamping: seconds of these that any template takes.
        building: seconds in addition to that.
    """

    def __init__(self) -> None:
        self.batches = 0
        self.stamping = self.building = 0.0

    def report(self) -> tuple[int, float, float]:
        """Return batches, and seconds of stamping and of building."""
        return self.batches, self.stamping, self.building


class BuiltTemplate(Template):
    """A compiled session whose contract writes each of its requests afresh.

    Args:
        bare: the same session, its batches as bare arrays of events.
        contract: how the endpoint wants them.
        identity: for whom they speak, but for the device, which is stamped.
        cost: counts what that costs.
    """

    def __init__(self, bare: Template, contract: Contract, identity: Identity, cost: Cost) -> None:
        self.__dict__.update(bare.__dict__)
        self._contract, self._identity, self._cost = contract, identity, cost

    def prepare(self, values: Sequence[bytes], place: int) -> PreparedBatch:
        """Return one of its batches, with all of its request."""
        began = perf_counter()
        bare = super().prepare(values, place)
        stamped = perf_counter()
        request = self._request(bare, values)
        cost = self._cost
        cost.batches += 1
        cost.stamping += stamped - began
        cost.building += perf_counter() - stamped
        return bare._replace(body=request.body, request=request)

    def _request(self, bare: PreparedBatch, values: Sequence[bytes]) -> Request:
        events = _DECODE(bare.body)
        identity = self._identity._replace(device=values[DID].decode())
        return write(self._contract, Batch(bare.msgid, events[-1]["ets"], events, identity))


def cost_text(contract: str, costs: list[tuple[int, float, float]]) -> list[str]:
    """Format what it cost to build batches one by one; nothing if none was.

    Args:
        contract: its name.
        costs: of all workers, see `Cost.report`.
    """
    batches = sum(one[0] for one in costs)
    if not batches:
        return []
    stamping, building = (1e6 * sum(one[part] for one in costs) / batches for part in (1, 2))
    note = (
        f"--contract {contract}: bytes of its requests depend on their content, so no template has them: "
        f"{batches:,} batches were built one by one, at {stamping + building:,.0f} µs each; "
        f"stamping alone takes {stamping:,.0f} µs"
    )
    return [note]
