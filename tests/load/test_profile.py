"""Profiles: what is written in one line, its course, and the words for what is wrong with a line."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.load.rates.profile import MOST_POINTS, BreakingPoint, Profile
from generator.load.rates.shape import SHAPES, ShapePart
from generator.population.traffic import HOURLY_WEIGHTS

rates = st.floats(0.001, 1e9) | st.integers(1, 10**9).map(float)
times = st.floats(0.001, 10_000) | st.integers(1, 10_000).map(float)


def parts(shape):
    """Draw a part of a shape."""
    match shape:
        case "constant":
            return st.tuples(st.tuples(rates), st.tuples(times))
        case "soak" | "day":
            return st.tuples(st.tuples(rates), st.tuples(times))
        case "ramp":
            return st.tuples(st.tuples(rates, rates), st.tuples(times))
        case "steps":
            return st.tuples(st.lists(rates, min_size=1, max_size=5).map(tuple), st.tuples(times))
        case "spike":
            return st.tuples(rising, st.tuples(times, times))
        case "breakpoint":
            return st.tuples(rising, st.tuples(times))
    points = st.lists(
        st.tuples(rates, st.integers(0, 10_000)), min_size=2, max_size=6, unique_by=lambda one: one[1]
    )
    return points.map(
        lambda some: (tuple(rate for rate, _ in some), (0.0, *sorted(at + 1.0 for _, at in some[1:])))
    )


rising = st.lists(rates, min_size=2, max_size=2, unique=True).map(sorted).map(tuple)
part = st.sampled_from([*SHAPES]).flatmap(
    lambda shape: parts(shape).map(lambda numbers: ShapePart(shape, *numbers))
)
inner = part.filter(lambda one: one.shape != "breakpoint")
open_ended = rates.map(lambda rate: ShapePart("constant", (rate,), ()))
profiles = st.tuples(st.lists(inner, max_size=3), part | open_ended).map(
    lambda some: Profile([*some[0], some[1]])
)


@given(profiles)
def test_what_is_written_reads_back(profile):
    """parse(str(profile)) is the profile, whatever its numbers."""
    read = Profile.parse(str(profile))

    assert read == profile
    assert hash(read) == hash(profile)
    assert eval(repr(profile)) == profile
    assert (read.duration, read.peak, read.total) == (profile.duration, profile.peak, profile.total)


@given(profiles, st.floats(0.01, 1), st.floats(0, 20_000))
def test_a_share_scales_the_rate_and_nothing_else(profile, share, t):
    """A worker's part has the same course at its share of the rate, and is written like any other."""
    scaled = profile.scaled(share)

    assert scaled.duration == profile.duration
    assert scaled.rate(t) == pytest.approx(profile.rate(t) * share, rel=1e-6, abs=1e-6)
    assert scaled.area(t) == pytest.approx(profile.area(t) * share)
    assert Profile.parse(str(scaled)) == scaled


@given(profiles)
def test_people_are_told_in_one_line(profile):
    """The words name the unit, and say that a run goes on where it does."""
    told = profile.described("events")

    assert "events a second" in told
    assert "\n" not in told
    assert told.endswith("until the run ends") == (profile.duration == inf)


@given(st.text() | st.text(alphabet="0123456789kMrampstes:.,= inforthe"))
def test_any_text_is_read_or_refused_in_one_line(text):
    """No text raises anything but a usage error that begins with its place."""
    said = None
    try:
        profile = Profile.parse(text, "--arrivals")
    except UsageError as error:
        said = str(error)

    assert (
        profile.total > 0 if said is None else said.startswith("--arrivals ") and len(said.splitlines()) == 1
    )


@pytest.mark.parametrize(
    ("text", "course", "duration", "total"),
    [
        ("100k", {0: 1e5, 1e6: 1e5}, inf, inf),
        ("constant:100k for 5m", {0: 1e5, 299: 1e5, 300: 0}, 300, 3e7),
        ("ramp:0..100k in 60s", {0: 0, 30: 5e4, 60: 1e5, 999: 1e5}, inf, inf),
        ("ramp:100k..0 in 60s", {0: 1e5, 30: 5e4, 60: 0}, 60, 3e6),
        ("steps:1000,2000,5000 each 30s", {0: 1000, 29: 1000, 30: 2000, 60: 5000, 90: 0}, 90, 240_000),
        ("spike:1000..20000 at 60s for 10s", {59: 1000, 60: 20_000, 69: 20_000, 70: 1000, 999: 1000}, inf, inf),
        ("spike:0..20000 at 60s for 10s", {59: 0, 60: 20_000, 70: 0}, 70, 200_000),
        ("soak:5000 for 2h", {0: 0, 30: 2500, 60: 5000, 7140: 5000, 7170: 2500, 7200: 0}, 7200, 35_700_000),
        ("soak:100 for 100s", {2.5: 50, 5: 100, 95: 100}, 100, 9500),
        ("breakpoint:1000..100000 in 10m", {0: 1000, 300: 50_500, 600: 0}, 600, 30_300_000),
        ("points:0s=0,60s=100k,60s=0,120s=0", {30: 5e4, 60: 0}, 120, 3e6),
        ("ramp:0..10 in 10s then 10 for 5s then ramp:10..0 in 10s", {5: 5, 12: 10, 20: 5}, 25, 150),
        ("spike:1..9 at 2s for 1s then 4", {2: 9, 3: 4, 99: 4}, inf, inf),
    ],
)  # fmt: skip
def test_each_shape_has_its_course(text, course, duration, total):
    """The rates at chosen instants, the length and the number of units are as the words say."""
    profile = Profile.parse(text)

    assert {t: profile.rate(t) for t in course} == pytest.approx(course)
    assert (profile.duration, profile.total) == (duration, pytest.approx(total))
    assert profile.is_breakpoint == text.startswith("breakpoint")


def test_a_day_has_the_curve_of_traffic():
    """In the middle of each hour the rate is the hour's weight, the busiest being the peak; it ends as it began."""
    day = Profile.parse("day:50k in 24h")

    said = [day.rate((hour + 0.5) * 3600) / 50_000 for hour in range(24)]
    assert said == pytest.approx([weight / max(HOURLY_WEIGHTS) for weight in HOURLY_WEIGHTS])
    assert day.peak == 50_000
    assert day.rate(0) == pytest.approx(day.rate_before(day.duration))


def test_spaces_are_free_around_what_separates():
    """Spaces beside colons, commas and dots change nothing."""
    assert Profile.parse(" ramp : 0 .. 1k  in 60s ") == Profile.parse("ramp:0..1000 in 1m")
    assert Profile.parse("steps: 1k, 2k,5k each 30s") == Profile.parse("steps:1k,2k,5k each 30s")


@pytest.mark.parametrize("shape", SHAPES)
def test_every_example_is_right(shape):
    """What a message says to write is read, and begins with the shape that it is an example of."""
    assert Profile.parse(SHAPES[shape].example).parts[0].shape == shape


@pytest.mark.parametrize(
    ("text", "offending", "way_out"),
    [
        ("", "empty", "100k"),
        ("rmap:0..1k in 5s", "'rmap'", "did you mean ramp?"),
        ("RAMP:0..1k in 5s", "'RAMP'", "did you mean ramp?"),
        ("fast", "'fast'", "choose one of constant, ramp"),
        ("nan", "'nan'", "choose one of"),
        (":5", "''", "choose one of"),
        ("-5", "'-5'", "100k"),
        ("100,000", "'100,000'", "without commas"),
        ("steps:1,000,2,000 each 30s", "'000'", "without commas"),
        ("ramp", "'ramp'", "ramp:0..100k in 60s"),
        ("ramp:5 in 3s", "'5'", "two rates with .. between"),
        ("ramp:0..inf in 3s", "'inf'", "ramp:0..100k in 60s"),
        ("ramp:0..1k", "nothing", "'in DURATION'"),
        ("ramp:0..1k in 60", "'60'", "ramp:0..100k in 60s"),
        ("ramp:0..1k in 0s", "0s", "at least 1ms"),
        ("ramp:0..1k over 60s", "'over 60s'", "'in DURATION'"),
        ("ramp:0..1k in 60s for 5m", "'in 60s for 5m'", "then 100k for 5m"),
        ("ramp:0..0 in 3s", "always 0", "above 0"),
        ("steps:1k each", "'each'", "'each DURATION'"),
        ("spike:5..1 at 3s for 3s", "'spike:5..1", "lower rate first"),
        ("breakpoint:5..1 in 3s", "'breakpoint:5..1", "lower rate first"),
        ("breakpoint:1..2 in 3s then 5", "after a breakpoint", "breakpoint last"),
        ("100k then 5", "'100k' has no end", "'100k for 5m'"),
        ("then", "next to 'then'", "then 100k for 5m"),
        ("5 for 1s then", "next to 'then'", "then 100k for 5m"),
        ("points:1s=1,2s=3", "the first at 0s", "points:0s=0"),
        ("points:0s=1", "two points", "points:0s=0"),
        ("points:0s=1,5s=2,3s=4", "3s stands after 5s", "in order"),
        ("points:0s=1,5s=2,5.0001s=4", "5.0001s", "1ms"),
        ("points:0s=1,5s=2,5s=3,5s=4", "5s is there more than twice", "two points"),
        ("points:0s=1,5s", "'5s'", "= between"),
        ("points:0s=5,0s=0,5s=0", "always 0", "above 0"),
        ("points:0s=1,5s=2 for 3s", "'for 3s'", "no more"),
        ("soak:5k for 1000h", "'1000h'", "720h"),
        ("1 for 700h then 1 for 700h", "too long", "720h"),
        ("2000M", "'2000M'", "1,000,000,000"),
        (f"steps:{'1,' * MOST_POINTS}1 each 1s", "10,000 points", "leave out"),
        ("5" * 2_000_000, "2,000,000 characters", "1,000,000"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_the_way_out(text, offending, way_out):
    """The error names the place, the value, where in it, and what to write."""
    with pytest.raises(UsageError) as caught:
        Profile.parse(text)

    said = str(caught.value)
    assert said.startswith(f"--rate '{text[:20]}")
    assert offending in said
    assert way_out in said
    assert len(said) < 400


@pytest.mark.parametrize(
    "points",
    [
        [],
        [(0, 1)],
        [(1, 1), (2, 1)],
        [(0, 1), (nan, 1)],
        [(0, 1), (5, nan)],
        [(0, 1), (5, inf)],
        [(0, 1), (inf, 1)],
        [(0, -1), (5, 1)],
    ],
)
def test_points_that_make_no_sense_are_refused(points):
    """Points from a program are checked as those from a text are."""
    with pytest.raises(UsageError):
        Profile.through(points)


def test_points_are_a_profile():
    """Points given as numbers are the same profile as their text."""
    assert Profile.through([(0, 0), (60, 1e5), (300, 1e5)]) == Profile.parse("points:0s=0,60s=100k,5m=100k")


def test_a_breakpoint_names_the_rate_that_failed_and_the_last_good_one():
    """Until the window that failed began all had been well; where it was the first, no rate is known to be good."""
    profile = Profile.parse("breakpoint:1k..100k in 10m")

    assert profile.breaking_point(300, 10) == BreakingPoint(50_500, 48_850)
    assert profile.breaking_point(605, 5) == BreakingPoint(100_000, 100_000)
    assert profile.breaking_point(5, 10) == BreakingPoint(1825, 0)


def test_a_share_of_nothing_is_refused():
    """A profile that would never have anything due is none."""
    with pytest.raises(UsageError, match="always 0"):
        Profile.parse("5").scaled(0)
