"""Pipelines: what stands behind a contract's endpoint, and so what may happen to an event there."""

from typing import Literal

Pipeline = Literal["sunbird", "obsrv"]
"""Sunbird's data pipeline has the stages that `generator.verify.stage` names; Obsrv's passes on every event."""
_OBSRV = {"obsrv", "obsrv-object"}


def pipeline_of(contract: str) -> Pipeline:
    """Return the pipeline behind a contract, by the contract's name in a ledger.

    An endpoint of the user's own has no pipeline until a stage is named; the stages are Sunbird's.
    """
    return "obsrv" if contract.partition(":")[0] in _OBSRV else "sunbird"
