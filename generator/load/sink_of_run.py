"""The sink with which a run is compared at its end, as `--verify` names it."""

from pathlib import Path

from generator.delivery.sink_name import APART, SinkName
from generator.errors import UsageError
from generator.load.settings import Settings
from generator.system.renamed_options import RENAMED_VALUES

EMBEDDED = "embedded"
"""The name of the store of the embedded endpoint."""


def check_sink(settings: Settings, *, is_local: bool) -> None:
    """Check that the sink can be compared with the ledgers at the end.

    Raises:
        UsageError: if its stage does not exist, if its name is an old one, or if the store of the embedded endpoint is
            meant and cannot be read.
    """
    role, place = SinkName.parse(settings.verify, "--verify")
    if role in APART:
        raise UsageError(
            f"--verify {settings.verify}: a run is compared with the accepted events; name their sink, and give "
            f"{role}= to footfall verify afterwards"
        )
    if place in RENAMED_VALUES and not Path(place).exists():
        raise UsageError(f"--verify {settings.verify}: {place} is renamed to {RENAMED_VALUES[place]}")
    if place == EMBEDDED and not is_local:
        raise UsageError(
            f"--verify {settings.verify}: that is the store of the embedded endpoint, and --host names another one; "
            "name its sink"
        )


def sink_of(verify: str, store: Path | None) -> str:
    """Return the sink as `footfall verify --against` takes it."""
    role, place = SinkName.parse(verify, "--verify")
    if place != EMBEDDED or not store:
        return verify
    return f"{role}={store}" if role else str(store)
