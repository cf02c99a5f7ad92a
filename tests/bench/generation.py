"""Rows of the generator: play, encode, check, Hypothesis, memory."""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import count

from faker import Faker
from hypothesis import given, settings

from generator import World, check, find
from generator.datasets.build import sessions
from generator.population.traffic import Traffic
from generator.scenarios.loader import choose
from generator.strategies import sessions as drawn
from tests.bench.stopwatch import rate
from tests.bench.table import Row

SESSIONS = 400
WARM = 4000


def naive_event(fake: Faker) -> str:
    """Make one event as a script of an afternoon makes it: Faker for each field, then json.dumps."""
    eid = fake.random_element(("START", "IMPRESSION", "INTERACT", "ASSESS", "END"))
    return json.dumps({
        "eid": eid, "ets": fake.random_int(1767600000000, 1767700000000), "ver": "3.0", "mid": f"{eid}:{fake.md5()}",
        "actor": {"id": fake.uuid4(), "type": "User"},
        "context": {
            "channel": fake.numerify("012################"),
            "pdata": {"id": "staging.sunbird.app", "pid": "sunbird.app", "ver": "3.2.485"}, "env": fake.word(),
            "sid": fake.uuid4(), "did": fake.sha1(), "cdata": [{"type": "PlaySession", "id": fake.md5()}],
            "rollup": {"l1": fake.numerify("012################")},
        },
        "object": {"id": fake.numerify("do_31###################"), "type": "Content", "ver": "1"}, "tags": [],
        "edata": {"type": "TOUCH", "id": fake.word(), "pageid": fake.word(), "extra": {
            "pos": [{"x": fake.random_int(0, 360), "y": fake.random_int(0, 780), "z": 0}], "values": [fake.name()]}},
    })  # fmt: skip


def naive() -> int:
    """Make some events the naive way."""
    fake = Faker("en_IN")
    fake.seed_instance(1)
    return len([naive_event(fake) for _ in range(2000)])


def generation() -> Iterator[Row]:
    """Measure playing and encoding, against the naive way."""
    traffic = Traffic(1, choose(find()), World())
    for _ in sessions(traffic, range(WARM), 0):
        pass  # a world is made once and serves a whole dataset
    starts = count(WARM, SESSIONS)

    def played(form: str) -> int:
        first = next(starts)
        done = 0
        for session in sessions(traffic, range(first, first + SESSIONS), 0):
            session.lines(form)
            done += len(session.events)
        return done

    naive_rate = rate(naive)
    for form in ("documented", "wire"):
        ours = rate(lambda form=form: played(form), rounds=8)
        yield Row(f"play + encode, {form}", ours, "events/s", "≥ 200,000" if form == "documented" else "")
        if form == "documented":
            yield Row(
                "  against naive Faker + json", ours / naive_rate, "x", "≥ 18", f"naive: {naive_rate:,.0f}/s"
            )


def checking() -> Iterator[Row]:
    """Measure decode and check, in both forms."""
    traffic = Traffic(1, choose(find()), World())
    for form in ("documented", "wire"):
        lines = [line for s in sessions(traffic, range(SESSIONS), 0) for line in s.lines(form).splitlines()]

        def checked(lines: list[bytes] = lines, form: str = form) -> int:
            return sum(not check(line, form) for line in lines)

        yield Row(f"decode + check, {form}", rate(checked), "events/s", "≥ 150,000")


def hypothesis_sessions() -> Iterator[Row]:
    """Measure Hypothesis playing a scenario, and making sessions of any valid nesting."""

    def examples(scenario: str | None) -> int:
        done = []

        @settings(max_examples=500, database=None, deadline=None)
        @given(drawn(scenario))
        def play_one(session: object) -> None:
            done.append(session)

        play_one()
        return len(done)

    practised = rate(lambda: examples("practice"), rounds=3)
    nested = rate(lambda: examples(None), rounds=3)
    yield Row("Hypothesis, practice (~23 events)", practised, "sessions/s", "≥ 500")
    yield Row("Hypothesis, any valid nesting (~13 events)", nested, "sessions/s", "≥ 50")


def memory() -> Iterator[Row]:
    """Measure the largest resident set of `generate`, for a small and a ten times larger dataset."""
    for number in (1_000, 10_000):
        generate = [
            sys.executable,
            "-c",
            "from generator.cli import main; main()",
            "generate",
            "--sessions",
            str(number),
        ]
        code = (
            f"import subprocess as s, resource; s.run({generate!r}, check=True, stdout=s.DEVNULL, stderr=s.DEVNULL); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        yield Row(f"memory of generate, {number:,} sessions", int(said) / 1024, "MB", "< 300")


ROWS = (generation, checking, hypothesis_sessions, memory)
