import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import deliveries
import msgspec
import pytest
import runs

import generator.report
from generator.report.delivery import Delivery
from generator.report.page import delivery_page, page

RUNS = {
    "healthy": runs.healthy(600), "failing": runs.failing(120), "limited": runs.limited(), "in vain": runs.in_vain(),
    "empty": runs.empty(), "one second": runs.healthy(1), "an hour": runs.healthy(3600), "hostile": runs.hostile(),
    "undelivered": runs.healthy(60) | {"delivery": deliveries.failed(), "faults": deliveries.confusion()},
    "staged": runs.healthy(60) | {"delivery": deliveries.staged()},
    "not verified": runs.healthy(60) | {"delivery": deliveries.untried()},
    "hostile delivery": runs.hostile() | {
        "delivery": deliveries.hostile(),
        "faults": {"rows": {runs.HOSTILE: {"false_accepts": 2**63 - 1}, "skewed_clock": {}}},
    },
}  # fmt: skip


def drawn(summary, baseline=None):
    return page(runs.as_run(summary), runs.as_run(baseline) if baseline else None)


class Read(HTMLParser):
    """What a browser would make of a page: its elements, their attributes, its text."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.given, self.words = [], [], []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.given += [(tag, *given) for given in attrs]

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return "\n".join(self.words)


class TestPage:
    @pytest.mark.parametrize("name", RUNS)
    @pytest.mark.parametrize("baseline", [None, "healthy", "empty"])
    def test_any_run_is_drawn_and_well_formed(self, name, baseline):
        """From nothing to an hour, alone and beside another."""
        source = drawn(RUNS[name], RUNS[baseline] if baseline else None)
        # The style sheet and the script are the page's own, and are no XML.
        markup = re.sub(
            r"<(style|script)>.*?</\1>", "", source.removeprefix("<!doctype html>"), flags=re.DOTALL
        )

        assert ET.fromstring(markup).tag == "html"
        assert "nan" not in re.sub(r">[^<]*<", "><", markup).lower()

    @pytest.mark.parametrize("name", RUNS)
    def test_it_is_one_file_that_fetches_nothing(self, name):
        """No address is followed: no source, no link, no import."""
        source = drawn(RUNS[name])
        read = Read(source)
        fetching = {"src", "href", "xlink:href", "srcset", "action", "data", "poster", "background", "style"}

        assert [given for given in read.given if given[1] in fetching] == [("link", "href", "data:,")]
        assert not re.search(r"@import|url\(", source)
        assert {
            tag for tag in read.tags if tag in {"img", "iframe", "object", "embed", "base", "form"}
        } == set()

    @pytest.mark.parametrize("name", ["hostile", "hostile delivery"])
    def test_hostile_text_is_shown_and_never_followed(self, name):
        """Hosts, reasons, options, scenarios, mids and sinks are text, wherever they stand."""
        read = Read(drawn(RUNS[name], RUNS["hostile"]))

        assert read.tags.count("script") == 1
        assert not [given for given in read.given if given[1].startswith("on")]
        assert read.text.count("<script>alert(1)</script>") > 15
        assert "\u202e" not in read.text
        assert "\x00" not in read.text

    def test_endless_and_bottomless_text_is_cut(self):
        """A page stays a page, however long what an endpoint or an option says."""
        deep = "bottom"
        for _ in range(300):
            deep = {"a": [deep]}
        summary = runs.hostile()
        long = summary | {"options": {"deep": deep, "x" * 10**6: "y" * 10**6}, "host": "z" * 10**6} | {
            "reasons": {"w" * 10**6: 1}, "by_eid": {"v" * 10**6: 1}, "warning": "u" * 10**6,
            "checks": [{"check": "t" * 10**6, "passed": False, "why": "s" * 10**6}],
            "sample": {"scenario": "r" * 10**6, "events": [{"at": 0, "eid": "q" * 10**6, "told": "p" * 10**6}]},
        }  # fmt: skip

        assert len(drawn(long)) < 100_000

    def test_nothing_but_its_own_script_could_run(self):
        """The page's policy names the script by its digest, and allows no address."""
        (policy,) = re.findall(
            r'http-equiv="Content-Security-Policy" content="([^"]*)"', drawn(RUNS["healthy"])
        )

        assert policy.startswith("default-src &#x27;none&#x27;;")
        assert "sha256-" in policy
        assert "http" not in policy

    @pytest.mark.parametrize(
        ("name", "most"), [("healthy", 400_000), ("an hour", 400_000), ("empty", 20_000)]
    )
    def test_it_is_small(self, name, most):
        """Ten minutes are less than 400 kB, and so is an hour."""
        assert len(drawn(RUNS[name]).encode()) < most

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            (
                "healthy",
                ["Passed", "59,612,200", "response p99", "INTERACT", "practice", "acknowledged", "seed"],
            ),
            (
                "failing",
                [
                    "checks failed",
                    "429 Too Many Requests",
                    "✗ failed",
                    "dropped",
                    "unknown",
                    "every sender was waiting",
                ],
            ),
            ("limited", ["Generator-limited", "not valid: the generator was limited", "? not valid"]),
            ("in vain", ["Nothing was acknowledged", "connection refused", "No answer was timed."]),
            ("empty", ["Nothing was sent", "No event was sent.", "The run has no checks"]),
            (
                "undelivered",
                [
                    "Not delivered",
                    "✗ 312 lost",
                    "12 of them among the rejected",
                    "by scenario",
                    "web_portal",
                    "lost: the first 10 of 312",
                    "INTERACT:000000005eed000900000000004c01ab"[:22],
                    "edata.duration: sent 7.25, found 7",
                    "context.did: sent “a”, found null",
                    "and 1 more",
                    "its session has 23 events, and this is the 99th",
                    "980 ms at p99",
                    "A ledger is incomplete",
                    "Injected faults: 4,575 events, 96 of 3 kinds judged wrongly.",
                    "unknown_eid",
                    "88",
                    "1,412, 3 of these from the pipeline",
                    "2, first out.jsonl, line 7: no JSON",
                ],
            ),
            (
                "staged",
                [
                    "✗ 312 events vanished between raw and unique",
                    "Outcomes of the events at the stage denorm",
                    "? unknown",
                    "the folder is empty",
                    "✓ delivered",
                ],
            ),
            (
                "not verified",
                ["Delivery unknown", "Delivery: unknown", "no ledger was written"[3:]],
            ),
        ],
    )
    def test_it_says_what_happened(self, name, words):
        """The verdict is first, and every section has its figures or says why it has none."""
        text = Read(drawn(RUNS[name])).text

        assert [word for word in words if word not in text] == []

    def test_the_worst_second_of_an_hour_is_drawn(self):
        """A single spike is not thinned away."""
        summary = runs.healthy(3600)
        summary["seconds"][1801]["response_p99"] = 77_777.0
        picture = drawn(summary)

        assert "77.8 s" in picture
        assert "100 s" in picture or "100,000 ms" in picture

    def test_a_baseline_is_drawn_beside_the_run(self):
        """Its lines are dashed, its figures beside the run's."""
        source = drawn(runs.healthy(60, seed=6, slow=1.9), runs.healthy(60))

        assert source.count('class="line acked base"') == 2
        assert "+90%" in source
        assert 'class="difference bad"' in source
        assert "base" not in {
            word for one in re.findall(r'class="([^"]*)"', drawn(RUNS["healthy"])) for word in one.split()
        }

    def test_a_large_change_is_a_multiple(self):
        """From ten times the baseline on a figure is written as a multiple of it, not as a bare sign."""
        source = drawn(runs.healthy(60, seed=4, slow=61.0), runs.healthy(60, seed=4))

        assert "<b>61\N{MULTIPLICATION SIGN}</b>" in source
        assert "<b>+</b>" not in source

    def test_an_option_with_several_values_shows_them_all(self):
        """A check a line is shown with the next one behind a semicolon, and no character is replaced."""
        asked = "response_p99<250ms\nerror_rate<1%"
        source = drawn(runs.healthy(5) | {"options": {"check": asked}})

        assert "response_p99&lt;250ms; error_rate&lt;1%" in source
        assert "\N{REPLACEMENT CHARACTER}" not in source

    def test_a_limited_baselines_latencies_are_no_measure(self):
        """Nothing is held against what is not valid."""
        source = drawn(runs.healthy(60), runs.limited())

        assert "its generator was limited" in source
        assert 'class="difference good"' not in source.split("service p99")[0].split("response p99")[-1]

    def test_the_same_run_gives_the_same_page(self):
        """To the byte, on any day."""
        assert drawn(runs.failing(60)) == drawn(runs.failing(60))


class TestDeliveryPage:
    @pytest.mark.parametrize("made", ["delivered", "failed", "unread", "untried", "staged", "hostile"])
    def test_a_delivery_alone_is_a_page(self, made):
        """The page has the verdict as its headline, a mark of its own shape, and fetches nothing."""
        found = msgspec.convert(getattr(deliveries, made)(), Delivery)
        source = delivery_page(found)
        markup = re.sub(
            r"<(style|script)>.*?</\1>", "", source.removeprefix("<!doctype html>"), flags=re.DOTALL
        )
        root = ET.fromstring(markup)

        assert (
            root.find(".//h1").text
            == {"delivered": "Delivered", "failed": "Not delivered", "unknown": "Unknown"}[found.outcome]
        )
        assert (
            root.find(".//header/span").text
            == {"delivered": "✓", "failed": "✗", "unknown": "?"}[found.outcome]
        )
        assert Read(source).tags.count("script") == 1
        assert {one[2] for one in Read(source).given if one[1] in {"src", "href"}} == {"data:,"}
        assert len(source) < 700_000

    def test_a_verifiers_many_examples_stay_few(self):
        """The page has the first ten of each, and says of how many."""
        source = delivery_page(msgspec.convert(deliveries.failed(), Delivery))

        assert source.count("msgid ") == 10 + 10 + 9 + 10 + 10
        assert "still unknown: the first 10 of 60" in source

    def test_more_groups_than_fit_are_summed_up(self):
        """No event is left out of the table."""
        eids = {f"E{number}": 1000 - number for number in range(40)}
        stage = {"outcome": "failed", "lost": {"events": 39_220, "by_eid": eids}}
        text = Read(delivery_page(msgspec.convert(deliveries.failed(stages=[stage]), Delivery))).text

        assert f"28 others\n{sum(range(961, 989)):,}" in text

    def test_a_run_without_a_delivery_says_nothing_of_one(self):
        """Without a verification the page has no section and no verdict for a delivery."""
        text = Read(drawn(RUNS["healthy"])).text

        assert "Delivery" not in text
        assert "Injected faults" not in text


@pytest.mark.parametrize("name", ["failing", "staged"])
def test_each_chart_has_a_title_and_a_description(name):
    """A name, a description that holds figures, and ids that are unique."""
    read = Read(drawn(RUNS[name]))
    ids = [value for _, name, value in read.given if name == "id"]
    labels = [value for _, name, value in read.given if name in {"aria-labelledby", "aria-describedby"}]

    assert len(ids) == len(set(ids))
    assert set(labels) <= set(ids)
    assert len(labels) == 2 * sum(given == ("svg", "role", "img") for given in read.given)


def test_the_page_is_whole_without_its_script():
    """The script draws nothing: it only moves what the titles say to the pointer."""
    script = (Path(generator.report.__file__).parent / "page.js").read_text()

    assert len(script.splitlines()) < 50
    assert not re.search(r"fetch|XMLHttpRequest|innerHTML|eval|createElementNS|https?:", script)
