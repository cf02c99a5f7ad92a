import pytest

from generator.report.number import NOTHING, clock, counted, milliseconds, number, share, size


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (number(1234567), "1,234,567"), (number(0), "0"), (number(12.345), "12.3"), (number(0.01234), "0.0123"),
        (number(9.999), "10"), (number(-1234.5), "-1,234"), (number(200), "200"),
        (milliseconds(41.23), "41.2 ms"), (milliseconds(12_345), "12.3 s"), (milliseconds(None), NOTHING),
        (share(0), "0 %"), (share(1), "100 %"), (share(0.00001), "< 0.01 %"), (share(0.99999), "> 99.99 %"),
        (share(0.0071), "0.71 %"), (size(999), "999 bytes"), (size(76_600_000), "76.6 MB"), (size(2e15), "2,000 TB"),
        (clock(7), "7 s"), (clock(125), "2:05"), (clock(3725), "1:02:05"),
        (counted(1, "batch"), "1 batch"), (counted(2000, "batch"), "2,000 batches"), (counted(0, "event"), "0 events"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_read_them(written, expected):
    """With separators, in a fitting unit, and never rounded to nothing or to all."""
    assert written == expected
