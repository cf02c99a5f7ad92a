"""An altered event has one changed value, and everything else as it was sent."""

import json

import msgspec
import pytest
from faulty_collector import changes
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from generator.chance import SeededChance
from generator.collector.server_faults.altered_event import alter, value_at
from generator.strategies import events

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(event=events(form="wire"), seed=st.integers(0, 100))
def test_one_value_changes_and_the_rest_stays(event, seed):
    """Whatever the event, exactly one value differs: never its mid, eid or ver, and never by a form of the same number."""
    sent = json.dumps(event).encode()
    altered = alter(Raw(sent), SeededChance(seed))
    ((_, before, after),) = changes(event, json.loads(bytes(altered.event)))

    assert (before, after) == (altered.before, altered.after)
    assert before != after
    assert str(before).upper() != str(after).upper()
    assert altered.path not in {"$.mid", "$.eid", "$.ver"}
    assert value_at(bytes(altered.event), altered.path) == after
    assert value_at(sent, altered.path) == before


@given(whole=st.dictionaries(st.text(), JSON), seed=st.integers(0, 100))
def test_any_json_is_altered_in_one_place_or_left_alone(whole, seed):
    """Keys, depths and numbers of any kind are no obstacle; where there is nothing to change, nothing is."""
    sent = json.dumps(whole).encode()
    try:
        read = msgspec.json.decode(sent)
    except (msgspec.DecodeError, UnicodeDecodeError):
        read = None
    altered = alter(Raw(sent), SeededChance(seed))

    if altered and read is not None:
        found = msgspec.json.decode(altered.event)
        assert len(changes(read, found)) == 1
        assert value_at(bytes(altered.event), altered.path) == altered.after


def test_what_stands_beside_the_change_stays_to_the_byte():
    """Numbers and escapes beside the changed value keep the form in which they were sent."""
    sent = b'{"mid":"m","edata":{"a":1.50e1,"b":"\\u00e9\\/","c":[1E3,{"d":7}]}}'
    seen = {bytes(alter(Raw(sent), SeededChance(seed)).event) for seed in range(40)}

    assert b'{"mid":"m","edata":{"a":1.50e1,"b":"\\u00e9\\/","c":[1E3,{"d":8}]}}' in seen
    assert len(seen) == 4


@pytest.mark.parametrize(
    "event", [b"[1]", b"1", b"{", b"\xff", b'{"mid":"m"}', b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", b'{"a":null}']
)  # fmt: skip
def test_what_cannot_be_altered_is_left_alone(event):
    """No event, nothing to change, nested without end: there is no alteration, and no exception."""
    assert alter(Raw(event), SeededChance(1)) is None
    assert value_at(event, "$.x") is None
