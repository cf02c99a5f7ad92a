import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import deliveries
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.report.charts.outcomes import outcomes
from generator.report.delivery import Findings

COUNTS = st.integers(0, 10**7) | st.just(0) | st.just(2**63 - 1)
FAULTS = st.fixed_dictionaries({"events": COUNTS})
FINDINGS = st.fixed_dictionaries(
    dict.fromkeys(("attempted", "acked", "rejected", "unknown", "due", "found", "held"), COUNTS)
    | dict.fromkeys(("lost", "duplicated", "altered", "unexpected", "rejected_yet_stored", "recovered",
                     "still_unknown", "false_accepts", "false_rejects"), FAULTS)
    | {"outcome": st.sampled_from(["delivered", "failed", "unknown"])},
)  # fmt: skip


def drawn(findings):
    return outcomes("outcomes", "Outcomes of the events", msgspec.convert(findings, Findings))


def words(findings):
    return [one.text for one in ET.fromstring(drawn(findings)).iter("text")]


class TestOutcomes:
    def test_each_way_and_each_end_has_its_count_and_its_word(self):
        """The flow names each count of sent, answered and found events."""
        shown = words(deliveries.failing())

        assert {"70,216", "65,816 acknowledged", "2,100 rejected", "1,000 unknown", "1,300 faulty", "✗ 312 lost",
                "12 of them among the rejected", "✗ 31 duplicated", "✗ 9 altered", "✗ 2 unexpected", "✓ 940 recovered",
                "? 60 still unknown", "✗ 20 rejected yet stored", "· 2,080 not there"} <= set(shown)  # fmt: skip

    def test_an_end_without_events_is_not_drawn(self):
        """A delivery without problems has one way and one end."""
        found = deliveries.delivered()["stages"][0]

        assert words(found) == [
            "events sent", "65,816", "65,816 acknowledged", "✓ 65,816 found once, as sent", "delivered"]  # fmt: skip
        assert drawn(found).count("band") == 2

    @pytest.mark.parametrize(
        ("more", "shown"),
        [
            ({}, "✓ at least 65,464 found once, as sent"),
            ({"altered": {}, "duplicated": {}}, "✓ 65,504 found once, as sent"),
            ({"altered": {}, "recovered": {}, "rejected_yet_stored": {}}, "✓ 65,473 found once, as sent"),
            ({"altered": {}, "recovered": {}}, "✓ at least 65,473 found once, as sent"),
            (
                {"altered": {}, "duplicated": {}, "why_not_compared": "another version"},
                "✓ 65,504 found by id",
            ),
        ],
    )
    def test_an_inexact_count_is_called_at_least(self, more, shown):
        """If events may be both altered and duplicated, or unacknowledged, the intact ones are a minimum."""
        assert shown in words(deliveries.failing(**more))

    def test_an_unread_sink_has_no_findings(self):
        """If the sink could not be read, acknowledged events are neither found nor lost."""
        shown = words(deliveries.unread()["stages"][0])

        assert "? 1,900 not known" in shown
        assert not [one for one in shown if one.startswith(("✓", "✗"))]

    def test_an_empty_sink_is_named(self):
        """If all events are lost, the text states that the sink is empty."""
        found = {"outcome": "failed", "attempted": 5, "acked": 5, "due": 5, "lost": {"events": 5}}

        assert words(found)[-2:] == ["✗ 5 lost", "the sink is empty"]

    def test_what_goes_elsewhere_is_not_lost(self):
        """A stage that expects fewer events shows how many it does not expect."""
        assert "· 600 not expected here" in words(deliveries.staged()["stages"][0])

    def test_one_of_a_million_is_seen(self):
        """A count of 1 of a million has the least height."""
        found = {"outcome": "failed", "attempted": 10**6, "acked": 10**6, "due": 10**6, "found": 10**6 - 1, "held": 1,
                 "lost": {"events": 1}}  # fmt: skip
        boxes = [one for one in ET.fromstring(drawn(found)).iter("rect") if one.get("class") == "bar lost"]

        assert [box.get("height") for box in boxes] == ["3"]

    @given(FINDINGS)
    def test_any_counts_are_drawn_within_the_picture(self, findings):
        """For any counts, boxes neither overlap nor leave the picture."""
        root = ET.fromstring(drawn(findings))
        (picture,) = root.iter("svg")
        high = float(picture.get("viewBox").split()[3])
        columns = {}
        for box in root.iter("rect"):
            top = float(box.get("y"))
            columns.setdefault(box.get("x"), []).append((top, top + float(box.get("height"))))

        assert all(0 <= top < bottom <= high + 0.2 for column in columns.values() for top, bottom in column)
        for column in columns.values():
            ordered = sorted(column)
            assert all(one[1] <= other[0] + 0.2 for one, other in pairwise(ordered))
        assert not re.search(r"nan|inf", " ".join(one.get("d") for one in root.iter("path")))

    @given(FINDINGS)
    def test_a_way_is_as_wide_as_its_ends(self, findings):
        """Every band starts inside the box of its way."""
        root = ET.fromstring(drawn(findings))
        boxes = [one for one in root.iter("rect") if one.get("x") == "410"]
        ends = [one for one in root.iter("path") if one.get("d").startswith("M422 ")]
        starts = [float(re.match(r"M422 ([\d.]+)", one.get("d"))[1]) for one in ends]

        for start in starts:
            inside = [
                float(b.get("y")) - 0.2 <= start <= float(b.get("y")) + float(b.get("height")) for b in boxes
            ]
            assert any(inside)
