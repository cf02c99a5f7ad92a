"""What the standing tests stand on: a sender that keeps a ledger, an endpoint with server faults, and the naked truth."""

import asyncio
import json
from collections import defaultdict
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple
from unittest.mock import patch

from generator import __version__
from generator.clock import WallClock
from generator.collector.endpoint import CollectorInfo, Endpoint, ReceivedRequest
from generator.collector.group_commit import GroupCommit
from generator.collector.ingest import IngestOptions
from generator.collector.message import parse_request_head
from generator.collector.server_faults import FaultRecord
from generator.collector.server_faults import read as read_fault_records
from generator.collector.server_faults.journal import Journal
from generator.collector.server_faults.response_faults import ResponseFaults
from generator.collector.stats import Stats
from generator.collector.store import Store
from generator.delivery.contracts import Answer
from generator.delivery.receipt import unknown
from generator.ledger import Header, LedgerWriter, SessionStart, discover, read_all
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.digest import digests
from generator.load.template.pool import TemplatePool
from generator.spec.identity import read_mid
from generator.verify import describing, seen
from generator.verify.regenerate import Regenerator
from generator.verify.sink.store import StoreSink
from generator.verify.verifying import verify

RUN, STARTED = 0x5C3F9D10, 1_770_000_000_000
SHARES = ("lose", "duplicate", "alter", "reorder", "fail", "close_after_read")
NO_ANSWER = unknown("no answer")
_HEAD = parse_request_head(
    b"POST /v1/telemetry HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
)
_ALL = 1_000_000
_MARK = b'{"kind":"settled","when":0}\n'
# In the order in which they are written; the mark comes last.
_FILES = ("faults", "accepted", "rejected", "duplicate", "batches")


@cache
def plan():
    """Load what is played: small batches, so that a session has some."""
    return Plan(Settings(scenario="practice", batch_size=6))


@cache
def pool():
    return TemplatePool(plan(), {}, 0)


@cache
def contract():
    return plan().contract({})


def header():
    made = plan()
    return Header(
        run=RUN, worker=0, started=float(STARTED), footfall=__version__, seed=made.settings.seed, contract="sunbird",
        form=made.form, mark=f"footfall:{RUN:08x}", model="open", scenarios=digests(made), world=made.world.digest(),
        options=made.settings.as_dict(),
    )  # fmt: skip


@cache
def regenerator():
    """Make ready to make the run anew, once for all examples: they differ in nothing that it looks at."""
    return Regenerator.of(header())


class Batch(NamedTuple):
    """A stamped batch, and the mids in it."""

    session: int
    number: int
    first: int
    body: bytes
    mids: tuple[str, ...]


class Sender:
    """Stamps sessions, notes in a ledger what it sends, and remembers by itself what it noted and is written."""

    def __init__(self, folder):
        self.ledger = LedgerWriter(folder, header())
        self._leased = self._sessions = 0
        self._noted, self._written, self._opened = [], 0, 0
        self._time = 0.0

    def begin(self):
        """Begin a session; give its batches."""
        number, self._sessions = self._sessions, self._sessions + 1
        if number >= self._leased:
            self.ledger.lease(number, number + 1)
            self._leased = number + 2
            self._all_is_written(number)
        template = pool().draw()
        who = pool().who(template, RUN, number)
        t0 = STARTED - round(template.span * 1000)
        self.ledger.open(SessionStart(number, template.scenario, template.number, who.uid, who.did, t0))
        return [
            Batch(number, prepared.number, prepared.ranges[0][0], prepared.body, _mids(prepared.body))
            for prepared in template.stamp(who, t0)
        ]

    def note(self, batch, attempt, receipt):
        """Note that a batch was sent, and what became of it."""
        self._time += 0.001
        self.ledger.sent(
            batch.session, batch.number, batch.first, len(batch.mids), attempt,
            self._time, self._time, self._time, receipt,
        )  # fmt: skip
        self._noted.append((batch, receipt.status))

    def flush(self):
        self.ledger.flush()
        self._all_is_written(self._sessions)

    def close(self):
        self.ledger.close()
        self._all_is_written(self._sessions)

    def _all_is_written(self, opened):
        self._written, self._opened = len(self._noted), opened

    def can_make(self, mid):
        """Tell whether an event's session stands in the ledger on disk, so that it can be made anew."""
        return read_mid(mid).session < self._opened

    def statuses(self):
        """Give the status of each mid, as far as the ledger has it on disk."""
        best = {}
        for batch, status in self._noted[: self._written]:
            for mid in batch.mids:
                best[mid] = max(best.get(mid, status), status, key=("rejected", "unknown", "acked").index)
        return best


def _mids(body):
    return tuple(event["mid"] for event in json.loads(body)["events"])


class FaultyCollector:
    """A collector with server faults inside the test's own process, without its sockets."""

    def __init__(self, folder, asked):
        self.store, self._asked = folder, asked
        self._runner = asyncio.Runner()
        self._runner.run(self._start())

    async def _start(self):
        self._files = Store(self.store)
        self._journal = Journal(self._files, FaultRecord("begun", 0, how=str(self._asked)))
        self._commit, stats, clock = GroupCommit(self._journal), Stats(), WallClock()
        loop = asyncio.get_running_loop()
        ingest = ResponseFaults(
            self._asked,
            self._commit,
            self._journal.attempts,
            loop,
            stats,
            clock,
            IngestOptions("sunbird", "wire"),
        )
        ingest.recall(self._files, 0)
        self._endpoint = Endpoint(ingest, stats, clock, CollectorInfo("sunbird", "wire", ""), lambda: True)

    def post(self, bodies):
        """Post bodies at once; give what each answer means, None for none."""
        return self._runner.run(self._post(bodies))

    async def _post(self, bodies):
        answers = [asyncio.get_running_loop().create_future() for _ in bodies]
        for body, answer in zip(bodies, answers, strict=True):
            self._endpoint.handle(ReceivedRequest(_HEAD, body), answer.set_result)
        heard = await asyncio.gather(*answers)
        return [answer and contract().judge(Answer(answer.status, answer.body)) for answer in heard]

    async def _stop(self):
        self._endpoint.close()
        await self._commit.close()
        self._journal.close()
        self._files.close()

    def restart(self):
        self._runner.run(self._stop())
        self._runner.run(self._start())

    def post_and_be_killed(self, body, part):
        """Take a body, and die when a part of what is written of it is."""
        before = self._sizes()
        self.post([body])
        self._runner.run(self._stop())
        self._cut(before, part)
        self._runner.run(self._start())

    def _sizes(self):
        return {name: self._file(name).stat().st_size for name in _FILES}

    def _file(self, name):
        return self.store / f"{name}-000001.jsonl"

    def _cut(self, before, part):
        after = self._sizes()
        if after["faults"] > before["faults"] and self._file("faults").read_bytes().endswith(_MARK):
            after["faults"] -= len(_MARK)
        left = round(part * (sum(after.values()) - sum(before.values())))
        for name in _FILES:
            size = min(after[name], before[name] + left)
            left -= size - before[name]
            with self._file(name).open("r+b") as file:
                file.truncate(size)

    def close(self):
        self._runner.run(self._stop())
        self._runner.close()


def kept(store, kind="accepted"):
    """Read a store in the plainest way: how often each mid stands there."""
    copies = defaultdict(int)
    for path in sorted(store.glob(f"{kind}-*.jsonl")):
        for line in path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                copies[json.loads(line)["event"]["mid"]] += 1
    return copies


def fault_records(store, kind):
    """Give what was done to events by mid, as the collector says it."""
    return {record.mids[0]: record for record in read_fault_records(store) if record.kind == kind}


def looked_at(ledgers, store, **how):
    """Verify, accepting that ledgers end early, and give the findings."""
    return delivery_of(ledgers, store, partial=True, **how).stages[0]


def delivery_of(ledgers, store, **how):
    """Verify, and give the whole verdict."""
    found, cut = read_all(discover([ledgers]))
    return verify(found, {"accepted": StoreSink(store)}, cut=cut, **how)


@contextmanager
def every_example_told():
    """Let verify tell all events of a fault, not the first hundred."""
    with patch.object(seen, "SHOWN", _ALL), patch.object(describing, "SHOWN", _ALL):
        yield


def told(fault):
    """Give the mids of a fault, of which all are told."""
    assert fault.events == len(fault.examples) == sum(fault.by_eid.values())
    return {example.mid for example in fault.examples}


def assert_is_what_was_done(found, statuses, store, can_make=lambda _: True, *, is_whole=False):
    """What verify found is what the collector did, exactly, mid by mid.

    Args:
        found: the findings, with all examples.
        statuses: of each mid, as the sender knows it.
        store: the collector's.
        can_make: whether an event can be made anew; what was sent in a session of which no ledger speaks cannot.
        is_whole: whether the ledger is; else a batch that was refused may have been sent again unsaid.
    """
    there = kept(store)
    altered = {mid: record for mid, record in fault_records(store, "altered").items() if can_make(mid)}
    of = {
        name: {mid for mid, status in statuses.items() if status == name}
        for name in ("acked", "rejected", "unknown")
    }

    assert told(found.lost) == of["acked"] & fault_records(store, "lost").keys() == of["acked"] - there.keys()
    assert (
        told(found.duplicated)
        == set(fault_records(store, "duplicated"))
        == {mid for mid in there if there[mid] > 1}
    )
    assert told(found.altered) == set(altered)
    for example in found.altered.examples:
        [change] = example.differences
        record = altered[example.mid]
        assert (f"$.{change.path}", change.sent, change.found) == (record.path, record.before, record.after)
    kept_though_rejected = of["rejected"] & there.keys()
    assert told(found.rejected_yet_stored) == (kept_though_rejected if is_whole else set())
    assert told(found.recovered) == there.keys() - of["acked"] - (kept_though_rejected if is_whole else set())
    assert told(found.still_unknown) == of["unknown"] - there.keys()
    again = kept(store, "duplicate").keys() & told(found.lost)
    assert found.lost_among == ({"duplicate": len(again)} if again else {})
    assert (found.unexpected.events, found.foreign, found.unreadable) == (0, 0, 0)
    assert found.not_compared == sum(count for mid, count in there.items() if not can_make(mid))
    assert (found.acked, found.rejected, found.unknown) == tuple(map(len, of.values()))
    assert found.surplus == sum(there.values()) - len(there)
