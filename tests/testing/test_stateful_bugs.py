"""Bugs planted in a pipeline: the state machine finds each within its default settings."""

import gzip
import json
import time
from collections import deque

import pytest
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from generator.delivery.batch import Identity
from generator.delivery.receipt import ACKED
from generator.testing.drafts import BatchDraft
from generator.testing.stateful import IngestionMachine

DAY = 86_400_000


class Sound(IngestionMachine):
    """A pipeline without a bug: an event is stored once, as it was sent; a crash loses nothing."""

    def __init__(self):
        super().__init__()
        self.events = {}

    def send(self, batch):
        for event in self.taken(batch):
            self.store(event)
        return ACKED

    def taken(self, batch):
        """Return the events of a batch that are stored."""
        return [event for event in batch.events if event["mid"] not in self.events]

    def store(self, event):
        self.events[event["mid"]] = self.kept(event)

    def kept(self, event):
        """Return what is kept of an event."""
        return event

    def read_back(self):
        return self.events.values()

    def crash(self):
        pass


def mapped(value, change):
    """Change every value of JSON, the innermost first."""
    if isinstance(value, dict):
        value = {key: mapped(inner, change) for key, inner in value.items()}
    elif isinstance(value, list):
        value = [mapped(inner, change) for inner in value]
    return change(value)


def changing(change):
    """Make a pipeline that changes each value of what it stores."""

    class Changes(Sound):
        def kept(self, event):
            return {**event, "edata": mapped(event["edata"], change)}

    return Changes


def dropping(is_dropped):
    """Make a pipeline that drops events by themselves."""

    class Drops(Sound):
        def taken(self, batch):
            return [event for event in super().taken(batch) if not is_dropped(event)]

    return Drops


class SkipsByFirst(Sound):
    """It skips a batch whose first event is known."""

    def taken(self, batch):
        return [] if batch.events[0]["mid"] in self.events else super().taken(batch)


class SkipsByLast(Sound):
    """It skips a batch whose last event is known."""

    def taken(self, batch):
        return [] if batch.events[-1]["mid"] in self.events else super().taken(batch)


class SkipsByAny(Sound):
    """It skips a batch that holds any known event."""

    def taken(self, batch):
        return [] if any(event["mid"] in self.events for event in batch.events) else batch.events


class StopsAtKnown(Sound):
    """It stops at the first known event of a batch."""

    def taken(self, batch):
        known = [event["mid"] in self.events for event in batch.events]
        return batch.events[: known.index(True)] if any(known) else batch.events


class StoresAllOfMixed(Sound):
    """It stores all of a batch if any event of it is new."""

    def __init__(self):
        super().__init__()
        self.all = []

    def taken(self, batch):
        return batch.events if super().taken(batch) else []

    def store(self, event):
        super().store(event)
        self.all.append(event)

    def read_back(self):
        return self.all


class DropsLate(Sound):
    """It drops what is more than an hour older than the newest event."""

    newest = 0

    def taken(self, batch):
        taken = [event for event in super().taken(batch) if event["ets"] > self.newest - DAY / 24]
        self.newest = max([self.newest, *(event["ets"] for event in taken)])
        return taken


class DropsBackwards(Sound):
    """It drops an event that is older than the one before it in the batch by a minute."""

    def taken(self, batch):
        pairs = zip([batch.events[0], *batch.events], batch.events, strict=False)
        late = {event["mid"] for before, event in pairs if event["ets"] < before["ets"] - 60_000}
        return [event for event in super().taken(batch) if event["mid"] not in late]


class KnowsByInstant(Sound):
    """It takes events of one device and instant for the same."""

    def store(self, event):
        key = event["context"].get("did"), event["ets"]
        if key not in {(one["context"].get("did"), one["ets"]) for one in self.events.values()}:
            super().store(event)


class KnowsByContent(Sound):
    """It takes events of one payload and instant for the same."""

    def store(self, event):
        said = json.dumps([event["ets"], event["edata"]])
        if said not in {json.dumps([one["ets"], one["edata"]]) for one in self.events.values()}:
            super().store(event)


class ForgetsSoon(Sound):
    """It knows the last three events alone, and stores older ones again."""

    def __init__(self):
        super().__init__()
        self.recent, self.all = deque(maxlen=3), []

    def taken(self, batch):
        return [event for event in batch.events if event["mid"] not in self.recent]

    def store(self, event):
        self.recent.append(event["mid"])
        self.all.append(event)

    def read_back(self):
        return self.all


class KnowsByMsgid(Sound):
    """It knows batches again, and never looks at events."""

    def __init__(self):
        super().__init__()
        self.batches, self.all = set(), []

    def taken(self, batch):
        is_known = batch.msgid in self.batches
        self.batches.add(batch.msgid)
        return [] if is_known else batch.events

    def store(self, event):
        self.all.append(event)

    def read_back(self):
        return self.all


class KeepsThree(Sound):
    """It keeps the first three events of a batch."""

    def taken(self, batch):
        return super().taken(batch)[:3]


class LosesInCrash(Sound):
    """It loses the newest event in a crash, if there are two."""

    def crash(self):
        if len(self.events) > 1:
            self.events.popitem()


class ForgetsInCrash(Sound):
    """It knows nothing again after a crash."""

    def __init__(self):
        super().__init__()
        self.before = []

    def crash(self):
        self.before += self.events.values()
        self.events = {}

    def read_back(self):
        return [*self.before, *self.events.values()]


class OverwritesObject(Sound):
    """It takes the object out of an event that comes again."""

    def taken(self, batch):
        return batch.events

    def kept(self, event):
        is_new = event["mid"] not in self.events
        return event if is_new else {name: event[name] for name in event if name != "object"}


class RefusesOldBatches(Sound):
    """It ignores a batch that was made before one that came."""

    newest = ""

    def taken(self, batch):
        mids = [event["mid"].partition(":")[2] for event in batch.events]
        if max(mids) < self.newest:
            return []
        self.newest = max([self.newest, *mids])
        return super().taken(batch)


def is_far(event):
    return event["ets"] > time.time() * 1000 + DAY


def compressed(event):
    return len(gzip.compress(json.dumps(event).encode()))


def without_inner(value):
    return (
        {}
        if isinstance(value, dict) and any(isinstance(inner, dict | list) for inner in value.values())
        else value
    )


BUGS = {
    "skips a batch whose first event is known": SkipsByFirst,
    "skips a batch whose last event is known": SkipsByLast,
    "skips a batch with a known event": SkipsByAny,
    "stops at the first known event": StopsAtKnown,
    "stores all of a batch with a new event": StoresAllOfMixed,
    "empties nested values": changing(without_inner),
    "drops null": changing(
        lambda value: {key: inner for key, inner in value.items() if inner is not None}
        if isinstance(value, dict) else value
    ),
    "keeps 16 keys": changing(lambda value: dict(list(value.items())[:16]) if isinstance(value, dict) else value),
    "cuts texts after 8,000 characters": changing(lambda value: value[:8000] if isinstance(value, str) else value),
    "drops what is not ASCII": changing(
        lambda value: value.encode("ascii", "ignore").decode() if isinstance(value, str) else value
    ),
    "clips whole numbers to 32 bits": changing(
        lambda value: min(value, 2**31 - 1) if isinstance(value, int | float) and not isinstance(value, bool) else value
    ),
    "drops what is late": DropsLate,
    "drops what goes back in time": DropsBackwards,
    "drops future events": dropping(is_far),
    "drops events of a wrong clock": dropping(lambda event: event["ets"] < 1_600_000_000_000),
    "drops a large compressed record": dropping(lambda event: compressed(event) > 65_536),
    "takes events of one instant for the same": KnowsByInstant,
    "takes events of one content for the same": KnowsByContent,
    "forgets soon": ForgetsSoon,
    "knows batches alone": KnowsByMsgid,
    "keeps three events of a batch": KeepsThree,
    "loses the newest event in a crash": LosesInCrash,
    "knows nothing again after a crash": ForgetsInCrash,
    "takes the object out of what comes again": OverwritesObject,
    "ignores a batch that was made earlier": RefusesOldBatches,
}  # fmt: skip


def is_found(machine, begun, **options):
    """Run a machine with its default settings, but without shrinking; return whether it fails."""
    chosen = settings(
        machine.TestCase.settings, phases=[Phase.generate], database=None, print_blob=False, **options
    )
    try:
        run_state_machine_as_test(seed(begun)(machine), settings=chosen)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found_within_default_settings(bug):
    """A pipeline that loses, repeats or alters what it acknowledged is found: each with the same seed every time."""
    assert is_found(BUGS[bug], begun=1)


def test_a_sound_pipeline_passes_within_default_settings():
    """No history, as long as the default settings make it, accuses a pipeline that stores each event once and as sent."""
    assert not is_found(Sound, begun=1, max_examples=30)


def test_histories_mix_what_pipelines_meet():
    """Batches hold known and new events in either order, large and nested ones, and instants years apart."""
    batches, sent = [], set()

    class Kept(Sound):
        def send(self, batch):
            known = [event["mid"] in sent for event in batch.events]
            batches.append((known, batch.events))
            sent.update(event["mid"] for event in batch.events)
            return super().send(batch)

    assert not is_found(Kept, begun=1, max_examples=40)
    events = [event for _, batch in batches for event in batch]
    instants = [event["ets"] for event in events]
    orders = {tuple(known) for known, _ in batches}

    assert {(True, False), (False, True), (True, True), (False, False)} <= orders
    assert max(instants) - min(instants) > 50 * 365 * DAY
    assert max(instants) > time.time() * 1000 + DAY
    assert any(batch[0]["ets"] > batch[-1]["ets"] for _, batch in batches)
    large = next(event for event in events if len(str(event["edata"].get("message", ""))) > 200_000)
    assert compressed(large) > 200_000
    assert all(len(batch) <= 4 for _, batch in batches)


def test_a_story_shows_the_clock_and_what_is_large():
    """A printed batch names the clock's error, the time between its events, and sizes and levels beyond the usual."""
    events = [
        {"eid": "LOG", "edata": {"message": "x" * 9000}}, {"eid": "SEARCH", "edata": {"filters": {"a": [[[["b"]]]]}}},
    ]  # fmt: skip
    identity = Identity("", "", "")

    assert (
        repr(BatchDraft(events[:1], identity, -3_600_000, DAY))
        == "<1 event: LOG(9,015 bytes); the clock is -3600s>"
    )
    assert repr(BatchDraft(events, identity, 0, DAY)) == (
        "<2 events: LOG(9,015 bytes), SEARCH(6 levels); +86400s between events>"
    )
