"""A collector with server faults inside the test's own process, and what must be true of its store and its records."""

import asyncio
import json
from collections import Counter, defaultdict
from types import SimpleNamespace

from talking import batch, event

from generator.clock import WallClock
from generator.collector.endpoint import CollectorInfo, Endpoint, ReceivedRequest
from generator.collector.group_commit import GroupCommit
from generator.collector.ingest import IngestOptions
from generator.collector.message import parse_request_head
from generator.collector.server_faults import FaultRecord, read
from generator.collector.server_faults.journal import Journal
from generator.collector.server_faults.response_faults import ResponseFaults
from generator.collector.stats import Stats
from generator.collector.store import Store
from generator.collector.store import read as read_store

HEAD = parse_request_head(
    b"POST /v1/telemetry HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
)


class Sent:
    """A batch with events of its own."""

    def __init__(self, number, each=4):
        self.msgid = f"batch-{number}"
        self.events = {made["mid"]: made for made in (event(number * 1000 + at) for at in range(each))}
        self.body = batch(list(self.events.values()), self.msgid)


def post_all(folder, asked, bodies, mode="sunbird"):
    """Start an endpoint on a store, post some bodies at once, and end it; give the status of each answer, None for none."""

    async def run():
        store = Store(folder)
        journal = Journal(store, FaultRecord("begun", 0, how=str(asked)))
        commit, stats, clock, loop = GroupCommit(journal), Stats(), WallClock(), asyncio.get_running_loop()
        ingest = ResponseFaults(
            asked, commit, journal.attempts, loop, stats, clock, IngestOptions(mode, "wire")
        )
        ingest.recall(store, 0)
        endpoint = Endpoint(ingest, stats, clock, CollectorInfo(mode, "wire", ""), lambda: True)
        answers = [loop.create_future() for _ in bodies]
        for body, answer in zip(bodies, answers, strict=True):
            endpoint.handle(ReceivedRequest(HEAD, body), answer.set_result)
        heard = await asyncio.gather(*answers)
        endpoint.close()
        await commit.close()
        journal.close()
        store.close()
        return [answer and answer.status for answer in heard]

    return asyncio.run(run())


def post_until_acked(folder, asked, batches, attempts, mode="sunbird"):
    """Post each batch until it is acknowledged, so often at most; give the msgids of those that were."""
    acked = set()
    for _ in range(attempts):
        waiting = [each for each in batches if each.msgid not in acked]
        statuses = post_all(folder, asked, [each.body for each in waiting], mode) if waiting else []
        acked |= {each.msgid for each, status in zip(waiting, statuses, strict=True) if status == 200}
    return acked


def kept(folder):
    """Give the accepted events by mid, each with its place in the store."""
    copies = defaultdict(list)
    for place, stored in enumerate(read_store(folder, ["accepted"])):
        copies[json.loads(stored.event)["mid"]].append((place, json.loads(stored.event)))
    return copies


def records_of(folder):
    """Give the records in the shape in which they are judged."""
    records = list(read(folder))
    about = {
        kind: {each.mids[0]: each for each in records if each.kind == kind}
        for kind in ("lost", "duplicated", "altered")
    }
    return SimpleNamespace(
        **about,
        reordered={each.msgid: list(each.mids) for each in records if each.kind == "reordered"},
        stored={mid for each in records if each.kind == "closed" and each.stored for mid in each.mids},
        all=records,
    )  # fmt: skip


def changes(sent, found, path="$"):
    """List the values that differ: path, before, after."""
    if isinstance(sent, dict) and isinstance(found, dict) and list(sent) == list(found):
        return [each for name in sent for each in changes(sent[name], found[name], f"{path}.{name}")]
    if isinstance(sent, list) and isinstance(found, list) and len(sent) == len(found):
        pairs = enumerate(zip(sent, found, strict=True))
        return [each for at, (one, other) in pairs for each in changes(*(one, other), f"{path}[{at}]")]
    return [] if json.dumps(sent) == json.dumps(found) else [(path, sent, found)]


def assert_store_shows_the_records(folder, batches):
    """What is changed or doubled in the store is what the records say, no more and no less; nothing lost is there."""
    found, records = kept(folder), records_of(folder)
    sent = {mid: made for each in batches for mid, made in each.events.items()}
    changed = {mid: changes(sent[mid], copy) for mid, copies in found.items() for _, copy in copies}

    assert {mid: change[0] for mid, change in changed.items() if change} == {
        mid: (record.path, record.before, record.after) for mid, record in records.altered.items()
    }
    assert all(len(change) <= 1 for change in changed.values())
    assert Counter({mid: len(copies) for mid, copies in found.items()}) == Counter(found.keys()) + Counter(
        records.duplicated.keys()
    )
    assert not set(records.lost) & set(found)
    told = [
        (each.kind, each.mids)
        for each in records.all
        if each.kind in {"lost", "duplicated", "altered", "reordered"}
    ]
    assert len(told) == len(set(told))


def assert_records_are_the_difference(folder, batches, acked):
    """What was acknowledged or stored unheard is there as sent, but for the records, and nothing else is."""
    assert_store_shows_the_records(folder, batches)
    found, records = kept(folder), records_of(folder)
    taken = {mid for each in batches if each.msgid in acked for mid in each.events} | records.stored

    assert set(found) == taken - set(records.lost)
    assert set(records.lost) | set(records.duplicated) | set(records.altered) <= taken
    for each in batches:
        places = {mid: found[mid][0][0] for mid in each.events if mid in found}
        order = records.reordered.get(each.msgid, places)
        assert sorted(places, key=places.get) == list(dict.fromkeys(mid for mid in order if mid in places))
