"""Stages: what must be found where in a pipeline, and what it adds of its own."""

from datetime import UTC, datetime

import pytest

from generator.errors import UsageError
from generator.spec.rules import EIDS
from generator.verify.stage import STAGES, Stage

NOW = int(datetime(2026, 5, 31, 12, tzinfo=UTC).timestamp() * 1000)
MISSING = {
    "accepted": set(),
    "ingest": set(),
    "raw": {"LOG"},
    "unique": {"LOG", "ERROR"},
    "denorm": {"LOG", "ERROR", "INTERRUPT"},
}
AUDIT = {
    "eid": "LOG", "mid": "x", "actor": {"id": "sunbird.telemetry", "type": "telemetry-sync"},
    "edata": {"type": "telemetry_audit"},
}  # fmt: skip
ITEM = {"eid": "SHARE_ITEM", "mid": "SHARE:00-0b0f6a4e-8d33-4d5a-9c8e-2f6a9d3f1c11"}


def instant(*date):
    return datetime(*date, tzinfo=UTC).timestamp() * 1000


@pytest.mark.parametrize("name", STAGES)
def test_each_eid_is_where_it_is_routed(name):
    """All of the 17 are at every stage but those that go elsewhere, or are dropped there."""
    stage = Stage.named(name)

    assert {eid for eid in EIDS if not stage.expects(eid, NOW, NOW)} == MISSING[name]


def test_stages_stand_in_order():
    """What a stage expects the one before it expects too, so that an event vanishes between two of them."""
    stages = [Stage.named(name) for name in STAGES]

    assert [stage.place for stage in stages] == [0, 1, 2, 3, 4]
    for eid in (*EIDS, "ME_SESSION_SUMMARY"):
        expected = [stage.expects(eid, NOW, NOW) for stage in stages]
        assert expected == sorted(expected, reverse=True)


def test_the_extractor_knows_a_log_in_any_case():
    """LOG is routed in any case; de-normalisation and preprocessor know theirs as they are written."""
    assert not Stage.named("raw").expects("log", NOW, NOW)
    assert Stage.named("unique").expects("error", NOW, NOW)
    assert Stage.named("denorm").expects("interrupt", NOW, NOW)


def test_only_two_summaries_are_denormalised():
    """Any eid with SUMMARY in it is dropped but SUMMARY itself and the workflow's."""
    denorm = Stage.named("denorm")

    assert denorm.expects("SUMMARY", NOW, NOW)
    assert denorm.expects("ME_WORKFLOW_SUMMARY", NOW, NOW)
    assert not denorm.expects("ME_SESSION_SUMMARY", NOW, NOW)
    assert Stage.named("unique").expects("ME_SESSION_SUMMARY", NOW, NOW)


@pytest.mark.parametrize(
    ("ets", "received", "is_expected"),
    [
        (instant(2026, 2, 28, 12), NOW, True), (instant(2026, 2, 28, 12) - 1, NOW, False),
        (instant(2025, 11, 15), instant(2026, 2, 15), True), (instant(2025, 11, 14, 23), instant(2026, 2, 15), False),
        (0, NOW, False), (NOW * 2, NOW, True), (None, NOW, True), (0, None, True), (-1e300, 1e300, True), (-5, -4, True),
    ],
)  # fmt: skip
def test_what_is_older_than_three_months_is_dropped(ets, received, is_expected):
    """Three months by the calendar before it was processed; where that is not known, it is not too old."""
    assert Stage.named("denorm").expects("START", ets, received) is is_expected
    assert Stage.named("unique").expects("START", ets, received)


def test_the_pipeline_s_own_events_are_known():
    """The audit LOG of each batch, and the items of a SHARE: from the stage on that makes them."""
    own = {name: [Stage.named(name).spawned(event) for event in (AUDIT, ITEM)] for name in STAGES}

    assert own == {
        "accepted": [False, False], "ingest": [False, False], "raw": [True, False], "unique": [True, True],
        "denorm": [True, True],
    }  # fmt: skip


@pytest.mark.parametrize(
    "event",
    [
        {}, {"eid": "LOG"}, {**AUDIT, "edata": {"type": "api_access"}}, {**AUDIT, "actor": {"id": "u1", "type": "User"}},
        {**AUDIT, "actor": "sunbird.telemetry"}, {**AUDIT, "edata": None}, {**AUDIT, "eid": "ERROR"},
        {**ITEM, "mid": "SHARE:00"}, {**ITEM, "mid": 5}, {**ITEM, "eid": "SHARE"}, {"eid": ["LOG"]}, {"mid": ITEM["mid"]},
    ],
)  # fmt: skip
def test_nothing_else_is_the_pipeline_s_own(event):
    """An event that only looks a little like them is not passed over."""
    assert not any(Stage.named(name).spawned(event) for name in STAGES)


def test_another_name_is_refused_with_the_nearest():
    """A stage that is misspelt is corrected."""
    with pytest.raises(UsageError, match=r"--stage uniq: did you mean unique\?"):
        Stage.named("uniq")
    with pytest.raises(UsageError, match="choose one of accepted, ingest, raw, unique, denorm"):
        Stage.named("x")
