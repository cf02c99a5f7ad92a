"""`footfall probe`: the properties of a good endpoint, tried on a live one."""

import os
from collections.abc import Sequence
from pathlib import Path
from string import hexdigits
from tempfile import TemporaryFile, mkdtemp
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from generator.cli.options import DEFAULT_SEED, PositiveInt
from generator.cli.terminal import Progress, echo, ended_by_signals
from generator.cli.verdict_command import VerdictCommand
from generator.delivery.address import check_address, check_token, is_loopback
from generator.delivery.contracts.sunbird import DEFAULT_PATH, PATHS
from generator.errors import UsageError
from generator.files import write_file
from generator.spec.rules import FORMS, Form

if TYPE_CHECKING:
    from generator.probe.client import Client
    from generator.probe.properties import Property
    from generator.probe.report.files import Written
    from generator.probe.run import Mode, PropertyResult
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
    help="Whether the endpoint refuses a bad batch, or answers as Sunbird does before anything is checked; "
    "auto sends one to see.",
)  # fmt: skip
@click.option(
    "--form", type=click.Choice(FORMS), default="wire", show_default=True,
    help="The form in which the endpoint takes events.",
)  # fmt: skip
@click.option(
    "--path", metavar="PATH", help=f"Where batches are posted; {DEFAULT_PATH} unless the URL says another."
)
@click.option(
    "--producer", default="", metavar="ID",
    help="A context.pdata.id whose events the pipeline knows again by their mid, such as prod.sunbird.portal.",
)  # fmt: skip
@click.option(
    "--seed", type=PositiveInt(0, 2**63 - 1), default=DEFAULT_SEED, show_default=True, metavar="N",
    help="Decides what is drawn; the same seed tries the same events, with new ids.",
)  # fmt: skip
@click.option(
    "--max-examples", type=PositiveInt(1, 100_000), default=25, show_default=True, metavar="N",
    help="How many examples are drawn for each property, besides those that are always tried.",
)  # fmt: skip
@click.option(
    "--run-id", default="", metavar="HEX", help="The run in every mid and mark; a fresh one unless given."
)
@click.option(
    "--timeout", type=click.FloatRange(0, 3600, min_open=True), default=10.0, show_default=True,
    metavar="SECONDS", help="How long to wait for an answer.",
)  # fmt: skip
@click.option("--insecure", is_flag=True, help="Take any certificate.")
@click.option(
    "--test-dir", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(), metavar="DIR",
    help="Where a failure's test is written; here unless given.",
)  # fmt: skip
@click.option(
    "--junit", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write JUnit XML."
)
@click.option("--json", "as_json", is_flag=True, help="Say what came of it as JSON.")
@click.option("--allow-remote", is_flag=True, help="Allow a host that is not this machine.")
@click.option(
    "--allow-crashing-faults", is_flag=True, help="Send what deployed pipelines are known to crash at, too."
)
def command(url: str | None, listed: bool, **options: Any) -> int:
    """Try on a live endpoint what is true of every good one, and show the smallest batch for which it is not.

    A token is taken from FOOTFALL_TOKEN, and shown nowhere. Every event carries the tag footfall:RUN. Exits
    with 0 when no property failed, 1 when one did, or nothing is accepted, or nothing arrives in the sink, 2 when
    nobody answers.

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
        return _probe(url, **options)


def _list() -> int:
    from generator.probe.properties import PROPERTIES  # noqa: PLC0415  Hypothesis takes a moment

    for one in PROPERTIES:
        click.echo(f"{one.name:20} {one.truth}")
        needs = "; needs --against" if one.sink == "needed" else ""
        click.echo(f"{'':20} for {', '.join(one.contracts)}: {one.holds_for}{needs}")
    click.echo("Not looked at: the order in which events are stored, within a batch and between batches.")
    return 0


def _probe(
    url: str, names: Sequence[str], sink: Sequence[str], settle_time: float | None, mode: "Mode", form: Form,
    path: str | None, producer: str, seed: int, max_examples: int, run_id: str, timeout: float,
    insecure: bool, folder: Path, junit: Path | None, as_json: bool, allow_remote: bool, allow_crashing_faults: bool,
) -> int:  # fmt: skip
    from generator.probe.client import Client  # noqa: PLC0415
    from generator.probe.examples import without_trace  # noqa: PLC0415  Hypothesis takes a moment
    from generator.probe.exchange import EventFactory  # noqa: PLC0415  as above
    from generator.probe.properties import ProbeConfig  # noqa: PLC0415
    from generator.probe.report.script import ScriptOptions  # noqa: PLC0415
    from generator.probe.run import NOT_EVEN, Probe  # noqa: PLC0415
    from generator.probe.sink import find_sink  # noqa: PLC0415

    chosen = _choose(names)
    url, path = _parted(check_address(url), path)
    _refuse_remote(url, allow_remote)
    _check_folders(folder, junit)
    found = find_sink(sink)
    run = _run(run_id)
    if found:
        _check_sink(found, run)
    pen = EventFactory(form, run, path=path, token=check_token(os.environ.get(TOKEN), TOKEN))
    setting = ProbeConfig(form, path, sink=found, producer=producer, poison=allow_crashing_faults)
    settled = found.settle if found and settle_time is None else settle_time or 0.0
    report = _Report(ScriptOptions(url, timeout, insecure, found, settled), folder, quiet=as_json)
    with (
        without_trace(),
        Client(url, pen.contract, timeout=timeout, insecure=insecure) as line,
        Progress(0, "requests") as progress,
    ):
        probe = Probe(
            line, pen, setting, run=run, seed=seed, max_examples=max_examples, settle=settle_time,
            progress=progress.show,
        )  # fmt: skip
        _look_ahead(line)
        greeting = probe.detect_mode(mode)
        progress.clear()
        checks_first = probe.setting.checks_first
        told = "checks before it answers" if checks_first else "answers before it checks"
        echo(f"{url}{path} {told}; run {run:08x}, seed {seed}; every event has the tag {pen.mark}")
        for outcome in probe.run(chosen, greeting):
            progress.clear()
            report.take(outcome)
    refused = f"{NOT_EVEN}: {greeting.said}" if greeting.said else ""
    for said in filter(None, (refused, probe.missing)):
        echo(said)
    about = {"url": f"{url}{path}", "run": f"{run:08x}", "seed": seed, "checks_first": checks_first}
    status = report.conclude(about, junit)
    return 1 if probe.missing else status


class _Report:
    """Says what came of each property as soon as it is known, and at the end all of the failures."""

    def __init__(self, manner: Any, folder: Path, *, quiet: bool) -> None:
        self._manner, self._folder, self._quiet = manner, folder, quiet
        self._outcomes: list[PropertyResult] = []
        self._written: dict[str, Any] = {}

    def _write(self, outcome: "PropertyResult") -> "Written":
        from generator.probe.report.files import write  # noqa: PLC0415

        try:
            return write(outcome, self._manner, self._folder)
        except OSError as error:
            # The folder was writable when it was checked; what was found must not be lost to it.
            elsewhere = Path(mkdtemp(prefix="footfall-probe-"))
            echo(
                f"--test-dir {self._folder}: cannot be written: {error.strerror}; the test is in {elsewhere}"
            )
            return write(outcome, self._manner, elsewhere)

    def take(self, outcome: "PropertyResult") -> None:
        from generator.probe.report.text import line  # noqa: PLC0415

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

            click.echo(json_junit.as_json(self._outcomes, about, self._manner, self._written))
        else:
            self._say_all()
        is_told = not junit or self._write_junit(junit)
        return (0 if is_told else 2) if are_good(self._outcomes) else 1

    def _write_junit(self, path: Path) -> bool:
        """Write JUnit XML when all else is said already; say why where it cannot be."""
        from generator.probe.report import json_junit  # noqa: PLC0415

        try:
            write_file(path, json_junit.junit(self._outcomes, self._manner, self._written))
        except OSError as error:
            echo(f"--junit {path}: cannot be written: {error.strerror}; name another file")
            return False
        return True

    def _say_all(self) -> None:
        from generator.probe.report.text import failure  # noqa: PLC0415

        for outcome in self._outcomes:
            if outcome.status == "failed":
                click.echo()
                for each in failure(outcome, self._manner, self._written[outcome.truth.name]):
                    click.echo(each)
        counts = {status: sum(one.status == status for one in self._outcomes) for status in _COLOURS}
        said = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        alone = "" if self._manner.sink else "; by answers alone, --against would show what is stored"
        click.echo(f"\n{said}{alone}")


def _look_ahead(line: "Client") -> None:
    """Refuse an address to which a proxy or TLS is in the way, before anything is sent."""
    from generator.delivery.proxy import proxy_for  # noqa: PLC0415  gevent takes a moment
    from generator.load.way_out import way_out  # noqa: PLC0415

    if not line.url.startswith("https:") and proxy_for(line.url) is None:
        return
    said = line.check_reachable()
    if said:
        way = way_out(said, "sunbird").replace(" in --host", "").replace("--host", "the address")
        raise UsageError(f"{line.url}: {said}; {way}")


def _choose(names: Sequence[str]) -> "list[Property]":
    from difflib import get_close_matches  # noqa: PLC0415

    from generator.probe.properties import PROPERTIES  # noqa: PLC0415

    known = {one.name: one for one in PROPERTIES}
    for name in names:
        if name not in known:
            near = get_close_matches(name.lower(), known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise UsageError(f"--property {name!r}: {hint}")
    return [one for one in PROPERTIES if not names or one.name in names]


def _parted(url: str, path: str | None) -> tuple[str, str]:
    """Part a URL that ends with the path of batches, as people copy it."""
    found = urlsplit(url).path
    if path is None and found in PATHS:
        return url.removesuffix(found), found
    return url, path or DEFAULT_PATH


def _refuse_remote(url: str, allow_remote: bool) -> None:
    host = urlsplit(url).hostname or ""
    if not allow_remote and not is_loopback(host):
        raise UsageError(
            f"{host} is not this machine, and a probe sends what is invalid too; if that is meant, add --allow-remote"
        )


def _check_folders(folder: Path, junit: Path | None) -> None:
    if not folder.is_dir():
        raise UsageError(f"--test-dir {folder}: there is no such folder; make it first")
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            f"--test-dir {folder}: nothing can be written there: {error.strerror}; name another folder"
        ) from None
    if junit and not junit.absolute().parent.is_dir():
        raise UsageError(f"--junit {junit}: there is no such folder; make it first")
    if junit and not os.access(junit if junit.exists() else junit.absolute().parent, os.W_OK):
        raise UsageError(f"--junit {junit}: cannot be written; name another file")


def _check_sink(sink: "ProbeSink", run: int) -> None:
    """Look into the sink before anything is sent: a run of long ago must not stand for this one."""
    kept = sink.read(run)
    if not kept.is_empty:
        raise UsageError(
            f"--run-id {run:08x}: events of this run are in the sink already; leave --run-id out for a fresh one"
        )
    if kept.unreadable and not kept.readable:
        raise UsageError(
            f"--against: {kept.unreadable[0]}; this is no sink of JSON, name files with an event or a batch a line"
        )


def _run(run_id: str) -> int:
    if not run_id:
        return int.from_bytes(os.urandom(4), "big")
    if len(run_id) > _RUN_DIGITS or set(run_id) - set(hexdigits):
        raise UsageError(f"--run-id {run_id!r}: give at most 8 hex digits, as in the run's tag")
    return int(run_id, 16)
