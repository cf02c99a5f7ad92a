"""What nobody sends is not drawn, though a form allows it: counts and durations below zero, time that runs backwards."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.spec.check import check
from generator.spec.rules import FORMS
from generator.strategies import batches, events, payloads

COUNTED = {
    "START": ("duration",),
    "IMPRESSION": ("duration", "visits[].index"),
    "INTERACT": ("duration",),
    "ASSESS": ("duration", "index", "item.exlength"),
    "AUDIT": ("duration",),
    "SEARCH": ("size",),
    "SUMMARY": (
        "timespent", "pageviews", "interactions", "envsummary[].timespent", "envsummary[].visits",
        "eventssummary[].count", "pagesummary[].timespent", "pagesummary[].visits",
    ),
    "END": ("duration",),
}  # fmt: skip


def at(value, path):
    """Return every value at a path such as `visits[].index`."""
    found = [value]
    for name in path.replace("[]", ".[]").split("."):
        found = [
            inner for one in found for inner in (one if name == "[]" else [one[name]] if name in one else [])
        ]
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("eid", COUNTED)
@settings(max_examples=60)
@given(data=st.data())
def test_no_count_size_or_duration_is_below_zero(eid, form, data):
    """In either form a count, a size or a duration that is drawn is 0 or more."""
    payload = data.draw(payloads(eid, form=form))

    for path in COUNTED[eid]:
        assert all(number >= 0 for number in at(payload, path)), path


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=100)
@given(data=st.data())
def test_no_summary_ends_before_it_begins(form, data):
    """In either form the endtime that is drawn is not before its starttime."""
    payload = data.draw(payloads("SUMMARY", form=form))

    assert payload["starttime"] <= payload["endtime"]


@settings(max_examples=60)
@given(events("START"), batches(form="documented", eids=("START",), max_size=3))
def test_every_documented_start_names_its_content(event, batch):
    """A documented START that is drawn, alone or in a batch, has a contentId and a contentVer: its object's."""
    for start in (event, *batch.events):
        assert start["object"]["id"]
        assert isinstance(start["object"]["ver"], str)
        assert check(start) == []


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=50)
@given(data=st.data())
def test_a_response_may_answer_one_question_of_many(form, data):
    """What is drawn for qid and target.id, score and maxscore is valid, whether they agree or not."""
    for eid in ("RESPONSE", "ASSESS"):
        assert check(data.draw(events(eid, form=form)), form) == []
