from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from generator.report.charts.downsample import downsample, intervals

VALUES = st.lists(st.none() | st.floats(0, 1e9), min_size=1, max_size=400)


class TestThinning:
    @given(VALUES, st.integers(1, 40), st.booleans())
    def test_the_highest_is_kept(self, values, most, lows):
        """However far a run is thinned, its worst second is drawn, and nothing that was not measured."""
        points = list(enumerate(values))
        kept = downsample(points, most, lows=lows)
        there = [value for value in values if value is not None]

        assert set(kept) <= set(points)
        assert all(before[0] < after[0] for before, after in pairwise(kept))
        assert len(kept) <= 2 * most + 2
        assert not there or max(value for _, value in kept if value is not None) == max(there)

    @given(VALUES, st.integers(1, 40))
    def test_the_lowest_and_both_ends_are_kept(self, values, most):
        """A dip is drawn too, and the line is as long as the run."""
        points = list(enumerate(values))
        kept = downsample(points, most)
        there = [value for value in values if value is not None]

        assert (kept[0], kept[-1]) == (points[0], points[-1])
        assert not there or min(value for _, value in kept if value is not None) == min(there)

    def test_a_stretch_without_values_stays_a_gap(self):
        """Nothing is drawn where nothing was measured."""
        points = [(at, None if 100 <= at < 200 else 1.0) for at in range(300)]

        assert any(value is None for _, value in downsample(points, 10))

    @given(st.integers(0, 5000), st.integers(1, 300))
    def test_stretches_cover_every_place_once(self, count, most):
        """No second is left out, and none is told twice."""
        found = list(intervals(count, most))

        assert [place for stretch in found for place in stretch] == list(range(count))
        assert len(found) <= most
