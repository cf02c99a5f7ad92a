"""The rows of the live display: what they say, and how they keep to the lower end of a terminal."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from terminal import Terminal

from generator.load.checks.check import Check
from generator.load.checks.saturation import Limits
from generator.load.counters import RunCounters
from generator.load.metrics.latencies import Latencies
from generator.load.metrics.seconds import Seconds
from generator.load.monitor.run_snapshot import RequestedRate, RunSnapshot
from generator.load.monitor.screen import Screen, open_terminal
from generator.load.monitor.sparkline import BARS, sparkline
from generator.load.monitor.tables import TABLES
from generator.load.monitor.terminal_rows import ROWS, Segment, terminal_rows
from generator.load.monitor.time_series import RECENT, TimeSeries
from generator.load.rates.profile import Profile

WELL = Limits([], [])
LINES = [[Segment(f"row {place} "), Segment("!" * 300, "bad")] for place in range(ROWS)]


def counted(*acked):
    """Seconds in which so many batches of ten events were acknowledged, each in 2 ms, and one a second was refused."""
    seconds = Seconds()
    for at, count in enumerate(acked):
        second = seconds.at(at)
        second.batches, second.acked, second.rejected = count + 1, count, 1
        second.sent_events, second.acked_events, second.bytes = 10 * count + 10, 10 * count, 1000 * count
        for _ in range(count):
            second.service.record(2000)
            second.response.record(3000)
    return seconds


def standing(*acked, limits=WELL, reasons=(), checks=(), asked="100"):
    course = TimeSeries()
    course.follow(counted(*acked), len(acked))
    tally = RunCounters(batches=sum(acked), acked=sum(acked))
    tally.reasons.update(dict(reasons))
    profile = RequestedRate(Profile.parse(asked), "rate") if asked else None
    return RunSnapshot(
        0xABCD, "http://x", float(len(acked)), 30.0, bool(asked), profile, course.end, course.last, course.ten(), course.whole,
        tuple(course.minute), tally, Latencies(), limits, checks, 64, 1, 7.0,
    )  # fmt: skip


def text(lines):
    return ["".join(piece.words for piece in line) for line in lines]


@given(st.lists(st.floats(0, 1e9), max_size=80), st.integers(0, 60))
def test_bars_are_as_high_as_their_values(values, width):
    """One bar a value, the greatest is full, what is nothing is the lowest and what is little is not."""
    shown = values[-width:] if width else []
    bars = [BARS.index(bar) for bar in sparkline(values, width)]

    assert len(bars) == len(shown)
    assert all((bar > 0) == (value > 0) for bar, value in zip(bars, shown, strict=True))
    assert not any(shown) or bars[shown.index(max(shown))] == len(BARS) - 1
    assert [bar for _, bar in sorted(zip(shown, bars, strict=True))] == sorted(bars)


@given(st.lists(st.integers(0, 5), max_size=30), st.lists(st.integers(0, 30), max_size=8))
def test_a_course_counts_each_second_once(acked, looks):
    """However often and with whatever strides one looks: all complete seconds are in it, each of them once."""
    seconds, course = counted(*acked), TimeSeries()
    for until in looks:
        course.follow(seconds, min(until, len(acked)))
    over = acked[: course.end]

    assert course.end == max((min(one, len(acked)) for one in looks), default=0)
    assert course.whole.acked == sum(over)
    assert course.whole.response.count == sum(over)
    assert course.ten().acked == sum(over[-RECENT:])
    assert [point.acked_events for point in course.minute] == [10 * one for one in over]


class TestPanel:
    def test_it_says_what_is_due_and_what_came(self):
        """Rates of the last second, latencies of the last ten, fates of the whole run."""
        head, rates, answers, batches, refused, checks = text(terminal_rows(standing(4, 8)))

        assert "run 0000abcd · 2 s of 30 s · 64 users" in head
        assert "due 100, acknowledged 80  ▅█  8 kB/s" in rates
        assert "p50 2.01 ms p99 2.01 ms · since due p50 3.01 ms p99 3.01 ms · late 0 %" in answers
        assert "acknowledged 12, rejected 0, unknown 0, on their way 0" in batches
        assert refused.endswith("nothing")
        assert checks.endswith("—")

    def test_it_is_drawn_before_there_is_anything(self):
        """A run of no second has rows too."""
        assert len(terminal_rows(standing())) == ROWS
        assert len(terminal_rows(standing(asked=""))) == ROWS

    def test_latencies_of_a_limited_generator_are_not_shown(self):
        """In their place stands why they are not valid."""
        lines = text(terminal_rows(standing(4, limits=Limits(["97 % of a core used; for 5 of 5 s"], []))))

        assert "generator-limited" in lines[0]
        assert "not valid: 97 % of a core used" in lines[2]
        assert "p99" not in lines[2]

    def test_checks_stand_with_their_verdict(self):
        """A mark for each."""
        figures = {"response_p99": 300.0, "error_rate": 0.0}
        checks = [
            Check.parse(one).judge(figures) for one in ("response_p99<250ms", "error_rate<1%", "late<5")
        ]

        assert text(terminal_rows(standing(4, checks=checks)))[5].split("checks")[1].split() == [
            "✗", "response_p99<250ms", "✓", "error_rate<1%", "·", "late<5",
        ]  # fmt: skip

    @given(st.text(max_size=90))
    def test_an_endpoint_s_words_give_no_orders(self, words):
        """Whatever a reason holds, nothing that a terminal obeys or that turns a line around is drawn."""
        lines = text(terminal_rows(standing(4, reasons={f"rejected: {words}": 3})))

        assert len(lines) == ROWS
        assert all(letter.isprintable() or letter in "\u200c\u200d" for line in lines for letter in line)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.key)
def test_each_row_of_the_page_s_tables_has_a_cell_for_each_column(table):
    """A run with seconds, outcomes and a check fills each table of Locust's page."""
    rows = list(table.rows(standing(1, 2, 3, reasons={"rejected: HTTP 400": 2})))

    assert all(len(cells) == len(table.columns) for cells in rows)
    assert rows or table.key == "footfall-scenarios"


@pytest.fixture
def terminal():
    one = Terminal()
    yield one
    one.close()


@pytest.fixture
def screen(terminal):
    one = Screen(open_terminal(terminal.slave, {"TERM": "xterm"}), ROWS, colour=True)
    yield one
    one.release()


def written(terminal):
    """Read until nothing more comes: what was written to a pseudo-terminal is there at once."""
    before = None
    while before != terminal.raw:
        before = terminal.raw
        terminal.read(0)
    return terminal


class TestScreen:
    def test_rows_stay_while_all_else_scrolls(self, terminal, screen):
        """Whatever others write is whole and in its order above the rows, which do not move."""
        os.write(terminal.slave, b"before\n")
        screen.draw(LINES)
        said = [f"line {place}" for place in range(60)]
        for place, line in enumerate(said):
            os.write(terminal.slave, f"{line}\n".encode())
            if place % 7 == 0:
                screen.draw(LINES)
        written(terminal)

        assert [line.split("!")[0] for line in terminal.cells[-ROWS:]] == [
            f"row {place} " for place in range(ROWS)
        ]
        assert all(len(line) == terminal.columns for line in terminal.cells[-ROWS:])
        above = [*terminal.history, *terminal.cells[:-ROWS]]
        assert [line for line in above if line] == ["before", *said]

    def test_at_the_end_nothing_is_left_of_it(self, terminal, screen):
        """The whole terminal scrolls again, the rows are empty, and who writes next writes where he was."""
        os.write(terminal.slave, b"before\n")
        screen.draw(LINES)
        os.write(terminal.slave, b"amidst\n")
        screen.release()
        os.write(terminal.slave, b"after\n")
        written(terminal)

        assert terminal.region == (0, terminal.rows - 1)
        assert [line for line in terminal.shown.splitlines() if line] == ["before", "amidst", "after"]

    def test_a_small_terminal_is_left_alone(self, terminal, screen):
        """Where there is no room nothing is drawn."""
        terminal.resize(8, 100)
        screen.draw(LINES)

        assert written(terminal).raw == ""

    def test_a_terminal_that_grows_is_followed(self, terminal, screen):
        """The rows move to the new lower end."""
        screen.draw(LINES)
        written(terminal)
        terminal.resize(30, 120)
        terminal.cells += [""] * 6
        screen.draw(LINES)
        written(terminal)

        assert [line.split("!")[0] for line in terminal.cells if line] == [
            f"row {place} " for place in range(ROWS)
        ]
        assert terminal.region == (0, 30 - ROWS - 1)
        assert len(terminal.cells[-1]) == 120

    def test_a_terminal_that_takes_nothing_holds_nobody_up(self, terminal, screen):
        """Drawing goes on although nobody reads; later the last picture is there, and not half an order."""
        for _ in range(2000):
            screen.draw(LINES)
        written(terminal)
        screen.draw(LINES)
        screen.draw(LINES)
        written(terminal)

        assert [line.split("!")[0] for line in terminal.cells[-ROWS:]] == [
            f"row {place} " for place in range(ROWS)
        ]
        assert set("".join(terminal.cells)) <= set("row 0123456789!")

    def test_it_is_left_even_in_the_middle_of_a_picture(self, terminal, screen):
        """What a terminal did not take is no reason to leave it half of its rows."""
        os.write(terminal.slave, b"before\n")
        for _ in range(2000):
            screen.draw(LINES)
        written(terminal)
        screen.release()
        written(terminal)

        assert terminal.region == (0, terminal.rows - 1)
        assert [line for line in terminal.shown.splitlines() if line] == ["before"]

    def test_without_colour_no_colour(self, terminal):
        """Where none is wished, words alone tell."""
        one = Screen(open_terminal(terminal.slave, {"TERM": "xterm"}), ROWS, colour=False)
        one.draw(LINES)
        one.release()

        assert "row 5" in written(terminal).raw
        assert re.search(r"\x1b\[[0-9;]*m", terminal.raw) is None


def test_no_terminal_is_opened_where_there_is_none(terminal):
    """A pipe is none, and one that can only scroll will not do."""
    read, write = os.pipe()

    assert open_terminal(write, {"TERM": "xterm"}) is None
    assert open_terminal(terminal.slave, {"TERM": "dumb"}) is None
    assert open_terminal(terminal.slave, {}) is None

    os.close(read)
    os.close(write)
