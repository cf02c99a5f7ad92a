"""JUnit XML: what a run came to, for machines that know tests."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple
from xml.etree import ElementTree as ET

from generator.report.delivery import Delivery
from generator.report.markup import printable
from generator.report.run import Check, Run
from generator.report.verdict import missed, undelivered

_MIDS = 20
"""Events that are named of a failed delivery."""


class Case(NamedTuple):
    """A test case.

    Attributes:
        failure: what failed, in a line; "" where nothing did.
        skipped: why it was not tried; "" where it was.
        told: all there is to say of a failure or an error.
        error: why nobody can tell whether it failed; "" where somebody can.
    """

    name: str
    failure: str = ""
    skipped: str = ""
    told: str = ""
    error: str = ""


def junit(run: Run) -> bytes:
    """Write a run: a test case for each check and each kind of damage, one for the delivery and one for the generator."""
    cases = [*map(_of_check, run.checks), *_damage(run), _delivery(run), _generator(run)]
    return suite(f"footfall run {run.run}", "footfall.load", cases, seconds=run.duration)


def junit_of_delivery(found: Delivery) -> bytes:
    """Write what a verification found, as one test case."""
    return suite(f"footfall run {', '.join(found.runs)}", "footfall.verify", [_verified(found, [])])


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
        "errors": sum(bool(case.error) and not case.failure for case in cases),
        "skipped": sum(bool(case.skipped) and not (case.failure or case.error) for case in cases),
    }
    numbers = {what: str(count) for what, count in counts.items()}
    took = {} if seconds is None else {"time": f"{seconds:.3f}"}
    root = ET.Element("testsuite", {"name": printable(name), **numbers, **took})
    for case in cases:
        found = ET.SubElement(root, "testcase", {"classname": classname, "name": printable(case.name)})
        wrong = case.failure or case.error
        if wrong:
            kind = "failure" if case.failure else "error"
            said = ET.SubElement(found, kind, {"message": printable(wrong)})
            said.text = "\n".join(map(printable, (case.told or wrong).split("\n")))
        elif case.skipped:
            ET.SubElement(found, "skipped", {"message": printable(case.skipped)})
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _of_check(check: Check) -> Case:
    if not check.has_failed:
        unjudged = check.why or "could not be judged: the generator was limited"
        return Case(check.check, skipped=unjudged if check.result == "invalid" else "")
    when = "" if check.at is None else f", {check.at:,.0f} s after the start"
    return Case(check.check, f"{missed(check)}{when}", told=check.why)


def _damage(run: Run) -> Iterator[Case]:
    """Give a case for each kind of damage: failed where any was misjudged, skipped where nobody could see."""
    for name, row in run.faults.worst_first() if run.faults else ():
        is_seen = row.wrong or row.rightly_accepted or row.rightly_refused
        yield Case(f"damage: {name}", str(row), "" if is_seen else "nobody could see how it was judged")


def _delivery(run: Run) -> Case:
    """Say what was not acknowledged, and what was not delivered where anybody looked."""
    if not run.batches:
        return Case("delivery", run.warning or "nothing was sent")
    reasons = sorted(run.reasons.items(), key=lambda item: -item[1])
    told = [f"{count:,} {reason}" for reason, count in reasons]
    if run.delivery and run.delivery.outcome != "delivered":
        return _verified(run.delivery, told)
    return Case("delivery", undelivered(run), told="\n".join(told))


def _verified(found: Delivery, more: Sequence[str]) -> Case:
    if found.outcome == "unknown":
        return Case("delivery", error=found.sentence, told="\n".join([found.sentence, *more]))
    mids = [f"{fault} {mid}" for fault, mid in islice(found.mids(), _MIDS)]
    failure = found.sentence if found.outcome == "failed" else ""
    return Case("delivery", failure, told="\n".join([found.sentence, *mids, *more]))


def _generator(run: Run) -> Case:
    if not run.generator.limited:
        return Case("generator")
    return Case(
        "generator", f"limited, latencies are not valid: {run.generator.why or 'no reason was given'}"
    )
