"""`footfall generate`: write a dataset to a file or to standard output."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from shutil import disk_usage
from typing import Any

import click
import msgspec

from generator import __version__
from generator.cli.options import DatasetOptions, dataset_options, form_option, sessions_type
from generator.cli.terminal import Interrupts, Progress, echo, pluralise
from generator.datasets.build import build, run_of
from generator.datasets.manifest import Manifest
from generator.datasets.writers import FileWriter, StreamWriter
from generator.errors import UsageError
from generator.faults.plan import FaultPlan
from generator.population.traffic import Traffic
from generator.scenarios.loader import digest
from generator.spec.rules import Form
from generator.system.files import is_stream

_SAMPLE = 100
"""The number of sessions after which the size of the dataset can be estimated."""
_COMPRESSED = 40
"""The highest compression ratio of a dataset."""
_HORIZON = timedelta(days=90)


@click.command("generate")
@click.option(
    "--sessions", type=sessions_type, default=100, show_default=True, metavar="N", help="Write N sessions."
)
@form_option
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path),
    help="Write to FILE (.jsonl or .jsonl.gz) and its manifest next to it. Default or -: standard output.",
)  # fmt: skip
@click.option(
    "--fault", metavar="KIND=SHARE", multiple=True,
    help="Inject a fault into a share of the events, such as missing_field=0.01, or the preset dirty; may be repeated.",
)  # fmt: skip
@click.option(
    "--fault-file", metavar="FILE", type=click.Path(path_type=Path),
    help="Read the faults from a TOML file, a kind a line.",
)  # fmt: skip
@click.option(
    "--allow-crashing-faults",
    is_flag=True,
    help="Allow kinds of faults that are known to crash deployed pipelines.",
)
@dataset_options
def command(
    recipe: DatasetOptions, sessions: int, form: Form, output: Path | None,
    fault: tuple[str, ...], fault_file: Path | None, allow_crashing_faults: bool,
) -> int:  # fmt: skip
    """Write a dataset: the events of many sessions, one event a line.

    The same seed and options give the same bytes; only --start now depends on the clock. Session 7 is the same for
    any number of sessions. Ctrl-C ends after a whole session.

    A file next to the dataset labels each injected fault, with the verdict of a correct endpoint.

    \b
    Example:
      footfall generate --sessions 1000 -o events.jsonl.gz
      footfall generate --scenario practice --sessions 5 --form wire | head -3
      footfall generate --fault missing_field=0.01 --fault repeated_mid=0.005 -o dirty.jsonl
    """  # noqa: D301
    plan = FaultPlan.of(fault, fault_file, form=form, allow_crashing_faults=allow_crashing_faults)
    to_stream = output is None or str(output) == "-" or is_stream(output)
    _reject_unlabelled_faults(plan, to_stream=to_stream)
    traffic = recipe.traffic()
    manifest = Manifest(_options(traffic, sessions, form, plan), _versions())
    with (
        Interrupts() as interrupts,
        Progress(sessions, "sessions") as progress,
        _writer(None if to_stream else output, output, has_labels=bool(plan)) as writer,
        # The output of a script must not get between the events.
        redirect_stdout(sys.stderr),
    ):
        _announce(recipe, sessions, form)
        _print_generated(traffic)
        file = writer if isinstance(writer, FileWriter) else None
        complete = build(
            traffic, range(sessions), writer, manifest, form, plan, file.label if file else _nowhere,
            progress=lambda counts: _watch(counts, sessions, file.path if file else None, progress), stopped=interrupts.requested,
        )  # fmt: skip
        # An incomplete dataset does not replace an existing file.
        is_written = complete or not (file and file.replaces)
        if is_written:
            writer.finish(_manifest_text(manifest, file, plan, complete=complete))
    _conclude(manifest, file if is_written else None, complete=complete)
    if is_written:
        _print_faults(manifest, file, plan)
    else:
        echo(
            f"{output}: stays unchanged: an incomplete dataset does not replace it. Name another -o to write a part."
        )
    return 0 if complete else interrupts.status


def _manifest_text(manifest: Manifest, file: FileWriter | None, plan: FaultPlan, *, complete: bool) -> bytes:
    name = file.target.name if file else ""
    labels = file.labels.name if file and plan else ""
    return _as_json(manifest.as_dict(complete=complete, file=name, labels=labels))


def _print_faults(manifest: Manifest, file: FileWriter | None, plan: FaultPlan) -> None:
    if not (file and plan):
        return
    echo(
        f"{pluralise(manifest.by_fault.total(), 'event')} with an injected fault, labelled in {file.labels.name}"
    )
    unhit = [kind.name for kind in plan.shares if not manifest.by_fault[kind.name]]
    if unhit:
        echo(f"injected faults: no event has {', '.join(unhit)}. Raise the share, or --sessions.")


def _nowhere(_: bytes) -> None:
    """Discard labels."""


@contextmanager
def _writer(
    file: Path | None, output: Path | None, *, has_labels: bool
) -> Iterator[StreamWriter | FileWriter]:
    """Yield the writer of a file; without a file, that of standard output, or of the pipe or device of -o."""
    if file:
        with FileWriter(file, has_labels=has_labels) as writer:
            yield writer
    elif output is None or str(output) == "-":
        yield StreamWriter()
    else:
        try:
            stream = output.open("ab")
        except OSError as error:
            raise UsageError(f"{output}: cannot be written: {error.strerror}. Name another -o.") from None
        with stream:
            yield StreamWriter(stream)


def _reject_unlabelled_faults(plan: FaultPlan, *, to_stream: bool) -> None:
    plan.refuse_requests()
    if plan and to_stream:
        raise UsageError(
            "--fault: the labels of the faults need a file next to the dataset. Name the dataset with -o, such as -o dirty.jsonl."
        )


def _watch(manifest: Manifest, sessions: int, output: Path | None, progress: Progress) -> None:
    progress.show(manifest.sessions)
    if output and manifest.sessions == _SAMPLE:
        _check_space(manifest.bytes // _SAMPLE * sessions, sessions, output)


def _check_space(expected: int, sessions: int, output: Path) -> None:
    """Raise UsageError early if the disk is too small, even for the best compression."""
    free = disk_usage(output.absolute().parent).free
    if expected // (_COMPRESSED if output.suffix == ".gz" else 1) > free:
        raise UsageError(
            f"{output}: {sessions:,} sessions need about {expected / 1e9:,.0f} GB, but {free / 1e9:,.0f} GB are free. "
            "Write fewer --sessions, or pipe them to another program."
        )


def _announce(recipe: DatasetOptions, sessions: int, form: Form) -> None:
    first = recipe.first_day()
    echo(f"{pluralise(sessions, 'session')} in {form} form from {first:%Y-%m-%d}, seed {recipe.seed}")
    oldest = datetime.now(UTC) - _HORIZON
    if form == "wire" and first < oldest:
        echo(
            f"warning: pipelines drop events older than three months, and these begin before {oldest:%Y-%m-%d}. "
            "To send them to a pipeline, add --start now."
        )


def _print_generated(traffic: Traffic) -> None:
    made = traffic.world.made()
    if made:
        echo(
            f"{traffic.world.directory}: does not have {', '.join(made)}: Footfall generates them, so a look-up cannot find them"
        )


def _options(traffic: Traffic, sessions: int, form: Form, plan: FaultPlan) -> dict[str, Any]:
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
        "run": f"{run_of(traffic, plan):08x}",
        **({"faults": plan.options()} if plan else {}),
    }


def _versions() -> dict[str, str]:
    return {"footfall": __version__, "faker": version("faker")}


def _as_json(manifest: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def _conclude(manifest: Manifest, file: FileWriter | None, *, complete: bool) -> None:
    counts = f"{pluralise(manifest.sessions, 'session')}, {pluralise(manifest.events, 'event')}"
    where = f" in {file.path}, counted in {file.manifest.name}" if file else ""
    if complete and not manifest.events:
        echo("warning: no session recorded an event. Call a method of t in the script.")
    echo(f"{counts}{where}" if complete else f"stopped after {counts}{where}; every line is whole")
    sys.stderr.flush()
