from xml.etree import ElementTree as ET

import deliveries
import msgspec
import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st

from generator.report.delivery import Delivery
from generator.report.junit import JunitCase, junit, junit_of_delivery, suite


def read(summary):
    return ET.fromstring(junit(runs.as_run(summary)))


def outcome(case):
    return case[0].tag if len(case) else "passed"


class TestJunit:
    @pytest.mark.parametrize(
        ("summary", "expected"),
        [
            (runs.healthy(5), ["passed"] * 4),
            (runs.failing(60), ["failure", "failure", "passed", "failure", "passed"]),
            (runs.limited(), ["skipped", "passed", "passed", "failure"]),
            (runs.in_vain(), ["failure", "passed"]),
            (runs.empty(), ["failure", "passed"]),
            (runs.hostile(), ["failure", "skipped", "failure", "failure"]),
        ],
    )
    def test_each_check_is_a_case_and_so_are_delivery_and_generator(self, summary, expected):
        """Each check, the delivery and the generator are a case, with its outcome."""
        root = read(summary)

        assert [outcome(case) for case in root] == expected
        assert root.get("tests") == str(len(expected))
        assert root.get("failures") == str(expected.count("failure"))
        assert root.get("skipped") == str(expected.count("skipped"))
        assert [case.get("name") for case in root][-2:] == ["delivery", "generator"]

    def test_a_failure_says_what_was_found_and_when(self):
        """The message names the check, its value and its time in one line."""
        failure = read(runs.failing(60))[0][0]

        assert failure.get("message") == "response_p99<250ms found 3,184 ms, 25 s after the start"

    @pytest.mark.parametrize(
        ("made", "expected"),
        [(deliveries.delivered, "passed"), (deliveries.failed, "failure"), (deliveries.unread, "error"),
         (deliveries.untried, "error")],
    )  # fmt: skip
    def test_a_delivery_is_a_case(self, made, expected):
        """A failed delivery fails, and an unknown one is an error, with its run or alone."""
        of_run = read(runs.healthy(5) | {"delivery": made()})
        alone = ET.fromstring(junit_of_delivery(msgspec.convert(made(), Delivery)))

        assert outcome(of_run.find("testcase[@name='delivery']")) == outcome(alone[0]) == expected
        assert of_run.get("errors") == alone.get("errors") == str(int(expected == "error"))
        assert of_run.get("failures") == alone.get("failures") == str(int(expected == "failure"))

    def test_a_failed_delivery_names_the_first_events(self):
        """The message is the verdict; the text has the first mids and the reasons for rejections."""
        failure = read(runs.failing(60) | {"delivery": deliveries.failed()}).find(
            "testcase[@name='delivery']/failure"
        )

        assert failure.get("message").startswith("NOT delivered: of 65,816 acknowledged events 312 lost")
        assert failure.text.splitlines()[1] == f"lost {deliveries.failing()['lost']['examples'][0]['mid']}"
        assert "900 rejected: 429 Too Many Requests" in failure.text

    def test_each_kind_of_fault_is_a_case(self):
        """The case fails if an event was misjudged, and is skipped if no event could be judged."""
        root = read(runs.healthy(5) | {"faults": deliveries.confusion()})
        cases = {case.get("name"): case for case in root if case.get("name").startswith("fault: ")}

        assert [outcome(case) for case in cases.values()] == [
            *["failure"] * 3,
            "passed",
            "skipped",
            *["passed"] * 3,
        ]
        assert cases["fault: missing_field"][0].get("message") == "7 events wrongly accepted"

    def test_refusals_are_listed_by_reason(self):
        """The most frequent reason comes first."""
        delivery = read(runs.failing(60)).find("testcase[@name='delivery']/failure")

        assert delivery.text.splitlines()[0] == "900 rejected: 429 Too Many Requests"

    @given(st.text(), st.text(), st.text(), st.text())
    def test_any_text_gives_well_formed_xml(self, name, failure, details, error):
        """Any characters in any field give a readable file."""
        root = ET.fromstring(suite(name, "footfall", [JunitCase(name, failure, details, details, error)]))

        assert len(root) == 1
