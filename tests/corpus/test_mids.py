"""A mid names its event and says nothing of its content: a real client changes events after it has hashed them."""

import ast
import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import generator
from generator import check, check_session
from generator.datasets.check import DatasetCheck
from generator.datasets.reader import JsonValue
from generator.spec.identity import read_mid
from generator.spec.rules import FORMS
from generator.strategies import events

CAPTURES = Path(__file__).parents[1] / "data" / "captures"
NAMES = [path.stem for path in sorted(CAPTURES.glob("*.jsonl"))]


def recorded(name):
    """Read the events of a recording."""
    lines = (CAPTURES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for line in lines if (event := json.loads(line)["event"])]


def hashed(event):
    """Return the mid that the web client makes of an event: the MD5 of its JSON with an empty mid."""
    order = ("eid", "ets", "ver", "mid", "actor", "context", "object", "tags", "edata")
    text = json.dumps({name: event[name] for name in order if name in event} | {"mid": ""})
    return f"{event['eid']}:{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}"


def test_a_hash_is_never_taken_for_a_mid_of_footfall():
    """Of the mids of real clients, which are hashes, none is read as one that Footfall made."""
    mids = {event["mid"] for name in NAMES for event in recorded(name)}

    assert len(mids) > 300
    assert [mid for mid in mids if read_mid(mid)] == []


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=100)
@given(data=st.data())
def test_an_event_is_valid_under_any_mid(form, data):
    """Its own hash, another event's hash and any other text are all the same to `check`."""
    event, other = data.draw(events(form=form)), data.draw(events(form=form))
    changed = event | {"tags": [*event.get("tags", []), "changed after it was hashed"]}

    for mid in (hashed(event), hashed(other), hashed(changed), "x"):
        for one in (event, changed):
            assert check(one | {"mid": mid}, form) == check(json.dumps(one | {"mid": mid}), form) == []


def verdict(said):
    """Judge events in wire form, and return all that is found, without the mids themselves."""
    judgement = DatasetCheck("wire", violations=1000)
    for line, event in enumerate(said, 1):
        judgement.take(JsonValue(line, msgspec.json.encode(event)))
    judgement.finish()
    sessions = judgement.sessions
    found = [
        (one.line, one.session, one.violation.path, one.violation.problem)
        for one in (*judgement.found, *judgement.between, *judgement.noted)
    ]
    return found, judgement.valid, judgement.invalid, sessions.judged, sessions.in_part, sessions.skipped


def remade(said, make):
    """Give each event another mid; events that shared one still share one."""
    mids = {event["mid"]: make(place, event) for place, event in reversed([*enumerate(said)])}
    return [event | {"mid": mids[event["mid"]]} for event in said]


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_judged_alike_under_any_mids(name):
    """Hashes that are true, hashes of something else and texts that are no hashes give one verdict."""
    said = recorded(name)
    other = recorded("sdk-1.3.0")[0]
    wanted = verdict(said)

    assert verdict(remade(said, lambda _, event: hashed(event))) == wanted
    assert verdict(remade(said, lambda place, _: hashed(other | {"ets": place}))) == wanted
    assert verdict(remade(said, lambda place, _: f"LP.{place}.x")) == wanted


@pytest.mark.parametrize("name", NAMES)
def test_what_is_changed_after_hashing_keeps_its_mid(name):
    """Events whose options are changed after their mid was made are judged as if they had been so from the start."""
    said = [
        event | {"edata": event["edata"] | {"pass": "changed", "score": 3}}
        if event["eid"] == "ASSESS"
        else event
        for event in recorded(name)
    ]

    assert verdict(said) == verdict(remade(said, lambda _, event: hashed(event)))
    kept, rehashed = (
        [(v.path, v.problem) for v in check_session(one)]
        for one in (said, remade(said, lambda _, event: hashed(event)))
    )
    assert kept == rehashed


def test_no_code_makes_the_clients_hash():
    """No module of the package uses MD5, with which the web client makes its mids."""
    for path in Path(generator.__file__).parent.rglob("*.py"):
        named = {
            getattr(node, "attr", getattr(node, "id", getattr(node, "name", "")))
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        }
        assert "md5" not in named, path
