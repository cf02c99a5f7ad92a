"""`footfall report`: a run as one HTML page, and as JUnit XML."""

from pathlib import Path

import click

from generator.cli.terminal import say
from generator.errors import UsageError

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("report")
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
    """Draw a load run: one HTML page, which opens offline.

    RUN.json is the summary.json of a load run. Its verdict is said in a line. Exits with 0; with 1 when a check
    of the run failed, or nothing was acknowledged.

    \b
    Example:
      footfall report summary.json
      footfall report summary.json --baseline yesterday.json -o page.html --junit run.xml
    """  # noqa: D301
    from generator.report.junit import junit  # noqa: PLC0415  as every verb: read when it is called
    from generator.report.page import page  # noqa: PLC0415
    from generator.report.run import read_run  # noqa: PLC0415
    from generator.report.verdict import verdict  # noqa: PLC0415

    target = output or run_file.with_suffix(".html")
    _refuse_overwriting(run_file, baseline_file, target, junit_file)
    run = read_run(run_file)
    baseline = read_run(baseline_file) if baseline_file else None
    _write(target, page(run, baseline).encode(), "-o")
    if junit_file:
        _write(junit_file, junit(run), "--junit")
    found = verdict(run)
    click.echo(f"{found.headline}: {found.sentence}")
    say(f"the page is {target}")
    return 1 if found.status == "failed" else 0


def _refuse_overwriting(
    run_file: Path, baseline_file: Path | None, page_file: Path, junit_file: Path | None
) -> None:
    """See that nothing is written over what is read, nor twice to one place."""
    read = {path.resolve() for path in (run_file, baseline_file) if path}
    for path in (page_file, junit_file):
        if path and path.resolve() in read:
            raise UsageError(f"{path}: is the run itself, and would be overwritten; name another file")
    if junit_file and junit_file.resolve() == page_file.resolve():
        raise UsageError(f"{junit_file}: the page and the XML are two files; name another one for --junit")


def _write(path: Path, data: bytes, option: str) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{option} {path}: cannot be written: {error.strerror}; name another file") from None
