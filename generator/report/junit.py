"""Write the result of a run or a delivery as JUnit XML."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple
from xml.etree import ElementTree as ET

from generator.report.delivery import Delivery
from generator.report.markup import printable
from generator.report.run import CheckSummary, Run
from generator.report.verdict import missed, of_about, undelivered

_MIDS = 20
"""The most events that are named for a failed delivery."""


class JunitCase(NamedTuple):
    """A test case.

    Attributes:
        failure: the failure in a line; "" if there is none.
        skipped: why it was not judged; "" if it was.
        details: the whole text of a failure or an error.
        error: why the result is unknown; "" if it is known.
    """

    name: str
    failure: str = ""
    skipped: str = ""
    details: str = ""
    error: str = ""


def junit(run: Run) -> bytes:
    """Write a run: a test case for each check and each kind of fault, one for the delivery and one for the generator.

    Lost workers and an error of the run itself have a case of their own. So a case fails, or is an error, if and only
    if the exit code is not 0.
    """
    cases = [*map(_of_check, run.checks), *_faults(run), *_of_run(run), _delivery(run), _generator(run)]
    return suite(f"footfall run {run.run}", "footfall.load", cases, seconds=run.duration)


def junit_of_delivery(found: Delivery) -> bytes:
    """Write the findings of a verification as one test case."""
    return suite(f"footfall run {', '.join(found.runs)}", "footfall.verify", [_verified(found, [])])


def suite(name: str, classname: str, cases: Sequence[JunitCase], *, seconds: float | None = None) -> bytes:
    """Write test cases as JUnit XML.

    Args:
        name: of the suite.
        classname: of each case.
        cases: in their order.
        seconds: the duration.
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
            child = ET.SubElement(found, kind, {"message": printable(wrong)})
            child.text = "\n".join(map(printable, (case.details or wrong).split("\n")))
        elif case.skipped:
            ET.SubElement(found, "skipped", {"message": printable(case.skipped)})
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _of_check(check: CheckSummary) -> JunitCase:
    if not check.has_failed:
        unjudged = check.why or "could not be judged: the generator was limited"
        return JunitCase(check.check, skipped=unjudged if check.result == "invalid" else "")
    when = "" if check.at is None else f", {check.at:,.0f} s after the start"
    return JunitCase(check.check, f"{missed(check)}{when}", details=check.why)


def _faults(run: Run) -> Iterator[JunitCase]:
    """Yield a case for each kind of fault: failed if an event was misjudged, skipped if no event could be judged.

    A misjudged event that a check allows is not a failure.
    """
    has_failed = bool(of_about(run, "faults"))
    for name, row in run.faults.worst_first() if run.faults else ():
        is_seen = row.wrong or row.rightly_accepted or row.rightly_rejected
        failure = str(row) if has_failed else ""
        yield JunitCase(
            f"fault: {name}", failure, "" if is_seen else "the result does not show how it was judged"
        )
    for name in run.faults.missed if run.faults else ():
        yield JunitCase(f"fault: {name}", "", "no event has it")


def _of_run(run: Run) -> Iterator[JunitCase]:
    """Yield a case for lost workers, and one for an error of the run itself."""
    for about, name in (("workers", "workers"), ("run", "run")):
        found = [reason.reason for reason in of_about(run, about)]
        if found:
            yield JunitCase(name, found[0], details="\n".join(found))


def _delivery(run: Run) -> JunitCase:
    """Return the case of the delivery: what was not acknowledged and, after a verification, what was not delivered."""
    if not run.batches:
        return JunitCase("delivery", run.warning or "nothing was sent")
    details = [
        f"{count:,} {reason}" for reason, count in sorted(run.reasons.items(), key=lambda item: -item[1])
    ]
    if run.delivery and run.delivery.outcome != "delivered":
        return _verified(run.delivery, details)
    unknown = next((one.reason for one in of_about(run, "delivery")), "")
    lost = (undelivered(run) or "nothing was acknowledged") if of_about(run, "batches") else ""
    return JunitCase(
        "delivery", lost, error=unknown, details="\n".join([*([unknown] if unknown else []), *details])
    )


def _verified(found: Delivery, more: Sequence[str]) -> JunitCase:
    if found.outcome == "unknown":
        return JunitCase("delivery", error=found.sentence, details="\n".join([found.sentence, *more]))
    mids = [f"{fault} {mid}" for fault, mid in islice(found.mids(), _MIDS)]
    failure = found.sentence if found.outcome == "failed" else ""
    return JunitCase("delivery", failure, details="\n".join([found.sentence, *mids, *more]))


def _generator(run: Run) -> JunitCase:
    if not of_about(run, "generator"):
        return JunitCase("generator")
    return JunitCase(
        "generator", f"limited, latencies are not valid: {run.generator.why or 'no reason was given'}"
    )
