"""JUnit XML: what a run came to, for machines that know tests."""

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree import ElementTree as ET

from generator.report.markup import printable
from generator.report.run import Check, Run
from generator.report.verdict import missed, undelivered


class Case(NamedTuple):
    """A test case.

    Attributes:
        failure: what failed, in a line; "" where nothing did.
        skipped: why it was not tried; "" where it was.
        told: all there is to say of a failure.
    """

    name: str
    failure: str = ""
    skipped: str = ""
    told: str = ""


def junit(run: Run) -> bytes:
    """Write a run: a test case for each check, one for the delivery and one for the generator."""
    cases = [*map(_of_check, run.checks), _delivery(run), _generator(run)]
    return suite(f"footfall run {run.run}", "footfall.load", cases, seconds=run.duration)


def suite(name: str, classname: str, cases: Sequence[Case], *, seconds: float | None = None) -> bytes:
    """Write test cases as JUnit XML.

    Args:
        name: of the suite.
        classname: of each case.
        cases: in their order.
        seconds: how long it took.
    """
    counts = {
        "tests": len(cases),
        "failures": sum(bool(case.failure) for case in cases),
        "skipped": sum(bool(case.skipped) and not case.failure for case in cases),
    }
    numbers = {what: str(count) for what, count in counts.items()}
    took = {} if seconds is None else {"time": f"{seconds:.3f}"}
    root = ET.Element("testsuite", {"name": printable(name), "errors": "0", **numbers, **took})
    for case in cases:
        found = ET.SubElement(root, "testcase", {"classname": classname, "name": printable(case.name)})
        if case.failure:
            failure = ET.SubElement(found, "failure", {"message": printable(case.failure)})
            failure.text = "\n".join(map(printable, (case.told or case.failure).split("\n")))
        elif case.skipped:
            ET.SubElement(found, "skipped", {"message": printable(case.skipped)})
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _of_check(check: Check) -> Case:
    if not check.has_failed:
        unjudged = check.why or "could not be judged: the generator was limited"
        return Case(check.check, skipped=unjudged if check.result == "invalid" else "")
    when = "" if check.at is None else f", {check.at:,.0f} s after the start"
    return Case(check.check, f"{missed(check)}{when}", told=check.why)


def _delivery(run: Run) -> Case:
    if not run.batches:
        return Case("delivery", run.warning or "nothing was sent")
    reasons = sorted(run.reasons.items(), key=lambda item: -item[1])
    return Case(
        "delivery", undelivered(run), told="\n".join(f"{count:,} {reason}" for reason, count in reasons)
    )


def _generator(run: Run) -> Case:
    if not run.generator.limited:
        return Case("generator")
    return Case(
        "generator", f"limited, latencies are not valid: {run.generator.why or 'no reason was given'}"
    )
