"""`footfall report`: a run as one HTML page, and as JUnit XML."""

from collections.abc import Callable, Sequence
from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from generator.cli.terminal import echo
from generator.cli.verdict_command import VerdictCommand
from generator.errors import UsageError
from generator.system.files import write_file

if TYPE_CHECKING:
    from generator.report.delivery import Delivery
    from generator.report.run import Run

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("report", cls=VerdictCommand)
@click.argument("run_file", metavar="RUN.json", type=click.Path(path_type=Path))
@click.option(
    "--baseline", "baseline_file", type=click.Path(path_type=Path), metavar="OTHER.json",
    help="An earlier run, to hold this one against: both are drawn.",
)  # fmt: skip
@click.option(
    "-o",
    "--output",
    type=_FILE,
    metavar="FILE",
    help="The page; else beside RUN.json, with its name and .html.",
)
@click.option("--junit", "junit_file", type=_FILE, metavar="FILE", help="Write JUnit XML, too.")
def command(run_file: Path, baseline_file: Path | None, output: Path | None, junit_file: Path | None) -> int:
    """Draw a load run or a delivery: one HTML page, which opens offline.

    RUN.json is the summary.json of a load run, or what footfall verify --json said. Its verdict is said in a line.
    Exits with 0; with 1 when a check of the run or the delivery failed, or nothing was acknowledged.

    \b
    Example:
      footfall report summary.json
      footfall report summary.json --baseline yesterday.json -o page.html --junit run.xml
      footfall verify my-ledger/ --against my-store/ --json > delivery.json; footfall report delivery.json
    """  # noqa: D301
    from generator.report.delivery import Delivery  # noqa: PLC0415  as every verb: read when it is called
    from generator.report.reader import read_report  # noqa: PLC0415
    from generator.report.run import read_run  # noqa: PLC0415

    target = output or run_file.with_suffix(".html")
    _refuse_overwriting(run_file, baseline_file, target, junit_file)
    found = read_report(run_file)
    if isinstance(found, Delivery):
        if baseline_file:
            raise UsageError(
                f"--baseline {baseline_file}: {run_file} is a delivery, which is held against no other; leave it out"
            )
        drawn = _of_delivery(found)
    else:
        drawn = _of_run(found, read_run(baseline_file) if baseline_file else None)
    _write(target, drawn.page, "-o")
    if junit_file:
        _write(junit_file, drawn.junit(), "--junit")
    for line in drawn.lines:
        click.echo(line)
    echo(f"the page is {target}")
    return 1 if drawn.has_failed else 0


class _Drawn(NamedTuple):
    """What is written and said of a run or a delivery."""

    page: bytes
    junit: Callable[[], bytes]
    lines: Sequence[str]
    has_failed: bool


def _of_run(run: "Run", baseline: "Run | None") -> _Drawn:
    from generator.report.junit import junit  # noqa: PLC0415
    from generator.report.page import page  # noqa: PLC0415
    from generator.report.verdict import verdict  # noqa: PLC0415

    found = verdict(run)
    lines = [f"{found.headline}: {found.sentence}"]
    if run.faults and (run.faults.rows or run.faults.missed):
        lines.append(run.faults.in_a_sentence)
    return _Drawn(page(run, baseline).encode(), lambda: junit(run), lines, found.status == "failed")


def _of_delivery(found: "Delivery") -> _Drawn:
    from generator.report.junit import junit_of_delivery  # noqa: PLC0415
    from generator.report.page import delivery_page  # noqa: PLC0415

    page = delivery_page(found).encode()
    return _Drawn(page, lambda: junit_of_delivery(found), [found.sentence], found.outcome == "failed")


def _refuse_overwriting(
    run_file: Path, baseline_file: Path | None, page_file: Path, junit_file: Path | None
) -> None:
    """See that nothing is written over what is read, nor twice to one place."""
    read = {realpath(path) for path in (run_file, baseline_file) if path}
    for path in (page_file, junit_file):
        if path and realpath(path) in read:
            raise UsageError(f"{path}: is the run itself, and would be overwritten; name another file")
    if junit_file and realpath(junit_file) == realpath(page_file):
        raise UsageError(f"{junit_file}: the page and the XML are two files; name another one for --junit")


def _write(path: Path, data: bytes, option: str) -> None:
    try:
        write_file(path, data)
    except OSError as error:
        raise UsageError(f"{option} {path}: cannot be written: {error.strerror}; name another file") from None
