"""`footfall report`: write a run or a delivery as an HTML page and as JUnit XML."""

from collections.abc import Callable, Sequence
from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from generator.cli.commands import VerdictCommand
from generator.cli.terminal import echo
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
    help="Compare the run with an earlier one: draw both.",
)  # fmt: skip
@click.option(
    "-o",
    "--output",
    type=_FILE,
    metavar="FILE",
    help="Write the page to FILE. Default: next to RUN.json, with its name and .html.",
)
@click.option("--junit", "junit_file", type=_FILE, metavar="FILE", help="Write JUnit XML to FILE.")
def command(run_file: Path, baseline_file: Path | None, output: Path | None, junit_file: Path | None) -> int:
    """Write the report of a load run or a delivery: one HTML page, which opens offline.

    RUN.json is the summary.json of a load run, or the output of footfall verify --json. The verdict is printed. The
    exit code is 1 if a check or the delivery failed, or if nothing was acknowledged; else it is 0.

    \b
    Example:
      footfall report summary.json
      footfall report summary.json --baseline yesterday.json -o page.html --junit run.xml
      footfall verify my-ledger/ --against my-store/ --json > delivery.json; footfall report delivery.json
    """  # noqa: D301
    from generator.report.delivery import Delivery  # noqa: PLC0415  imported when the command is called
    from generator.report.run import read_report, read_run  # noqa: PLC0415

    target = output or run_file.with_suffix(".html")
    _check_paths(run_file, baseline_file, target, junit_file)
    found = read_report(run_file)
    if isinstance(found, Delivery):
        if baseline_file:
            raise UsageError(
                f"--baseline {baseline_file}: {run_file} is a delivery, which cannot have a baseline. Leave --baseline out."
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
    """The page, the XML and the printed lines of a run or a delivery."""

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


def _check_paths(
    run_file: Path, baseline_file: Path | None, page_file: Path, junit_file: Path | None
) -> None:
    """Raise UsageError if a file would be overwritten or written twice."""
    read = {realpath(path) for path in (run_file, baseline_file) if path}
    for path in (page_file, junit_file):
        if path and realpath(path) in read:
            raise UsageError(f"{path}: is the run itself, which must not be overwritten. Name another file.")
    if junit_file and realpath(junit_file) == realpath(page_file):
        raise UsageError(f"{junit_file}: the page and the XML need two files. Name another file for --junit.")


def _write(path: Path, data: bytes, option: str) -> None:
    try:
        write_file(path, data)
    except OSError as error:
        raise UsageError(
            f"{option} {path}: cannot be written: {error.strerror}. Name another file."
        ) from None
