"""The parts of the probe: what is written, shrunk, read and shown."""

import gzip
import json
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from probing import NAMED

from generator import check
from generator.delivery.contracts import Answer, Request
from generator.errors import UsageError
from generator.faults import minimal_event
from generator.probe.cases import empty_lists, faulty_bodies, invalid, texts
from generator.probe.client import Client
from generator.probe.exchange import EventFactory, Exchange, ProbeCase, Step
from generator.probe.expectations import Inconclusive, StepResult, differing, judge_answers, judge_sink
from generator.probe.properties import PROPERTIES, ProbeConfig
from generator.probe.report.curl import curl
from generator.probe.report.json_junit import junit
from generator.probe.report.text import shown
from generator.probe.run import PropertyResult, Trial
from generator.probe.shrink import ROUNDS, size, smaller
from generator.probe.sink import ProbeFileSink, StoredEvents, find_sink
from generator.spec.identity import read_mid
from generator.strategies import batches
from tests.delivery import raw


class TestPen:
    @settings(max_examples=30, deadline=None)
    @given(batch=batches(form="wire", max_size=4))
    def test_a_batch_is_as_valid_as_its_case_and_has_ids_of_its_own(self, batch):
        """New mids, the present time and the mark change nothing about what is valid; no id is ever used again."""
        factory = EventFactory("wire", 7)
        case = ProbeCase(tuple(map(dict, batch.events)))
        first, second = factory.batch(case), factory.batch(case)

        assert [check(event, "wire") for event in first.events] == [[]] * len(case.events)
        assert all(event["tags"][-1] == "footfall:00000007" for event in first.events)
        assert {read_mid(event["mid"]).run for event in first.events} == {7}
        ids = {batch.msgid for batch in (first, second)} | {
            e["mid"] for b in (first, second) for e in b.events
        }
        assert len(ids) == 2 + 2 * len(case.events)

    @pytest.mark.parametrize("form", ["wire", "documented"])
    def test_what_is_wrong_stays_wrong(self, form):
        """Neither a new mid nor the mark mends the damage that a case is about."""
        factory = EventFactory(form, 7)
        for case in invalid(form, poison=False).certain:
            (event,) = factory.batch(case).events
            assert case.violation.path in {violation.path for violation in check(event, form)}


class TestCases:
    @pytest.mark.parametrize("form", ["wire", "documented"])
    def test_certain_cases_are_valid(self, form):
        """What is certain to be tried is what it says: valid events, and an empty topn among them."""
        cases = [*empty_lists(form).certain, *texts(form).certain]

        assert [check(event, form) for case in cases for event in case.events] == [[]] * len(cases)
        assert any(case.events[0]["edata"].get("topn") == [] for case in cases)

    def test_no_poison_without_permission(self):
        """What may stop a pipeline is in one property alone, and that one is skipped unless it is allowed."""
        config = ProbeConfig("wire", checks_first=True)
        for one in PROPERTIES:
            for case in one.cases(config).certain if one.name != "poison-pill" else ():
                assert case.violation is None or not is_poison(case.events[0])
        assert NAMED["poison-pill"].reason_to_skip(config) != ""
        assert {case.choice for case in faulty_bodies("wire", *_fates()).certain}.isdisjoint(
            {"events is an object", "events holds texts"}
        )


def is_poison(event):
    absent = {"ASSESS": "item", "RESPONSE": "target"}
    return not isinstance(event, dict) or (
        (event.get("eid") in absent and not isinstance(event.get("edata"), dict))
        or (event.get("eid") in absent and not isinstance(event["edata"].get(absent[event["eid"]]), dict))
    )


def _fates():
    from generator.faults import ExpectedOutcome

    return tuple(ExpectedOutcome)


def shrunk(case, fails, form="wire"):
    """Shrink as a run does, with a sink that shows at once what fails."""
    for _ in range(ROUNDS):
        failing = [one for one in smaller(case, form) if fails(one)]
        if not failing:
            break
        case = failing[0]
    return case


class TestShrinking:
    @settings(max_examples=25, deadline=None)
    @given(batch=batches(form="wire", min_size=1, max_size=4))
    def test_candidates_are_smaller_and_as_valid(self, batch):
        """Every candidate may be sent in its case's place."""
        case = ProbeCase(tuple(map(dict, batch.events)))
        candidates = smaller(case, "wire")

        assert all(check(event, "wire") == [] for one in candidates for event in one.events)
        assert all(size(one) < size(case) for one in candidates)
        assert all(one.events for one in candidates)

    @settings(max_examples=15, deadline=None)
    @given(
        batch=batches(form="wire", min_size=1, max_size=4), hard=st.sampled_from(["\u2028", "\u0000", "é"])
    )
    def test_one_character_in_a_long_text_is_found(self, batch, hard):
        """Of whatever batch, the event with the text is left, and of the text the character."""
        log = minimal_event("LOG", "wire")
        said = log | {
            "edata": log["edata"] | {"message": f"many words {hard} and more", "params": []},
            "tags": ["x"],
        }
        case = ProbeCase((*map(dict, batch.events), said))

        found = shrunk(
            case,
            lambda one: any(hard in str(e["edata"].get("message")) for e in one.events if e["eid"] == "LOG"),
        )

        assert [event["edata"] for event in found.events] == [log["edata"] | {"message": hard}]

    def test_two_events_that_are_needed_stay(self):
        """What fails only with two events has two in the end, the smallest there are."""
        events = tuple(
            minimal_event(eid, "wire") | {"tags": ["t"]} for eid in ("SEARCH", "LOG", "SHARE", "END")
        )

        found = shrunk(ProbeCase(events), lambda one: len(one.events) >= 2)

        assert [event["eid"] for event in found.events] == ["HEARTBEAT", "HEARTBEAT"]

    def test_the_number_of_events_that_is_needed_is_found(self):
        """Of a long batch, as many are left as it takes, and not one more."""
        plain = minimal_event("HEARTBEAT", "wire")

        found = shrunk(ProbeCase((plain,) * 200), lambda one: len(one.events) > 100)

        assert len(found.events) == 101


class TestJudgement:
    @pytest.mark.parametrize(
        ("sent", "stored", "said"),
        [
            ("x" * 3000, "x" * 1024, "a text of 3,000 letters, and is one of 1,024; from letter 1,015"),
            ("x" * 90 + "é" + "y" * 9, "x" * 90 + "e" + "y" * 9, r"xx\xe9yy"),
            ("\u00e9", "e\u0301", r"was '\xe9', and is 'e\u0301'"),
        ],
    )
    def test_texts_that_differ_are_told_apart(self, sent, stored, said):
        """Of long texts the place and the lengths are said, and letters that look alike are shown in ASCII."""
        event = minimal_event("LOG", "wire")
        one, other = (event | {"edata": event["edata"] | {"message": text}} for text in (sent, stored))

        assert "$.edata.message was " in differing(one, other)
        assert said in differing(one, other)

    def test_a_control_that_fails_says_nothing_of_the_property(self):
        """Where the same events fare no better in a plain batch, the property is not to blame."""
        factory = EventFactory("wire", 7)
        exchange = NAMED["resent-batch"].exchange(
            factory, ProbeCase((minimal_event("LOG", "wire"),)), ProbeConfig("wire")
        )
        control, *_ = exchange.steps

        with pytest.raises(Inconclusive, match="no better"):
            judge_answers(control, [StepResult(Answer(500, b"{}"))], factory.contract)
        with pytest.raises(Inconclusive, match="no better"):
            judge_sink(exchange, StoredEvents(["accepted"]))

    @pytest.mark.parametrize(
        ("sent", "stored"),
        [
            ({"actor": {"id": "f:1:abc", "type": "User"}}, {"actor": {"id": "abc", "type": "User"}}),
            (
                {"object": {"id": "a1b2c3", "type": "DialCode"}},
                {"object": {"id": "A1B2C3", "type": "DialCode"}},
            ),
            ({"ets": 1533364283909}, {"ets": 1.533364283909e12}),
            (
                {},
                {
                    "syncts": 1,
                    "@timestamp": "2018-08-04T06:31:23.909Z",
                    "flags": {},
                    "metadata": {},
                    "type": "events",
                },
            ),
        ],
    )
    def test_what_pipelines_correct_is_as_it_was_sent(self, sent, stored):
        """The pipeline's own corrections and stamps are no differences."""
        event = minimal_event("LOG", "wire")

        assert differing(event | sent, event | stored) == ""

    def test_what_is_lost_or_changed_is_a_difference(self):
        """Whatever else differs is said with its place."""
        event = minimal_event("LOG", "wire")

        assert "$.edata" in differing(
            event, {name: value for name, value in event.items() if name != "edata"}
        )
        assert "$.edata.level" in differing(event, event | {"edata": event["edata"] | {"level": "x"}})


class TestSinks:
    def test_files_of_events_are_read_compressed_or_not(self, tmp_path):
        """Events and batches of the run are found by their mid, in whatever file a glob names by now."""
        ours = [{"mid": f"LOG:0000000{n}0000abcd{0:016x}", "eid": "LOG"} for n in range(3)]
        (tmp_path / "a.jsonl").write_text(json.dumps(ours[0]) + "\n" + json.dumps({"mid": "other"}) + "\n")
        (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(json.dumps({"events": ours[1:2]}).encode()))
        (tmp_path / "bad.json").write_text(json.dumps(ours[2]))
        sink = find_sink([f"{tmp_path}/*.jsonl*", f"rejected={tmp_path}/bad.json"])

        kept = sink.read(0xABCD)

        assert isinstance(sink, ProbeFileSink)
        assert set(kept.accepted) == {ours[0]["mid"], ours[1]["mid"]}
        assert kept.rejected == {ours[2]["mid"]}
        assert kept.kinds == {"accepted", "rejected"}

    def test_an_event_of_any_size_is_read_and_what_can_not_be_is_named(self, tmp_path):
        """A line of more than 1 MiB is an event as any other; what is no JSON is said with its file and line."""
        mid = f"LOG:000000000000abcd{0:016x}"
        path = tmp_path / "a.jsonl"
        path.write_text(json.dumps({"mid": mid, "eid": "LOG", "x": "x" * 2_000_000}) + '\n{"mid":\n')
        kept = find_sink([str(path)]).read(0xABCD)

        assert set(kept.accepted) == {mid}
        assert f"{path}, line 2: " in kept.unread()
        assert "a.jsonl, line 2" in judge_sink(Exchange((), owed=({"mid": "lost"},)), kept)

    @pytest.mark.parametrize(
        ("names", "way_out"),
        [
            (["nowhere.jsonl"], "no such file"),
            (["."], r"\./\*\.jsonl"),
            (["rejected=*.jsonl"], "holds the accepted events as well"),
            (["a*", "b*"], "one glob for both"),
        ],
    )
    def test_a_sink_that_makes_no_sense_is_refused(self, names, way_out):
        """What is amiss is said with the way out."""
        with pytest.raises(UsageError, match=way_out):
            find_sink(names)


class TestShowing:
    @settings(max_examples=25, deadline=None)
    @given(
        body=st.binary(min_size=1, max_size=60) | st.sampled_from([b"'%s' \\n \x00 \xe2\x80\xa8", b"%%'\\''"])
    )
    def test_a_pasted_line_prints_the_same_bytes(self, body):
        """Whatever the bytes, the shell gives them to curl as they were sent."""
        line = curl("http://127.0.0.1:1", Step(Request("POST", "/x", {}, body), "answered"))
        printing, _, rest = line.rpartition(" | curl ")

        assert rest.endswith("--data-binary @- http://127.0.0.1:1/x")
        assert line.isascii()
        assert line.isprintable()
        assert subprocess.run(["/bin/sh", "-c", printing], capture_output=True, check=True).stdout == body

    def test_a_token_is_never_shown(self):
        """The line names the variable, whatever the header's case."""
        factory = EventFactory("wire", 7, token="hush")
        for one in PROPERTIES:
            case = one.cases(ProbeConfig("wire", poison=True)).certain[0]
            for step in one.exchange(factory, case, ProbeConfig("wire")).steps_under_test:
                line = curl("http://h", step) if len(step.request.body) < 4000 else ""
                assert "hush" not in line
                if line and step.batch:
                    assert "Bearer $FOOTFALL_TOKEN" in line

    def test_long_texts_are_shown_short(self):
        """A text of a million letters is one line, and hard characters are seen."""
        said = shown([{"message": "x" * 1_000_000, "id": "\u2028"}])

        assert "1,000,000 of them" in said
        assert "\\u2028" in said
        assert len(said) < 200

    def test_junit_is_xml_whatever_is_said(self):
        """What XML cannot carry is left out."""
        from xml.etree import ElementTree as ET

        one = NAMED["health"]
        trial = Trial(
            ProbeCase(),
            Exchange((Step(Request("GET", "/health", {}, b""), "healthy"),)),
            ([StepResult(None, "\x00")],),
            "a\x00b",
        )
        failed = PropertyResult(one, "failed", 1, failing=1, trial=trial, again=trial.exchange)
        from generator.probe.report.files import Written
        from generator.probe.report.script import ScriptOptions

        options = ScriptOptions("http://h", 1.0, False, None, 0.0)
        text = junit(
            [failed, PropertyResult(one, "skipped", why="\x0b")], options, {"health": Written("x.py", {})}
        )
        suite = ET.fromstring(text)

        assert suite.attrib["failures"] == suite.attrib["skipped"] == "1"
        assert "GET" in suite.find("testcase/failure").text


def test_the_limit_of_the_probe_is_for_the_whole_answer():
    """An endpoint that says one byte now and then is silent to the probe, once its time is over."""

    def trickles(peer):
        peer.read_request()
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not peer.ended.wait(0.005):
            peer.say(b"y")

    factory = EventFactory("wire", 1)
    with raw.serving(trickles) as endpoint, Client(endpoint.url, factory.contract, timeout=0.2) as line:
        heard = line.send(factory.step(factory.batch(ProbeCase())))

    assert heard == [StepResult(None, "no answer within 0.2 s")]
