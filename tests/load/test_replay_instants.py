"""The instants of a recording: their unit is recognised, so that a session takes as long as it took."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.load.replay.assignment import DatasetPart
from generator.load.replay.completed_set import CompletedSet
from generator.load.replay.dataset import Dataset
from generator.load.replay.instant import instant, shifted
from generator.load.replay.session_source import SessionSource, scan
from tests.load.test_replay import how

BEGAN = 1_767_584_096_789
UNITS = {"seconds": 1e-3, "milliseconds": 1, "microseconds": 10**3, "nanoseconds": 10**6}


def recording(unit, gaps=(0, 2_000, 60_000)):
    """Return a session of three events whose instants are whole numbers of a unit."""
    return [
        json.dumps({
            "eid": "LOG", "ets": int((BEGAN // 1000 * 1000 + gap) * UNITS[unit]), "ver": "3.0", "mid": f"LOG:{gap}",
            "actor": {"id": "u", "type": "User"},
            "context": {"channel": "c", "pdata": {"id": "p"}, "env": "e", "sid": "s", "did": "d"},
            "edata": {"type": "api_access", "level": "INFO", "message": ""},
        })
        for gap in gaps
    ]  # fmt: skip


def dataset(tmp_path, unit):
    path = tmp_path / "recorded.jsonl"
    path.write_text("\n".join(recording(unit)) + "\n")
    return Dataset(str(path))


@pytest.mark.parametrize("unit", UNITS)
def test_a_session_takes_as_long_as_it_took_whatever_its_unit(tmp_path, unit):
    """A session of a minute is replayed in a minute, and its events keep their distances in their own unit."""
    source = SessionSource(
        dataset(tmp_path, unit), DatasetPart(0, 1), CompletedSet(), how(size=1, in_order=True)
    )
    source.started = 1_800_000_000_000
    assert source.start == BEGAN // 1000 * 1000
    session = source.begin(0.0, is_past=False)
    bodies = []
    while not session.is_over:
        bodies.append(json.loads(session.prepare().body)["events"])
        session.go_on()
    instants = [event["ets"] for events in bodies for event in events]

    assert [round((one - instants[0]) / UNITS[unit]) for one in instants] == [0, 2_000, 60_000]
    assert (
        len(str(instants[0]))
        == {"seconds": 10, "milliseconds": 13, "microseconds": 16, "nanoseconds": 19}[unit]
    )


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_that_is_not_the_specifications_is_named(tmp_path, unit):
    """Before anything is sent the unit is named with the number of events, unless it is milliseconds."""
    notes = [line for line in scan(dataset(tmp_path, unit), "wire", is_verbatim=False) if "ets in" in line]

    assert (
        notes == [] if unit == "milliseconds" else f"3 of the first 3 events have ets in {unit}" in notes[0]
    )


@pytest.mark.parametrize(
    "value", [None, True, "1767584096789", 0, -1, 99, 10**12 * 10**9, float("nan"), [1], {}]
)
def test_what_is_no_instant_is_left_as_it_is(value):
    """A value that is no instant in any unit has no time, and is not changed."""
    assert instant(value) is None
    assert shifted(value, 1000) is value


@given(st.integers(0, 10**9), st.sampled_from(sorted(UNITS)), st.integers(-(10**9), 10**9))
def test_moving_keeps_the_unit(seconds, unit, shift):
    """An instant moved by whole seconds is that instant, in the same unit."""
    value = int((1_200_000_000 + seconds) * 1000 * UNITS[unit])

    assert (
        instant(shifted(value, shift * 1000)) == instant(value) + shift * 1000
        or instant(shifted(value, shift * 1000)) is None
    )
