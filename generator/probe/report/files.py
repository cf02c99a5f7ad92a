"""The files that a failure leaves: its test, and bodies that are too long for a line of shell."""

from pathlib import Path
from typing import NamedTuple

from generator.probe.report.curl import is_long
from generator.probe.report.script import ScriptOptions, file_name, script
from generator.probe.run import PropertyResult
from generator.system.files import write_file


class Written(NamedTuple):
    """Where a failure was written.

    Attributes:
        script: its test.
        bodies: by the step's place, those too long for a line.
    """

    script: Path
    bodies: dict[int, Path]


def write(outcome: PropertyResult, options: ScriptOptions, folder: Path) -> Written:
    """Write a failure's files; what stood there under the same names is replaced."""
    assert outcome.again  # noqa: S101  a failure has one
    path = folder / file_name(outcome)
    write_file(path, script(outcome, options).encode())
    bodies = {}
    for place, step in enumerate(outcome.again.steps_under_test):
        if is_long(step):
            bodies[place] = path.with_name(f"{path.stem}_{place + 1}.body")
            write_file(bodies[place], step.request.body)
    return Written(path, bodies)
