"""The confusion matrix: what was right, what was wrong, and what nobody can tell."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.faults import FAMILIES, KINDS, Confusion, FaultLabel, expected, outcome_of
from generator.faults.confusion import ConfusionRow, confusion

OUTCOMES = ConfusionRow.__struct_fields__


@pytest.mark.parametrize(
    ("verdict", "status", "accepted", "outcome"),
    [
        ("accepted", "acked", 1, "rightly_accepted"),
        ("accepted", "acked", 0, "false_rejects"),
        ("accepted", "rejected", 0, "false_rejects"),
        ("accepted", "acked", 2, "false_accepts"),
        ("accepted", "unknown", 0, "unknown"),
        ("accepted", "unknown", 1, "rightly_accepted"),
        ("rejected", "acked", 0, "kept_nowhere"),
        ("rejected", "unknown", 0, "unknown"),
        ("rejected", "acked", 1, "false_accepts"),
        ("refused", "rejected", 0, "rightly_refused"),
        ("refused", "rejected", 1, "false_accepts"),
        ("nowhere", "acked", 0, "kept_nowhere"),
        ("refused", "acked", 0, "kept_nowhere"),
        ("accepted", "rejected", 1, "false_accepts"),
        ("nowhere", "acked", 1, "false_accepts"),
        ("duplicate", "acked", 1, "rightly_refused"),
        ("duplicate", "acked", 2, "false_accepts"),
        ("duplicate", "acked", 0, "false_rejects"),
        (None, "acked", 1, "undecided"),
        # Without a sink the answer alone is heard.
        ("refused", "rejected", None, "rightly_refused"),
        ("refused", "acked", None, "false_accepts"),
        ("rejected", "acked", None, "unknown"),
        ("rejected", "rejected", None, "rightly_refused"),
        ("accepted", "acked", None, "unknown"),
        ("accepted", "rejected", None, "false_rejects"),
        ("duplicate", "rejected", None, "false_rejects"),
        ("refused", "unknown", None, "unknown"),
    ],
)
def test_a_judgement_is_judged(verdict, status, accepted, outcome):
    """Right is what a correct endpoint does; where its answer is lost or open, nobody blames it."""
    assert outcome_of(verdict, status, accepted) == outcome


@pytest.mark.parametrize(
    ("verdict", "status", "accepted", "more", "outcome"),
    [
        # Filed as rejected: acknowledged, and judged behind the answer.
        ("rejected", "acked", 0, {"is_filed": True}, "rightly_refused"),
        ("rejected", "unknown", 0, {"is_filed": True}, "rightly_refused"),
        # Judged at a later stage than that of the sink.
        ("rejected", "acked", 1, {"is_judged": False}, "unknown"),
        ("rejected", "acked", 0, {"is_judged": False}, "unknown"),
        ("duplicate", "acked", 2, {"is_judged": False}, "unknown"),
        ("duplicate", "acked", 1, {"is_judged": False}, "unknown"),
        ("duplicate", "acked", 0, {"is_judged": False}, "false_rejects"),
        # Refused with its batch, in which another event had to be refused.
        ("accepted", "rejected", 0, {"is_excused": True}, "unknown"),
        ("accepted", "rejected", None, {"is_excused": True}, "unknown"),
        ("duplicate", "rejected", None, {"is_excused": True}, "unknown"),
        ("rejected", "rejected", None, {"is_excused": True}, "rightly_refused"),
        ("accepted", "acked", 0, {"is_excused": True}, "false_rejects"),
        # Without a mid nobody can look for it.
        ("rejected", "acked", 0, {"has_id": False}, "unknown"),
        ("refused", "rejected", 0, {"has_id": False}, "rightly_refused"),
    ],
)
def test_what_cannot_be_known_is_unknown(verdict, status, accepted, more, outcome):
    """A stage before the judgement, a batch refused for another event and a lost mid excuse, and prove nothing."""
    assert outcome_of(verdict, status, accepted, **more) == outcome


@pytest.mark.parametrize("verdict", ["accepted", "duplicate", "rejected", "refused", "nowhere"])
@pytest.mark.parametrize("has_id", [True, False])
@pytest.mark.parametrize("is_judged", [True, False])
def test_acknowledged_and_found_nowhere_is_never_right(verdict, has_id, is_judged):
    """An endpoint that acknowledges everything and stores nothing is never told to have judged rightly."""
    assert not outcome_of(verdict, "acked", 0, has_id=has_id, is_judged=is_judged).startswith("rightly")


def test_obsrv_refuses_a_batch_with_a_value_that_is_no_event():
    """Obsrv answers 400 to all of a batch in which one event is no object; other damage is judged behind the answer."""
    labels = [
        FaultLabel(1, 0, 0, "not_an_object"),
        FaultLabel(1, 0, 1, "sid_empty"),
        FaultLabel(1, 0, 2, "null_value"),
    ]

    assert expected(labels, "obsrv", "wire") == ["refused", "refused", "refused"]
    assert expected(labels[1:], "obsrv", "wire") == ["accepted", "rejected"]


def test_one_refused_event_refuses_its_batch():
    """In strict mode what is harmless is refused with its neighbours; what was not sent stays nowhere."""
    labels = [
        FaultLabel(1, 0, place, name) for place, name in enumerate(("sid_empty", "null_value", "missing_end"))
    ]

    assert expected(labels, "strict", "wire") == ["refused", "refused", "nowhere"]
    assert expected(labels, "sunbird", "wire") == ["accepted", "rejected", "nowhere"]
    assert expected(labels[::2], "strict", "wire") == ["accepted", "nowhere"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_name_that_nobody_knows_is_undecided(family):
    """A ledger of another version may hold other kinds: they are counted, and blamed on no one."""
    assert expected([FaultLabel(1, 0, None, "of_tomorrow")], family, "wire") == [None]


@given(st.lists(st.tuples(st.sampled_from([*KINDS, "of_tomorrow"]), st.sampled_from(OUTCOMES))))
def test_counts_survive_json_and_merging(judged):
    """The matrix goes through JSON whole, in two parts as in one."""
    whole = confusion(judged)
    first, second = confusion(judged[::2]), confusion(judged[1::2])
    first.merge(second)
    read = msgspec.json.decode(msgspec.json.encode(whole), type=Confusion)

    assert first == whole == read
    assert sum(map(whole.total, OUTCOMES)) == len(judged)
    assert all(whole.total(outcome) == sum(each == outcome for _, each in judged) for outcome in OUTCOMES)
    order = [*KINDS, "of_tomorrow"]
    assert [name for name, _ in whole.sorted_rows()] == sorted({name for name, _ in judged}, key=order.index)


def test_two_matrices_share_nothing():
    """A new matrix is empty, whatever was counted before."""
    Confusion().add("null_value", "rightly_refused")

    assert Confusion().rows == {}
