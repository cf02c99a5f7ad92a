"""`footfall probe`: property-based checks of a live endpoint."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import hexdigits
from tempfile import TemporaryFile, mkdtemp
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from generator.cli.commands import VerdictCommand
from generator.cli.options import DEFAULT_SEED, PositiveInt
from generator.cli.terminal import Progress, echo, ended_by_signals
from generator.delivery.address import check_address, check_token, is_loopback
from generator.delivery.contracts.sunbird import DEFAULT_PATH, PATHS
from generator.errors import UsageError
from generator.spec.rules import FORMS, Form
from generator.system.files import write_file

if TYPE_CHECKING:
    from generator.probe.client import Client
    from generator.probe.properties import ProbeConfig, Property
    from generator.probe.report.files import Written
    from generator.probe.report.script import ScriptOptions
    from generator.probe.run import Mode, Probe, PropertyResult
    from generator.probe.sink import ProbeSink

TOKEN = "FOOTFALL_TOKEN"  # noqa: S105  the variable's name
_RUN_DIGITS = 8
_MODES = ("auto", "sunbird", "strict")
_COLOURS = {"passed": "green", "failed": "red", "skipped": "yellow"}


@click.command("probe", cls=VerdictCommand)
@click.argument("url", required=False)
@click.option(
    "--list", "listed", is_flag=True, help="List the properties: what is true of every good endpoint."
)
@click.option(
    "--property", "names", multiple=True, metavar="NAME", help="Try this property; may be repeated. Else all."
)
@click.option(
    "--against", "sink", multiple=True, metavar="PATH",
    help="Where events end up: the collector's store, or files of JSON as a name or a glob; those that hold "
    "no accepted events as rejected=GLOB or duplicate=GLOB.",
)  # fmt: skip
@click.option(
    "--settle-time", type=click.FloatRange(0, 86_400), metavar="SECONDS",
    help="How long until the sink shows what was sent; 0 for a collector's store, else 5.",
)  # fmt: skip
@click.option(
    "--mode", type=click.Choice(_MODES), default="auto", show_default=True,
    help="Whether the endpoint rejects an invalid batch, or answers as Sunbird does before it checks; "
    "auto sends one to find out.",
)  # fmt: skip
@click.option(
    "--form", type=click.Choice(FORMS), default="wire", show_default=True,
    help="The form in which the endpoint takes events.",
)  # fmt: skip
@click.option(
    "--path", metavar="PATH", help=f"Where batches are posted; {DEFAULT_PATH} unless the URL has another."
)
@click.option(
    "--producer", default="", metavar="ID",
    help="A context.pdata.id whose events the pipeline deduplicates by mid, such as prod.sunbird.portal.",
)  # fmt: skip
@click.option(
    "--seed", type=PositiveInt(0, 2**63 - 1), default=DEFAULT_SEED, show_default=True, metavar="N",
    help="Decides what is drawn; the same seed tries the same events, with new ids.",
)  # fmt: skip
@click.option(
    "--max-examples", type=PositiveInt(1, 100_000), default=25, show_default=True, metavar="N",
    help="How many examples are drawn for each property, in addition to the fixed ones.",
)  # fmt: skip
@click.option(
    "--run-id", default="", metavar="HEX", help="The run in every mid and mark; a fresh one unless given."
)
@click.option(
    "--timeout", type=click.FloatRange(0, 3600, min_open=True), default=10.0, show_default=True,
    metavar="SECONDS", help="How long to wait for an answer.",
)  # fmt: skip
@click.option("--insecure", is_flag=True, help="Accept any certificate.")
@click.option(
    "--test-dir", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), metavar="DIR",
    help="Where a failure's test is written; here unless given.",
)  # fmt: skip
@click.option(
    "--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write JUnit XML."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--allow-remote", is_flag=True, help="Allow a host that is not this machine.")
@click.option(
    "--allow-crashing-faults",
    is_flag=True,
    help="Send events that are known to crash deployed pipelines, too.",
)
def command(url: str | None, listed: bool, **options: Any) -> int:
    """Run property-based checks against a live endpoint and print the smallest failing batch.

    The token is read from FOOTFALL_TOKEN and never printed. Every event carries the tag footfall:RUN. Exits
    with 0 if no property failed, 1 if one did, or nothing is accepted, or nothing arrives in the sink, 2 if the
    endpoint does not answer.

    \b
    Example:
      footfall probe --list
      footfall probe http://127.0.0.1:9001 --against footfall-store
    """  # noqa: D301
    if listed:
        return _list()
    if not url:
        raise click.UsageError("Missing argument 'URL'", click.get_current_context())
    with ended_by_signals():
        return _probe(url, _Options(**options))


@dataclass(frozen=True)
class _Options:
    """The options of the command, by their parameters' names."""

    names: Sequence[str]
    sink: Sequence[str]
    settle_time: float | None
    mode: "Mode"
    form: Form
    path: str | None
    producer: str
    seed: int
    max_examples: int
    run_id: str
    timeout: float
    insecure: bool
    folder: Path
    junit: Path | None
    as_json: bool
    allow_remote: bool
    allow_crashing_faults: bool


def _list() -> int:
    from generator.probe.properties import PROPERTIES  # noqa: PLC0415  Hypothesis takes a moment

    for one in PROPERTIES:
        click.echo(f"{one.name:20} {one.truth}")
        needs = "; needs --against" if one.sink == "needed" else ""
        click.echo(f"{'':20} for {', '.join(one.contracts)}: {one.holds_for}{needs}")
    click.echo("Not checked: the order in which events are stored, within a batch and between batches.")
    return 0


def _probe(url: str, options: _Options) -> int:
    from generator.probe.client import Client  # noqa: PLC0415  Hypothesis takes a moment
    from generator.probe.examples import without_trace  # noqa: PLC0415  as above
    from generator.probe.exchange import EventFactory  # noqa: PLC0415  as above
    from generator.probe.report.script import ScriptOptions  # noqa: PLC0415  as above
    from generator.probe.run import Probe  # noqa: PLC0415  as above

    chosen = _choose(options.names)
    url, path = _split_url(check_address(url), options.path)
    _check_host(url, options.allow_remote)
    _check_folders(options.folder, options.junit)
    run = _run(options.run_id)
    config = _config(options, path, run)
    settle = _settle_time(options, config)
    factory = EventFactory(options.form, run, path=path, token=check_token(os.environ.get(TOKEN), TOKEN))
    script = ScriptOptions(url, options.timeout, options.insecure, config.sink, settle)
    about: dict[str, Any] = {"url": f"{url}{path}", "run": f"{run:08x}", "seed": options.seed}
    with (
        without_trace(),
        Client(url, factory.contract, timeout=options.timeout, insecure=options.insecure) as client,
        Progress(0, "requests") as progress,
    ):
        report = _Report(script, options.folder, progress, quiet=options.as_json)
        probe = Probe(
            client, factory, config, seed=options.seed, max_examples=options.max_examples, settle=settle,
            progress=progress.show,
        )  # fmt: skip
        _check_reachable(client)
        problem = _try_properties(probe, chosen, options.mode, report, about)
    about["checks_first"] = probe.config.checks_first
    for text in filter(None, (problem, probe.missing)):
        echo(text)
    status = report.conclude(about, options.junit)
    return 1 if probe.missing else status


def _config(options: _Options, path: str, run: int) -> "ProbeConfig":
    """Return what the options state of the endpoint; its sink is read once, before anything is sent."""
    from generator.probe.properties import ProbeConfig  # noqa: PLC0415  Hypothesis takes a moment
    from generator.probe.sink import find_sink  # noqa: PLC0415  as above

    sink = find_sink(options.sink)
    if sink:
        _check_sink(sink, run)
    return ProbeConfig(
        options.form, path, sink=sink, producer=options.producer, poison=options.allow_crashing_faults
    )


def _settle_time(options: _Options, config: "ProbeConfig") -> float:
    if options.settle_time is not None:
        return options.settle_time
    return config.sink.settle if config.sink else 0.0


def _try_properties(
    probe: "Probe", chosen: "list[Property]", mode: "Mode", report: "_Report", about: dict[str, Any]
) -> str:
    """Try the properties; return why even the smallest batch is rejected, "" if it is accepted."""
    from generator.probe.run import NOT_EVEN  # noqa: PLC0415  Hypothesis takes a moment

    first_trial = probe.detect_mode(mode)
    order = "checks before it answers" if probe.config.checks_first else "answers before it checks"
    report.begin(
        f"{about['url']} {order}; run {about['run']}, seed {about['seed']}; "
        f"every event has the tag footfall:{about['run']}"
    )
    for outcome in probe.run(chosen, first_trial):
        report.add(outcome)
    return f"{NOT_EVEN}: {first_trial.problem}" if first_trial.problem else ""


class _Report:
    """Prints the result of each property as soon as it is known, and at the end all failures."""

    def __init__(self, options: "ScriptOptions", folder: Path, progress: Progress, *, quiet: bool) -> None:
        self._options, self._folder, self._progress, self._quiet = options, folder, progress, quiet
        self._outcomes: list[PropertyResult] = []
        self._written: dict[str, Any] = {}

    def _write(self, outcome: "PropertyResult") -> "Written":
        from generator.probe.report.files import write  # noqa: PLC0415

        try:
            return write(outcome, self._options, self._folder)
        except OSError as error:
            # The folder was writable when it was checked; the result must not be lost.
            elsewhere = Path(mkdtemp(prefix="footfall-probe-"))
            echo(
                f"--test-dir {self._folder}: cannot be written: {error.strerror}; the test is in {elsewhere}"
            )
            return write(outcome, self._options, elsewhere)

    def begin(self, text: str) -> None:
        self._progress.clear()
        echo(text)

    def add(self, outcome: "PropertyResult") -> None:
        from generator.probe.report.text import line  # noqa: PLC0415

        self._progress.clear()
        self._outcomes.append(outcome)
        if outcome.status == "failed":
            self._written[outcome.truth.name] = self._write(outcome)
        if not self._quiet:
            click.echo(
                line(outcome).replace(
                    outcome.status, click.style(outcome.status, _COLOURS[outcome.status]), 1
                )
            )

    def conclude(self, about: dict[str, Any], junit: Path | None) -> int:
        from generator.probe.run import are_good  # noqa: PLC0415

        if self._quiet:
            from generator.probe.report import json_junit  # noqa: PLC0415

            click.echo(json_junit.as_json(self._outcomes, about, self._options, self._written))
        else:
            self._print_failures()
        is_written = not junit or self._write_junit(junit)
        return (0 if is_written else 2) if are_good(self._outcomes) else 1

    def _write_junit(self, path: Path) -> bool:
        """Write JUnit XML after all else is printed; print why if it cannot be written."""
        from generator.probe.report import json_junit  # noqa: PLC0415

        try:
            write_file(path, json_junit.junit(self._outcomes, self._options, self._written))
        except OSError as error:
            echo(f"--junit {path}: cannot be written: {error.strerror}; name another file")
            return False
        return True

    def _print_failures(self) -> None:
        from generator.probe.report.text import failure  # noqa: PLC0415

        for outcome in self._outcomes:
            if outcome.status == "failed":
                click.echo()
                for each in failure(outcome, self._options, self._written[outcome.truth.name]):
                    click.echo(each)
        counts = {status: sum(one.status == status for one in self._outcomes) for status in _COLOURS}
        summary = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        alone = "" if self._options.sink else "; by answers alone, --against would show what is stored"
        click.echo(f"\n{summary}{alone}")


def _check_reachable(client: "Client") -> None:
    """Reject an address that a proxy or TLS makes unreachable, before anything is sent."""
    from generator.delivery.proxy import proxy_for  # noqa: PLC0415  gevent takes a moment
    from generator.load.way_out import way_out  # noqa: PLC0415

    if not client.url.startswith("https:") and proxy_for(client.url) is None:
        return
    reason = client.check_reachable()
    if reason:
        way = way_out(reason, "sunbird").replace(" in --host", "").replace("--host", "the address")
        raise UsageError(f"{client.url}: {reason}; {way}")


def _choose(names: Sequence[str]) -> "list[Property]":
    from difflib import get_close_matches  # noqa: PLC0415

    from generator.probe.properties import PROPERTIES  # noqa: PLC0415

    known = {one.name: one for one in PROPERTIES}
    for name in names:
        if name not in known:
            near = get_close_matches(name.lower(), known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(known)}"
            raise UsageError(f"--property {name!r}: {hint}")
    return [one for one in PROPERTIES if not names or one.name in names]


def _split_url(url: str, path: str | None) -> tuple[str, str]:
    """Split a URL that ends with a known path of batches."""
    found = urlsplit(url).path
    if path is None and found in PATHS:
        return url.removesuffix(found), found
    return url, path or DEFAULT_PATH


def _check_host(url: str, allow_remote: bool) -> None:
    host = urlsplit(url).hostname or ""
    if not allow_remote and not is_loopback(host):
        raise UsageError(
            f"{host} is not this machine, and a probe sends invalid events too. To allow it, add --allow-remote"
        )


def _check_folders(folder: Path, junit: Path | None) -> None:
    if not folder.is_dir():
        raise UsageError(f"--test-dir {folder}: no such folder. Make it first")
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            f"--test-dir {folder}: cannot be written: {error.strerror}. Name another folder"
        ) from None
    if junit and not junit.absolute().parent.is_dir():
        raise UsageError(f"--junit {junit}: no such folder. Make it first")
    if junit and not os.access(junit if junit.exists() else junit.absolute().parent, os.W_OK):
        raise UsageError(f"--junit {junit}: cannot be written; name another file")


def _check_sink(sink: "ProbeSink", run: int) -> None:
    """Read the sink before anything is sent: it must not have events of an earlier run with this id."""
    stored = sink.read(run)
    if not stored.is_empty:
        raise UsageError(
            f"--run-id {run:08x}: events of this run are in the sink already; leave --run-id out for a fresh one"
        )
    if stored.unreadable and not stored.readable:
        raise UsageError(
            f"--against: {stored.unreadable[0]}; not a sink of JSON. Name files with an event or a batch a line"
        )


def _run(run_id: str) -> int:
    if not run_id:
        return int.from_bytes(os.urandom(4), "big")
    if len(run_id) > _RUN_DIGITS or set(run_id) - set(hexdigits):
        raise UsageError(f"--run-id {run_id!r}: a run id has at most 8 hex digits, as in the run's tag")
    return int(run_id, 16)
