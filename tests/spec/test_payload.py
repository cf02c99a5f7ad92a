"""How the data of a call becomes a payload: as a mapping, as an object, as keywords; or is refused."""

from types import MappingProxyType

import pytest

from generator.errors import PayloadError
from generator.spec.edata import Assess, Extra, Question
from generator.spec.payload import make_payload

ANSWER = Assess(item=Question(id="q1"), passed="No", score=0, resvalues=[], duration=1)


def test_a_payload_object_is_taken_as_it_is():
    """An object of the payload's class is the payload itself; with keywords beside it, another one."""
    assert make_payload("ASSESS", ANSWER) is ANSWER
    assert make_payload("ASSESS", ANSWER, {"duration": 2}).duration == 2
    assert ANSWER.duration == 1


@pytest.mark.parametrize("data", [3, "LOG", [("type", "x")], object()], ids=repr)
@pytest.mark.parametrize("eid", ["INTERACT", "METRICS"])
def test_what_is_no_mapping_is_refused(eid, data):
    """Data is a mapping or a payload object; a list of pairs is neither."""
    with pytest.raises(PayloadError, match=rf"{eid}: \$: expected a mapping or a payload object, got"):
        make_payload(eid, data)


@pytest.mark.parametrize(("eid", "data"), [("METRICS", {"loads": 3.0}), ("EXDATA", {"type": "x", "more": 1})])
def test_any_mapping_will_do(eid, data):
    """What cannot be changed is a mapping too."""
    assert make_payload(eid, MappingProxyType(data)) == data


def test_a_whole_number_may_be_written_with_a_point():
    """3.0 is taken for 3 where an integer belongs, however deep it stands."""
    counts = {"starttime": 1e12, "endtime": 1e12, "timespent": 1, "pageviews": 2.0, "interactions": 0}
    payload = make_payload(
        "SUMMARY", {"type": "app", **counts, "eventssummary": [{"id": "LOG", "count": 3.0}]}
    )

    assert repr((payload.pageviews, payload.eventssummary[0].count)) == "(2, 3)"


@pytest.mark.parametrize("extra", [Extra(values=[float("nan")]), {"values": [{"x": float("inf")}]}], ids=repr)
def test_what_json_cannot_carry_is_refused_inside_an_object_too(extra):
    """A number that JSON has not is refused wherever anything may stand."""
    with pytest.raises(PayloadError, match=r"extra\.values\[0\]"):
        make_payload("INTERACT", {"type": "TOUCH", "id": "x", "extra": extra})


def test_a_misspelt_key_is_named_before_the_one_that_it_should_be():
    """A key that is misspelt is also missed; it is the misspelling that leads out."""
    with pytest.raises(PayloadError, match=r"\$\.stageId .*'stageid'\?") as caught:
        make_payload("START", {"type": "app", "mode": "", "stageId": ""})

    assert caught.value.path == "$.stageId"
