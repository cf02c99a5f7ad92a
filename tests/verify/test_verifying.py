"""A verification as a whole: outcomes, stages, delays, what cannot be known, and how it is told."""

import json

import msgspec
import pytest
from small_run import (
    STARTED,
    MadeLedger,
    MadeSink,
    Maker,
    SessionLease,
    all_of,
    event,
    findings,
    found,
    opened,
    sent,
    simple,
)

from generator.errors import UsageError
from generator.verify.findings import Delivery
from generator.verify.telling import lines
from generator.verify.verifying import verify


class Unreadable(MadeSink):
    def chunks(self):
        yield from super().chunks()
        raise UsageError("the topic is gone")


class TestOutcome:
    def test_all_is_delivered(self):
        """Where each acknowledged event is there once, as it was sent, the verdict says so in its first line."""
        delivery = found(simple(), MadeSink(all_of()))

        assert (delivery.outcome, delivery.exit_code) == ("delivered", 0)
        assert delivery.sentence == "delivered: 12 of 12 acknowledged events found once, as sent"

    def test_an_empty_sink_has_lost_everything(self):
        """An empty sink is no error: all is lost, and it is said why."""
        delivery = found(simple(), MadeSink())

        assert (delivery.outcome, delivery.exit_code) == ("failed", 1)
        assert delivery.sentence == "NOT delivered: of 12 acknowledged events 12 lost (the sink is empty)"

    def test_what_is_kept_apart_is_lost_and_said_to_be_there(self):
        """An acknowledged event among the rejected is lost from the accepted ones, and the verdict tells where it is."""
        events = all_of()
        delivery = found(simple(), MadeSink(events[2:], rejected=events[:1], duplicate=events[1:2]))

        assert "2 lost (1 of them among the rejected, 1 of them among the duplicates)" in delivery.sentence

    def test_a_sink_that_cannot_be_read_to_its_end_proves_nothing(self):
        """The verdict is unknown then, whatever was read before, with an exit code of its own."""
        delivery = found(simple(), Unreadable(all_of()))

        assert (delivery.outcome, delivery.exit_code) == ("unknown", 3)
        assert delivery.sentence == "unknown: the topic is gone"
        assert delivery.stages[0].acked == 12

    @pytest.mark.parametrize(
        ("ledger", "why"),
        [
            (MadeLedger([]), "nothing was sent"),
            (simple(status="rejected"), "nothing was acknowledged, so nothing must be there"),
            (simple(status="unknown"), "nothing was acknowledged, so nothing must be there"),
        ],
    )
    def test_where_nothing_was_acknowledged_nothing_is_proven(self, ledger, why):
        """A run of which nothing must be there is not delivered: nothing can be said."""
        assert found(ledger, MadeSink()).sentence == f"unknown: {why}"

    def test_what_is_no_event_at_all_is_no_sink(self):
        """A file in which nothing is JSON was not read; one with a few bad lines was, and they are told."""

        class Broken(MadeSink):
            def chunks(self):
                yield from (chunk._replace(unreadable=["x:1: no JSON"]) for chunk in super().chunks())

        class Nothing(MadeSink):
            def chunks(self):
                yield from (
                    chunk._replace(events=[], unreadable=["x:1: no JSON"]) for chunk in super().chunks()
                )

        assert (
            found(simple(), Nothing(all_of())).sentence == "unknown: nothing there is an event: x:1: no JSON"
        )
        assert findings(simple(), Broken(all_of(), size=100)).unread == ["x:1: no JSON"]


class TestContents:
    def test_a_difference_is_shown_with_its_session(self):
        """An altered event is told by its mid, its session and batch, and what is not as it was sent."""
        events = all_of()
        events[8] = events[8].replace(b'"n":2', b'"n":3')
        altered = findings(simple(), MadeSink(events)).altered
        example = altered.examples[0]

        assert (altered.events, altered.by_scenario, altered.by_worker) == (1, {"story": 1}, {"0": 1})
        assert altered.by_minute == {"2023-11-14T22:13Z": 1}
        assert (example.session, example.batch, example.sent) == (1, 0, STARTED + 1000)
        assert example.place == "accepted:8, event 1 from there"
        assert [(one.path, one.sent, one.found) for one in example.differences] == [("edata.n", 2, 3)]

    def test_what_is_ignored_is_no_difference(self):
        """A path that the user names is not compared."""
        events = [one.replace(b'"is":true', b'"is":false') for one in all_of()]

        assert findings(simple(), MadeSink(events)).altered.events == 12
        assert findings(simple(), MadeSink(events), ignored=["edata.is"]).outcome == "delivered"

    @pytest.mark.parametrize(
        ("ignored", "words"),
        [
            ((), "found once, as sent"),
            (("edata",), "found once, as sent but for edata, not compared"),
            (("edata", "a.b", "edata"), "found once, as sent but for edata, a.b, not compared"),
        ],
    )
    def test_the_headline_names_what_was_ignored(self, ignored, words):
        """An event is not called as sent without the paths that were left out, whether or not they lead anywhere."""
        assert found(simple(), MadeSink(all_of()), ignored=ignored).sentence.endswith(f" {words}")

    @pytest.mark.parametrize(
        ("ignored", "changed", "unused"),
        [
            (["edata.is"], True, []),
            (["edata.is", "edata.si", "contxt.rollup"], True, ["edata.si", "contxt.rollup"]),
            (["$.contxt.rollup[0].l1", "contxt.rollup[0].l1"], False, ["$.contxt.rollup[0].l1", "contxt.rollup[0].l1"]),
            (["context.pdata.ver", "edata.items.id", "edata.extra.own", "edata.itmes.id"], False, ["edata.itmes.id"]),
            (["edata.is"], False, ["edata.is"]),
        ],
    )  # fmt: skip
    def test_a_path_that_leads_nowhere_is_named(self, ignored, changed, unused):
        """What stands in no event that differs, and in no specification, was ignored in vain; what is known is no slip."""
        events = [one.replace(b'"is":true', b'"is":false') if changed else one for one in all_of()]
        delivery = found(simple(), MadeSink(events), ignored=ignored)

        assert delivery.outcome == "delivered"
        assert delivery.stages[0].ignored_unused == unused
        assert delivery.unused == unused

    def test_a_path_is_used_if_the_stored_event_alone_has_it(self):
        """What a pipeline has added is ignored by its path, though no event was sent with it."""
        events = [one[:-1] + b',"added":{"by":["us"]}}' for one in all_of()]
        delivery = found(simple(), MadeSink(events), ignored=["added", "added.by"])

        assert (delivery.outcome, delivery.unused) == ("delivered", ["added.by"])

    def test_without_contents_no_path_is_judged(self):
        """What was not compared shows nothing of a path."""
        assert found(simple(), MadeSink(all_of()), ignored=["contxt"], contents=False).unused == []

    def test_an_event_cut_short_is_no_event_and_not_lost(self):
        """What begins as an event of ours and is no JSON does not stand for it; it may have been it, so none is lost."""
        events = all_of()
        events[4] = events[4][:-20] + b"}"
        delivery = found(simple(), MadeSink(events))
        [seen] = delivery.stages

        assert (seen.outcome, seen.lost.events, seen.missing.events, seen.unreadable) == ("unknown", 0, 1, 1)
        assert delivery.sentence.startswith(
            "unknown: 1 of 12 acknowledged events was not found, and a place in the sink could not be read, and may hold them: "
            "accepted:1, event 4 from there: "
        )

    def test_more_is_lost_than_unread_places_can_hold(self):
        """If a place that could not be read is too small for all that is missing, some of it is lost for certain."""
        events = all_of(40)
        cut = events[0][:100] + b"}"
        seen = findings(simple(40), MadeSink([cut, *events[100:]]))

        assert (seen.outcome, seen.lost.events, seen.missing.events) == ("failed", 100, 0)
        assert seen.room == 12

    def test_a_fault_that_is_certain_fails_whatever_is_missing(self):
        """Where an event is there twice the delivery has failed, and what may be unread is told beside it, not as lost."""
        events = all_of()
        delivery = found(simple(), MadeSink([events[0][:100] + b"}", *events[1:], events[1]]))
        [seen] = delivery.stages

        assert (seen.outcome, seen.lost.events, seen.missing.events) == ("failed", 0, 1)
        assert "1 duplicated, 1 not found (a place in the sink could not be read" in delivery.sentence

    def test_where_contents_cannot_be_compared_the_verdict_is_unknown(self):
        """A run that cannot be made again proves ids alone: that is said, with why, and is no delivery."""

        class Changed(Maker):
            trouble = "scenario story: it is another one than in the run"

        sink = MadeSink(all_of())
        delivery = verify([simple()], {"accepted": sink}, maker_of=lambda _: Changed())
        asked = verify([simple()], {"accepted": sink}, maker_of=lambda _: Changed(), contents=False)

        assert (delivery.outcome, delivery.exit_code) == ("unknown", 3)
        assert delivery.sentence == (
            "unknown: 12 of 12 acknowledged events found by id; contents not compared: "
            "scenario story: it is another one than in the run; if ids are enough, verify with --ids-only"
        )
        assert asked.sentence == "delivered: 12 of 12 acknowledged events found by id; contents not compared"
        assert (asked.outcome, asked.exit_code) == ("delivered", 0)

    def test_a_loss_is_a_loss_whether_contents_are_compared_or_not(self):
        """What is not there by its id is lost, though contents are not known."""

        class Changed(Maker):
            trouble = "the world is another one than in the run"

        delivery = verify([simple()], {"accepted": MadeSink(all_of()[1:])}, maker_of=lambda _: Changed())

        assert delivery.sentence == "NOT delivered: of 12 acknowledged events 1 lost"

    def test_one_session_that_cannot_be_made_again_leaves_the_verdict_open(self):
        """The events of that session are found by id alone, and their number is said."""
        records = [
            SessionLease(0, 9),
            opened(0, 6),
            opened(1, 6, "broken"),
            sent(0, 0, 0, 6),
            sent(1, 0, 0, 6),
        ]
        delivery = found(MadeLedger(records), MadeSink(all_of()))

        assert (delivery.outcome, delivery.stages[0].compared) == ("unknown", 6)
        assert (
            "12 of 12 acknowledged events found by id; contents of 6 events not compared: the script raised"
            in (delivery.sentence)
        )


class TestStages:
    def test_what_goes_elsewhere_is_not_lost(self):
        """At a stage that no LOG comes to none is lost; what should be there and is not is."""
        events = [one for one in all_of() if b'"LOG"' not in one]
        raw = findings(simple(), {"raw": MadeSink(events)})
        less = findings(simple(), {"raw": MadeSink(events[1:])})

        assert (raw.outcome, raw.due, raw.found) == ("delivered", 10, 10)
        assert (less.lost.events, less.lost.by_eid) == (1, {"START": 1})

    def test_it_is_said_between_which_stages_events_vanished(self):
        """An event that one stage has and the next has not vanished between the two."""
        events = [one for one in all_of() if b'"LOG"' not in one]
        delivery = found(simple(), {
            "unique": MadeSink(events[3:]), "accepted": MadeSink(all_of()[1:]), "raw": MadeSink(events[1:]),
        })  # fmt: skip

        assert [(one.after, one.before, one.events) for one in delivery.vanished] == [
            ("sent", "accepted", 1), ("raw", "unique", 2),
        ]  # fmt: skip
        assert [one.stage for one in delivery.stages] == ["accepted", "raw", "unique"]

    def test_what_the_pipeline_adds_is_its_own(self):
        """The pipeline's own events are counted apart, and are neither foreign nor unexpected."""
        audit = {
            "eid": "LOG", "mid": "m", "actor": {"id": "sunbird.telemetry", "type": "telemetry-sync"},
            "edata": {"type": "telemetry_audit"},
        }  # fmt: skip
        events = [one for one in all_of() if b'"LOG"' not in one]
        raw = findings(simple(), {"raw": MadeSink([*events, json.dumps(audit).encode()])})

        assert (raw.outcome, raw.pipeline_own, raw.foreign) == ("delivered", 1, 0)

    def test_a_stage_needs_the_events(self):
        """What must be at a stage is known from the events alone: where they cannot be made nothing can be said."""

        class Changed(Maker):
            trouble = "the world is another one than in the run"

        delivery = verify([simple()], {"raw": MadeSink(all_of())}, maker_of=lambda _: Changed())

        assert delivery.outcome == "unknown"


class TestDelay:
    def test_it_is_told_how_long_events_took_to_be_there(self):
        """The delay runs from the answer to the sink's receipt time; what was there before has none."""
        seen = findings(simple(), MadeSink(all_of(), received=STARTED + 1700))
        early = findings(simple(), MadeSink(all_of(), received=STARTED + 1200))

        assert (seen.visible.events, seen.visible.p50, seen.visible.p99, seen.visible.max) == (
            12,
            200,
            200,
            200,
        )
        assert early.visible.max == 0
        assert findings(simple(), MadeSink(all_of())).visible is None


class TestTelling:
    def test_the_verdict_survives_json(self):
        """What `--json` prints is read back as it was."""
        events = all_of()
        delivery = found(
            simple(), MadeSink([*events[1:], events[3], event(0, 77), event(1, 0, 9)], received=STARTED)
        )

        assert msgspec.json.decode(msgspec.json.encode(delivery), type=Delivery) == delivery

    def test_a_person_reads_it_on_one_screen(self):
        """However much is wrong, the telling is a screenful: the verdict, the counts, the first examples."""
        records = [opened(session, 100) for session in range(40)]
        records += [sent(session, 0, 0, 100) for session in range(40)]
        events = [event(session, at).replace(b'"n"', b'"m"') for session in range(40) for at in range(100)]
        told = list(lines(found(MadeLedger(records), MadeSink([*events[50:], *events[60:]]))))

        assert (
            told[0] == "NOT delivered: of 4,000 acknowledged events 50 lost, 3,940 duplicated, 3,950 altered"
        )
        assert len(told) <= 45
        assert all(len(line) <= 250 for line in told)
