"""Patterns: a batch that is found by the pattern of its template is one that reading every line finds too."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_run import RUN, STARTED, MadeLedger, SessionLease, event, findings, opened, sent

from generator.spec.identity import make_msgid, tail
from generator.verify import patterns
from generator.verify.pattern import Sample, differing, learned
from generator.verify.patterns import Patterns
from generator.verify.presence import Presence
from generator.verify.sink.store import StoreSink

NUMBERS = (0, 6, 12, 18, 24)
"""Sessions as if of one template: from the third on their batches are found by patterns."""


def head(number, batch=0):
    return b'{"received":%d,"msgid":"%b","event":' % (STARTED + 1600, make_msgid(batch, RUN, number).encode())


def records(numbers=NUMBERS, scenario="story"):
    batches = [sent(number, batch, 3 * batch, 3) for number in numbers for batch in (0, 1)]
    return [*(opened(number, 6, scenario) for number in numbers), *batches]


def line_of(number, at):
    """Give a line of a store: ids are as long in all sessions, and instants are others."""
    text = event(number, at).replace(b'"u%d"' % number, b'"user-%04d"' % number)
    text = text.replace(b'"ets":%d' % (STARTED + at), b'"ets":%d' % (STARTED + 1000 * number + at))
    return head(number, at // 3) + text + b"}\n"


def lines(numbers=NUMBERS):
    return [line_of(number, at) for number in numbers for at in range(6)]


def verdicts(folder, *segments, sent=None):
    """Give what is found with patterns, and by reading every line."""
    ledger = MadeLedger([SessionLease(0, 50), *(sent or records())])
    for number, written in enumerate(segments, start=1):
        (folder / f"accepted-{number:06d}.jsonl").write_bytes(b"".join(written))
    fast = findings(ledger, StoreSink(folder), contents=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Patterns, "length", lambda _, __, line: (0, line.at))
        slow = findings(ledger, StoreSink(folder), contents=False)
    return fast, slow


def test_batches_are_found_by_the_pattern_of_their_template(tmp_path, monkeypatch):
    """Of each of two templates the first session is read line by line; all others are found by what was learned."""
    read, take = [], Presence.take
    monkeypatch.setattr(
        Presence, "take", lambda self, text, *rest: read.append(text.data) or take(self, text, *rest)
    )
    others = [number + 1 for number in NUMBERS]
    written = lines([number for pair in zip(NUMBERS, others, strict=True) for number in pair])
    (tmp_path / "accepted-000001.jsonl").write_bytes(b"".join(written))
    ledger = MadeLedger([SessionLease(0, 50), *records(), *records(others, "another story")])
    seen = findings(ledger, StoreSink(tmp_path), contents=False)

    assert (seen.outcome, seen.found) == ("delivered", 60)
    assert read == [b"".join(written[:12])]


@pytest.mark.parametrize(("scenario", "first"), [("", 0), ("story", 1)])
def test_only_whole_batches_of_a_template_are_learned(tmp_path, monkeypatch, scenario, first):
    """Sessions of no template are unlike each other; a batch without its first events is as it happens to be."""
    learned_from = []
    monkeypatch.setattr(patterns, "_Kind", learned_from.append)
    written = [line for at, line in enumerate(lines()) if at % 3 >= first]
    (tmp_path / "accepted-000001.jsonl").write_bytes(b"".join(written))
    ledger = MadeLedger([SessionLease(0, 50), *records(scenario=scenario)])
    seen = findings(ledger, StoreSink(tmp_path), contents=False)

    assert (seen.found, learned_from) == (len(written), [])


@pytest.mark.parametrize("end", range(18, 31))
def test_a_batch_whose_end_is_missing_is_counted_as_far_as_it_goes(tmp_path, end):
    """A file ends in the middle of a batch whose template is known."""
    fast, slow = verdicts(tmp_path, lines()[:end])

    assert (fast, fast.found) == (slow, end)


def test_batches_that_all_lack_their_end_are_counted_as_far_as_they_go(tmp_path):
    """At the end of each of five files the last line of a batch is missing: it is nowhere learned as found."""
    fast, slow = verdicts(tmp_path, *(lines([number])[:5] for number in NUMBERS))

    assert (fast, fast.found, fast.lost.events) == (slow, 25, 5)


def test_a_batch_of_more_events_than_those_of_its_template_is_not_found_by_their_pattern(tmp_path):
    """Of the last session more was sent at once, and its last event is lost: the pattern of fewer events stands there."""
    opening = [opened(number, 6) for number in NUMBERS]
    some = [sent(number, 0, 0, 3 + (number == NUMBERS[-1])) for number in NUMBERS]
    written = [line for at, line in enumerate(lines()) if at % 6 < 3]
    fast, slow = verdicts(tmp_path, written, sent=[*opening, *some])

    assert (fast, fast.found, fast.lost.events) == (slow, 15, 1)


BYTES = [b"\n", b"\t", b"0", b"7", b'"', b"\\", b"\xff"]


@pytest.mark.parametrize("byte", BYTES)
def test_whatever_byte_is_another_the_verdict_is_that_of_reading_every_line(tmp_path, byte):
    """In a session whose batches are found by patterns, any byte of a batch is another, also one in a slot."""
    written, first = lines(), BYTES.index(byte)
    # The values of slots are read in the first event of a batch; what closes its last one is no part of the pattern,
    # nor is what stands before each.
    places = [(12, at) for at in range(first % 2, len(written[12]), 2)]
    before = len(head(12, 2))
    places += [(13, at) for at in [*range(first % 2, before, 2), *range(before + first, len(written[13]), 7)]]
    places += [(14, at) for at in range(-3, 0)]
    for line, at in places:
        text = bytearray(written[line])
        text[at : at + 1 or None] = byte
        altered = bytes(text)
        fast, slow = verdicts(tmp_path, [*written[:line], altered, *written[line + 1 : 18]])

        assert fast == slow, altered


@pytest.mark.parametrize("byte", BYTES)
def test_a_value_that_is_not_plain_is_in_no_slot(tmp_path, byte):
    """A value that every event of a batch has, with a byte that ends a text or a line, is read line by line."""
    written = [line.replace(b"user-0012", b"us%br-0012" % byte) for line in lines()[:18]]
    fast, slow = verdicts(tmp_path, written)

    assert fast == slow


@pytest.mark.parametrize("eid", [b"log", b"LOG2", b""])
def test_an_eid_that_no_event_of_ours_has_is_not_learned(tmp_path, eid):
    """In all sessions the second event of a batch has such an eid, in its mid too: its mid is not one of ours."""
    written = lines()
    for at in range(1, 30, 6):
        own = event(NUMBERS[at // 6], 1)[8:].partition(b'"')[0]
        written[at] = written[at].replace(b'"' + own, b'"' + eid)
    fast, slow = verdicts(tmp_path, written)

    assert (fast, fast.found, fast.foreign) == (slow, 25, 5)


@given(
    changes=st.dictionaries(
        st.integers(0, 29), st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6
    ),
    order=st.none() | st.permutations(range(5)),
)
def test_patterns_learned_from_damaged_batches_find_nothing_else(changes, order, tmp_path_factory):
    """Any bytes of any session are others, those included from which a pattern is learned: the verdict is the same."""
    written = lines()
    for place, (at, byte) in changes.items():
        line = written[place]
        written[place] = line[: at % len(line)] + bytes([byte]) + line[at % len(line) + 1 :]
    if order:
        written = [line for session in order for line in written[6 * session : 6 * session + 6]]
    fast, slow = verdicts(tmp_path_factory.mktemp("sink"), written)

    assert fast == slow


def batch(number, edata):
    ends = tail(RUN, number).encode()
    return Sample(b'{"eid":"LOG","mid":"LOG:00000000%b",%b}' % (ends, edata), ends, 0)


@pytest.mark.parametrize(
    ("one", "other", "is_learned"),
    [
        (b'"id":"abcd1"', b'"id":"efgh2"', True),
        (b'"id":1700000000001', b'"id":1700000000999', True),
        (b'"id":12345678', b'"id":87654321', False),
        (b'"id":0.123456', b'"id":0.654321', False),
        (b'"id":"ab"', b'"id":"cd"', False),
        (b'"id":"\\u1234"', b'"id":"\\u4321"', False),
        (b'"id":"\\nabcd"', b'"id":"\\tabcd"', False),
        (b'"id":"ab cd"', b'"id":"ab\tcd"', False),
        (b'"id":true', b'"id":null', False),
        (b'"mid":"LOG:abcdefgh"', b'"mid":"LOG:hgfedcba"', False),
        (b'"eid":"ABCDEFGH"', b'"eid":"HGFEDCBA"', False),
        (b'"id":"abcd1"}', b'"id":"efgh2"}', False),
        (b'"id":"\xffabcd"', b'"id":"\xffefgh"', False),
    ],
)
def test_a_pattern_is_learned_only_if_its_slots_stand_in_strings_or_are_instants(one, other, is_learned):
    """Plain letters in a slot must leave an event what it is: a whole one, with its eid and its mid."""
    first, second = batch(0, one), batch(6, other)
    slots = sorted(differing(first, second))

    assert (learned(first, second, slots, 0) is not None) == is_learned


def test_an_instant_keeps_its_first_digit():
    """A number that begins with a zero is no JSON: only the digits behind the first are a slot."""
    first, second = batch(0, b'"ets":1700000000001'), batch(6, b'"ets":1700000000999')
    (slot,) = differing(first, second)
    pattern = learned(first, second, [slot], 0)
    zero = re.sub(b"17", b"07", second.events)

    assert slot.is_instant
    assert pattern.build(second.events, 0, second.ends, b"\n") == second.events
    assert pattern.build(zero, 0, second.ends, b"\n") != zero
