"""How the data of a call becomes a payload: as a mapping, as an object, as keywords; or is refused."""

from types import MappingProxyType

import pytest

from generator.errors import PayloadError
from generator.spec import payload as making
from generator.spec.edata import Assess, AssessedItem, End, Extra, Start
from generator.spec.payload import make_payload

ANSWER = Assess(item=AssessedItem(id="q1"), passed="No", score=0, resvalues=[], duration=1)


def test_a_payload_object_is_taken_as_it_is():
    """An object of the payload's class is the payload itself; with keywords beside it, another one."""
    assert make_payload("ASSESS", ANSWER) is ANSWER
    assert make_payload("ASSESS", ANSWER, {"duration": 2}).duration == 2
    assert ANSWER.duration == 1


@pytest.mark.parametrize(
    "data", [3, "LOG", [("type", "x")], object()], ids=["number", "text", "pairs", "object"]
)
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


@pytest.mark.parametrize(
    ("eid", "payload", "path"),
    [
        ("START", Start(type="app", mode="", stageid=5), "$.stageid"),
        ("END", End(contentId="c", type="app", duration=0, pageid="", summary=[{"a": float("nan")}]), "$.summary[0].a"),
        ("ASSESS", Assess(item=AssessedItem(id="q"), passed="No", score=0, resvalues=[{"a": float("inf")}], duration=1),
         "$.resvalues[0].a"),
        ("ASSESS", Assess(item=AssessedItem(id=""), passed="No", score=0, resvalues=[], duration=1), "$.item.id"),
    ],
)  # fmt: skip
def test_an_object_is_checked_which_its_constructor_did_not(eid, payload, path):
    """An object with all its fields, or some, is refused with the path of the bad value, and else taken."""
    with pytest.raises(PayloadError) as caught:
        make_payload(eid, payload)

    assert caught.value.path == path


def test_an_object_with_all_its_fields_is_taken():
    """Nothing need be left out."""
    start = Start(type="app", mode="", stageid="")
    end = End(contentId="c", type="app", duration=0, pageid="", summary=[{"a": 1}])

    assert make_payload("START", start) is start
    assert make_payload("END", end) is end


def test_what_was_valid_once_is_not_looked_at_again(monkeypatch):
    """A world makes each question once: objects are remembered, so many at most; answers, made anew, are not."""
    monkeypatch.setattr(making, "_VALID", {})
    monkeypatch.setattr(making, "_MOST_REMEMBERED", 2)
    kept = [Start(type="app", mode="", stageid=str(number)) for number in range(5)]
    sizes = []
    for start in kept:
        make_payload("START", start)
        sizes.append(len(making._VALID))
    kept[-1].stageid = 5

    assert make_payload("START", kept[-1]).stageid == 5
    assert max(sizes) == 2

    answer = Assess(item=AssessedItem(id="q"), passed="No", score=0, resvalues=[], duration=1)
    make_payload("ASSESS", answer)
    answer.duration = "long"
    with pytest.raises(PayloadError):
        make_payload("ASSESS", answer)
