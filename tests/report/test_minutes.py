from xml.etree import ElementTree as ET

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from runs import as_run, healthy

from generator.report.charts.minutes import minutes
from generator.report.delivery import Fault

LOST = Fault(events=7, by_minute={"2026-03-02T09:05Z": 2, "2026-03-02T09:07Z": 5})


def read(picture):
    return ET.fromstring(picture)


class TestMinutes:
    def test_a_fault_is_a_step_at_each_minute(self):
        """Where nothing went wrong there is no line."""
        (line,) = [
            one for one in read(minutes("m", {"lost": LOST})).iter("path") if one.get("class") == "line lost"
        ][1:]

        assert line.get("d").count("M") == 2

    def test_the_worst_minute_is_named(self):
        """For whoever cannot see it, and at the pointer."""
        picture = read(minutes("m", {"lost": LOST}))
        tooltips = [one.find("title").text for one in picture.iter("rect")]

        assert picture.find(".//desc").text == "lost: most at 09:07, 5 events"
        assert tooltips == ["09:05\nlost: 2", "09:07\nlost: 5"]

    def test_the_whole_run_is_drawn(self):
        """One sees when in it the faults are."""
        ticks = [one.text for one in read(minutes("m", {"lost": LOST}, as_run(healthy(1200)))).iter("text")]

        assert "09:00" in ticks
        assert "09:20" in ticks

    def test_within_a_minute_there_is_no_when(self):
        """A picture of one minute would tell nothing."""
        within = Fault(events=3, by_minute={"2026-03-02T09:05Z": 3})

        assert minutes("m", {"lost": within}) is None
        assert minutes("m", {"lost": within}, as_run(healthy(600))) is not None

    def test_without_minutes_there_is_no_picture(self):
        """What was never sent has none."""
        assert (
            minutes("m", {"unexpected": Fault(events=3), "lost": Fault(events=1, by_minute={"?": 1})}) is None
        )

    @given(st.dictionaries(
        st.datetimes().map(lambda one: one.strftime("%Y-%m-%dT%H:%MZ")) | st.text(max_size=20), st.integers(0, 2**63 - 1)
    ))  # fmt: skip
    def test_any_minutes_are_drawn_or_left_out(self, by_minute):
        """From the first year to the last, and what is no minute at all."""
        picture = minutes("m", {"lost": msgspec.convert({"events": 1, "by_minute": by_minute}, Fault)})

        assert picture is None or read(picture).tag == "figure"

    def test_a_week_of_minutes_is_thinned(self):
        """The page stays small, and the worst minute is on it."""
        hours = {f"2026-03-{day + 1:02}T{hour:02}:{minute:02}Z": 1
                 for day in range(7) for hour in range(24) for minute in range(60)}  # fmt: skip
        picture = minutes("m", {"lost": Fault(events=1, by_minute=hours | {"2026-03-05T07:31Z": 977})})

        assert len(picture) < 60_000
        assert "most at 07:31, 977 events" in picture
