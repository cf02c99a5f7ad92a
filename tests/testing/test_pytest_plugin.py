"""The pytest plugin, as its users write it: every test here runs pytest in a process of its own."""

import subprocess
import sys

import pytest

from generator.collector.server_faults.options import OPTIONS

pytest_plugins = ["pytester"]

# Faker and Locust bring plugins of their own, which load them; ours must not. Hypothesis' plugin loads it at the end.
ALONE = ("-p", "no:faker", "-p", "no:locust", "-p", "no:cacheprovider", "--strict-markers", "-W", "error")
SEND = """
    import json
    import urllib.request

    import pytest

    def send(url, *events, msgid="m"):
        body = json.dumps({"params": {"msgid": msgid}, "events": events}).encode()
        request = urllib.request.Request(f"{url}/v1/telemetry", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return answer.status
"""


@pytest.fixture
def user(pytester):
    """Run what a user's test file says, and give what pytest says of it."""
    pytester.makepyfile(sending=SEND)

    def run(text, *options, with_hypothesis=False):
        pytester.makepyfile(test_it=text)
        without = () if with_hypothesis else ("-p", "no:hypothesispytest")
        return pytester.runpytest_subprocess(*ALONE, *without, *options)

    return run


def test_a_collector_takes_what_is_sent(user):
    """The fixture is a live endpoint, and what it has answered can be read at once."""
    done = user("""
        from sending import send

        def test_all_arrives(collector, corpus):
            first, *others = corpus(sessions=2, form="wire").events
            send(collector.url, first, *others)
            send(collector.url, first, {"eid": "START"}, msgid="again")

            assert collector.events() == [first, *others]
            assert collector.events("ASSESS") == [e for e in others if e["eid"] == "ASSESS"] != []
            assert collector.wait_for(len(others)) == collector.events()
            assert [aside.event for aside in collector.duplicates()] == [first]
            [rejected] = collector.rejected()
            assert rejected.event == {"eid": "START"}
            assert "$.mid" in " ".join(rejected.reasons)
            assert collector.stats()["mode"] == "sunbird"

        def test_each_test_has_its_own(collector):
            assert collector.events() == []
    """)

    done.assert_outcomes(passed=2)


def test_a_collector_can_be_crashed(user):
    """After kill -9 it refuses connections; restarted at the same address it has all, and knows all again."""
    done = user("""
        import urllib.error
        import pytest
        from sending import send

        def test_crash(collector, corpus):
            events, url = corpus(sessions=1, form="wire").events, collector.url
            send(url, *events)
            collector.crash()
            with pytest.raises(urllib.error.URLError):
                send(url, *events)
            collector.restart()
            send(url, *events)

            assert collector.url == url
            assert collector.events() == events
            assert len(collector.duplicates()) == len(events)

            collector.crash()
            collector.clear()
            assert collector.events() == collector.duplicates() == []
            collector.crash()  # a test may end like that
    """)

    done.assert_outcomes(passed=1)


def test_a_collector_says_what_it_waited_for(user):
    """A test whose events never come fails with how many came, and why others did not."""
    done = user("""
        from sending import send

        def test_waiting(collector):
            send(collector.url, {"eid": "START"})
            collector.wait_for(2, timeout=0.1)
    """)

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        ["*AssertionError: 0 of 2 events were accepted within 0.1 s; 1 were rejected, the first since *"]
    )


def test_the_mark_says_how_it_answers(user):
    """Mode and form are chosen by the mark; the nearest wins, and --strict-markers knows it."""
    done = user("""
        import urllib.error
        import pytest
        from sending import send

        @pytest.mark.footfall(mode="strict", form="documented")
        class TestStrict:
            def test_documented(self, collector, corpus):
                events = corpus(sessions=1).events
                send(collector.url, *events)
                assert collector.events() == events
                with pytest.raises(urllib.error.HTTPError, match="400"):
                    send(collector.url, {"eid": "START"}, msgid="bad")

            @pytest.mark.footfall(mode="sunbird")
            def test_nearest(self, collector):
                assert (collector.stats()["mode"], collector.stats()["form"]) == ("sunbird", "documented")
    """)

    done.assert_outcomes(passed=2)
    assert "@pytest.mark.footfall(mode=" in user("", "--markers").stdout.str()


def test_a_wrong_option_is_told_in_one_line(user):
    """A mark that makes no sense is an error of the test that bears it, without a traceback."""
    done = user("""
        import pytest

        @pytest.mark.footfall(mode="lax")
        def test_mode(collector): ...

        @pytest.mark.footfall(form="old")
        def test_form(collector): ...

        @pytest.mark.footfall(port=1)
        def test_name(collector): ...

        @pytest.mark.footfall("strict")
        def test_position(collector): ...
    """)

    done.assert_outcomes(errors=4)
    said = [line for line in done.outlines if line.startswith("@pytest.mark.footfall: ")]
    assert [line.removeprefix("@pytest.mark.footfall: ") for line in said] == [
        "mode='lax': choose one of sunbird, strict",
        "form 'old': choose 'documented' or 'wire'",
        f"port: unknown option. Choose from mode, form, {', '.join(OPTIONS)}",
        "'strict': options are named, such as mode='strict'",
    ]
    assert "pytest_plugin.py:" not in done.stdout.str()


def test_a_mark_without_its_collector_is_refused(user):
    """A mark that nothing would heed is an error: the shared collector has options of its own."""
    done = user("""
        import pytest

        @pytest.mark.footfall(mode="strict")
        def test_shared(shared_collector): ...

        @pytest.mark.footfall(mode="strict")
        class TestMixed:
            def test_with(self, collector): ...
            def test_without(self): ...
    """)

    done.assert_outcomes(errors=1, passed=2)
    done.stdout.fnmatch_lines(
        ["@pytest.mark.footfall: this test has no `collector`. For the shared one, call*"]
    )


def test_an_eid_that_is_none_is_refused(user):
    """A misspelt eid is no empty list, which a test could take for the truth."""
    done = user("""
        import pytest
        from generator.errors import UsageError

        def test_misspelt(collector):
            with pytest.raises(UsageError, match="eid='STRAT': choose one of START"):
                collector.events("STRAT")
    """)

    done.assert_outcomes(passed=1)


def test_hypothesis_takes_the_shared_collector(user):
    """Under @given the collector of the whole run is used, emptied for each example, in any mode."""
    done = user(
        """
        from hypothesis import given, settings
        from generator.strategies import sessions
        from sending import send

        @settings(max_examples=5, deadline=None)
        @given(session=sessions("practice"))
        def test_all_arrives(shared_collector, session):
            shared_collector.clear()
            url = shared_collector.url
            send(url, *session.as_json("wire"))
            assert shared_collector.events() == session.as_json("wire")
            assert shared_collector.duplicates() == []

        def test_another_mode(shared_collector):
            shared_collector.clear(mode="strict", form="documented")
            stats = shared_collector.stats()
            assert (stats["mode"], stats["form"]) == ("strict", "documented")
            assert shared_collector.events() == []

        @given(session=sessions("practice"))
        def test_the_other_is_refused_by_hypothesis(collector, session):
            pass
    """,
        with_hypothesis=True,
    )

    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(["*uses a function-scoped fixture 'collector'*"])


def test_a_corpus_is_what_generate_writes(user, pytester):
    """A corpus is the file that the command writes with the same options, its manifest the truth about it."""
    user("""
        import json
        from pathlib import Path

        def test_it(corpus):
            made = corpus("practice", 3, 7, form="wire")
            assert made is corpus("practice", sessions=3, seed=7, form="wire")
            assert made is not corpus("practice", sessions=3, seed=8, form="wire")
            assert [json.loads(line) for line in made.lines] == made.events
            assert made.manifest["events"] == len(made.events)
            assert made.manifest["by_eid"]["ASSESS"] == sum(e["eid"] == "ASSESS" for e in made.events)
            made.events.clear()
            assert made.events
            Path("made.jsonl").write_bytes(made.path.read_bytes())
    """).assert_outcomes(passed=1)
    command = [
        "-c",
        "from generator.cli import main; main()",
        "generate",
        "--scenario",
        "practice",
        "--sessions",
        "3",
        "--seed",
        "7",
    ]
    said = subprocess.run(
        [sys.executable, *command, "--form", "wire"], capture_output=True, check=True, cwd=pytester.path
    )

    assert (pytester.path / "made.jsonl").read_bytes() == said.stdout != b""


def test_a_corpus_takes_own_scenarios(user):
    """A function decorated with @scenario is played as the bundled ones are, alone or beside them."""
    done = user("""
        import pytest
        from generator import FootfallError, scenario

        @scenario(share=40, title="One look")
        def look(learner, t, chance):
            t.impression({"type": "view", "pageid": "home"})

        def test_own(corpus):
            assert [e["edata"]["pageid"] for e in corpus(look, sessions=2).events] == ["home", "home"]
            assert set(corpus([look, "practice"], sessions=20).manifest["by_scenario"]) == {"look", "practice"}

        @pytest.mark.parametrize(("options", "said"), [
            ({"scenario": "practise"}, "did you mean 'practice'"),
            ({"sessions": 0}, "sessions=0: at least 1 is needed"),
            ({"form": "old"}, "form 'old': choose 'documented' or 'wire'"),
        ])
        def test_wrong(corpus, options, said):
            with pytest.raises(FootfallError, match=said):
                corpus(**options)
    """)

    done.assert_outcomes(passed=4)


def test_the_profiles_are_there(user, pytester):
    """Hypothesis' own option takes them, and so does a conftest that loads one."""
    test = """
        from hypothesis import settings

        def test_it():
            chosen = settings()
            assert (chosen.max_examples, chosen.derandomize) == {}
            assert chosen.deadline is None
            assert chosen.print_blob
    """
    user(
        test.format((200, True)), "--hypothesis-profile", "footfall-ci", with_hypothesis=True
    ).assert_outcomes(passed=1)
    pytester.makeconftest("import hypothesis; hypothesis.settings.load_profile('footfall-deep')")
    user(test.format((5_000, False)), with_hypothesis=True).assert_outcomes(passed=1)


def test_it_costs_nothing_when_unused(user):
    """With the plugin, a run of tests that use none of it loads no Hypothesis, no Locust, no Faker, and no room of ours."""
    done = user(
        """
        import sys

        def test_it(pytestconfig):
            assert pytestconfig.pluginmanager.has_plugin("footfall")
            heavy = {"hypothesis", "locust", "gevent", "faker", "msgspec", "httptools", "urllib3", "asyncio"}
            assert heavy & set(sys.modules) == set()
            assert {name for name in sys.modules if name.partition(".")[0] == "generator"} == {
                "generator", "generator.errors", "generator.testing", "generator.testing.pytest_plugin",
            }
    """,
        with_hypothesis=True,
    )

    done.assert_outcomes(passed=1)
