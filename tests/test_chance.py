"""Chance: bounded, seeded, the same everywhere; Hypothesis draws the decisions."""

import subprocess
import sys

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from generator import SeededChance
from generator.chance import seed_of
from generator.strategies import DrawnChance


def answers(chance):
    return [
        *(chance.happens(0.5) for _ in range(20)),
        *(chance.pick("abc", (1, 2, 3)) for _ in range(20)),
        *(chance.between(1, 6) for _ in range(20)),
        *(chance.lognormal(4, 0.6) for _ in range(20)),
    ]


def test_seeded_twins_agree():
    """Two chances of one seed give the same answers; another seed gives others."""
    assert answers(SeededChance(7, "x")) == answers(SeededChance(7, "x")) != answers(SeededChance(8, "x"))


def test_another_process_with_another_hash_seed_agrees():
    """Neither the process nor Python's hash seed has a say."""
    code = "from tests.test_chance import answers, SeededChance; print(answers(SeededChance(7)))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "2")
    }

    assert outputs == {f"{answers(SeededChance(7))}\n".encode()}


@given(
    st.integers(),
    st.floats(0, 1),
    st.integers(-100, 100),
    st.integers(0, 100),
    st.floats(0.01, 1000),
    st.floats(0, 2),
)
def test_answers_are_bounded(seed, probability, low, more, median, sigma):
    """Between stays between, pick picks, lognormal stays within 3.7 sigma."""
    chance = SeededChance(seed)

    assert low <= chance.between(low, low + more) <= low + more
    assert chance.pick(range(more + 1)) in range(more + 1)
    assert chance.happens(probability) in {True, False}
    assert not chance.happens(0)
    assert chance.happens(1)
    assert (
        median * 2.72 ** (-3.7 * sigma) - 0.001
        <= chance.lognormal(median, sigma)
        <= median * 2.72 ** (3.7 * sigma) + 0.001
    )


def test_likelihoods_hold():
    """Over many draws the shares are those asked for."""
    chance = SeededChance(1)
    picks = [chance.pick("ab", (1, 3)) for _ in range(20_000)]
    times = sorted(chance.lognormal(10, 0.5) for _ in range(20_000))

    assert 0.73 < picks.count("b") / 20_000 < 0.77
    assert 0.28 < sum(chance.happens(0.3) for _ in range(20_000)) / 20_000 < 0.32
    assert 9.8 < times[10_000] < 10.2


def test_a_pick_of_weight_zero_is_never_made():
    """What weighs nothing is never picked, by either engine."""
    chance = SeededChance(1)

    assert {chance.pick("ab", (0, 1)) for _ in range(1000)} == {"b"}


def test_nonsense_is_refused():
    """Weights that do not fit and bounds the wrong way round are errors, said so."""
    with pytest.raises(ValueError, match="as many weights"):
        SeededChance(1).pick("abc", (1, 2))
    with pytest.raises(ValueError, match="comes first"):
        SeededChance(1).between(2, 1)


def test_parts_of_a_seed_do_not_run_together():
    """(1, 23) and (12, 3) are different seeds."""
    assert seed_of(1, 23) != seed_of(12, 3)


@st.composite
def decisions(draw):
    chance = DrawnChance(draw)
    return chance.happens(0.9), chance.pick("abc"), chance.between(3, 9), chance.pick("xy", (0, 1))


def test_hypothesis_shrinks_decisions_to_the_simplest():
    """The simplest answers are: no, the first, the lowest."""
    assert find(decisions(), lambda _: True) == (False, "a", 3, "y")


@pytest.mark.parametrize("probability", [0.001, 0.5, 0.999])
def test_what_is_possible_is_found(probability):
    """However rare, both answers are within Hypothesis' reach."""

    @st.composite
    def happening(draw):
        return DrawnChance(draw).happens(probability)

    assert find(happening(), lambda happened: happened) is True
    assert find(happening(), lambda happened: not happened) is False


@given(st.data())
def test_certainty_needs_no_decision(data):
    """What is certain or impossible is not drawn."""
    chance = DrawnChance(data.draw)

    assert chance.happens(1) is True
    assert chance.happens(0) is False
