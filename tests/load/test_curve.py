"""Curves: the area is the integral of the rate, and its inverse says when."""

from itertools import accumulate, pairwise
from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from generator.load.rates.curve import Curve, Knot

rates = st.just(0.0) | st.floats(0.01, 1e6)


@st.composite
def curves(draw):
    """Draw a curve with ramps, plateaus, pauses and jumps, that ends or stays."""
    course = draw(st.lists(st.tuples(st.just(0.0) | st.floats(0.01, 1000), rates), max_size=8))
    times = accumulate((length for length, _ in course), initial=0.0)
    knots = [
        Knot(0.0, draw(rates)),
        *(Knot(at, rate) for at, (_, rate) in zip(list(times)[1:], course, strict=True)),
    ]
    return Curve(knots, draw(rates))


def close(value):
    return pytest.approx(value, rel=1e-9, abs=1e-6)


def instants(curve):
    return st.floats(0, min(curve.duration, 10_000) * 1.2 + 1)


@given(curves(), st.data())
def test_the_area_never_falls(curve, data):
    """What is due stays due."""
    early, late = sorted((data.draw(instants(curve)), data.draw(instants(curve))))

    assert curve.area(early) <= curve.area(late) * (1 + 1e-12)


@given(curves(), st.data())
def test_the_area_is_the_integral_of_the_rate(curve, data):
    """Between two knots the trapezoid of the rates at both ends is what becomes due; summed it is the area."""
    t = data.draw(instants(curve))
    edges = sorted(
        {0.0, t, *(piece.start for piece in curve._pieces if piece.start < t), min(t, curve.duration)}
    )
    summed = sum(
        (curve.rate(one) + curve.rate_before(two)) / 2 * (two - one)
        for one, two in pairwise(edges)
        if two <= curve.duration
    )

    assert curve.area(t) == close(summed)


@given(curves(), st.floats(0, 1))
def test_time_of_inverts_the_area(curve, part):
    """So many units are due at the instant that is said, and not before it."""
    area = part * min(curve.total, 1e9)
    assume(area > 1e-3)
    t = curve.time_of(area)

    assert curve.area(t) == pytest.approx(area, rel=1e-6, abs=1e-6)
    assert curve.area(t - 0.01) <= area
    assert 0 <= t <= curve.duration


@given(curves(), st.lists(st.floats(0, 1e7), min_size=2), st.floats(0, 100))
def test_later_units_are_not_due_earlier(curve, areas, after):
    """The inverse never falls, and never lies before `after`."""
    times = [curve.time_of(area, after) for area in sorted(areas)]

    assert times == sorted(times)
    assert times[0] >= after


def test_the_smallest_area_is_due_at_once():
    """So small a part of a unit that its square root is nothing divides by nothing."""
    assert Curve([Knot(0, 0), Knot(1000, 0.01)]).time_of(5e-324) == 0


@given(curves())
def test_what_lies_beyond_the_end_is_never_due(curve):
    """More than the total is never due, and after the end the rate is 0."""
    assert curve.area(inf) == curve.total
    assert curve.time_of(inf) == inf
    if curve.duration < inf:
        assert curve.time_of(curve.total * 1.01 + 1) == inf
        assert curve.rate(curve.duration) == curve.rate(curve.duration + 1) == 0
        assert curve.area(curve.duration + 5) == curve.total


def test_nothing_is_due_in_a_pause():
    """A unit is due when its area is first reached: before a pause, not after it."""
    curve = Curve([Knot(0, 10), Knot(1, 10), Knot(1, 0), Knot(5, 0), Knot(5, 10), Knot(6, 10)])

    assert curve.time_of(10) == 1
    assert curve.time_of(10.1) == pytest.approx(5.01)
    assert curve.area(3) == 10
    assert curve.rate(3) == 0


def test_at_a_jump_the_rate_has_two_sides():
    """The rate at an instant is the one after the jump; the rate up to it the one before."""
    curve = Curve([Knot(0, 10), Knot(1, 10), Knot(1, 30), Knot(2, 30)])

    assert (curve.rate_before(1), curve.rate(1)) == (10, 30)
    assert (curve.rate_before(0), curve.rate(0)) == (0, 10)
    assert (curve.rate_before(2), curve.rate(2)) == (30, 0)
    assert curve.rate(-1) == 0
