"""`footfall demo`: learners through Locust into the embedded endpoint, and what came of it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from generator.cli.options import Whole
from generator.cli.terminal import Progress, say
from generator.collector import CollectorProcess
from generator.collector.store import read
from generator.errors import DeliveryError, UsageError
from generator.scripts import bundled
from generator.spec.identity import read_mid

_MARK = ".footfall-demo"
_POLL = 0.5
_PATIENCE = 60
"""Seconds which Locust may take beyond the time it plays, to start and to stop."""


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
    _clear(into)
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


def _clear(into: Path) -> None:
    """Make the folder, or empty an earlier demo's."""
    try:
        if into.exists() and any(into.iterdir()) and not (into / _MARK).exists():
            raise UsageError(f"{into}: holds something else than a demo; name another folder with --into")
        shutil.rmtree(into, ignore_errors=False) if into.exists() else None
        into.mkdir(parents=True)
        (into / _MARK).touch()
    except OSError as error:
        raise UsageError(
            f"{into}: cannot be used: {error.strerror}; name another folder with --into"
        ) from None


def _play(collector: CollectorProcess, into: Path, seconds: int, users: int, speed: int) -> None:
    """Run Locust, and show what the endpoint has stored meanwhile."""
    locustfile = bundled("locustfiles") / "session.py"
    arguments = [
        sys.executable, "-m", "locust", "-f", str(locustfile), "--headless", "--only-summary", "--host", collector.url,
        "--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds}s", "--stop-timeout", "10",
        "--speed", str(speed), "--summary", str(into / "summary.json"), "--html", str(into / "locust.html"),
    ]  # fmt: skip
    log = into / "locust.log"
    with log.open("wb") as output:
        locust = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output)  # noqa: S603
        try:
            _watch(locust, collector, seconds)
        finally:
            if locust.poll() is None:
                locust.terminate()
                locust.wait()
    if not (into / "summary.json").exists():
        last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise DeliveryError(
            f"Locust ended with status {locust.returncode}: {last[0]}; all it said is in {log}"
        )


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
    return (
        summary["acked"] == summary["batches"] > 0
        and summary["acked_events"] == stored["accepted"] == stored["mids"]
        and not stored["rejected"]
    )


def _verdict(
    summary: dict[str, Any], stats: dict[str, Any], stored: dict[str, int], into: Path
) -> Iterator[str]:
    """Say what came of it, so that a person understands it."""
    good = _is_good(summary, stored)
    by_eid = sorted(summary["by_eid"].items(), key=lambda pair: -pair[1])
    kinds = [f"{eid} {count:,}" for eid, count in by_eid]
    yield ""
    yield f"  sessions   {summary['sessions']:,}, of which {summary['finished']:,} were played to their end"
    yield f"             {', '.join(f'{name} {count:,}' for name, count in summary['by_scenario'].items())}"
    yield f"  events     {summary['events']:,} of {len(by_eid)} kinds"
    for first in range(0, len(kinds), 6):
        yield f"             {', '.join(kinds[first : first + 6])}"
    yield f"  batches    {summary['batches']:,} sent, {summary['acked']:,} acknowledged, {summary['rejected']:,} refused, \
{summary['unknown']:,} without an answer"
    for reason, count in summary["reasons"].items():
        yield f"             {count:,} {reason}"
    yield f"  received   {stats['batches']['acknowledged']:,} batches, {summary['bytes']:,} bytes"
    yield f"  answers    {', '.join(f'{name} {value:.0f} ms' for name, value in summary['percentiles'].items())}"
    yield f"  sent       {summary['acked_events']:,} events in acknowledged batches"
    yield f"  stored     {stored['accepted']:,} accepted ({stored['mids']:,} different), {stored['rejected']:,} rejected, \
{stored['duplicate']:,} duplicate"
    yield ""
    yield (
        "  "
        + (
            "All that was acknowledged is stored, once."
            if good
            else "What was sent and what is stored DIFFER: see above."
        )
        + " Counted, not yet proven: no ledger says yet which event is which."
    )
    yield ""
    segment = next(iter(sorted((into / "store").glob("accepted-*.jsonl"))), into / "store")
    yield f"  look next  footfall show {segment}"
    yield f"             footfall check --form wire {segment}"
    yield f"             {into / 'locust.html'} in a browser"
    yield "             locust -f locustfiles/session.py"
