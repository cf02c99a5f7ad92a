"""The building of a dataset: sessions played, written, counted."""

from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from itertools import zip_longest
from typing import Any

from generator.chance import seed_of
from generator.datasets.fault_labels import inject_faults
from generator.datasets.manifest import Manifest
from generator.datasets.writers import DatasetWriter
from generator.errors import ScenarioError
from generator.faults.injector import Injector
from generator.faults.plan import FaultPlan
from generator.population.traffic import Traffic
from generator.scenarios.loader import digest
from generator.scenarios.story import Session, collector_held_off
from generator.spec.identity import RUNS
from generator.spec.rules import Form

_HELD_OFF = 64
"""Sessions for which the garbage collector waits: it finds hardly anything, and looking costs a tenth."""

_AROUND = 30
"""Bytes that are shown on each side of a difference."""


def run_of(traffic: Traffic, faults: FaultPlan | None = None) -> int:
    """Derive a dataset's run id, 32 bits, from all that decides its content; not from its length or form."""
    mix = [(scenario.name, scenario.share) for scenario in traffic.scenarios]
    options = (traffic.seed, traffic.start, traffic.days, traffic.learners, traffic.world.digest(), mix)
    damage = faults.options() if faults else ()
    return seed_of("run", *options, digest(traffic.scenarios), *damage) % RUNS


def sessions(traffic: Traffic, numbers: range, run: int) -> Iterator[Session]:
    """Play a range of sessions, one after the other; the first of each scenario twice, to see that it is the same.

    Raises:
        ScenarioError: when a script raises, with its line and the session in which it did; or when a session
            differs from itself.
    """
    repeated: set[str] = set()
    for first in range(0, len(numbers), _HELD_OFF):
        with collector_held_off():
            for number in numbers[first : first + _HELD_OFF]:
                try:
                    session = traffic.play(number, run)
                    if session.scenario not in repeated:
                        repeated.add(session.scenario)
                        with redirect_stdout(StringIO()):  # what the script prints is said once
                            again = traffic.play(number, run)
                        _refuse_a_difference(session, again)
                except ScenarioError as error:
                    raise ScenarioError(f"{error} (session {number} of seed {traffic.seed})") from error
                yield session


def _refuse_a_difference(one: Session, other: Session) -> None:
    """Refuse a script whose session is not decided by its seed alone: one seed would not give one dataset."""
    lines, others = one.lines().splitlines(), other.lines().splitlines()
    if lines == others:
        return
    both = enumerate(zip_longest(lines, others, fillvalue=b""), start=1)
    number, (line, again) = next((number, pair) for number, pair in both if pair[0] != pair[1])
    at = next((at for at, (old, new) in enumerate(zip(line, again, strict=False)) if old != new), 0)
    raise ScenarioError(
        f"scenario {one.scenario!r}: event {number} differs if the session is played again: "
        f"{_shown(line, at)} and {_shown(again, at)}. A script takes chance from `chance` and time and ids from `t` "
        "alone, and keeps nothing from one session to the next"
    )


def _shown(line: bytes, at: int) -> str:
    return line[max(0, at - _AROUND) : at + _AROUND].decode(errors="replace") if line else "nothing"


def build(
    traffic: Traffic,
    numbers: range,
    writer: DatasetWriter,
    manifest: Manifest,
    form: Form = "documented",
    faults: FaultPlan | None = None,
    label: Callable[[bytes], Any] = lambda _: None,
    progress: Callable[[Manifest], Any] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Write a range of sessions and count them; tell whether all were written.

    Args:
        traffic: what the sessions are.
        numbers: which of them.
        writer: where the lines go, a whole session at a time.
        manifest: what counts them, each after it was written.
        form: the form of the events.
        faults: the damage that is done to them.
        label: where the labels of damaged events go, complete lines each time.
        progress: called after each session.
        stopped: asked after each session; on true the rest is left out.
    """
    left = len(numbers)
    run = run_of(traffic, faults)
    injector = Injector(faults, traffic.seed, run, form) if faults else None
    for session in sessions(traffic, numbers, run):
        if injector:
            labelled = inject_faults(session, form, injector)
            writer.write(labelled.lines)
            label(labelled.labels)
            manifest.add_damaged(session, labelled)
        else:
            lines = session.lines(form)
            writer.write(lines)
            manifest.add(session, lines)
        left -= 1
        progress(manifest)
        if stopped():
            break
    return left == 0
