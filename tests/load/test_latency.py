"""Latencies: percentiles that are true within 1 %, whatever is merged and however it travels."""

import base64
import random
import zlib
from bisect import bisect_left
from contextlib import suppress
from math import ceil

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.load.metrics.latency import LONGEST, PARTS, Latency

durations = st.one_of(st.integers(1, 2000), st.integers(1, 5_000_000), st.integers(1, LONGEST))


def recorded(values):
    latency = Latency()
    for value in values:
        latency.record(value)
    return latency


@given(st.lists(durations, min_size=1, max_size=300), st.floats(0, 1))
def test_a_percentile_is_the_nearest_rank_s_within_one_percent(values, part):
    """Each percentile is at least the exact one of the sorted values, and less than 1 % more."""
    exact = sorted(values)[min(len(values), max(1, ceil(round(part * len(values), 6)))) - 1] / 1000

    assert exact <= recorded(values).percentile(part) <= exact * 1.01


@given(st.lists(durations, min_size=1, max_size=300))
def test_max_and_mean_are_within_one_percent(values):
    """Nothing is beyond the max, which is less than 1 % above the longest; the mean is off by less than 1 %."""
    latency = recorded(values)
    figures = latency.as_dict()

    assert max(values) / 1000 <= latency.max <= max(values) / 1000 * 1.01
    assert latency.mean == pytest.approx(sum(values) / len(values) / 1000, rel=0.01)
    assert figures["count"] == latency.count == len(values)
    assert [figures[name] for name in PARTS] == sorted(figures[name] for name in PARTS)
    assert figures["p999"] <= figures["max"]


@given(durations)
def test_a_value_is_counted_where_hdrhistogram_counts_it(value):
    """Counting by hand and by the library's own method give the same histogram, text and all."""
    own = HdrHistogram(1, LONGEST, 2)
    own.record_value(value)

    assert recorded([value]).encode() == own.encode().decode()
    assert recorded([value]).max * 1000 == pytest.approx(
        min(own.get_highest_equivalent_value(value), LONGEST)
    )


@given(st.lists(st.lists(durations, max_size=40), max_size=6), st.randoms(use_true_random=False))
def test_merging_in_any_order_equals_recording_in_one(parts, order):
    """Histograms merged, some of them after a journey as text, say what one says that has recorded everything."""
    whole = recorded([value for part in parts for value in part])
    latencies = [recorded(part) for part in parts]
    order.shuffle(latencies)
    merged = Latency()
    for latency in latencies:
        merged.merge(Latency.decode(latency.encode()) if order.random() < 0.5 else latency)

    assert merged.as_dict() == whole.as_dict()
    assert merged.encode() == whole.encode()
    assert merged.curve() == whole.curve()


@given(st.lists(durations, max_size=50), st.lists(durations, max_size=50))
def test_a_decoded_one_goes_on_counting(before, after):
    """What was read from text is recorded into as if it had never been written."""
    latency = Latency.decode(recorded(before).encode())
    for value in after:
        latency.record(value)

    assert latency.as_dict() == recorded(before + after).as_dict()


@pytest.mark.parametrize(
    ("value", "shown"), [(0, 0.001), (-5, 0.001), (LONGEST + 1, 3_600_000), (10**30, 3_600_000)]
)
def test_what_is_beyond_the_range_is_clamped_and_counted(value, shown):
    """Below 1 µs and beyond an hour a value counts as these, is counted as clamped, and stays so as text."""
    latency = recorded([value, 1, LONGEST])
    latency.merge(Latency.decode(recorded([value]).encode()))

    assert latency.clamped == 2
    assert latency.count == 4
    assert recorded([value]).percentile(0.5) == recorded([value]).mean == shown
    assert recorded([1, LONGEST]).clamped == 0


@given(st.lists(durations, min_size=1, max_size=200))
def test_the_curve_rises_to_the_max(values):
    """A percentile plot starts at 0, never falls, ends at (100, max), and agrees with the percentiles."""
    latency = recorded(values)
    curve = latency.curve()

    assert curve[0][0] == 0
    assert curve[-1] == (100, latency.max)
    assert curve == sorted(curve)
    places = [percentile for percentile, _ in curve]
    assert dict(curve)[places[bisect_left(places, 50)]] == latency.percentile(0.5)


def test_nothing_recorded_is_nothing_said():
    """An empty one has zeros, no curve, and an empty text."""
    empty = Latency()

    assert set(empty.as_dict().values()) == {0}
    assert empty.curve() == []
    assert empty.encode() == ""
    assert Latency.decode("").count == 0


def texts():
    """Texts that are no histogram of ours: nonsense, another range, one that swells, one that is long."""
    wide = HdrHistogram(1, LONGEST * 1000, 3)
    wide.record_value(5)
    yield from ("x", "nonsense!", "ä", base64.b64encode(b"\0" * 40).decode(), wide.encode().decode())
    swollen = zlib.compress(b"\0" * 10_000_000)
    yield base64.b64encode(b"\x1c\x84\x93\x14" + len(swollen).to_bytes(4, "big") + swollen).decode()
    yield "A" * 100_000


@pytest.mark.parametrize("text", list(texts()), ids=range(7))
def test_a_text_that_is_no_histogram_is_refused(text):
    """It is a UsageError of one short line."""
    with pytest.raises(UsageError, match=r"^latencies '.{0,30}': ") as raised:
        Latency.decode(text)
    assert len(str(raised.value)) < 200
    assert "\n" not in str(raised.value)


def test_no_damaged_text_is_more_than_refused():
    """Bytes changed at random, in two thousand texts: each is read or refused, and nothing else is raised."""
    drawn = random.Random(7)
    whole = base64.b64decode(recorded(drawn.randrange(1, 10**6) for _ in range(500)).encode())
    body = zlib.decompress(whole[8:])
    for _ in range(2000):
        damaged = bytearray(body[: drawn.randrange(len(body) + 1)] if drawn.random() < 0.3 else body)
        for _ in range(drawn.randrange(4)):
            if damaged:
                damaged[drawn.randrange(min(len(damaged), drawn.choice([40, 4000])))] = drawn.randrange(256)
        packed = zlib.compress(bytes(damaged))
        text = base64.b64encode(whole[:4] + len(packed).to_bytes(4, "big") + packed).decode()
        with suppress(UsageError):
            Latency.decode(text).as_dict()
