import json

import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st

from generator.population.traffic import Traffic
from generator.report.charts.session import MOST, sample_of, session
from generator.report.run import SampleSession
from generator.scenarios.loader import choose, find
from generator.world import World

SCENARIOS = find()


@pytest.fixture(scope="module")
def played():
    """One session of each scenario, decoded."""
    world = World()
    return {
        name: [
            json.loads(line)
            for line in Traffic(1, choose(SCENARIOS, [name]), world).play(0, 1).lines().splitlines()
        ]
        for name in SCENARIOS
    }


class TestSample:
    def test_events_are_at_seconds_since_the_first(self, played):
        """And they are those of the session, in its order."""
        events = played["practice"]
        sample = sample_of("practice", events)

        assert [event.eid for event in sample.events] == [event["eid"] for event in events]
        assert sample.events[0].at == 0
        assert sample.events[-1].at == (events[-1]["ets"] - events[0]["ets"]) / 1000

    def test_a_long_session_is_cut(self, played):
        """A summary does not grow with its sample."""
        assert len(sample_of("x", played["practice"][:1] * 1000).events) == MOST

    @given(st.lists(st.dictionaries(
        st.sampled_from(["eid", "ets", "edata", "object", "context"]),
        st.none() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(["START", "END", "ASSESS", runs.HOSTILE])
        | st.dictionaries(st.text(max_size=9), st.integers() | st.lists(st.text(max_size=5)), max_size=3),
    )))  # fmt: skip
    def test_any_event_is_described_and_drawn(self, events):
        """Nothing in an event stops the picture, or gets out of it."""
        picture = session(sample_of(runs.HOSTILE, events))

        assert picture.startswith("<figure")
        assert "<script" not in picture


class TestTimeline:
    def test_each_visit_is_a_bar_and_each_event_a_mark(self, played):
        """A visit without END is marked as left."""
        events = [event for event in played["practice"] if event["eid"] != "END"]
        picture = session(sample_of("practice", events))

        assert picture.count("<path") == len(events)
        assert picture.count("visit left") == sum(event["eid"] == "START" for event in events)
        assert "left without END" in picture

    def test_several_sources_have_a_legend(self, played):
        """Only a session with several sources has a legend."""
        assert 'class="legend"' in session(sample_of("x", played["content_editor"]))
        assert 'class="legend"' not in session(sample_of("x", played["practice"]))

    @pytest.mark.parametrize("sample", [None, SampleSession(scenario="x")])
    def test_a_missing_session_is_named(self, sample):
        """Without events the page has a sentence instead of a chart."""
        assert "The run recorded no session." in session(sample)
