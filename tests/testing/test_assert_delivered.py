"""Proof in a test: a real ledger, held against what a live endpoint stored, and against files."""

import json
import urllib.request
from pathlib import Path

import pytest

from generator import __version__
from generator.collector.server_faults import HEALTHY, ServerFaults
from generator.delivery.receipt import ACKED
from generator.errors import UsageError
from generator.ledger import Header, LedgerWriter, SessionStart
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.digest import digests
from generator.load.template.pool import TemplatePool
from generator.load.template.stamp import StampIdentity
from generator.testing import assert_delivered
from generator.testing.collector import Collector
from generator.verify.sink.sink import Chunk

pytest_plugins = ["pytester"]

RUN, T = 0x0ABCDEF0, 1_790_000_000_123
SESSIONS = 6


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A ledger of some sessions, all acknowledged, and the bodies that were sent."""
    folder = tmp_path_factory.mktemp("run") / "ledger"
    plan = Plan(Settings(seed=5, scenario="content_editor"))
    pool, bodies = TemplatePool(plan, {}, 3), []
    with_all = Header(
        run=RUN, worker=0, started=float(T), footfall=__version__, seed=5, contract="sunbird", form=plan.form,
        model="open", scenarios=digests(plan), mark=f"footfall:{RUN:08x}", world=plan.world.digest(),
        options={"scenario": plan.settings.scenario}, largest=plan.largest,
    )  # fmt: skip
    writer = LedgerWriter(folder, with_all)
    writer.lease(0, 99)
    for session in range(SESSIONS):
        template = pool.draw()
        writer.open(SessionStart(session, template.scenario, template.number, "", "", T))
        for prepared in template.stamp(StampIdentity(RUN, session), T):
            [(first, events)] = prepared.ranges
            writer.sent(session, prepared.number, first, events, 0, 1.0, 1.0, 1.2, ACKED)
            bodies.append(prepared.body)
    writer.close()
    return folder, bodies


def events(bodies):
    return [event for body in bodies for event in json.loads(body)["events"]]


def post(url, body):
    request = urllib.request.Request(f"{url}/v1/telemetry", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request).close()


def written(folder, found, name="sink.jsonl"):
    path = folder / name
    path.write_text("".join(json.dumps(event) + "\n" for event in found))
    return path


@pytest.fixture
def stored(run, tmp_path):
    """Send the run to a live endpoint that misbehaves as told, and give it."""
    opened = []

    def send(server_faults=HEALTHY):
        opened.append(Collector(tmp_path / "collector", server_faults=server_faults))
        collector = opened[-1].__enter__()
        for body in run[1]:
            post(collector.url, body)
        return collector

    yield send
    for collector in opened:
        collector.__exit__()


class TestLiveEndpoint:
    def test_what_a_healthy_one_stores_is_proven(self, run, stored):
        """Every event is there once, as it was sent, and the verdict is given for further assertions."""
        delivery = assert_delivered(run[0], stored())

        count = len(events(run[1]))
        assert delivery.outcome == "delivered"
        assert delivery.stages[0].found == delivery.stages[0].compared == count > 0

    def test_what_it_lost_on_purpose_fails_with_the_mids(self, run, stored):
        """The failure's text is the verifier's verdict: how many, and the first mids with their sessions."""
        collector = stored(ServerFaults(lose=0.1, seed=3))
        lost = [record.mids[0] for record in collector.fault_records() if record.kind == "lost"]
        with pytest.raises(AssertionError) as failed:
            assert_delivered(run[0], collector)

        verdict, *rest = str(failed.value).splitlines()
        assert verdict == f"NOT delivered: of {len(events(run[1])):,} acknowledged events {len(lost)} lost"
        told = [line.split()[1] for line in rest if line.startswith("  lost  ") and ":" in line.split()[1]]
        assert len(told) == 3 <= len(lost)
        assert set(told) <= set(lost)

    def test_an_endpoint_can_begin_to_misbehave_and_end_it(self, run, stored):
        """`clear` takes what goes wrong from then on, keeps it where nothing is said, and `HEALTHY` ends it."""
        collector = stored()
        collector.clear(server_faults=ServerFaults(lose=1))
        collector.restart()
        post(collector.url, run[1][0])
        assert collector.events() == []
        assert {record.kind for record in collector.fault_records()} == {"lost"}
        collector.clear(server_faults=HEALTHY)
        post(collector.url, run[1][0])

        assert collector.events() == json.loads(run[1][0])["events"]
        assert collector.fault_records() == []


class TestFiles:
    @pytest.mark.parametrize("as_named", [Path, str, lambda path: str(path.parent / "*.jsonl")])
    def test_files_are_named_as_on_the_command_line(self, run, tmp_path, as_named):
        """A path, its text and a pattern are the same; so are a ledger, its folder and a list of these."""
        sink = as_named(written(tmp_path, events(run[1])))
        [ledger] = run[0].iterdir()

        for named in (run[0], str(run[0]), ledger, [ledger], f"{run[0]}/*.bin"):
            assert assert_delivered(named, sink).ledgers == 1

    def test_what_is_twice_or_altered_fails(self, run, tmp_path):
        """Each fault has its word."""
        first, second, *others = events(run[1])
        altered = {**second, "actor": {"id": "somebody", "type": "User"}}
        sink = written(tmp_path, [first, first, altered, *others])

        with pytest.raises(
            AssertionError, match=r"1 duplicated, 1 altered\n(.|\n)*actor.id: sent '.*found 'somebody'"
        ):
            assert_delivered(run[0], sink)

    def test_what_a_pipeline_rewrites_may_be_ignored(self, run, tmp_path):
        """A path that is ignored is no difference, and without contents an id is enough."""
        sink = written(tmp_path, [{**event, "ver": "9"} for event in events(run[1])])

        with pytest.raises(AssertionError, match="altered"):
            assert_delivered(run[0], sink)
        assert_delivered(run[0], sink, ignore=["ver"])
        with pytest.warns(UserWarning, match=r"ignore 'vre': stands in no event that differs"):
            assert_delivered(run[0], sink, ignore=["ver", "vre"])
        assert assert_delivered(run[0], sink, content=False).stages[0].compared == 0

    def test_a_stage_has_what_is_not_sent_elsewhere_before(self, run, tmp_path):
        """LOG goes elsewhere before the raw events: there it is not lost."""
        found = events(run[1])
        sink = written(tmp_path, [event for event in found if event["eid"] != "LOG"])

        assert any(event["eid"] == "LOG" for event in found)
        assert assert_delivered(run[0], sink, stage="raw").stages[0].stage == "raw"
        with pytest.raises(AssertionError, match="lost"):
            assert_delivered(run[0], sink)

    def test_a_sink_of_your_own_is_two_methods(self, run):
        """Whatever can give events is a sink."""

        class Own:
            def described(self):
                return "my database"

            def chunks(self):
                yield Chunk(
                    "accepted", [json.dumps(event).encode() for event in events(run[1])], None, "row 1"
                )

        assert assert_delivered(run[0], Own()).stages[0].sink == "my database"


class TestNothingToSay:
    def test_a_sink_that_cannot_be_read_is_no_proof(self, run):
        """Unknown is not delivered: the assertion fails, and says why."""
        with pytest.raises(AssertionError, match=r"^unknown: nothing.jsonl: there is no such file"):
            assert_delivered(run[0], "nothing.jsonl")

    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ({"ledger": "nothing"}, "nothing: file not found"),
            ({"ledger": []}, "no ledger given"),
            ({"stage": "uniqe"}, "did you mean unique"),
            ({"ignore": ["a..b"]}, "no path"),
        ],
        ids=str,
    )
    def test_wrong_use_is_no_failed_assertion(self, run, tmp_path, how, said):
        """What makes no sense is an error of its own, with the way out."""
        with pytest.raises(UsageError, match=said):
            assert_delivered(**{"ledger": run[0], "sink": tmp_path / "x.jsonl"} | how)


def test_pytest_gives_it_and_the_mark_makes_an_endpoint_misbehave(run, pytester):
    """As users write it: the fixture, the mark, and a failure that shows the verdict and nothing of the inside."""
    folder, bodies = run
    pytester.makepyfile(f"""
        import urllib.request
        import pytest

        LEDGER, BODIES = {str(folder)!r}, {bodies!r}

        def send(url):
            for body in BODIES:
                urllib.request.urlopen(urllib.request.Request(
                    url + "/v1/telemetry", body, {{"Content-Type": "application/json"}})).close()

        def test_healthy(collector, assert_delivered):
            send(collector.url)
            assert_delivered(LEDGER, collector)

        @pytest.mark.footfall(lose=0.1)
        class TestMarked:
            @pytest.mark.footfall(seed=3)
            def test_it_loses(self, collector, assert_delivered):
                send(collector.url)
                assert_delivered(LEDGER, collector)

        @pytest.mark.footfall(delay="soon")
        def test_no_delay(collector): ...
    """)
    done = pytester.runpytest_subprocess(
        "-p", "no:faker", "-p", "no:locust", "-p", "no:cacheprovider", "--strict-markers", "-W", "error"
    )

    done.assert_outcomes(passed=1, failed=1, errors=1)
    done.stdout.fnmatch_lines(["E * AssertionError: NOT delivered: of * acknowledged events * lost"])
    done.stdout.fnmatch_lines(["@pytest.mark.footfall: --delay soon: a duration has a unit*"])
    assert "delivered.py:" not in done.stdout.str()
