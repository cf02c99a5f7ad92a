"""Overwriting: no file that a run writes may be one that it reads, nor one that it writes for another option."""

from collections.abc import Iterator
from os.path import realpath
from pathlib import Path

from generator.errors import UsageError
from generator.load.plan import Plan
from generator.system.files import is_stream

_WRITTEN = ("cursor", "summary", "report", "junit")
_READ = ("baseline", "rate_file", "fault_file", "verify")
_FOLDERS = ("world", "scenario_dir")


def check_overwriting(plan: Plan) -> None:
    """Check that a run writes each file once, and none that it reads.

    Pipes, terminals and devices such as /dev/null do not matter: nothing there is overwritten.

    Args:
        plan: what is sent.

    Raises:
        UsageError: if it would overwrite one.
    """
    places = {realpath(path): option for option, path in _read(plan)}
    for option in _WRITTEN:
        name = getattr(plan.settings, option)
        if not name or is_stream(Path(name)):
            continue
        place, named = realpath(name), f"--{option}"
        other = places.setdefault(place, named)
        if other != named:
            raise UsageError(
                f"{named} {name}: it is also the file of {other}, and would be overwritten. Name another file with {named}."
            )


def _read(plan: Plan) -> Iterator[tuple[str, Path | str]]:
    """Yield each file that the run reads, after its option."""
    settings = plan.settings
    if plan.dataset:
        for path in plan.dataset.files:
            yield "--replay", path
    for option in _READ:
        if name := getattr(settings, option):
            yield f"--{option.replace('_', '-')}", name
    for option in _FOLDERS:
        folder = getattr(settings, option)
        if folder and Path(folder).is_dir():
            for path in Path(folder).iterdir():
                yield f"--{option}", path
    for name in (settings.contract, settings.contract.rpartition(":")[0]):
        if name and Path(name).is_file():
            yield "--contract", name
