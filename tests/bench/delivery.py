"""Rows of delivery: how fast a verdict comes and in how much memory, and that it is exact after a hundred kills."""

import json
import os
import shutil
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

from generator import __version__
from generator.collector.store import SEGMENT_BYTES
from generator.delivery.receipt import ACKED
from generator.ledger import Header, LedgerWriter, SessionStart
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.digest import digests
from generator.load.template.pool import TemplatePool
from generator.load.template.stamp import Template
from generator.spec.identity import make_msgid
from tests.bench.table import Row

RUN, STARTED = 0x5C3F9D10, 1_770_000_000_000
EVENTS = int(os.environ.get("BENCH_EVENTS", "10_000_000"))
"""Events of the run that is verified, some 850 bytes each in its store."""
SESSIONS_AT_ONCE = 64
LEASED = 4096
KILLS = 100


class Store:
    """A collector's store as it would be, of which only the accepted events are written."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count(1)
        folder.mkdir()
        self._next()

    def _next(self) -> None:
        self._file, self._size = (self._folder / f"accepted-{next(self._numbers):06d}.jsonl").open("wb"), 0

    def write(self, received: int, msgid: str, events: bytes) -> None:
        """Write a batch, an event a line.

        Args:
            received: in milliseconds since 1970.
            msgid: the batch's.
            events: with commas between them.
        """
        head = b'{"received":%d,"msgid":"%b","event":' % (received, msgid.encode())
        begins = b'{"eid":"'
        lines = head + events.replace(b"}," + begins, b"}}\n" + head + begins) + b"}\n"
        self._size += self._file.write(lines)
        if self._size > SEGMENT_BYTES:
            self.close()
            self._next()

    def close(self) -> None:
        """End the segment."""
        self._file.close()


class Sending(NamedTuple):
    """A session that is being sent."""

    number: int
    template: Template
    values: list[bytes]
    places: Iterator[int]


class Run:
    """A run that was never sent: a ledger that says it was acknowledged, and a store that has it."""

    def __init__(self, folder: Path, events: int) -> None:
        plan = Plan(Settings(contract="array", form="wire"))
        self._pool = TemplatePool(plan, {}, 0)
        header = Header(
            run=RUN, worker=0, started=float(STARTED), footfall=__version__, seed=plan.settings.seed, contract="array",
            form=plan.form, mark=f"footfall:{RUN:08x}", model="open", scenarios=digests(plan), world=plan.world.digest(),
            options=plan.settings.as_dict(), largest=plan.largest,
        )  # fmt: skip
        self.ledger, self.store = folder / "ledgers", folder / "store"
        self._writer, self._store = LedgerWriter(self.ledger, header), Store(self.store)
        self.events = self.sessions = 0
        self._send(events)
        self._writer.close()
        self._store.close()

    def _send(self, events: int) -> None:
        """Send as many sessions as it takes, some of them at once, batch by batch in turn."""
        under_way: deque[Sending] = deque()
        while under_way or self.events < events:
            while len(under_way) < SESSIONS_AT_ONCE and self.events < events:
                under_way.append(self._begin())
            session = under_way.popleft()
            place = next(session.places, None)
            if place is not None:
                self._post(session, place)
                under_way.append(session)

    def _begin(self) -> Sending:
        number, self.sessions = self.sessions, self.sessions + 1
        if not number % LEASED:
            self._writer.lease(number, number + LEASED - 1)
        template = self._pool.draw()
        who = self._pool.who(template, RUN, number)
        t0 = STARTED + number
        self._writer.open(SessionStart(number, template.scenario, template.number, who.uid, who.did, t0))
        self.events += template.events
        return Sending(number, template, template.values(who, t0), iter(range(len(template.patterns))))

    def _post(self, session: Sending, place: int) -> None:
        pattern = session.template.patterns[place]
        seconds = session.number / 1000
        self._writer.sent(
            session.number, place, pattern.first, pattern.events, 0, seconds, seconds, seconds + 0.005, ACKED
        )
        body = pattern.body.join(session.values)
        msgid = make_msgid(place, RUN, session.number)
        self._store.write(STARTED + session.number + 10, msgid, body[1:-1])


class Verified(NamedTuple):
    """What a verification came to, and what it took.

    Attributes:
        seconds: of processor time, its start included.
        megabytes: the largest resident set.
    """

    sentence: str
    seconds: float
    megabytes: float


def verified(run: Run, *options: str) -> Verified:
    """Call `footfall verify`."""
    command = [
        sys.executable, "-m", "generator.cli", "verify", str(run.ledger), "--against", str(run.store), "--json", *options
    ]  # fmt: skip
    with tempfile.TemporaryFile() as said:
        child = os.posix_spawn(
            sys.executable, command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, said.fileno(), 1)]
        )
        _, _, used = os.wait4(child, 0)
        said.seek(0)
        sentence = json.load(said)["sentence"]
    return Verified(sentence, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def verifying() -> Iterator[Row]:
    """Measure `footfall verify` on a long run, by ids alone and with contents, and its memory by the run's length."""
    with tempfile.TemporaryDirectory() as name:
        events = EVENTS if shutil.disk_usage(name).free > 2000 * EVENTS else EVENTS // 5
        for size in (events // 10, events):
            folder = Path(name) / str(size)
            folder.mkdir()
            run = Run(folder, size)
            yield from _verdicts(run, is_whole=size == events)
            shutil.rmtree(folder)


def _verdicts(run: Run, *, is_whole: bool) -> Iterator[Row]:
    told = f"{run.events / 1e6:,.1f} million events, {run.sessions:,} sessions"
    for what, budget, options in (
        ("presence", "≥ 1,000,000", ["--ids-only"]),
        ("content", "≥ 400,000", []),
    ):
        seen = verified(run, *options)
        assert seen.sentence.startswith(f"delivered: {run.events:,} of {run.events:,} "), seen.sentence
        if is_whole:
            yield Row(f"verify, {what}", run.events / seen.seconds, "events/s", budget, f"{told}; one core")
        yield Row(f"  memory, {what}", seen.megabytes, "MB", "", told)


def kills() -> Iterator[Row]:
    """Kill collectors, lone Locusts and workers a hundred times; each time the verdict must be exact."""
    from tests.verify.kills import kill_a_collector, kill_a_locust, kill_workers
    from tests.verify.processes import serving
    from tests.verify.standing import every_example_told

    kinds = dict.fromkeys(("collectors", "Locusts", "workers"), 0)
    unsaid = 0
    with every_example_told(), tempfile.TemporaryDirectory() as name, serving(Path(name) / "store") as served:
        for seed in count():
            if sum(kinds.values()) >= KILLS:
                break
            folder = Path(name) / str(seed)
            (folder / "one").mkdir(parents=True)
            (folder / "many").mkdir()
            kill_a_collector(folder, seed)
            unsaid += kill_a_locust(folder / "one", served, seed)
            unsaid += kill_workers(folder / "many", served, workers=4)
            for kind, number in zip(kinds, (1, 1, 3), strict=True):
                kinds[kind] += number
    told = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    yield Row(
        "kill -9 and an exact verdict", sum(kinds.values()), "times", "100",
        f"{told}; {unsaid:,} events were recovered of which no ledger spoke",
    )  # fmt: skip


ROWS = (verifying, kills)
