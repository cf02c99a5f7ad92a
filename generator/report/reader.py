"""Whatever a page can be drawn of: a run's summary.json, or what `footfall verify --json` said."""

from pathlib import Path

import msgspec

from generator.errors import UsageError
from generator.report.delivery import Delivery
from generator.report.run import Run, read_json, run_of


def read_report(path: Path) -> Run | Delivery:
    """Read a run, or a delivery; fields that this version does not know are passed over.

    Raises:
        UsageError: when it cannot be read, or is neither.
    """
    found = read_json(path)
    # Both of these every run has, and no delivery.
    if not isinstance(found, dict) or "outcome" not in found or {"run", "batches"} & set(found):
        return run_of(path, found)
    try:
        return msgspec.convert(found, Delivery)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"{path}: {str(error)[:300]}; name the file as footfall verify --json wrote it"
        ) from None
