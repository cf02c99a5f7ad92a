"""`footfall demo`: learners through Locust into the embedded endpoint, and what came of it."""

import fcntl
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from generator.cli.options import Whole
from generator.cli.terminal import Progress, counted, ended_by_signals, say
from generator.collector import CollectorProcess
from generator.collector.store import read
from generator.errors import DeliveryError, UsageError
from generator.scripts import bundled
from generator.spec.identity import read_mid

_MARK = ".footfall-demo"
_POLL = 0.5
_PATIENCE = 60
"""Seconds which Locust may take beyond the time it plays, to start and to stop."""
_FAREWELL = 5
"""Seconds which Locust may take to stop when the demo is told to."""


@click.command("demo")
@click.option(
    "--seconds",
    type=Whole(1, 3600),
    default=20,
    show_default=True,
    metavar="N",
    help="How long learners play.",
)
@click.option(
    "--users",
    type=Whole(1, 10_000),
    default=60,
    show_default=True,
    metavar="N",
    help="How many learners play at once.",
)
@click.option(
    "--speed",
    type=Whole(1, 100_000),
    default=120,
    show_default=True,
    metavar="N",
    help="How much faster than life.",
)
@click.option(
    "--into", type=click.Path(path_type=Path), default=Path("footfall-demo"), show_default=True, metavar="DIR",
    help="Where what was stored, the summary and Locust's report are left; an earlier demo's are replaced.",
)  # fmt: skip
def command(seconds: int, users: int, speed: int, into: Path) -> int:
    """Play sessions through Locust into the embedded endpoint, and say what came of it.

    \b
    Example:
      footfall demo
      footfall demo --seconds 5 --users 10
    """  # noqa: D301
    with (
        ended_by_signals(
            f"; Locust and the endpoint have ended too, and what was stored is in {into / 'store'}"
        ),
        _held(into),
    ):
        with CollectorProcess(into / "store") as collector:
            say(
                f"an endpoint listens at {collector.url}; {users} learners play for {seconds} s, {speed} times as fast as in life"
            )
            _play(collector, into, seconds, users, speed)
            stats = collector.stats()
        summary = json.loads((into / "summary.json").read_text())
        stored = _stored(into / "store", int(summary["run"], 16))
    click.echo("\n".join(_verdict(summary, stats, stored, into)))
    return 0 if _is_good(summary, stored) else 1


@contextmanager
def _held(into: Path) -> Iterator[None]:
    """Make the folder, or empty an earlier demo's, and keep other demos out of it."""
    try:
        if into.exists() and any(into.iterdir()) and not (into / _MARK).exists():
            raise UsageError(f"{into}: holds something else than a demo; name another folder with --into")
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
                f"{into}: another demo plays into it just now; wait for its end, or name another folder with --into"
            ) from None
        except OSError as error:
            raise _unusable(into, error) from None
        yield


def _unusable(into: Path, error: OSError) -> UsageError:
    return UsageError(f"{into}: cannot be used: {error.strerror}; name another folder with --into")


def _play(collector: CollectorProcess, into: Path, seconds: int, users: int, speed: int) -> None:
    """Run Locust, and show what the endpoint has stored meanwhile."""
    locustfile = bundled("locustfiles") / "session.py"
    arguments = [
        sys.executable, "-m", "generator.cli.with_parent", "locust", "-f", str(locustfile),
        "--headless", "--only-summary", "--host", collector.url,
        "--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds}s", "--stop-timeout", "10",
        "--speed", str(speed), "--summary", str(into / "summary.json"), "--html", str(into / "locust.html"),
    ]  # fmt: skip
    log = into / "locust.log"
    with log.open("wb") as output:
        # Its standard input ends when this process does, however it dies.
        locust = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=output, stderr=output)  # noqa: S603
        try:
            _watch(locust, collector, seconds)
        finally:
            _end(locust)
    if not (into / "summary.json").exists():
        last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise DeliveryError(
            f"Locust ended with status {locust.returncode}: {last[0]}; all it said is in {log}"
        )


def _end(locust: "subprocess.Popen[bytes]") -> None:
    """End Locust, kindly at first; whoever asks a second time does not want to wait."""
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
                    say(f"{events:,} events stored after {waited:.0f} s")
            else:
                return
    raise DeliveryError(f"Locust did not end {_PATIENCE} s after its time")


def _stored(store: Path, run: int) -> dict[str, int]:
    """Count what the store holds of this run: accepted, rejected and duplicate events, and accepted mids."""
    counts = {"accepted": 0, "rejected": 0, "duplicate": 0}
    mids = set()
    for stored in read(store):
        counts[stored.kind] = counts.get(stored.kind, 0) + 1
        if stored.kind == "accepted":
            said = json.loads(stored.event)["mid"]
            mid = read_mid(said)
            if mid and mid.run == run:
                mids.add(said)
    return {**counts, "mids": len(mids)}


def _is_good(summary: dict[str, Any], stored: dict[str, int]) -> bool:
    """Tell whether all that was acknowledged is stored, once, and nothing refused.

    A batch without an answer may be stored or not: the end of the time comes between some and theirs.
    """
    unanswered = summary["events"] - summary["acked_events"]
    return (
        summary["acked"] > 0
        and not summary["rejected"]
        and not stored["rejected"]
        and stored["mids"] == stored["accepted"]
        and 0 <= stored["accepted"] - summary["acked_events"] <= unanswered
    )


def _verdict(
    summary: dict[str, Any], stats: dict[str, Any], stored: dict[str, int], into: Path
) -> Iterator[str]:
    """Say what came of it, so that a person understands it."""
    by_eid = sorted(summary["by_eid"].items(), key=lambda pair: -pair[1])
    kinds = [f"{eid} {count:,}" for eid, count in by_eid]
    yield ""
    yield from _judged(summary, stored)
    yield ""
    yield f"  sessions   {summary['sessions']:,}, of which {summary['finished']:,} were played to their end"
    yield f"             {', '.join(f'{name} {count:,}' for name, count in summary['by_scenario'].items())}"
    yield from _cut_short(summary)
    yield f"  events     {summary['events']:,} of {len(by_eid)} kinds"
    for first in range(0, len(kinds), 6):
        yield f"             {', '.join(kinds[first : first + 6])}"
    yield f"  batches    {summary['batches']:,} sent, {summary['acked']:,} acknowledged, {summary['rejected']:,} refused, \
{summary['unknown']:,} without an answer"
    for reason, count in summary["reasons"].items():
        yield f"             {count:,} {reason}"
    if summary["unknown"] and not summary["rejected"]:
        unanswered = summary["events"] - summary["acked_events"]
        yield f"             {counted(unanswered, 'event')} without an answer may be stored or not"
    yield f"  received   {stats['batches']['acknowledged']:,} batches, {summary['bytes']:,} bytes"
    yield f"  answers    {', '.join(f'{name} {value:.0f} ms' for name, value in summary['percentiles'].items())}"
    yield f"  sent       {counted(summary['acked_events'], 'event')} in acknowledged batches"
    yield f"  stored     {stored['accepted']:,} accepted ({stored['mids']:,} different), {stored['rejected']:,} rejected, \
{stored['duplicate']:,} duplicate"
    yield ""
    yield from _look_next(into)


def _judged(summary: dict[str, Any], stored: dict[str, int]) -> Iterator[str]:
    good = _is_good(summary, stored)
    if good:
        yield click.style("  PASSED: Everything that the endpoint acknowledged is stored, once.", fg="green")
    else:
        yield click.style("  FAILED: What the endpoint acknowledged and what is stored differ.", fg="red")
        yield "  The lines below say where: batches, sent and stored."
    unanswered = stored["accepted"] - summary["acked_events"]
    if good:
        agree = f"agree but for {counted(unanswered, 'event')} without an answer" if unanswered else "agree"
        yield f"  Counted, not yet proven: the two counts {agree}; a ledger that names every event comes later."
    else:
        yield "  Counted, not yet proven: a ledger that names every event comes later."


def _cut_short(summary: dict[str, Any]) -> Iterator[str]:
    """Say what became of the sessions that the end cut short."""
    count = summary["sessions"] - summary["finished"]
    if count:
        unsent = summary.get("unsent_events")
        events = "" if unsent is None else f", {counted(unsent, 'event')},"
        yield (
            f"             {count:,} {'was' if count == 1 else 'were'} cut short when the time was up; "
            f"what they had not sent yet{events} is not in these counts"
        )


def _look_next(into: Path) -> Iterator[str]:
    """Name what can be looked at, as it is called from the folder in which the user stands."""
    segment = next(iter(sorted((into / "store").glob("accepted-*.jsonl"))), into / "store")
    yield f"  look next  {_command('footfall')} show {_word(segment)}"
    yield f"             {_command('footfall')} check --form wire {_word(segment)}"
    yield f"             {into / 'locust.html'} in a browser"
    yield f"             {_command('locust')} -f {_word(bundled('locustfiles') / 'session.py')}"


def _command(name: str) -> str:
    """Name a command as the user's shell finds it: by its path where the environment is not activated."""
    return name if shutil.which(name) else _word(Path(sys.executable).with_name(name))


def _word(path: Path) -> str:
    """Write a path as a shell's word, from here where it lies below."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
