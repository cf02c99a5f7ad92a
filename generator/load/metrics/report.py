"""A worker's report that its master cannot read."""

from generator.errors import UsageError


def not_understood(worker: str, why: object) -> UsageError:
    """Make the error of a report.

    Args:
        worker: whose it is.
        why: what is wrong with it.
    """
    return UsageError(
        f"worker {worker}: its report is not understood: {why}; run the same Footfall on every machine"
    )
