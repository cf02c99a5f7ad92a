"""What an endpoint of a run's own has stored, and what must be true of all of it."""

import json
from collections import Counter, defaultdict
from typing import NamedTuple

from generator.spec.check import check
from generator.spec.identity import read_mid, read_msgid


class Line(NamedTuple):
    """One event, when it was received, and in which batch."""

    received: int
    msgid: str
    event: dict


def lines(folder, kind="accepted"):
    """Read the events of a store in the order of their arrival."""
    for path in sorted(folder.glob(f"{kind}-*.jsonl")):
        for text in path.read_bytes().splitlines():
            said = json.loads(text)
            yield Line(said["received"], said["msgid"], said["event"])


def msgids(folder):
    """Read the ids of all batches in the order of their arrival."""
    return [
        json.loads(text)["msgid"]
        for path in sorted(folder.glob("batches-*.jsonl"))
        for text in path.read_bytes().splitlines()
    ]


def sequences(stored):
    """Give the sequence numbers of each session's events, in the order of their arrival."""
    found = defaultdict(list)
    for line in stored:
        mid = read_mid(line.event["mid"])
        found[mid.session].append(mid.sequence)
    return found


def assert_sound(folder, run):
    """Every event is valid, of this run, there once, not from the future; in each session and source in order.

    Args:
        folder: the store.
        run: the run, as the summary says it.

    Returns:
        The events as they were stored.
    """
    stored, ids = list(lines(folder)), msgids(folder)
    assert [line.event for line in stored if check(line.event, "wire")] == []
    mids = [line.event["mid"] for line in stored]
    assert len(set(mids)) == len(mids)
    assert {f"{read_mid(mid).run:08x}" for mid in mids} == {run}
    assert {line.event["tags"][-1] for line in stored} == {f"footfall:{run}"}
    assert len(set(ids)) == len(ids)
    assert {line.msgid for line in stored} == set(ids)
    assert [line for line in stored if line.event["ets"] > line.received] == []
    _assert_order(stored)
    assert list(lines(folder, "rejected")) == list(lines(folder, "duplicate")) == []
    return stored


def _assert_order(stored):
    """A session's batches come by their numbers, its events by theirs, and no source's time goes back."""
    for numbers in sequences(stored).values():
        assert numbers == list(range(len(numbers)))
    last_ets, batches = {}, defaultdict(list)
    for line in stored:
        event, context = line.event, line.event["context"]
        session = read_mid(event["mid"]).session
        source = session, event["actor"]["id"], context["did"], json.dumps(context["pdata"])
        assert event["ets"] >= last_ets.get(source, 0)
        last_ets[source] = event["ets"]
        batch = read_msgid(line.msgid)
        assert batch.session == session
        if batch.batch not in batches[session]:
            batches[session].append(batch.batch)
    assert all(numbers == list(range(len(numbers))) for numbers in batches.values())


def assert_counted(said, stored):
    """A summary counts what was stored, and nothing else."""
    assert said["acked_events"] == said["events"] == len(stored)
    assert said["by_eid"] == Counter(line.event["eid"] for line in stored)
    assert said["sessions"] == len(sequences(stored))
    assert said["batches"] == said["acked"] == len({line.msgid for line in stored})
    assert sum(second["sent_events"] for second in said["seconds"]) == said["events"]
    assert sum(second["acked_events"] for second in said["seconds"]) == said["acked_events"]
    assert_nothing_hidden(said)


def assert_nothing_hidden(said, on_their_way=0):
    """All that was offered was sent or dropped, and all that was sent became something.

    Args:
        said: the summary.
        on_their_way: events that a lost worker may have been sending while it reported for the last time.
    """
    seconds = said["seconds"]
    total = {
        name: sum(one[name] for one in seconds)
        for name in ("offered_events", "sent_events", "dropped_events")
    }
    assert 0 <= total["offered_events"] - total["sent_events"] - total["dropped_events"] <= on_their_way
    assert 0 <= total["sent_events"] - said["events"] <= on_their_way
    assert total["dropped_events"] == said["dropped_events"]
    assert said["batches"] == said["acked"] + said["rejected"] + said["unknown"] + said["local"]
    assert sum(said["reasons"].values()) == said["rejected"] + said["unknown"] + said["local"]
    assert said["sessions"] >= said["finished"]


def assert_ended_well(done):
    """Nothing failed; only that a busy machine may have held up the generator itself, which it says then."""
    assert done.status in (0, 12), done.err
    assert (done.status == 12) == done.summary["generator"]["limited"]
    assert done.summary["exit_code"] == done.status
