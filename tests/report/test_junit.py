from xml.etree import ElementTree as ET

import pytest
import runs
from hypothesis import given
from hypothesis import strategies as st

from generator.report.junit import Case, junit, suite


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
        """Whoever knows tests sees what failed."""
        root = read(summary)

        assert [outcome(case) for case in root] == expected
        assert root.get("tests") == str(len(expected))
        assert root.get("failures") == str(expected.count("failure"))
        assert root.get("skipped") == str(expected.count("skipped"))
        assert [case.get("name") for case in root][-2:] == ["delivery", "generator"]

    def test_a_failure_says_what_was_found_and_when(self):
        """Its message is one line."""
        failure = read(runs.failing(60))[0][0]

        assert failure.get("message") == "response_p99<250ms found 3,184 ms, 25 s after the start"

    def test_refusals_are_listed_by_reason(self):
        """The commonest comes first."""
        delivery = read(runs.failing(60)).find("testcase[@name='delivery']/failure")

        assert delivery.text.splitlines()[0] == "900 rejected: 429 Too Many Requests"

    @given(st.text(), st.text(), st.text())
    def test_whatever_is_said_it_is_well_formed(self, name, failure, told):
        """No letter breaks the file."""
        root = ET.fromstring(suite(name, "footfall", [Case(name, failure, told, told)]))

        assert len(root) == 1
