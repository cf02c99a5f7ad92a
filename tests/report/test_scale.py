from itertools import pairwise
from math import isclose, log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.report.charts.scale import LinearScale, LogScale, PercentileScale, TimeScale, ticks

VALUES = st.floats(1e-3, 1e15)


class TestTicks:
    @given(st.floats(-1000, 1000), VALUES, st.integers(2, 12))
    def test_ticks_are_round_even_and_inside(self, far, span, most):
        """They ascend by 1, 2 or 5 times a power of ten, lie between the ends, and are not too many."""
        low, high = far * span, far * span + span
        found = ticks(low, high, most)

        assert len(found) <= most + 1
        assert all(low - span * 1e-6 <= one <= high + span * 1e-6 for one in found)
        steps = [after - before for before, after in pairwise(found)]
        if steps:
            step = steps[0]
            mantissa = step / 10 ** round(log10(step) - 0.35)
            assert all(isclose(one, step, rel_tol=1e-3) for one in steps)
            assert any(isclose(mantissa, one, rel_tol=1e-3) for one in (0.5, 1, 2, 5, 10))

    @pytest.mark.parametrize(
        ("ends", "expected"),
        [((0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1.0]), ((0, 0.3), [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]),
         ((0, 103_000), [0, 20_000, 40_000, 60_000, 80_000, 100_000]), ((7, 7), [7])],
    )  # fmt: skip
    def test_ticks_have_no_dust(self, ends, expected):
        """A tick at three tenths is three tenths."""
        assert ticks(*ends) == expected

    @given(st.integers(0, 10**12))
    def test_counts_have_whole_ticks(self, high):
        """Nobody counts half an event."""
        assert all(one == int(one) for one in LinearScale(high, whole=True).ticks())


SCALES = st.one_of(
    VALUES.map(LinearScale),
    st.tuples(VALUES, VALUES).map(lambda ends: TimeScale(min(ends), max(ends))),
    st.lists(VALUES, max_size=4).map(LogScale),
    st.floats(0, 100).map(PercentileScale),
)


class TestScales:
    @given(SCALES, st.floats(-1e15, 1e15), st.floats(-1e15, 1e15))
    def test_a_place_is_on_the_axis_and_keeps_the_order(self, scale, one, other):
        """Every value has a place from 0 to 1, and a greater one never a lower place."""
        low, high = sorted((one, other))

        assert 0 <= scale.place(low) <= scale.place(high) <= 1

    @given(SCALES)
    def test_an_axis_has_ticks_that_ascend(self, scale):
        """There are some, never so many that they touch."""
        found = scale.ticks()

        assert 1 <= len(found) <= 14
        assert all(scale.place(before) < scale.place(after) for before, after in pairwise(found))

    @given(st.lists(VALUES, min_size=1))
    def test_all_values_are_within_a_scale_that_was_made_for_them(self, values):
        """The highest is not above the axis, the lowest not below it."""
        log, linear = LogScale(values), LinearScale(max(values))

        assert log.low <= min(values) * 1.0001
        assert log.high >= max(values) * 0.9999
        assert linear.high >= max(values) * 0.9999

    def test_nothing_at_all_has_an_axis(self):
        """Where nothing was measured, or nothing but zeros, there is an axis all the same."""
        assert LinearScale(0).ticks()[0] == 0
        assert len(LogScale([]).ticks()) > 1
        assert len(LogScale([0, 0]).ticks()) > 1

    def test_each_nine_takes_the_same_room(self):
        """99.9 % is as far from 99 % as 99 % from 90 %."""
        tail = PercentileScale(99.99)

        assert tail.ticks() == pytest.approx([0, 50, 90, 99, 99.9, 99.99])
        assert tail.place(99) - tail.place(90) == pytest.approx(tail.place(99.9) - tail.place(99))
        assert tail.place(100) == 1

    def test_time_is_counted_as_people_count(self):
        """Ticks are at whole tens of seconds, minutes, hours."""
        assert TimeScale(0, 90).ticks() == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]
        assert TimeScale(0, 600).ticks()[:3] == [0, 60, 120]
        assert TimeScale(0, 86_400).ticks()[1] == 21_600
