"""What is kept of what was made: so many bytes, the last used longest."""

from hypothesis import given
from hypothesis import strategies as st

from generator.verify.kept import Kept


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), max_size=40))
def test_what_is_kept_stays_within_its_bytes(uses):
    """The last value stays, however large; of the others those used last, as many as there is room for."""
    kept, order = Kept(100), []
    for key, size in uses:
        if kept.get(key) is None:
            kept.keep(key, size, size)
            order = [*order, (key, size)]
        else:
            order = [one for one in order if one[0] != key] + [one for one in order if one[0] == key]
        while sum(size for _, size in order) > 100 and len(order) > 1:
            order.pop(0)

        assert [kept.get(one) for one, _ in order] == [size for _, size in order]
        assert len(kept) == len(order)
