"""JUnit XML: what a run came to, for machines that know tests."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple
from xml.etree import ElementTree as ET

from generator.report.delivery import Delivery
from generator.report.markup import printable
from generator.report.reasons import of_about
from generator.report.run import Check, Run
from generator.report.verdict import missed, undelivered

_MIDS = 20
"""Events that are named of a failed delivery."""


class JunitCase(NamedTuple):
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
    """Write a run: a test case for each check and each kind of damage, one for the delivery and one for the generator.

    A lost worker and an error of the run itself have a case where there is one. So a case fails, or is an error, if
    and only if the exit code is another than 0.
    """
    cases = [*map(_of_check, run.checks), *_damage(run), *_of_run(run), _delivery(run), _generator(run)]
    return suite(f"footfall run {run.run}", "footfall.load", cases, seconds=run.duration)


def junit_of_delivery(found: Delivery) -> bytes:
    """Write what a verification found, as one test case."""
    return suite(f"footfall run {', '.join(found.runs)}", "footfall.verify", [_verified(found, [])])


def suite(name: str, classname: str, cases: Sequence[JunitCase], *, seconds: float | None = None) -> bytes:
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


def _of_check(check: Check) -> JunitCase:
    if not check.has_failed:
        unjudged = check.why or "could not be judged: the generator was limited"
        return JunitCase(check.check, skipped=unjudged if check.result == "invalid" else "")
    when = "" if check.at is None else f", {check.at:,.0f} s after the start"
    return JunitCase(check.check, f"{missed(check)}{when}", told=check.why)


def _damage(run: Run) -> Iterator[JunitCase]:
    """Yield a case for each kind of damage: failed if any was misjudged, skipped if nobody could see.

    What a check allows to be misjudged is no failure.
    """
    has_failed = bool(of_about(run, "faults"))
    for name, row in run.faults.worst_first() if run.faults else ():
        is_seen = row.wrong or row.rightly_accepted or row.rightly_refused
        failure = str(row) if has_failed else ""
        yield JunitCase(f"damage: {name}", failure, "" if is_seen else "nobody could see how it was judged")
    for name in run.faults.missed if run.faults else ():
        yield JunitCase(f"damage: {name}", "", "no event was hit by it")


def _of_run(run: Run) -> Iterator[JunitCase]:
    """Yield a case for what concerns the whole run, where there is anything."""
    for about, name in (("workers", "workers"), ("run", "run")):
        found = [reason.reason for reason in of_about(run, about)]
        if found:
            yield JunitCase(name, found[0], told="\n".join(found))


def _delivery(run: Run) -> JunitCase:
    """Say what was not acknowledged, and what was not delivered where anybody looked."""
    if not run.batches:
        return JunitCase("delivery", run.warning or "nothing was sent")
    told = [f"{count:,} {reason}" for reason, count in sorted(run.reasons.items(), key=lambda item: -item[1])]
    if run.delivery and run.delivery.outcome != "delivered":
        return _verified(run.delivery, told)
    unknown = next((one.reason for one in of_about(run, "delivery")), "")
    lost = (undelivered(run) or "nothing was acknowledged") if of_about(run, "batches") else ""
    return JunitCase(
        "delivery", lost, error=unknown, told="\n".join([*([unknown] if unknown else []), *told])
    )


def _verified(found: Delivery, more: Sequence[str]) -> JunitCase:
    if found.outcome == "unknown":
        return JunitCase("delivery", error=found.sentence, told="\n".join([found.sentence, *more]))
    mids = [f"{fault} {mid}" for fault, mid in islice(found.mids(), _MIDS)]
    failure = found.sentence if found.outcome == "failed" else ""
    return JunitCase("delivery", failure, told="\n".join([found.sentence, *mids, *more]))


def _generator(run: Run) -> JunitCase:
    if not of_about(run, "generator"):
        return JunitCase("generator")
    return JunitCase(
        "generator", f"limited, latencies are not valid: {run.generator.why or 'no reason was given'}"
    )
