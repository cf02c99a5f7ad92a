"""The building of a dataset: sessions played, written, counted."""

from collections.abc import Callable, Iterator
from typing import Any

from generator.chance import seed_of
from generator.corpus.manifest import Manifest
from generator.corpus.writers import Writer
from generator.scripts import digest
from generator.spec.identity import RUNS
from generator.spec.rules import Form
from generator.story import Session, collector_held_off
from generator.traffic import Traffic


def run_of(traffic: Traffic) -> int:
    """Derive a dataset's run id, 32 bits, from all that decides its content."""
    options = (traffic.seed, traffic.start, traffic.days, traffic.learners, traffic.world.digest())
    return seed_of("run", *options, digest(traffic.scenarios)) % RUNS


def sessions(traffic: Traffic, numbers: range, run: int) -> Iterator[Session]:
    """Play a range of sessions, one after the other."""
    for number in numbers:
        with collector_held_off():
            session = traffic.play(number, run)
        yield session


def build(
    traffic: Traffic,
    numbers: range,
    writer: Writer,
    manifest: Manifest,
    form: Form = "documented",
    progress: Callable[[int], Any] = lambda _: None,
) -> None:
    """Write a range of sessions and count them.

    Args:
        traffic: what the sessions are.
        numbers: which of them.
        writer: where the lines go, a whole session at a time.
        manifest: what counts them, each after it was written.
        form: the form of the events.
        progress: called with the number of sessions written so far.
    """
    run = run_of(traffic)
    for done, session in enumerate(sessions(traffic, numbers, run), start=1):
        lines = session.lines(form)
        writer.write(lines)
        manifest.add(session, lines)
        progress(done)
