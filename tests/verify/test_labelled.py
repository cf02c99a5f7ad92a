"""Events with an injected fault: those that an endpoint must keep are judged as any other, and a misjudged one fails."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_run import MadeLedger, MadeSink, event, findings, found, mid_of, opened, sent

from generator.faults import KINDS
from generator.faults.kind import FAMILIES, family_of
from generator.ledger.record import EventLabel, SessionLease
from generator.verify.findings import EXIT_CODES
from generator.verify.stage import STAGES

CONTRACTS = {"sunbird": "sunbird", "obsrv": "obsrv:telemetry", "plain": "ndjson"}
WIRE = [name for name, kind in KINDS.items() if "wire" in kind.verdicts]
VALID = [
    "repeated_batch",
    "replayed_session",
    "strange_text",
    "time_back",
    "sid_missing",
    "late_sync",
    "repeated_mid",
]
KEPT, GONE = [event(0, at) for at in range(6)], []


def run(*faults, contract="sunbird", status="acked", options=None):
    """Return a ledger of one batch of six events; the first of them have these faults, or all have a single one."""
    labels = (
        [EventLabel(0, 0, at, fault) for at, fault in enumerate(faults)]
        if len(faults) > 1
        else [EventLabel(0, 0, None, fault) for fault in faults]
    )
    ledger = MadeLedger(
        [SessionLease(0, 9), opened(0, 6), *labels, sent(0, 0, 0, 6, status)], contract=contract
    )
    ledger.header.options.update(options or {})
    return ledger


def outcomes(seen):
    return {(one.fault, one.outcome): one.events for one in seen.labelled}


@pytest.mark.parametrize("fault", WIRE)
@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_nothing_stored_is_never_a_delivery(contract, fault):
    """An endpoint that acknowledges everything and stores nothing delivers nothing, whatever was done to the events."""
    ledger = run(fault, contract=contract)
    delivery = found(ledger, MadeSink(GONE))
    seen = delivery.stages[0]
    must_be_kept = KINDS[fault].must_be_kept(family_of(contract), "wire")

    assert delivery.exit_code == EXIT_CODES["failed" if must_be_kept else "unknown"]
    assert seen.lost.events == seen.due == (6 if must_be_kept else 0)
    assert not any(outcome.startswith("rightly") for _, outcome in outcomes(seen))
    assert "0 of 0" not in delivery.sentence


@pytest.mark.parametrize("fault", VALID)
@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_a_valid_event_is_lost_if_it_is_not_there_whatever_its_label_is(contract, fault):
    """Of labelled events that an endpoint must keep, those that are missing are lost, and named."""
    seen = findings(run(fault, contract=contract), MadeSink(KEPT[1:]))

    assert (seen.outcome, seen.acked, seen.due, seen.found) == ("failed", 6, 6, 5)
    assert [one.mid for one in seen.lost.examples] == [mid_of(0, 0)]
    assert findings(run(fault, contract=contract), MadeSink(KEPT)).outcome == "delivered"


@pytest.mark.parametrize(
    ("fault", "copies", "outcome"),
    [
        ("repeated_batch", 1, "delivered"), ("repeated_batch", 2, "failed"), ("repeated_mid", 2, "failed"),
        ("strange_text", 2, "failed"), ("missing_field", 1, "failed"), ("truncated_json", 1, "failed"),
        ("empty_body", 1, "failed"), ("missing_end", 1, "failed"), ("log_text", 1, "unknown"),
    ],
)  # fmt: skip
def test_the_table_of_faults_decides(fault, copies, outcome):
    """What had to be accepted once is no fault once and is one twice; what had to be refused is a fault if it is there."""
    delivery = found(run(fault), MadeSink(KEPT * copies))

    assert delivery.outcome == outcome
    assert delivery.exit_code == EXIT_CODES[outcome]
    if outcome == "failed":
        assert "duplicated" in delivery.sentence or "wrongly accepted" in delivery.sentence


@pytest.mark.parametrize(
    ("ledger", "sentence"),
    [
        (run("missing_field"), "of events damaged on purpose 6 wrongly accepted"),
        (run("repeated_batch", status="rejected"), "of events damaged on purpose 6 wrongly rejected"),
        (run(status="rejected"), "of 0 acknowledged events 6 rejected yet stored"),
        (
            run("missing_field", "repeated_mid", status="rejected"),
            "of 0 acknowledged events 5 rejected yet stored, 1 wrongly accepted",
        ),
    ],
)
def test_only_misjudged_damage_is_called_damaged_on_purpose(ledger, sentence):
    """If nothing was acknowledged, faults of events that nobody damaged are counted of 0 acknowledged events."""
    is_refusal = "wrongly rejected" in sentence
    assert found(ledger, MadeSink(GONE if is_refusal else KEPT)).sentence == f"NOT delivered: {sentence}"


def test_a_repetition_is_compared_as_any_event():
    """A batch that is sent twice on purpose keeps its content: an altered event in it is found."""
    altered = json.loads(KEPT[2])
    altered["actor"]["id"] = "somebody else"
    seen = findings(run("repeated_batch"), MadeSink([*KEPT[:2], json.dumps(altered).encode(), *KEPT[3:]]))

    assert (seen.outcome, seen.altered.events, seen.changed) == ("failed", 1, 0)


def test_what_was_changed_on_purpose_is_known_by_its_id():
    """An event that is not sent as its session has it is not called as sent."""
    delivery = found(run("strange_text"), MadeSink(KEPT))

    assert delivery.stages[0].changed == 6
    assert "as sent, but for 6 that were damaged on purpose and are known by id" in delivery.sentence


def test_a_copy_among_the_duplicates_is_not_the_event_itself():
    """An event that stands among the duplicates alone is lost: the copy that was to be kept is nowhere."""
    seen = findings(run("repeated_batch"), MadeSink(GONE, duplicate=KEPT))
    both = findings(run("repeated_batch"), MadeSink(KEPT, duplicate=KEPT))

    assert (seen.lost.events, seen.lost_among, outcomes(seen)) == (
        6, {"duplicate": 6}, {("repeated_batch", "false_rejects"): 6},
    )  # fmt: skip
    assert (both.outcome, outcomes(both)) == ("delivered", {("repeated_batch", "rightly_refused"): 6})


class TestRefusedBatches:
    @pytest.mark.parametrize("reason", ["missing_field", "not_an_object", "log_text"])
    def test_a_neighbour_of_what_may_be_refused_is_unknown(self, reason):
        """A batch is refused whole: a valid labelled event in it is not wrongly rejected if another one can be the reason."""
        seen = findings(run("sid_missing", reason, status="rejected"), MadeSink(GONE))

        assert outcomes(seen)["sid_missing", "unknown"] == 1
        assert seen.false_rejects.events == 0

    def test_a_valid_event_that_is_refused_alone_is_wrongly_refused(self):
        """With no other reason in its batch, the refusal of a valid event fails the verdict."""
        seen = findings(run("sid_missing", "strange_text", status="rejected"), MadeSink(GONE))

        assert (seen.outcome, seen.false_rejects.events) == ("failed", 2)
        assert outcomes(seen) == {
            ("sid_missing", "false_rejects"): 1,
            ("strange_text", "false_rejects"): 1,
        }

    def test_obsrv_refuses_what_is_no_object_at_the_answer(self):
        """Obsrv's refusal of the whole batch is right, and says nothing of the neighbours."""
        ledger = run("not_an_object", "sid_missing", contract="obsrv:telemetry", status="rejected")

        assert outcomes(findings(ledger, MadeSink(GONE))) == {
            ("not_an_object", "rightly_refused"): 1, ("sid_missing", "unknown"): 1,
        }  # fmt: skip


class TestStages:
    @pytest.mark.parametrize("copies", [1, 2])
    @pytest.mark.parametrize("fault", ["missing_field", "repeated_mid", "event_over_limit", "repeated_batch"])
    @pytest.mark.parametrize("contract", ["sunbird", "obsrv:telemetry"])
    def test_before_validation_nothing_is_misjudged(self, contract, fault, copies):
        """At the stage ingest nothing has been judged yet: what is there is unknown, and no fault."""
        seen = findings(run(fault, contract=contract), {"ingest": MadeSink(KEPT * copies)})

        assert outcomes(seen) == {(fault, "unknown"): 6}
        assert not any(fault.events for fault in seen.faults.values())

    def test_a_topic_that_was_written_to_has_judged_nothing(self):
        """For a Kafka contract the endpoint is a topic, which takes everything."""
        seen = findings(run("missing_field", contract="kafka:did"), MadeSink(KEPT))

        assert (seen.outcome, outcomes(seen)) == ("unknown", {("missing_field", "unknown"): 6})

    @pytest.mark.parametrize(
        ("fault", "stages"),
        [
            ("missing_field", {"accepted", "unique", "denorm"}),
            ("event_over_limit", {"accepted", "raw", "unique", "denorm"}),
            ("repeated_batch", {"accepted", "raw", "unique", "denorm"}),
            ("repeated_mid", {"accepted"}),
            ("truncated_json", set(STAGES)),
        ],
    )
    def test_a_fault_is_judged_from_its_own_stage_on(self, fault, stages):
        """What a later stage judges is unknown before it, and a fault behind it."""
        failed = {
            stage for stage in STAGES if findings(run(fault), {stage: MadeSink(KEPT * 2)}).outcome == "failed"
        }

        assert failed == stages

    def test_a_clock_that_is_years_off_may_be_dropped_at_the_end(self):
        """De-normalisation drops what is too old: such an event is not lost there, and it is lost before."""
        late = findings(run("far_clock"), {"denorm": MadeSink(GONE)})
        early = findings(run("far_clock"), {"unique": MadeSink(GONE)})

        assert (late.lost.events, late.outcome) == (0, "unknown")
        assert early.lost.events > 0


class TestUnhit:
    def test_damage_that_hit_nothing_is_named(self):
        """A kind that was asked for and has no label is told with the verdict."""
        ledger = run("repeated_batch", options={"fault": "repeated_batch=1\nmissing_end=0.5"})

        assert found(ledger, MadeSink(KEPT)).unhit == ["missing_end"]


@pytest.mark.parametrize(
    ("faults", "contract", "status", "alone"),
    [
        (["missing_field"] * 6, "sunbird", "acked", True),
        (["missing_field"] * 6, "sunbird", "rejected", True),
        (["missing_field"] * 5, "sunbird", "rejected", False),
        (["missing_field"] * 5, "sunbird", "unknown", False),
        (["truncated_json"], "obsrv:telemetry", "rejected", True),
        (["not_an_object", "missing_field"], "obsrv:telemetry", "rejected", True),
        (["not_an_object", "missing_field"], "obsrv:telemetry", "unknown", False),
        (["repeated_mid", "missing_field"], "sunbird", "rejected", False),
        ([], "sunbird", "rejected", False),
    ],
)
def test_damage_alone_is_judged_if_no_other_event_could_be_accepted(faults, contract, status, alone):
    """An undamaged event that was rejected in a batch that a correct endpoint accepts leaves the delivery unknown."""
    delivery = found(run(*faults, contract=contract, status=status), MadeSink(GONE))

    assert delivery.outcome != "delivered"
    assert delivery.stages[0].is_damage_alone is alone
    assert ("damaged on purpose" in delivery.sentence) is alone


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("contract", ["sunbird", "obsrv:telemetry"])
def test_damage_that_the_endpoint_rejected_itself_and_stored_is_a_fault_at_every_stage(contract, stage):
    """If the answer says that a damaged batch was rejected, it must not be stored, even if no stage has judged it yet."""
    ledger = run("missing_field", contract=contract, status="rejected")
    delivery = found(ledger, {stage: MadeSink(KEPT)})

    assert delivery.sentence == "NOT delivered: of events damaged on purpose 6 wrongly accepted"


@given(
    faults=st.lists(st.sampled_from(WIRE), min_size=2, max_size=6),
    contract=st.sampled_from(list(CONTRACTS.values())),
    status=st.sampled_from(["acked", "rejected", "unknown"]),
    stage=st.sampled_from(STAGES),
    held=st.lists(st.sampled_from(["accepted", "rejected", "duplicate"]), max_size=12),
)
def test_every_event_has_one_place_and_no_two_verdicts(faults, contract, status, stage, held):
    """All labelled events are told once; delivered means that no fault was found and that something had to be there."""
    kept = {"accepted": [], "rejected": [], "duplicate": []}
    for at, kind in enumerate(held):
        kept[kind].append(event(0, at % 6))
    seen = findings(run(*faults, contract=contract, status=status), {stage: MadeSink(**kept)})
    wrong = [one for one in seen.labelled if one.outcome.startswith("wrongly")]

    assert sum(one.events for one in seen.labelled) == len(faults)
    assert seen.acked + seen.rejected + seen.unknown <= seen.attempted == 6
    assert seen.outcome != "delivered" or (seen.due and seen.found == seen.due and not wrong)
    assert not wrong or seen.outcome == "failed"


def test_every_kind_says_where_it_is_judged():
    """Each kind in each family and form has a point at which a correct endpoint judges it."""
    for kind in KINDS.values():
        for family in FAMILIES:
            for form in kind.verdicts:
                point = kind.judged_at(family, form)
                verdict = kind.verdict(family, form)

                assert point == "answer" or verdict in {"rejected", "duplicate"}


class TestPlacesThatCannotBeRead:
    @pytest.mark.parametrize("fault", ["missing_field", "repeated_batch", "empty_body"])
    def test_what_may_stand_there_is_unknown(self, fault):
        """Where a place of the sink holds no JSON, a labelled event that was not found is neither lost nor kept nowhere."""
        seen = findings(run(fault), MadeSink([event(1, 0, 5), *[b"{torn" + b"x" * 200] * 6]))

        assert outcomes(seen) == {(fault, "unknown"): 6}
        assert seen.outcome == "unknown"
