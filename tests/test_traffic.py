"""Traffic: who plays what and when, a function of seed and number."""

from collections import Counter

import pytest

from generator import World, find
from generator.errors import UsageError
from generator.population.traffic import DAY_MS, DEFAULT_START, Traffic
from generator.scenarios.loader import choose

SCENARIOS = choose(find())
START = int(DEFAULT_START.timestamp() * 1000)


def arrivals(count, **kwargs):
    traffic = Traffic(kwargs.pop("seed", 1), SCENARIOS, World(), **kwargs)
    return [traffic.arrival(number) for number in range(count)]


def test_twins_agree():
    """Two traffics of one seed say the same of every session; of another seed, something else."""

    def told(seed):
        return [(a.scenario.name, a.learner.uid, a.start, a.lag, a.skew) for a in arrivals(50, seed=seed)]

    assert told(1) == told(1) != told(2)


def test_what_is_played_is_what_was_announced():
    """The arrival and the played session agree on scenario, learner and start."""
    traffic = Traffic(1, SCENARIOS, World())
    for number in range(30):
        arrival, session = traffic.arrival(number), traffic.play(number, run=9)
        assert (session.scenario, session.start, session.number, session.run) == (
            arrival.scenario.name,
            arrival.start,
            number,
            9,
        )


def test_sessions_are_spread_over_the_days():
    """Every day and most hours of it have sessions, the evening more than the night."""
    days = Counter(
        (arrival.start - START) // DAY_MS for arrival in arrivals(3000, days=3) if not arrival.skew
    )
    hours = Counter(
        (arrival.start - START) % DAY_MS // 3_600_000 for arrival in arrivals(3000) if not arrival.skew
    )

    assert set(days) == {0, 1, 2}
    assert hours[13] > 4 * hours[22]


@pytest.mark.parametrize("hours", [0, 4.5, 23])
def test_the_evening_is_in_the_evening_whenever_the_first_day_begins(hours):
    """A day that begins at another hour than midnight has its sessions at the same hours of the clock."""
    start = START + int(hours * 3_600_000)
    steady = [arrival for arrival in arrivals(3000, days=2, start=start) if not arrival.skew]
    by_hour = Counter(arrival.start % DAY_MS // 3_600_000 for arrival in steady)

    assert all(start <= arrival.start < start + 2 * DAY_MS for arrival in steady)
    assert by_hour[13] > 4 * by_hour[22]


def test_clocks_are_wrong_now_and_then():
    """A few devices' clocks are ahead or behind, by minutes."""
    skewed = [arrival.skew for arrival in arrivals(3000) if arrival.skew]

    assert 50 < len(skewed) < 140
    assert min(skewed) < 0 < max(skewed)


def test_phones_sync_late():
    """On the web events wait for seconds, on phones for minutes, or for hours and days."""
    lags = {"web": [], "mobile": []}
    for arrival in arrivals(2000):
        lags[arrival.scenario.device].append(arrival.lag)

    assert sorted(lags["web"])[len(lags["web"]) // 2] < 5
    assert sorted(lags["mobile"])[len(lags["mobile"]) // 2] > 60
    assert max(lags["mobile"]) > 86_400


@pytest.mark.parametrize("wrong", [{"days": 0}, {"learners": 0}, {"days": -1}])
def test_nonsense_is_refused(wrong):
    """No days and no learners make no traffic."""
    with pytest.raises(UsageError, match="at least 1"):
        Traffic(1, SCENARIOS, World(), **wrong)
