"""Checks: read, judged at the end or in every window, beside a baseline or not."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.load.checks.baseline import read_baseline
from generator.load.checks.check import Check, parse_checks
from generator.load.checks.windows import Windows
from generator.load.metrics.metrics import METRICS, OF_THE_RUN, describe, metrics_of
from generator.load.metrics.second import Second
from generator.load.metrics.seconds import Seconds


@st.composite
def checks(draw):
    """Draw the text of a check, in any of the ways in which one is written."""
    name = draw(st.sampled_from(sorted(METRICS)))
    unit = METRICS[name].unit
    units = {"ms": ["", "us", "µs", "ms", "s"], "share": ["%"], "a second": ["", "k", "M"], "": [""]}[unit]
    digits = draw(st.one_of(st.integers(0, 999).map(str), st.decimals(0, 999, places=3).map(str)))
    limit = draw(st.sampled_from([*(f"{digits}{unit}" for unit in units), "baseline", f"{digits}*baseline"]))
    window = (
        ""
        if name in OF_THE_RUN
        else draw(st.sampled_from(["", " over 1s", " over 90s", " over 1h", " over 2m"]))
    )
    space = draw(st.sampled_from(["", " "]))
    return f"{name}{space}{draw(st.sampled_from(['<', '<=', '>', '>=', '==']))}{space}{limit}{window}"


@given(checks())
def test_a_check_reads_back_as_it_is_written(text):
    """Every check, parsed and written and parsed again, is the same check."""
    check = Check.parse(text)

    assert Check.parse(str(check)) == check
    assert str(Check.parse(str(check))) == str(check)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("response_p99<250ms", 250), ("response_p99<250", 250), ("response_p99<0.25s", 250), ("response_p99<800us", 0.8),
        ("error_rate<0.1%", 0.001), ("error_rate<0.001", 0.001), ("events_per_s>=50k", 50_000),
        ("events_per_s>=50000", 50_000), ("events_per_s>=50_000", 50_000), ("dropped==0", 0),
        ("response_p99<=1.5*baseline", 300), ("response_p99<=baseline", 200),
    ],
)  # fmt: skip
def test_a_limit_is_in_the_metric_s_unit(text, limit):
    """Milliseconds, shares, so many a second, and parts of the baseline's figure."""
    assert Check.parse(text).limit({"response_p99": 200.0}) == pytest.approx(limit)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing is compared; write it as 'response_p99<250ms'"),
        ("response_p99 250ms", "nothing is compared; write it as 'response_p99<250ms'"),
        ("p99<250ms", "no metric is called 'p99'; did you mean service_p99 or response_p99?"),
        ("reponse_p99<1s", "no metric is called 'reponse_p99'; did you mean response_p99?"),
        ("Response-P99<1s", "no metric is called 'Response-P99'; did you mean response_p99?"),
        ("foo<3", "no metric is called 'foo'; there are response_p99, events_per_s, error_rate, rejected and others"),
        ("response_p99=<250ms", "'=<' is not a comparison; choose one of <, <=, >, >=, =="),
        ("response_p99=250ms", "'=' is not a comparison; choose one of <, <=, >, >=, =="),
        ("response_p99≤250ms", "'≤' is not a comparison; choose one of <, <=, >, >=, =="),
        ("response_p99<x", "'x' is not a number; write it as 'response_p99<250ms'"),
        ("response_p99<-1ms", "'-1ms' is not a number; write it as 'response_p99<250ms'"),
        ("response_p99<", "'' is not a number; write it as 'response_p99<250ms'"),
        ("response_p99<nan", "'nan' is not a number; write it as 'response_p99<250ms'"),
        ("response_p99<1e999ms", "'1e999' is too large"),
        ("response_p99<5%", "response_p99 is in us, ms, s, not in '%'; write it as 'response_p99<250ms'"),
        ("response_p99<5m", "response_p99 is in us, ms, s, not in 'm'; write it as 'response_p99<250ms'"),
        ("error_rate<5ms", "error_rate is in %, not in 'ms'; write it as 'error_rate<0.1%'"),
        ("error_rate<5", "a share is from 0 to 1; for percent write '5%'"),
        ("achieved_rate>99ms", "achieved_rate is in %, not in 'ms'; write it as 'achieved_rate>=99%'"),
        ("events_per_s>=50ms", "events_per_s takes no unit such as 'ms'; write it as 'events_per_s>=50000'"),
        ("dropped<5%", "dropped takes no unit such as '%'; write it as 'dropped==0'"),
        ("response_p99<baseline*1.1", "write a part of the baseline as 'response_p99<=1.1*baseline'"),
        ("response_p99<1s over 10", "over '10' is not a duration; write it with a unit, as 500ms, 30s, 5m, 2h or 1h30m"),
        ("response_p99<1s over 1500ms", "over '1500ms': choose whole seconds, from 1s to 1h"),
        ("response_p99<1s over 2h", "over '2h': choose whole seconds, from 1s to 1h"),
        ("response_p99<1s over 0s", "over '0s': choose whole seconds, from 1s to 1h"),
        ("lost_workers==0 over 10s", "lost_workers is known at the end alone; leave 'over 10s' out"),
    ],
)  # fmt: skip
def test_a_wrong_check_is_told_the_way_out(text, why):
    """One line: the check, what is wrong with it, and how it is written."""
    with pytest.raises(UsageError) as raised:
        Check.parse(text)
    assert str(raised.value) == f"--check {text!r}: {why}"


@given(st.one_of(st.text(max_size=60), st.text("response_p99<>=.*% over12s ", max_size=30)))
def test_no_text_is_more_than_refused(text):
    """Any text is a check or a UsageError of one line."""
    said = ""
    try:
        Check.parse(text)
    except UsageError as error:
        said = str(error)

    assert len(said.splitlines()) <= 1


def second(**counts):
    made = Second(**{name: value for name, value in counts.items() if name not in {"service", "response"}})
    for name in ("service", "response"):
        for milliseconds in counts.get(name, ()):
            getattr(made, name).record(milliseconds * 1000)
    return made


SOME = second(
    offered_events=1000, dropped_events=100, batches=50, late=5, sent_events=900, bytes=3_000_000, acked=40,
    rejected=8, unknown=2, acked_events=800, service=[10] * 49 + [90], response=[20] * 50,
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("events_per_s", 80), ("sent_per_s", 90), ("offered_per_s", 100), ("batches_per_s", 5), ("mb_per_s", 0.3),
        ("achieved_rate", 0.8), ("error_rate", 0.2), ("rejected_rate", 0.16), ("unknown_rate", 0.04), ("late_rate", 0.1),
        ("dropped_rate", 0.1), ("events", 800), ("rejected", 8), ("unknown", 2), ("late", 5), ("dropped", 100),
        ("lost_workers", 2), ("service_p50", 10), ("service_max", 90), ("service_mean", 11.6), ("response_p99", 20),
    ],
)  # fmt: skip
def test_a_figure_is_what_the_table_says(name, value):
    """Rates by the seconds, shares by their whole, latencies in milliseconds."""
    assert metrics_of(SOME, 10, lost_workers=2)[name] == pytest.approx(value, rel=0.01)


def test_without_anything_there_is_no_data_and_no_error():
    """Of nothing, latencies and shares are None, counts and rates 0; of no time, rates are None."""
    nothing = metrics_of(Second(), 10)

    assert {name for name, value in nothing.items() if value is None} == {
        name for name, metric in METRICS.items() if metric.unit in {"ms", "share"} or name in OF_THE_RUN
    }
    assert metrics_of(SOME, 0)["events_per_s"] is None


def test_every_metric_is_described():
    """The list for people has a line for each metric, and no two lines say the same."""
    lines = list(describe())

    assert [line.split()[0] for line in lines] == list(METRICS)
    assert len({line[15:] for line in lines}) == len(lines)
    assert all(len(line) < 120 for line in lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("response_p99<250ms", "response_p99<250ms: passed (20.1 ms)"),
        ("service_max<50ms", "service_max<50ms: failed (90.1 ms)"),
        ("error_rate<0.1%", "error_rate<0.1%: failed (20 %)"),
        ("events_per_s>=50", "events_per_s>=50: passed (80 a second)"),
        ("dropped==0", "dropped==0: failed (100)"),
        ("response_p99<=0.5*baseline", "response_p99<=0.5*baseline: failed (20.1 ms, limit 10 ms)"),
        ("lost_workers==0", "lost_workers==0: no data"),
    ],
)
def test_a_judgement_says_check_verdict_and_value(text, said):
    """A person reads what was asked, whether it holds, and what there was."""
    judgement = Check.parse(text).judge(metrics_of(SOME, 10), {"response_p99": 20.0})

    assert str(judgement) == said
    assert judgement.passed == (": passed" in said)
    assert json.loads(json.dumps(judgement.as_dict()))["check"] == text


@given(checks())
def test_what_has_no_data_has_not_passed(text):
    """No check passes on nothing."""
    check = Check.parse(text)
    judgement = check.judge({}, dict.fromkeys(METRICS, 5.0))

    assert judgement.verdict == "no data"
    assert not judgement.passed


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("response_p99<250ms", "invalid"), ("response_p99<1ms", "invalid"), ("service_p50>1ms", "invalid"),
        ("events_per_s>=50", "passed"), ("events_per_s>=5000", "invalid"), ("events_per_s<50", "failed"),
        ("events_per_s<5000", "invalid"), ("events_per_s==80", "invalid"), ("late<=5", "passed"), ("late<=4", "invalid"),
        ("error_rate<50%", "passed"), ("error_rate<0.1%", "failed"), ("rejected==8", "passed"),
    ],
)  # fmt: skip
def test_what_a_saturated_generator_spoils_is_invalid(text, verdict):
    """Latencies are its own, whatever they are; a rate shows what the endpoint takes at least; errors are errors."""
    assert Check.parse(text).judge(metrics_of(SOME, 10), is_limited=True).verdict == verdict


# Windows.


def series(*counts):
    seconds = Seconds()
    for at, said in enumerate(counts):
        seconds.put(at, second(at=at, **said).as_row())
    return seconds


FAST = {"batches": 10, "acked": 10, "acked_events": 200, "service": [10] * 10, "response": [10] * 10}
SLOW = {**FAST, "response": [10] * 9 + [900]}
SILENT = {"batches": 4}
PAUSE = {}


@given(st.lists(st.integers(0, 9), min_size=1, max_size=25), st.integers(1, 6), st.integers(0, 12), st.data())
def test_the_first_failing_window_is_told_with_its_end(rates, window, limit, data):
    """Looked at in any steps, a check fails at the first window in which a plain sum is too small, or never."""
    seconds = series(*({"acked_events": rate} for rate in rates))
    windows = Windows([Check.parse(f"events_per_s>={limit} over {window}s")])
    failed, until = [], 0
    while until < len(rates):
        until = data.draw(st.integers(until + 1, len(rates)))
        failed += windows.look(seconds, until)
    ends = range(window, len(rates) + 1)
    expected = [end for end in ends if sum(rates[end - window : end]) < limit * window]

    assert [judgement.at for judgement in failed] == expected[:1]
    [judgement] = windows.judgements()
    if expected:
        assert judgement == failed[0]
    elif len(rates) < window:
        assert (judgement.verdict, judgement.why) == ("no data", f"the run had no whole {window} s")
    else:
        assert judgement.passed
        worst = min(sum(rates[end - window : end]) / window for end in ends)
        assert judgement.value == pytest.approx(worst)


def test_a_slow_second_fails_its_windows_and_is_named():
    """The first window that holds it fails, though the run as a whole would pass."""
    seconds = series(*[FAST] * 5, SLOW, *[FAST] * 50)
    windows = Windows(
        parse_checks(["response_p99<250ms over 3s", "response_p50<250ms over 3s", "response_p99<250ms"])
    )

    assert [str(failed) for failed in windows.look(seconds, 56)] == [
        "response_p99<250ms over 3s: failed (901 ms, 3 s until second 6)"
    ]
    assert [judgement.verdict for judgement in windows.judgements()] == ["failed", "passed"]
    assert Check.parse("response_p99<250ms").judge(metrics_of(seconds.total(), 56)).passed


def test_a_stall_fails_while_it_lasts():
    """Batches are on their way and nothing is answered in a whole window: a shorter limit is broken already."""
    windows = Windows(
        parse_checks(["response_p99<250ms over 2s", "response_p99<5s over 2s", "error_rate<1% over 2s"])
    )
    [failed] = windows.look(series(FAST, FAST, SILENT, SILENT, SILENT), 5)

    assert str(failed) == (
        "response_p99<250ms over 2s: failed (2 s until second 5, no answer, with 4 batches on their way)"
    )
    assert [judgement.verdict for judgement in windows.judgements()] == ["failed", "passed", "passed"]
    assert [judgement.verdict for judgement in windows.judgements(is_limited=True)][:2] == [
        "invalid",
        "invalid",
    ]


def test_a_pause_fails_nothing():
    """Where nothing is on its way nothing is judged; when that is all there was, the check has no data."""
    windows = Windows(parse_checks(["response_p99<250ms over 2s"]))
    assert windows.look(series(FAST, *[PAUSE] * 6, FAST), 8) == []
    assert windows.judgements()[0].passed

    idle = Windows(parse_checks(["response_p99<250ms over 2s"]))
    assert idle.look(series(*[PAUSE] * 6), 6) == []
    [judgement] = idle.judgements()
    assert (judgement.verdict, judgement.why) == ("no data", "nothing to judge in any window")


# Baselines.


def test_a_baseline_s_figures_are_read(tmp_path):
    """What a run's summary holds as figures is what a check compares with."""
    path = tmp_path / "summary.json"
    path.write_text(json.dumps({"run": "1", "figures": metrics_of(SOME, 10)}))
    baseline = read_baseline(str(path))
    [check] = parse_checks(["response_p99<=1.1*baseline"], baseline)

    assert baseline == metrics_of(SOME, 10)
    assert check.judge(metrics_of(SOME, 10), baseline).passed


def test_the_latencies_of_a_limited_run_are_no_baseline(tmp_path):
    """They were its generator's own; its error rate may be compared with."""
    path = tmp_path / "summary.json"
    path.write_text(json.dumps({"figures": metrics_of(SOME, 10), "generator_limited": ["the hub was late"]}))
    baseline = read_baseline(str(path))

    assert parse_checks(["error_rate<=baseline"], baseline)
    with pytest.raises(
        UsageError, match="the baseline has no response_p99; name another run, or write a number"
    ):
        parse_checks(["response_p99<=1.1*baseline"], baseline)


def test_a_check_beside_nothing_asks_for_a_baseline():
    """Without --baseline a check that needs one is refused before the run."""
    with pytest.raises(UsageError, match=r"which baseline\? add --baseline"):
        parse_checks(["response_p99<=1.1*baseline"])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read: No such file or directory; give an earlier run's summary.json"),
        ("", "no summary of a run: Input data was truncated"),
        ("[1]", "no summary of a run: Expected `object`, got `array`"),
        ("[" * 100_000, "no summary of a run"),
        ("{}", "it has no figures"),
        ('{"figures": 3}', "it has no figures"),
        ('{"figures": {"events_per_s": "many"}}', "its events_per_s is 'many', and no number"),
    ],
    ids=["missing", "empty", "list", "deep", "foreign", "number", "text"],
)
def test_a_foreign_baseline_is_refused(tmp_path, content, why):
    """A file that is not there, or is no summary with figures, is a UsageError that says so."""
    path = tmp_path / "b.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError) as raised:
        read_baseline(str(path))
    assert str(raised.value).startswith(f"--baseline {path}: {why}")


@given(st.sampled_from(sorted(METRICS)), st.floats(0, 1e6), st.sampled_from(["<", "<=", ">", ">=", "=="]))
def test_operators_compare_as_they_read(name, value, operator):
    """A value is judged against its limit as Python compares them."""
    assume(METRICS[name].unit in {"ms", ""})
    verdict = Check.parse(f"{name}{operator}500").judge({name: value}).passed

    assert (
        verdict
        == {"<": value < 500, "<=": value <= 500, ">": value > 500, ">=": value >= 500, "==": value == 500}[
            operator
        ]
    )


@pytest.mark.parametrize("text", ["response_p99<60s", "service_max<=31s", "response_p50<31s over 10s"])
def test_a_limit_that_a_time_out_would_pass_is_refused(text):
    """A batch without an answer counts with the time-out: a limit above it could not see one."""
    with pytest.raises(
        UsageError, match=r"is given up after --timeout 30 s .* Raise --timeout above the limit"
    ):
        parse_checks([text], timeout=30.0)

    assert len(parse_checks([text], timeout=61.0)) == 1


def test_a_baseline_beyond_any_bound_is_no_limit():
    """What was dropped in an earlier run is no measure for this one."""
    with pytest.raises(UsageError, match="the baseline's response_p99 is beyond any bound"):
        parse_checks(["response_p99<=1.1*baseline"], {"response_p99": 3_600_000.0})
