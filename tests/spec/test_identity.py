"""Identity: ids are made from run, session and sequence, and read back; damage is told."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.spec import identity
from generator.spec.rules import EIDS

runs = st.integers(0, identity.RUNS - 1)
numbers = st.integers(0, identity.SESSIONS - 1)
sequences = st.integers(0, identity.SEQUENCES - 1)


@given(st.sampled_from(EIDS), sequences, runs, numbers)
def test_a_mid_is_read_back(eid, sequence, run, session):
    """What a mid was made of is what is read from it, and it looks as the real web client's."""
    mid = identity.make_mid(eid, sequence, run, session)

    assert identity.read_mid(mid) == (eid, sequence, run, session)
    assert re.fullmatch(r"[A-Z]+:[0-9a-f]{32}", mid)


@given(sequences, runs, numbers)
def test_a_msgid_is_read_back(batch, run, session):
    """What a batch id was made of is what is read from it, and it is 32 hex digits."""
    msgid = identity.make_msgid(batch, run, session)

    assert identity.read_msgid(msgid) == (batch, run, session)
    assert re.fullmatch(r"[0-9a-f]{32}", msgid)


@given(runs, numbers, st.integers(8, 31), st.integers(1, 15))
def test_a_damaged_tail_is_told(run, session, place, change):
    """One changed digit of run, session or check makes a mid that is not ours, but for one in 2**24."""
    mid = identity.make_mid("LOG", 7, run, session)
    digit = format(int(mid[4 + place], 16) ^ change, "x")
    damaged = mid[: 4 + place] + digit + mid[5 + place :]

    read = identity.read_mid(damaged)

    assert read is None or identity.make_mid(*read) == damaged


@pytest.mark.parametrize(
    "foreign",
    ["", "LOG", "LOG:", "7b9f6a3e-5c1d-4b8e-9a2f-0d1c2b3a4e5f", "LP.1767600000000.7b9f6a3e-5c1d-4b8e-9a2f-0d1c2b3a4e5f",
     "LOG:0cc175b9c0f1b6a831c399e269772661", "LOG:" + "0" * 32, "log:" + "0" * 32, "LOG:" + "g" * 32],
)  # fmt: skip
def test_foreign_mids_are_not_ours(foreign):
    """Mids of the mobile app, the platform and the real web client are told from ours."""
    assert identity.read_mid(foreign) is None


def test_what_does_not_fit_is_refused():
    """A run beyond 32 bits and a session beyond 40 are refused, not cut."""
    for run, session in ((2**32, 0), (0, 2**40), (-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="does not fit"):
            identity.tail(run, session)
    assert identity.tail(2**32 - 1, 2**40 - 1).startswith("f" * 18)
    assert identity.tail(0, 0).startswith("0" * 18)


@pytest.mark.parametrize(
    ("made", "shape"),
    [
        (
            identity.uuid_id("request", 1, 2, 0),
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        ),
        (identity.user_id(0, 5), r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        (identity.PlayIds(1, 2).make("portal-session", 0), r"[A-Za-z0-9_-]{32}"),
        (identity.PlayIds(1, 2).make("content", 0), r"do_31[0-9]{19}"),
        (identity.PlayIds(1, 2).make("attempt", 7), r"[0-9a-f]{32}"),
        (
            identity.PlayIds(1, 2).make("session", 0),
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        ),
        (identity.hex_id(32, "play"), r"[0-9a-f]{32}"),
        (identity.device_id(0, "web", 3), r"[0-9a-f]{32}"),
        (identity.device_id(0, "mobile", 3), r"[0-9a-f]{40}"),
        (identity.device_id(0, "desktop", 3), r"[0-9a-f]{64}"),
    ],
)
def test_ids_have_the_forms_of_real_ones(made, shape):
    """Each kind of id is as long and is written as the real clients write it."""
    assert re.fullmatch(shape, made)


def test_ids_are_the_same_on_every_machine():
    """The ids of one identity never change: datasets and ledgers are told by them."""
    assert identity.make_mid("START", 12, 0x5F3A9D10, 42) == "START:0000000c5f3a9d10000000002a0c466d"
    assert identity.tail(0x5F3A9D10, 42) == "5f3a9d10000000002a0c466d"
    assert identity.user_id(0, 0) == "4765b9ca-3a3a-4ec4-9440-e5b140a3a97c"
    assert identity.hex_id(7, "play", 1) == "c1c80bb"
    assert identity.hex_id(128, "play").startswith("3d13a137af288f56")
    assert len(identity.hex_id(128, "play")) == 128
    ids = identity.PlayIds(1, 2)
    assert ids.make("portal-session", 0) == "eBKHguRz_y-GKN5POPmHo7lpYPsiMR1s"
    assert ids.make("session", 0) == "e83eab8d-f147-4e4e-a9b3-adf1096a407e"
    assert ids.make("content", 0) == "do_317700055913614110782"
    assert ids.make("play", 1) == "7bcfdd65517870520af1d1cef6bb893e"
    assert identity.device_id(0, "web", 3) == "67e71ea4d5f0e2490de4b5473a83644e"
    assert [identity.uuid_id(number)[19] for number in range(12)] == list("aabaa8bb99b8")


@pytest.mark.parametrize("foreign", ["", "0" * 31, "0" * 32, "g" * 32, "0" * 33, "LOG:" + "0" * 32])
def test_foreign_batch_ids_are_not_ours(foreign):
    """A batch id of another shape, or whose check is wrong, is told from ours."""
    assert identity.read_msgid(foreign) is None


def test_the_parts_of_a_mid_have_their_sizes():
    """Run and sequence have 32 bits, sessions 40."""
    assert (identity.RUNS, identity.SESSIONS, identity.SEQUENCES) == (2**32, 2**40, 2**32)


@given(
    st.lists(
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**40 - 1)), min_size=2, max_size=20, unique=True
    )
)
def test_two_plays_have_no_id_in_common(plays):
    """Ids of a kind differ from play to play, and those of one play among each other."""
    made = [
        identity.PlayIds(*play).make(kind, ordinal)
        for play in plays
        for kind in ("play", "attempt")
        for ordinal in (0, 1)
    ]

    assert len(set(made)) == len(made)
