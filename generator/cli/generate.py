"""`footfall generate`: a dataset to a file or to standard output."""

import sys
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from shutil import disk_usage
from typing import Any

import click
import msgspec

from generator import __version__
from generator.cli.options import Recipe, form_option, recipe_options, sessions_type
from generator.cli.terminal import Interrupts, Progress, counted, say
from generator.corpus.build import build, run_of
from generator.corpus.manifest import Manifest
from generator.corpus.writers import FileWriter, StreamWriter
from generator.errors import UsageError
from generator.scripts import digest
from generator.spec.rules import Form
from generator.traffic import Traffic

_SAMPLE = 100
"""Sessions after which the size of the whole can be told."""
_COMPRESSED = 40
"""How many times smaller a compressed dataset is at most."""
_HORIZON = timedelta(days=90)


@click.command("generate")
@click.option(
    "--sessions", type=sessions_type, default=100, show_default=True, metavar="N", help="How many sessions."
)
@form_option
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path),
    help="The file, .jsonl or .jsonl.gz, with its manifest beside it; else standard output.",
)  # fmt: skip
@recipe_options
def command(recipe: Recipe, sessions: int, form: Form, output: Path | None) -> int:
    """Write a dataset: the events of many sessions, one a line.

    Session 7 is the same whatever the number of sessions, and so is every byte for one seed and the same
    options; only --start now goes by the clock. Ctrl-C ends at a whole session.

    \b
    Example:
      footfall generate --sessions 1000 -o events.jsonl.gz
      footfall generate --scenario practice --sessions 5 --form wire | head -3
    """  # noqa: D301
    traffic = recipe.traffic()
    manifest = Manifest(_options(traffic, sessions, form), _versions())
    with (
        Interrupts() as interrupts,
        Progress(sessions, "sessions") as progress,
        FileWriter(output) if output else StreamWriter() as writer,
        # What a script prints must not stand among the events.
        redirect_stdout(sys.stderr),
    ):
        _announce(recipe, sessions, form)
        _say_what_is_made(traffic)
        complete = build(
            traffic, range(sessions), writer, manifest, form,
            progress=lambda said: _watch(said, sessions, output, progress), stopped=interrupts.heard,
        )  # fmt: skip
        beside = writer.manifest if isinstance(writer, FileWriter) else None
        name = writer.target.name if isinstance(writer, FileWriter) else ""
        writer.finish(_as_json(manifest.as_dict(complete=complete, file=name)))
    _conclude(manifest, output, beside, complete=complete)
    return 0 if complete else interrupts.status


def _watch(manifest: Manifest, sessions: int, output: Path | None, progress: Progress) -> None:
    progress.show(manifest.sessions)
    if output and manifest.sessions == _SAMPLE:
        _refuse_what_cannot_fit(manifest.bytes // _SAMPLE * sessions, sessions, output)


def _refuse_what_cannot_fit(expected: int, sessions: int, output: Path) -> None:
    """Say at once, not after hours, that a disk is too small; a compressed file is given the benefit of doubt."""
    free = disk_usage(output.absolute().parent).free
    if expected // (_COMPRESSED if output.suffix == ".gz" else 1) > free:
        raise UsageError(
            f"{output}: {sessions:,} sessions are about {expected / 1e9:,.0f} GB, and there is room for "
            f"{free / 1e9:,.0f} GB; ask for fewer --sessions, or pipe them to what takes them"
        )


def _announce(recipe: Recipe, sessions: int, form: Form) -> None:
    first = recipe.first_day()
    say(f"{counted(sessions, 'session')} in {form} form from {first:%Y-%m-%d}, seed {recipe.seed}")
    oldest = datetime.now(UTC) - _HORIZON
    if form == "wire" and first < oldest:
        say(
            f"warning: pipelines drop events older than three months, and these begin before {oldest:%Y-%m-%d}; "
            "for one of them, add --start now"
        )


def _say_what_is_made(traffic: Traffic) -> None:
    made = traffic.world.made()
    if made:
        say(
            f"{traffic.world.directory} names no {', '.join(made)}: these are made up, and no look-up will find them"
        )


def _options(traffic: Traffic, sessions: int, form: Form) -> dict[str, Any]:
    return {
        "scenarios": {scenario.name: scenario.share for scenario in traffic.scenarios},
        "scripts": digest(traffic.scenarios),
        "sessions": sessions,
        "seed": traffic.seed,
        "form": form,
        "start": datetime.fromtimestamp(traffic.start / 1000, UTC).isoformat(),
        "days": traffic.days,
        "learners": traffic.learners,
        "locales": list(traffic.world.locales),
        "world": traffic.world.digest(),
        "run": f"{run_of(traffic):08x}",
    }


def _versions() -> dict[str, str]:
    return {"footfall": __version__, "faker": version("faker")}


def _as_json(manifest: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def _conclude(manifest: Manifest, output: Path | None, beside: Path | None, *, complete: bool) -> None:
    counts = f"{counted(manifest.sessions, 'session')}, {counted(manifest.events, 'event')}"
    where = f" in {output}, counted in {beside.name}" if output and beside else ""
    if complete and not manifest.events:
        say("warning: no session recorded an event; does the script call a method of t?")
    say(f"{counts}{where}" if complete else f"stopped after {counts}{where}; every line is whole")
    sys.stderr.flush()
