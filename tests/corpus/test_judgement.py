import json

from generator.datasets.check import EventFacts, SessionChecker
from generator.datasets.reader import LARGEST_EVENT, JsonValue, events_inside
from generator.population.traffic import Traffic
from generator.scenarios.loader import find
from generator.world import World


def briefs(number):
    import msgspec

    session = Traffic(1, [find()["practice"]], World()).play(number)
    return [msgspec.convert(msgspec.to_builtins(event), EventFacts) for event in session.events]


class TestSessions:
    def test_what_is_held_is_bounded(self):
        """Beyond the bound the session longest untouched is judged as it stands, and its later events are counted."""
        first, second = briefs(1), briefs(2)
        sessions = SessionChecker(held=len(first) + len(second) - 4)

        found = []
        for event in (*first[:-2], *second, *first[-2:]):
            found += sessions.add(event, 1, None)
        found += sessions.finish()

        assert found == []
        assert sessions.judged == 2
        assert sessions.late == 2

    def test_an_endless_number_takes_no_memory(self):
        """A mid that claims to be event four billion of its session makes a session that is not whole."""
        first, second = briefs(1)[:2]
        second.mid = f"{second.mid[:-32]}ffffffff{second.mid[-24:]}"
        sessions = SessionChecker()
        for event in (first, second):
            sessions.add(event, 1, None)

        assert list(sessions.finish()) == []
        assert sessions.skipped == 1

    def test_a_foreign_mid_with_our_tail_is_no_trouble(self):
        """Digits that are none leave the session unjudged."""
        first, second = briefs(1)[:2]
        second.mid = f"x{second.mid[-24:]}"
        sessions = SessionChecker()
        for event in (first, second):
            sessions.add(event, 1, None)

        assert list(sessions.finish()) == []
        assert sessions.skipped == 1


class TestUnfolded:
    def test_an_event_larger_than_pipelines_take_is_refused(self):
        """The limit is the pipelines'; alone and in a batch."""
        event = json.dumps({"eid": "LOG", "x": "y" * LARGEST_EVENT}).encode()

        for data in (event, b"[" + event + b"]"):
            (piece,) = events_inside(JsonValue(1, data))
            assert piece.violation is not None
            assert "1,048,576" in piece.violation.expected
