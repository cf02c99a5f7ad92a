"""Damaged batches: what is not hit is sent as ever, what is hit is what the injector says, and all of it is labelled."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.faults import FaultPlan, Injector
from generator.faults.confusion import Confusion, ConfusionRow
from generator.faults.injector import resent_msgid
from generator.faults.kind import family_of
from generator.ledger import EventLabel
from generator.load.checks.confusion import confusion_of_run, figures_of, is_decided
from generator.load.counters import RunCounters
from generator.load.fault_injection import LazyEventTexts, RunFaultInjector
from generator.load.faults import fault_plan
from generator.load.injected_fault import FaultyBatchOutcome
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.compile import compile_session
from generator.load.template.faulty_session import FaultyStampedSession
from generator.load.template.pool import recipe
from generator.load.template.source_events import SourceEvents
from generator.load.template.stamp import StampIdentity
from generator.load.template.stamped_session import StampedSession
from generator.spec.identity import user_id

RUN, T0 = 7, 1_700_000_000_123
WHO = StampIdentity(RUN, 5, user_id("uid", 1), "0123456789abcdef" * 2)
MIXED = "missing_field=0.1\nrepeated_mid=0.05\ntime_back=0.05\nmissing_end=0.3\ntruncated_json=0.1\nrepeated_batch=0.1"
statuses = st.sampled_from(["acked", "rejected", "unknown"])


class Sessions:
    """Sessions of one template, damaged and not."""

    def __init__(self, fault, contract="sunbird", scenario="web_portal", batch_size=6, **settings):
        self.plan = Plan(Settings(fault=fault, contract=contract, batch_size=batch_size, **settings))
        [script] = [one for one in self.plan.scenarios if one.name == scenario]
        self.contract = self.plan.contract({}, script.device)
        self.template = compile_session(recipe(self.plan, self.contract, script, 3))
        self._injector, self._origins = RunFaultInjector(self.plan, RUN), SourceEvents(self.plan, {})

    def plain(self, number=5):
        return StampedSession(self.template, WHO._replace(session=number), T0, 0.0)

    def damaged(self, number=5):
        who = WHO._replace(session=number)
        return FaultyStampedSession(self._injector, self._origins, self.template, who, T0, 0.0)


def prepared_batches(session):
    """Take all batches of a session."""
    taken = []
    while not session.is_over:
        taken.append(session.prepare())
        session.go_on()
    return taken


def inflated(prepared):
    """Return a batch with its body plain: a template's is packed faster than the contract's own."""
    is_packed = prepared.body.startswith(b"\x1f\x8b")
    return prepared._replace(body=gzip.decompress(prepared.body)) if is_packed else prepared


def whole(batches):
    """Return the batches that are batches of their own, by their numbers."""
    return {one.number: one for one in batches if not (one.fault and one.fault.attempt)}


@pytest.mark.parametrize("settings", [{}, {"compress": "gzip"}, {"contract": "obsrv:d"}], ids=str)
def test_what_is_not_hit_is_sent_as_ever(settings):
    """Each batch without a label is to the byte, and in all else, what it is in a run without damage."""
    made = Sessions(MIXED, **settings)
    hit = 0
    for number in range(30):
        plain, damaged = prepared_batches(made.plain(number)), whole(prepared_batches(made.damaged(number)))
        assert sorted(damaged) == [one.number for one in plain]
        for one in plain:
            assert damaged[one.number].fault or damaged[one.number] == one
            hit += bool(damaged[one.number].fault)

    assert 0 < hit < 30 * len(made.template.patterns)


CONTRACTS = ["sunbird", "obsrv:d", "array", "ndjson", "single", "kafka", "kafka-event:did", "obsrv-object:d"]


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("compress", ["none", "gzip"])
def test_what_is_only_sent_again_is_what_it_was(contract, compress):
    """A batch that is written anew is that of the template: body, id, headers, path; and twice the same to the byte."""
    made = Sessions("repeated_batch=1", contract, compress=compress)
    plain, damaged = prepared_batches(made.plain()), prepared_batches(made.damaged())

    assert [one.fault.attempt for one in damaged] == [0, 1] * len(plain)
    request = made.plain().request()
    for first, again, one in zip(damaged[::2], damaged[1::2], plain, strict=True):
        assert inflated(first._replace(request=None, fault=None)) == inflated(one)
        assert again._replace(fault=first.fault) == first
        assert (first.fault.is_followed, again.fault.is_followed) == (True, False)
        assert first.request == request._replace(body=first.body)


def test_a_replayed_session_comes_again_under_other_ids():
    """Behind each batch comes its twin: other msgid, other number, the same events and sequences, labelled too."""
    made = Sessions("replayed_session=1")
    damaged = prepared_batches(made.damaged())

    for first, again in zip(damaged[::2], damaged[1::2], strict=True):
        assert again.msgid == resent_msgid(first.number, RUN, 5) != first.msgid
        assert json.loads(again.body)["events"] == json.loads(first.body)["events"]
        assert again.ranges == first.ranges
        assert first.fault.labels == [EventLabel(5, first.number, None, "replayed_session")]
        assert again.fault.labels == [EventLabel(5, again.number, None, "replayed_session")]
        assert again.fault.outcome is first.fault.outcome


def test_labels_and_events_are_the_injector_s_own():
    """What is sent is what the injector makes of the batch's events, and its labels are the ledger's."""
    made = Sessions("missing_field=0.2\nrepeated_mid=0.1\nmissing_end=0.5\nskewed_clock=0.2")
    injector = Injector(made.plan.faults, 1, RUN, "wire")
    for number in range(20):
        damaged = whole(prepared_batches(made.damaged(number)))
        for one, pattern in zip(prepared_batches(made.plain(number)), made.template.patterns, strict=True):
            texts = [
                json.dumps(event, ensure_ascii=False).encode() for event in json.loads(one.body)["events"]
            ]
            said = injector.damage(texts, number, one.number, pattern.first)
            found = damaged[one.number]
            assert [tuple(label) for label in (found.fault.labels if found.fault else [])] == [*said.labels]
            assert json.loads(found.body)["events"] == [json.loads(text) for text in said.events]
            assert (found.events, found.ranges) == (one.events, one.ranges)


def test_one_seed_one_outcome():
    """Two nodes of one run do the same to a session; another seed does something else."""
    one, twin, other = (Sessions(MIXED, seed=1), Sessions(MIXED, seed=1), Sessions(MIXED, seed=2))

    def hit(made):
        return [
            (number, one.number)
            for number in range(20)
            for one in prepared_batches(made.damaged(number))
            if one.fault
        ]

    assert [one.body for one in prepared_batches(one.damaged())] == [
        one.body for one in prepared_batches(twin.damaged())
    ]
    assert hit(one) == hit(twin) != hit(other)


def test_where_one_event_goes_a_request_its_copy_has_its_own():
    """The copy of an event for which there is no room is sent behind it, under another id, with the same label."""
    made = Sessions("repeated_mid=1", "single")
    for first, *copies in by_place(prepared_batches(made.damaged())):
        event = json.loads(first.body)
        assert len(copies) == (event["eid"] != "LOG")
        for copy in copies:
            assert json.loads(copy.body) == event
            assert (copy.ranges, copy.eids, copy.events) == (first.ranges, first.eids, 1)
            assert copy.fault.labels == [first.fault.labels[0]._replace(batch=copy.number)]


def by_place(taken):
    """Put batches of the same events together."""
    found = {}
    for one in taken:
        found.setdefault(one.ranges, []).append(one)
    return found.values()


def test_a_batch_of_which_nothing_is_left_is_left_as_it_is():
    """No empty batch is sent: where all events would stay away, they come, and have no label."""
    made = Sessions("missing_end=1", batch_size=1)

    assert prepared_batches(made.damaged()) == prepared_batches(made.plain())


def test_a_batch_that_is_not_hit_is_not_taken_apart():
    """Where batches alone are drawn, their events are made for those that are hit."""
    made = Sessions("repeated_batch=1e-12")
    session = FaultyStampedSession(RunFaultInjector(made.plan, RUN), None, made.template, WHO, T0, 0.0)

    assert prepared_batches(session) == prepared_batches(made.plain())


def test_texts_are_made_once_and_not_before():
    """Their number is known before they are."""
    made = []
    texts = LazyEventTexts(2, lambda: made.append(1) or [b"{}", b"[]"])

    assert (len(texts), made) == (2, [])
    assert ([*texts], texts[1], made) == ([b"{}", b"[]"], b"[]", [1])


def test_a_session_goes_on_from_request_to_request():
    """Between a batch and its repetition the session has begun, is not over, and owes the batch's events."""
    session = Sessions("repeated_batch=1", scenario="backend_service", batch_size=200).damaged()
    events = session.events
    assert not session.has_begun
    session.prepare()
    session.tries = 2
    session.go_on()

    assert (session.has_begun, session.is_over, session.tries) == (True, False, 0)
    assert (session.events, session.left) == (events, events)
    session.prepare()
    session.go_on()
    assert session.is_over


@pytest.mark.parametrize(
    ("settings", "way_out"),
    [
        ({"fault": "missing_feild=0.1"}, "did you mean missing_field"),
        ({"fault": "missing_field=2"}, "a share is from 0 to 1"),
        ({"fault": "not_an_object=0.1"}, "--allow-crashing-faults"),
        ({"fault_file": "/nowhere/faults.toml"}, "cannot be read"),
        ({"fault": "missing_events=0.1", "contract": "array"}, "leave it out"),
        ({"fault": "truncated_json=0.1", "contract": "kafka"}, "a topic takes messages"),
        ({"fault": "truncated_json=0.1", "contract": "kafka:did"}, "a topic takes messages"),
        ({"fault": "missing_end=0.1", "contract": "single"}, "choose another --contract"),
        ({"check": "false_accepts==0"}, "add --fault"),
        ({"fault": "time_back=0.1", "check": "false_rejects==0 over 10s"}, "known at the end alone"),
    ],
    ids=str,
)
def test_what_cannot_be_damaged_is_refused(settings, way_out):
    """Each plan that makes no sense has one line with the way out, before anything is sent."""
    with pytest.raises(UsageError, match=way_out) as error:
        Plan(Settings(**settings))
    assert "\n" not in str(error.value)


def test_a_replay_is_not_damaged():
    """A dataset is damaged where it is made."""
    with pytest.raises(UsageError, match="footfall generate --fault"):
        fault_plan("time_back=0.1", "", "sunbird", "wire", 0, allow_crashing_faults=False, replay="d.jsonl")


def test_a_file_and_options_say_the_same(tmp_path):
    """`--fault-file` and `--fault` make one plan, which says itself as options."""
    path = tmp_path / "faults.toml"
    path.write_text('preset = "dirty"\nmissing_field = 0.01\n')
    plan = Plan(
        Settings(
            fault_file=str(path), fault="missing_field=0.02\nnot_an_object=0.5", allow_crashing_faults=True
        )
    )

    said = plan.faults.options()
    assert {"missing_field=0.02", "not_an_object=0.5"} < {*said}
    assert FaultPlan.of(said, form="wire", allow_crashing_faults=True).options() == said


@given(st.lists(statuses, min_size=1, max_size=5))
def test_a_damaged_batch_is_counted_once_by_its_best_attempt(heard):
    """However often it was sent, its events count once: as acked if any attempt was, else as unknown if any was."""
    tally, fate = RunCounters(), FaultyBatchOutcome(["missing_field", "missing_field", "time_back"])
    for status in heard:
        tally.faulty(fate, status)

    best = next(one for one in ("acked", "unknown", "rejected") if one in heard)
    assert +tally.labelled == {f"missing_field {best}": 2, f"time_back {best}": 1}
    assert RunCounters.of([tally.as_dict()] * 2).labelled.total() == 6


def test_answers_alone_tell_what_is_refused_there():
    """A request that should have been refused and was acknowledged is wrongly accepted; what comes behind is unknown."""
    tally = RunCounters()
    tally.labelled.update(
        {"truncated_json acked": 3, "truncated_json rejected": 2, "missing_field acked": 5, "time_back rejected": 1}
    )  # fmt: skip
    found = confusion_of_run(tally, {"outcome": "unknown", "sentence": "…"}, "sunbird", "wire")

    assert found.rows["truncated_json"] == ConfusionRow(false_accepts=3, rightly_refused=2)
    assert found.rows["missing_field"] == ConfusionRow(unknown=5)
    assert figures_of(found) == {"false_accepts": 3, "false_rejects": 1}


def test_what_the_sink_holds_goes_before_the_answers():
    """Where a sink was read, it tells of each damage where its events are."""
    tally = RunCounters()
    tally.labelled.update({"missing_field acked": 9})
    rows = [
        {"fault": "missing_field", "outcome": "rightly_refused", "events": 4},
        {"fault": "missing_field", "outcome": "false_accepts", "events": 3},
        {"fault": "missing_field", "outcome": "kept_nowhere", "events": 2},
        {"fault": "repeated_mid", "outcome": "rightly_refused", "events": 2},
        {"fault": "repeated_mid", "outcome": "false_accepts", "events": 1},
        {"fault": "time_back", "outcome": "false_rejects", "events": 1},
    ]
    found = confusion_of_run(
        tally, {"outcome": "delivered", "stages": [{"labelled": rows}]}, "sunbird", "wire"
    )

    assert found.rows == {
        "missing_field": ConfusionRow(rightly_refused=4, false_accepts=3, kept_nowhere=2),
        "repeated_mid": ConfusionRow(rightly_refused=2, false_accepts=1),
        "time_back": ConfusionRow(false_rejects=1),
    }


def test_where_nothing_can_be_judged_checks_have_no_data():
    """A run whose damage shows behind the answer alone has not passed a check because nobody looked."""
    tally = RunCounters()
    tally.labelled.update({"missing_field acked": 5})

    assert figures_of(confusion_of_run(tally, None, "sunbird", "wire")) == {
        "false_accepts": None,
        "false_rejects": None,
    }
    assert figures_of(None)["false_accepts"] is None


def test_a_kind_that_hit_nothing_is_named_and_its_checks_have_no_data():
    """A check on damage does not pass if a kind that was asked for by name was sent to nobody; a preset's is told."""
    tally = RunCounters()
    tally.labelled.update({"truncated_json rejected": 5, "missing_end acked": 0})
    plan = FaultPlan.of(["truncated_json=0.1", "missing_end=0.1", "dirty"], form="wire")
    found = confusion_of_run(tally, None, "sunbird", "wire", plan)

    assert found.rows["truncated_json"] == ConfusionRow(rightly_refused=5)
    assert found.unhit == ["missing_end"]
    assert "sid_empty" in found.unhit_of_presets
    assert figures_of(found) == {"false_accepts": None, "false_rejects": None}
    tally.labelled.update({"missing_end acked": 2})
    assert figures_of(confusion_of_run(tally, None, "sunbird", "wire", plan)) == {
        "false_accepts": 0,
        "false_rejects": 0,
    }


@pytest.mark.parametrize(
    ("delivery", "rows", "is_so"),
    [
        ({"stages": [{"is_damage_alone": True}]}, {"truncated_json": ConfusionRow(rightly_refused=4)}, True),
        ({"stages": [{"is_damage_alone": True}]}, {"truncated_json": ConfusionRow(kept_nowhere=4)}, False),
        (
            {"stages": [{"is_damage_alone": False}]},
            {"truncated_json": ConfusionRow(rightly_refused=4)},
            False,
        ),
        (
            {"stages": [{"due": 0, "labelled": [{}]}]},
            {"truncated_json": ConfusionRow(rightly_refused=4)},
            False,
        ),
        ({"stages": []}, {"truncated_json": ConfusionRow(rightly_refused=4)}, False),
    ],
)
def test_damage_alone_decides_if_no_other_event_could_be_accepted(delivery, rows, is_so):
    """If no undamaged event could be accepted, and some damage was judged rightly, the delivery is not unknown."""
    assert is_decided(Confusion(rows), delivery) is is_so


class TestNeighbours:
    @pytest.mark.parametrize("family", ["sunbird", "obsrv"])
    def test_a_refusal_for_another_event_is_not_held_against_the_endpoint(self, family):
        """By answers alone too: beside what may be refused a valid event is unknown, and what is refused is right."""
        tally = RunCounters()
        tally.faulty(FaultyBatchOutcome(["sid_empty", "not_an_object"], ["not_an_object"]), "rejected")
        found = confusion_of_run(tally, None, family, "wire")

        assert found.rows == {
            "sid_empty": ConfusionRow(unknown=1),
            "not_an_object": ConfusionRow(rightly_refused=1),
        }

    def test_a_batch_that_is_acknowledged_later_has_no_excuse(self):
        """The best attempt counts: what was refused with others and then acknowledged is acknowledged."""
        tally, fate = RunCounters(), FaultyBatchOutcome(["sid_empty", "null_value"], ["null_value"])
        tally.faulty(fate, "rejected")
        tally.faulty(fate, "acked")

        assert +tally.labelled == {"sid_empty acked": 1, "null_value acked": 1}

    def test_the_batch_s_own_damage_tells_who_may_be_refused(self):
        """A run's damaged batches know of each kind whether its contract may refuse it."""
        made = Sessions("sid_missing=0.4\nnull_value=0.1")
        taken = [one for number in range(9) for one in prepared_batches(made.damaged(number))]
        fates = {id(one.fault.outcome): one.fault.outcome for one in taken if one.fault}

        assert {"sid_missing", "null_value"} <= {fault for fate in fates.values() for fault in fate.faults}
        for fate in fates.values():
            words = {fault: fate.words(fault, "rejected") for fault in fate.faults}
            assert words.get("null_value", "rejected") == "rejected"
            has_reason = "null_value" in fate.faults
            assert words.get("sid_missing") in {None, "rejected with others" if has_reason else "rejected"}


@pytest.mark.parametrize(
    ("contract", "family"),
    [("sunbird", "sunbird"), ("kafka:did", "sunbird"), ("obsrv-object:d", "obsrv"), ("ndjson", "plain"), ("a.py:B", "plain")],
)  # fmt: skip
def test_a_contract_s_family_is_known_whatever_stands_behind_its_colon(contract, family):
    """What is said of a key, a dataset or a class makes no other judge."""
    assert family_of(contract) == family
