"""A baseline: the figures of an earlier run, from its summary."""

from pathlib import Path
from typing import Any

import msgspec

from generator.errors import UsageError
from generator.load.metrics.metrics import METRICS, Figures

LARGEST = 64 * 1024 * 1024
"""Bytes of a summary."""


def read_baseline(path: str) -> Figures:
    """Read the figures from a run's `summary.json`.

    The latencies of a run whose generator was the bottleneck are its generator's own, so they are left out,
    and a check that asks for one ends with that message.

    Raises:
        UsageError: for a missing file, or one that is not a summary with figures.
    """
    summary = _read(path)
    figures = summary.get("figures")
    if not isinstance(figures, dict):
        raise UsageError(
            f"--baseline {path}: it has no figures; give the summary.json of a load run by this version"
        )
    wrong = [name for name in METRICS if not isinstance(figures.get(name), int | float | None)]
    if wrong:
        raise UsageError(f"--baseline {path}: its {wrong[0]} is {figures[wrong[0]]!r}, and no number")
    is_limited = bool(summary.get("generator_limited"))
    return {
        name: None if is_limited and metric.shows == "nothing" else figures.get(name)
        for name, metric in METRICS.items()
    }


def _read(path: str) -> dict[str, Any]:
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"--baseline {path}: cannot be read: {why}; give an earlier run's summary.json"
        ) from None
    if len(data) > LARGEST:
        raise UsageError(f"--baseline {path}: too large for a summary; give an earlier run's summary.json")
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"--baseline {path}: no summary of a run: {error}") from None
