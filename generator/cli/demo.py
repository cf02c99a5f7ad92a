"""`footfall demo`: play learners through Locust into the embedded endpoint, verify what arrived, and detect a loss."""

import fcntl
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import click

from generator.cli.commands import VerdictCommand
from generator.cli.options import PositiveInt
from generator.cli.terminal import Progress, echo, ended_by_signals, pluralise
from generator.collector import CollectorProcess
from generator.collector.server_faults import HEALTHY, ServerFaults
from generator.collector.server_faults import read as read_fault_records
from generator.errors import DeliveryError, UsageError
from generator.ledger import discover, read
from generator.ledger.record import Sent
from generator.scenarios.loader import bundled
from generator.verify.findings import Delivery
from generator.verify.sink.store import StoreSink
from generator.verify.telling import lines
from generator.verify.verifying import verify

_POLL = 0.5
_PATIENCE = 60  # seconds for Locust to start and to stop
_FAREWELL = 5  # seconds for Locust to stop when the demo is interrupted


class Phase(NamedTuple):
    """The result of one phase of the demo.

    Attributes:
        folder: the folder of its files.
        summary: that of the load run.
        delivery: the verdict of the verifier.
    """

    folder: Path
    summary: dict[str, Any]
    delivery: Delivery

    @property
    def store(self) -> Path:
        """The store of the endpoint."""
        return store_of(self.folder)

    @property
    def ledgers(self) -> Path:
        """The folder of the ledgers."""
        return self.folder / "ledgers"

    def injected_losses(self) -> set[str]:
        """Return the mids of the acknowledged events that the endpoint lost, from its own record."""
        acked = {
            record.msgid(ledger.header.run)
            for ledger in map(read, discover([self.ledgers]))
            for record in ledger.records()
            if isinstance(record, Sent) and record.status == "acked"
        }
        faults = (
            fault for fault in read_fault_records(self.store) if fault.kind == "lost" and fault.msgid in acked
        )
        return {mid for fault in faults for mid in fault.mids}


def store_of(folder: Path) -> Path:
    """Return the folder in which the endpoint of a phase stores events."""
    return folder / "store"


def perform(
    folder: Path, title: str, options: Sequence[str], seconds: int, server_faults: ServerFaults = HEALTHY
) -> Phase:
    """Play into an endpoint and verify what it stored.

    Args:
        folder: the folder for the files.
        title: what the phase plays, in words.
        options: those of Locust.
        seconds: the longest time that Locust plays.
        server_faults: those that the endpoint injects.

    Raises:
        DeliveryError: Locust failed.
    """
    folder.mkdir(exist_ok=True)
    store = store_of(folder)
    with CollectorProcess(store, server_faults=server_faults) as collector:
        echo(f"an endpoint listens at {collector.url}; {title}")
        _play(collector, folder, options, seconds)
    summary = json.loads((folder / "summary.json").read_text())
    ledgers = [read(path) for path in discover([folder / "ledgers"])]
    with Progress(0, "events verified") as progress:
        delivery = verify(ledgers, {"accepted": StoreSink(store)}, heard=lambda done, _: progress.show(done))
    return Phase(folder, summary, delivery)


def _play(collector: CollectorProcess, folder: Path, options: Sequence[str], seconds: int) -> None:
    """Run Locust and print how many events the endpoint has stored."""
    arguments = [
        sys.executable, "-m", "generator.system.exit_with_parent", "locust", "-f", str(bundled("locustfiles") / "session.py"),
        "--headless", "--only-summary", "--host", collector.url, "--run-time", f"{seconds}s", "--stop-timeout", "10",
        "--ledger", str(folder / "ledgers"), "--summary", str(folder / "summary.json"), *options,
    ]  # fmt: skip
    log = folder / "locust.log"
    with log.open("wb") as output:
        # Its standard input ends when this process ends, even if the process is killed.
        locust = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=output, stderr=output)  # noqa: S603
        try:
            _watch(locust, collector, seconds)
        finally:
            _end(locust)
    if not (folder / "summary.json").exists():
        last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no output"]
        raise DeliveryError(
            f"Locust ended with status {locust.returncode}: {last[0]}. Its output is in {log}."
        )


def _end(locust: "subprocess.Popen[bytes]") -> None:
    try:
        if locust.poll() is None:
            locust.terminate()
            with suppress(subprocess.TimeoutExpired):
                locust.wait(_FAREWELL)
    finally:
        locust.kill()
        locust.wait()
        if locust.stdin:
            locust.stdin.close()


def _watch(locust: "subprocess.Popen[bytes]", collector: CollectorProcess, seconds: int) -> None:
    waited = 0.0
    with Progress(0, "events stored") as progress:
        while waited < seconds + _PATIENCE:
            try:
                locust.wait(_POLL)
            except subprocess.TimeoutExpired:
                waited += _POLL
                events = collector.stats()["accepted"]["events"]
                progress.show(events)
                if not sys.stderr.isatty() and waited % 5 == 0:
                    echo(f"{events:,} events stored after {waited:.0f} s")
            else:
                return
    raise DeliveryError(f"Locust did not end {_PATIENCE} s after its time")


_SHOWN = 3


def is_delivered(act: Phase) -> bool:
    """Return whether all events are delivered and no batch was rejected."""
    delivery = act.delivery
    return delivery.outcome == "delivered" and not delivery.torn and not act.summary["rejected"]


def is_caught(act: Phase, lost: set[str]) -> bool:
    """Return whether the verifier found exactly the events that the endpoint lost on purpose.

    Args:
        act: the phase.
        lost: the mids in the endpoint's own record.
    """
    faults = act.delivery.stages[0].faults
    found = {example.mid for example in faults["lost"].examples}
    amiss = sum(fault.events for fault in faults.values())
    return bool(lost) and found == lost and amiss == len(lost)


def summary_of(played: Phase, planted: Phase, lost: set[str]) -> Iterator[str]:
    """Yield the summary of both phases, line by line.

    Args:
        played: the phase with a healthy endpoint.
        planted: the phase with an endpoint that loses events on purpose.
        lost: their mids, in the endpoint's own record.
    """
    yield ""
    yield from _delivered(played)
    yield ""
    yield from _counts(played)
    yield ""
    yield from _planted(planted, lost)
    yield ""
    yield from _look_next(played, planted)


def _delivered(act: Phase) -> Iterator[str]:
    verdict, *rest = lines(act.delivery)
    if is_delivered(act):
        yield click.style(f"  PASSED: {verdict.removeprefix('delivered: ')}", fg="green")
        yield "  Proven event by event: the ledger names every event that was sent, and the verifier looked for each."
        return
    yield click.style(f"  FAILED: {_failure(act)}", fg="red")
    yield from (f"  {line}" for line in rest)


def _failure(act: Phase) -> str:
    delivery, summary = act.delivery, act.summary
    if delivery.outcome != "delivered":
        return delivery.sentence
    if delivery.torn:
        return f"the ledger is incomplete: {delivery.torn[0]}"
    return f"of {summary['batches']:,} batches {summary['rejected']:,} were rejected"


def _counts(act: Phase) -> Iterator[str]:
    summary = act.summary
    by_eid = sorted(summary["by_eid"].items(), key=lambda pair: -pair[1])
    kinds = [f"{eid} {count:,}" for eid, count in by_eid]
    yield f"  sessions   {summary['sessions']:,}, of which {summary['finished']:,} were played to their end"
    yield f"             {', '.join(f'{name} {count:,}' for name, count in summary['by_scenario'].items())}"
    yield from _cut_short(summary)
    yield f"  events     {summary['events']:,} of {len(by_eid)} kinds"
    for first in range(0, len(kinds), 6):
        yield f"             {', '.join(kinds[first : first + 6])}"
    yield f"  batches    {summary['batches']:,} sent, {summary['acked']:,} acknowledged, {summary['rejected']:,} rejected, \
{summary['unknown']:,} without an answer"
    for reason, count in summary["reasons"].items():
        yield f"             {count:,} {reason}"
    yield from _unanswered(act)
    yield f"  answers    {', '.join(f'{name} {value:.0f} ms' for name, value in summary['percentiles'].items())}"


def _unanswered(act: Phase) -> Iterator[str]:
    """Yield the events without an answer: the end of the run can come before it."""
    findings = act.delivery.stages[0]
    if findings.unknown:
        yield f"             {pluralise(findings.unknown, 'event')} without an answer: {findings.recovered.events:,} stored, \
{findings.still_unknown.events:,} not; neither is a fault"


def _cut_short(summary: dict[str, Any]) -> Iterator[str]:
    """Yield the sessions that the end of the run cut short."""
    count = summary["sessions"] - summary["finished"]
    if count:
        unsent = summary.get("unsent_events")
        events = "" if unsent is None else f", {pluralise(unsent, 'event')},"
        yield (
            f"             {count:,} {'was' if count == 1 else 'were'} cut short when the time was up; "
            f"what they had not sent yet{events} is not in these counts"
        )


def _planted(act: Phase, lost: set[str]) -> Iterator[str]:
    """Yield what the verifier found of the injected loss, and whether it is exactly that."""
    findings = act.delivery.stages[0]
    yield f"  Then a loss on purpose: {act.summary['sessions']:,} sessions, to an endpoint that loses one event in a hundred."
    yield f"  {act.delivery.sentence}"
    for example in findings.lost.examples[:_SHOWN]:
        yield f"             {example.mid}, session {example.session}, batch {example.batch}"
    if findings.lost.events > _SHOWN:
        yield f"             … {findings.lost.events - _SHOWN:,} more"
    record = f"the {pluralise(len(lost), 'event')} in the endpoint's own record"
    if is_caught(act, lost):
        yield click.style(f"  CAUGHT: these are, mid by mid, {record}.", fg="green")
    else:
        yield click.style(f"  FAILED: these are not {record}.", fg="red")


def _look_next(played: Phase, planted: Phase) -> Iterator[str]:
    """Yield commands that show the results, with paths from the current folder."""
    footfall = _command("footfall")
    segment = next(iter(sorted(played.store.glob("accepted-*.jsonl"))), played.store)
    yield f"  look next  {footfall} show {_word(segment)}"
    yield f"             {footfall} check --form wire {_word(segment)}"
    yield f"             {footfall} ledger {_word(played.ledgers)}"
    yield f"             {footfall} verify {_word(planted.ledgers)} --against {_word(planted.store)}"
    yield f"             {played.folder / 'locust.html'} in a browser"
    yield f"             {_command('locust')} -f {_word(bundled('locustfiles') / 'session.py')}"


def _command(name: str) -> str:
    """Return a command as the user's shell finds it: its path if the environment is not activated."""
    return name if shutil.which(name) else _word(Path(sys.executable).with_name(name))


def _word(path: Path) -> str:
    """Format a path as a word of the shell, relative to the current folder if it lies below it."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))


_MARK = ".footfall-demo"
_PLANTED = ServerFaults(lose=0.01)
_PLANTED_SESSIONS = 100
_PLANTED_SECONDS = 30


@click.command("demo", cls=VerdictCommand)
@click.option(
    "--seconds",
    type=PositiveInt(1, 3600),
    default=20,
    show_default=True,
    metavar="N",
    help="Play for N seconds.",
)
@click.option(
    "--users",
    type=PositiveInt(1, 10_000),
    default=60,
    show_default=True,
    metavar="N",
    help="Play N learners at the same time.",
)
@click.option(
    "--speed",
    type=PositiveInt(1, 100_000),
    default=120,
    show_default=True,
    metavar="N",
    help="Play N times as fast as real time.",
)
@click.option(
    "--output-dir", "into", type=click.Path(path_type=Path), default=Path("footfall-demo"), show_default=True, metavar="DIR",
    help="Write ledgers, stores and Locust's report to this folder; replace those of an earlier demo.",
)  # fmt: skip
def command(seconds: int, users: int, speed: int, into: Path) -> int:
    """Play sessions through Locust into the embedded endpoint and verify what it stored.

    The ledger proves whether every acknowledged event is stored, once and as it was sent. A short second phase
    plays into an endpoint that loses some of the events that it acknowledges. The exit code is 0 if the first phase
    is delivered and the verifier finds exactly the lost events of the second; else it is 1.

    \b
    Example:
      footfall demo
      footfall demo --seconds 5 --users 10
    """  # noqa: D301
    with (
        ended_by_signals(
            f"; Locust and the endpoint have ended too, and the stored events are in {store_of(into)}"
        ),
        _held(into),
    ):
        played = _play_healthy(into, seconds, users, speed)
        planted = _play_lossy(into / "planted")
        lost = planted.injected_losses()
    click.echo("\n".join(summary_of(played, planted, lost)))
    return 0 if is_delivered(played) and is_caught(planted, lost) else 1


def _play_healthy(into: Path, seconds: int, users: int, speed: int) -> Phase:
    """Play learners into a healthy endpoint."""
    options = [
        "--users", str(users), "--spawn-rate", str(users), "--speed", str(speed), "--html", str(into / "locust.html"),
    ]  # fmt: skip
    return perform(
        into, f"{users} learners play for {seconds} s, {speed} times as fast as real time", options, seconds
    )


def _play_lossy(folder: Path) -> Phase:
    """Play more sessions into an endpoint that acknowledges some events and does not store them."""
    options = ["--users", "20", "--spawn-rate", "20", "--speed", "3000", "--sessions", str(_PLANTED_SESSIONS)]
    announced = f"it loses one event in a hundred on purpose; {_PLANTED_SESSIONS} more sessions are played"
    return perform(folder, announced, options, _PLANTED_SECONDS, _PLANTED)


@contextmanager
def _held(into: Path) -> Iterator[None]:
    """Make the folder, or empty that of an earlier demo, and lock it during the block."""
    try:
        if into.exists() and any(into.iterdir()) and not (into / _MARK).exists():
            raise UsageError(
                f"{into}: contains other files than those of a demo. Name another folder with --output-dir."
            )
        into.mkdir(parents=True, exist_ok=True)
        mark = (into / _MARK).open("a")
    except OSError as error:
        raise _unusable(into, error) from None
    with mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for path in into.iterdir():
                if path.name != _MARK:
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        except BlockingIOError:
            raise UsageError(
                f"{into}: another demo uses this folder. Wait for its end, or name another folder with --output-dir."
            ) from None
        except OSError as error:
            raise _unusable(into, error) from None
        yield


def _unusable(into: Path, error: OSError) -> UsageError:
    return UsageError(f"{into}: cannot be used: {error.strerror}. Name another folder with --output-dir.")
