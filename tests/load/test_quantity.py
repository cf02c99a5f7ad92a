"""Quantities: what people write is read exactly, and what is shown reads back as the same number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.load.rates.units import (
    HIGHEST_RATE,
    LONGEST,
    read_duration,
    read_rate,
    show_duration,
    show_rate,
)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("0", 0),
        ("250", 250),
        ("0.5", 0.5),
        ("100k", 1e5),
        ("1.5M", 1.5e6),
        ("100_000", 1e5),
        ("1.1k", 1100),
        ("2K", 2000),
    ],
)
def test_a_rate_is_read_as_people_write_it(text, rate):
    """Suffixes and groups mean what they say, to the last bit."""
    assert read_rate(text) == rate


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("30s", 30),
        ("5m", 300),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1m30s250ms", 90.25),
        ("0s", 0),
        ("0.1s", 0.1),
    ],
)
def test_a_duration_is_read_as_people_write_it(text, seconds):
    """Every unit is known, alone and from the long to the short."""
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        "nan",
        "inf",
        "1e5",
        "100,000",
        "1m",
        "1G",
        "007",
        "1__0",
        "10_0",
        ".5",
        "5.",
        "0x10",
        "\u0663",
        " 1",
        "1001M",
    ],
)
def test_what_is_no_rate_is_refused_by_name(text):
    """Whatever else is written is refused, and named."""
    with pytest.raises(UsageError) as caught:
        read_rate(text)

    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "30", "-3s", "nan", "infs", "5min", "3s5m", "1h 30m", "1,5s", "721h", "\u0661s", "1e3s"]
)
def test_what_is_no_duration_is_refused_by_name(text):
    """A number without a unit, and whatever else is written, is refused and named."""
    with pytest.raises(UsageError) as caught:
        read_duration(text)

    assert repr(text) in str(caught.value)


@given(
    st.floats(0, HIGHEST_RATE).filter(lambda rate: rate == 0 or rate > 1e-6) | st.integers(0, HIGHEST_RATE)
)
def test_a_rate_that_is_shown_reads_back(rate):
    """Showing loses no bit."""
    assert read_rate(show_rate(rate)) == rate


@given(st.floats(0.001, LONGEST) | st.integers(0, int(LONGEST)))
def test_a_duration_that_is_shown_reads_back(seconds):
    """Showing loses no bit."""
    assert read_duration(show_duration(seconds)) == seconds


@given(st.integers(1, 999), st.sampled_from(["", "k", "M"]))
def test_a_round_rate_is_shown_short(number, suffix):
    """What was written short is shown short."""
    assert show_rate(read_rate(f"{number}{suffix}")) == f"{number}{suffix}"
