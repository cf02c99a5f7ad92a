"""The state machine: our own collector keeps its promises, and broken pipelines are found by short stories."""

from collections import Counter

import pytest
from hypothesis import Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from generator import check
from generator.delivery.contracts.sunbird import Sunbird
from generator.delivery.http import Http
from generator.delivery.receipt import ACKED, rejected, unknown
from generator.errors import UsageError
from generator.probe.json_difference import difference
from generator.spec.rules import EIDS, FORMS
from generator.testing.collector import Collector
from generator.testing.expected_state import ExpectedState
from generator.testing.stateful import IngestionMachine


def run(machine, examples=100, steps=30, verbosity=Verbosity.normal, begun=0):
    phases = [Phase.generate, Phase.shrink]
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, phases=phases,
        verbosity=verbosity, suppress_health_check=machine.TestCase.settings.suppress_health_check,
    )  # fmt: skip
    run_state_machine_as_test(seed(begun)(machine), settings=chosen)


def story(machine, is_smallest=lambda steps: True):
    """Run a machine that must fail; return what is said, and the steps that Hypothesis prints.

    Of at most three searches the first with the smallest story: now and then one ends where no single change makes it
    shorter, and where it begins depends, even for one seed, on which modules are loaded.
    """
    for begun in range(3):
        said, steps = search(machine, begun)
        if is_smallest(steps):
            break
    return said, steps


def search(machine, begun):
    with pytest.raises(AssertionError) as caught:
        run(machine, steps=15, begun=begun)
    said = "\n".join(getattr(caught.value, "__notes__", ()))
    return str(caught.value), [line for line in said.splitlines() if "state." in line]


# --- our own ---


@pytest.mark.parametrize(("mode", "form"), [("sunbird", "wire"), ("strict", "documented")])
def test_the_collector_keeps_every_promise(mode, form, tmp_path):
    """Whatever is sent, sent again, delayed and cut off by kill -9: acknowledged is stored once, as it was sent."""

    class Ours(IngestionMachine):
        concurrent = True

        def send(self, batch):
            return http.deliver(batch)

        def read_back(self):
            return collector.events()

        def crash(self):
            collector.crash()
            collector.restart()

    Ours.form = form
    with Collector(tmp_path, mode=mode, form=form) as collector:
        http = Http(collector.url, Sunbird(form=form))
        run(Ours, examples=8, steps=10)

        assert collector.events()
        assert collector.duplicates()
        assert not collector.rejected()


# --- pipelines in memory, sound and broken ---


class Sound(IngestionMachine):
    def __init__(self):
        super().__init__()
        self.events = {}

    def send(self, batch):
        for event in batch.events:
            self.events.setdefault(event["mid"], event)
        return ACKED

    def read_back(self):
        return self.events.values()

    def crash(self):
        """Nothing is lost: it is all on disk, so to speak."""


@pytest.mark.parametrize("form", FORMS)
def test_a_sound_pipeline_passes(form):
    """There is no false alarm, and whatever is sent is valid, each event with a mid of its own."""

    class Checked(Sound):
        concurrent = True

        def send(self, batch):
            assert not [violation for event in batch.events for violation in check(event, form)]
            assert len({event["mid"] for event in batch.events}) == len(batch.events)
            return super().send(batch)

    Checked.form = form
    run(Checked, examples=30, steps=20)


def test_what_is_sent_is_varied_and_bounded():
    """No batch is larger than promised, instants are shared, and every kind of event comes up."""
    batches = []

    class Kept(Sound):
        most_events = 3

        def send(self, batch):
            batches.append(batch)
            return super().send(batch)

    run(Kept, examples=60, steps=20)
    instants = [[event["ets"] for event in batch.events] for batch in batches]
    eids = Counter(event["eid"] for batch in batches for event in batch.events)

    assert max(len(batch.events) for batch in batches) == 3
    assert any(len(set(ets)) < len(ets) for ets in instants)
    assert set(eids) == set(EIDS)
    assert eids["HEARTBEAT"] < eids.total() / 2


def test_names_of_stamps_are_a_collection():
    """A text would be taken for a collection of letters."""

    class Stamps(Sound):
        stamps = "syncts"

    with pytest.raises(
        UsageError, match=r"stamps='syncts': a collection of names is needed, such as \('syncts',\)"
    ):
        run(Stamps, examples=1)


def test_a_failure_is_not_explained():
    """The phase that would take ten times as long is left out, whatever else a profile asks for."""
    assert Phase.explain not in Sound.TestCase.settings.phases
    assert Phase.shrink in Sound.TestCase.settings.phases


def test_everything_can_happen():
    """Each rule occurs."""
    seen = set()

    class Watched(Sound):
        concurrent = True

        def _repr_step(self, rule, *rest):
            seen.add(rule.function.__name__)
            return super()._repr_step(rule, *rest)

    run(Watched, examples=15, verbosity=Verbosity.debug)

    assert seen == {
        "send_new", "send_again", "hold_back", "send_late", "send_rearranged", "send_mixed", "crash_and_restart",
        "send_twice_at_once", "crash_meanwhile", "read_all",
    }  # fmt: skip


def test_what_is_stored_twice_is_found():
    """A batch sent again, and stored again, is a story of two sendings."""

    class StoresTwice(Sound):
        def __init__(self):
            super().__init__()
            self.all = []

        def send(self, batch):
            self.all += batch.events
            return ACKED

        def read_back(self):
            return self.all

    def is_smallest(steps):
        return (
            steps[0] == "sent_0 = state.send_new(batch=<1 event: HEARTBEAT>)"
            and any("batch=sent_0" in step or "first=sent_0" in step for step in steps)
            and len(steps) <= 4
        )

    said, steps = story(StoresTwice, is_smallest)

    assert "is stored 2 times, and 1 is the most" in said
    assert is_smallest(steps), steps


def test_what_is_taken_for_another_is_found():
    """A pipeline that knows a batch again by its day loses the second one of that day."""

    class KnowsByDay(Sound):
        def __init__(self):
            super().__init__()
            self.days = set()

        def send(self, batch):
            day = batch.ets // 86_400_000
            if day in self.days:
                return ACKED
            self.days.add(day)
            return super().send(batch)

    def is_smallest(steps):
        return sum("<1 event: HEARTBEAT>" in step for step in steps) == 2 and len(steps) <= 6

    said, steps = story(KnowsByDay, is_smallest)

    assert said.endswith("was acknowledged, and is not stored")
    assert is_smallest(steps), steps


def test_what_a_crash_loses_is_found():
    """A pipeline that acknowledges before it writes loses that in a crash."""

    class WritesLater(Sound):
        def crash(self):
            self.events = dict(list(self.events.items())[: len(self.events) // 3 * 3])

    smallest = [
        "sent_0 = state.send_new(batch=<1 event: HEARTBEAT>)",
        "state.crash_and_restart()",
        "state.teardown()",
    ]

    def without_reading(steps):
        return [step for step in steps if "read_all" not in step]

    said, steps = story(WritesLater, lambda steps: without_reading(steps) == smallest)

    assert said.endswith("was acknowledged, and is not stored")
    assert without_reading(steps) == smallest


def test_what_is_altered_is_found():
    """A pipeline that changes a field is found, and the field is named."""

    class Cuts(Sound):
        def send(self, batch):
            for event in batch.events:
                if isinstance(event["edata"].get("pageid"), str):
                    event["edata"]["pageid"] = event["edata"]["pageid"][:3]
            return super().send(batch)

    said, steps = story(Cuts, lambda steps: len(steps) <= 6)

    assert "is stored, but not as it was sent: $.edata.pageid was" in said
    assert len(steps) <= 6


def test_what_is_refused_and_kept_is_found():
    """A refusal is a promise too."""

    class Refuses(Sound):
        must_ack = False

        def send(self, batch):
            super().send(batch)
            return rejected("full")

    said, _ = story(Refuses)

    assert said.endswith("was rejected, and is stored")


def test_what_was_never_sent_is_found():
    """An event out of nowhere, or under another mid, is not passed over."""

    class Invents(Sound):
        def read_back(self):
            return [{**event, "mid": event["mid"].lower()} for event in self.events.values()]

    said, _ = story(Invents)

    assert "is stored, and none was ever sent" in said


# --- what can be chosen ---


def test_a_valid_batch_must_be_acknowledged_unless_said_otherwise():
    """A refusal of what is valid is a failure with its reason; with must_ack off, it is an answer like others."""

    class Full(Sound):
        def send(self, batch):
            return rejected("full")

    class MayBeFull(Full):
        must_ack = False

    said, _ = story(Full)

    assert said == "a valid batch was not acknowledged but rejected: full"
    run(MayBeFull, examples=10)


def test_what_nobody_knows_is_stored_or_not():
    """After unknown, an event may be there or not, and never twice."""

    class Silent(Sound):
        must_ack = False

        def send(self, batch):
            if len(batch.events) == 1:
                super().send(batch)
            return unknown("no answer")

    class Doubtful(Silent):
        def read_back(self):
            return [*self.events.values()] * 2

    run(Silent, examples=20)
    said, _ = story(Doubtful)
    assert "is stored 2 times" in said


def test_a_log_may_store_twice_what_came_twice():
    """With dedup "nothing", an event is stored at least once, and at most as often as it was delivered."""

    class Log(IngestionMachine):
        dedup = "nothing"
        copies = 1

        def __init__(self):
            super().__init__()
            self.log = []

        def send(self, batch):
            self.log += batch.events * self.copies
            return ACKED

        def read_back(self):
            return self.log

    class Stutters(Log):
        copies = 2

    run(Log, examples=20)
    said, _ = story(Stutters)
    assert "is stored 2 times, and 1 is the most" in said


def test_batches_known_by_their_msgid_are_not_rearranged():
    """With dedup "msgid" an event always travels in the same batch, for a pipeline that never looks at mids."""

    class ByMsgid(IngestionMachine):
        dedup = "msgid"

        def __init__(self):
            super().__init__()
            self.batches = {}

        def send(self, batch):
            self.batches.setdefault(batch.msgid, batch.events)
            return ACKED

        def read_back(self):
            return [event for events in self.batches.values() for event in events]

    class ByMid(ByMsgid):
        dedup = "mid"

    run(ByMsgid, examples=20)

    def is_rearranged(steps):
        return any("send_rearranged" in step for step in steps)

    said, steps = story(ByMid, is_rearranged)
    assert "is stored 2 times" in said
    assert is_rearranged(steps), steps


def test_stamps_are_passed_over():
    """What a pipeline adds on top is no damage where it is named; under it, it is."""

    class Stamps(Sound):
        stamps = ("syncts", "@timestamp")

        def read_back(self):
            return [{**event, "syncts": 1, "@timestamp": "now"} for event in self.events.values()]

    class Unnamed(Stamps):
        stamps = ("syncts",)

    run(Stamps, examples=10)
    said, _ = story(Unnamed)
    assert "$.@timestamp was not sent, and is 'now'" in said


def test_events_of_other_examples_are_passed_over():
    """One store may serve all examples: their mids differ."""
    kept = {}

    class Shared(Sound):
        def __init__(self):
            super().__init__()
            self.events = kept

    run(Shared, examples=10)

    assert kept


def test_what_is_missing_is_said():
    """A machine without its methods, with a wrong answer or a wrong option says what to do."""

    class Silent(Sound):
        def send(self, batch):
            super().send(batch)

    class Wrong(Sound):
        dedup = "message"

    with pytest.raises(NotImplementedError, match=r"IngestionMachine\.send\(batch\) is missing"):
        run(IngestionMachine, examples=1)
    with pytest.raises(UsageError, match=r"Silent\.send returned None: return a Receipt"):
        run(Silent, examples=5)
    with pytest.raises(UsageError, match="dedup='message': choose one of mid, msgid, nothing"):
        Wrong()


@pytest.mark.parametrize(
    ("sent", "stored", "said"),
    [
        ({"a": 1}, {"a": 1.0}, ""),
        ({"a": 1}, {"a": True}, "$.a was 1, and is True"),
        ({"a": [1, {"b": ""}]}, {"a": [1, {"b": None}]}, "$.a[1].b was '', and is None"),
        ({"a": [1]}, {"a": [1, 2]}, "$.a was a list of 1, and is a list of 2"),
        ({"a": 1, "b": 2}, {"a": 1}, "$.b was 2, and is missing"),
        ({"a": 1}, {"a": 1, "b": 2}, "$.b was not sent, and is 2"),
        ({"a": {}}, {"a": []}, "$.a was an object of 0, and is a list of 0"),
    ],
)
def test_the_first_difference_is_named(sent, stored, said):
    """Content is compared as JSON: numbers by value, true is no number, and the place is named."""
    assert difference(sent, stored) == said


def test_what_has_no_mid_was_never_sent():
    """An object without a mid, or with one that is no text, is nobody's."""
    for stored in ({}, {"mid": 7}, {"mid": None}):
        assert "none was ever sent" in ExpectedState("mid").first_broken([stored])
