"""Adherence: whether workers offered the profile is told by their parts, upwards and downwards, and from when to when."""

import pytest

from generator.load.rates.adherence import adherence
from generator.load.rates.profile import Profile

FLAT, RAMP = Profile.parse("600"), Profile.parse("ramp:0..100 in 10s")


@pytest.mark.parametrize(
    ("profile", "workers", "part", "stretches"),
    [
        (FLAT, [[(0, 0.5), (10, 0)], [(0, 0.5), (10, 0)]], 1.0, []),
        (FLAT, [[(0, 0.25), (10, 0)]] * 5, 1.25, [(0, 10, 1.25)]),
        (FLAT, [[(0, 0.25), (10, 0)]] * 3 + [[(0, 0.25), (4, 0)]], 0.85, [(4, 10, 0.75)]),
        (FLAT, [[(0, 0.0), (0, 1.0), (10, 0)]], 1.0, []),
        (FLAT, [[(0, 1.0), (6, 0.5), (10, 0)], [(0, 0.0), (6, 0.5), (10, 0)]], 1.0, []),
        (FLAT, [], 0.0, [(0, 10, 0.0)]),
        (RAMP, [[(0, 0.0), (5, 1.0), (10, 0)]], 0.75, [(0, 5, 0.0)]),
        (FLAT, [[(0, 1.0), (9.99, 0.0)]], 1.0, []),
    ],
)
def test_the_offered_part_is_that_of_the_profile_s_integral(profile, workers, part, stretches):
    """What counts is the area below the profile that somebody had a part of; each stretch says where it was another."""
    found = adherence(profile, workers, 10.0)

    assert found.part == pytest.approx(part)
    assert found.is_on_profile == (part == 1.0)
    assert [tuple(one) for one in found.deviations] == [pytest.approx(one) for one in stretches]
    assert found.penalty == pytest.approx(min(part, 1 / part) if part else 0)


def test_a_stretch_says_how_much_was_offered_and_when():
    """A part of 123 % is told in the words that a reader looks for."""
    [stretch] = adherence(FLAT, [[(0, 1.0), (10, 0)], [(3, 0.234), (8, 0)]], 10.0).deviations

    assert str(stretch) == "123 % of it from second 3.0 to 8.0"
