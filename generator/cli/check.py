"""`footfall check`: judge events of any client."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import click
import msgspec

from generator.cli.commands import VerdictCommand
from generator.cli.options import PositiveInt, form_option
from generator.cli.terminal import Progress, pluralise
from generator.datasets.check import UNKNOWN, DatasetCheck
from generator.datasets.companions import Comparison
from generator.datasets.reader import opened, values
from generator.datasets.session_checker import LocatedViolation, SessionChecker
from generator.errors import UsageError
from generator.spec.rules import EIDS, FORMS, Form
from generator.spec.violation import shown

_LONGEST = 400
"""The most letters of a violation's line; hostile values can be long."""
_START = 256
_SHOWN = 40


@click.command("check", cls=VerdictCommand)
@click.argument("file", type=click.Path(allow_dash=True))
@form_option
@click.option(
    "--max-violations", "violations", type=PositiveInt(0, 10**6), default=10, show_default=True, metavar="N",
    help="List at most N violations; all are counted.",
)  # fmt: skip
@click.option(
    "--no-session-rules",
    is_flag=True,
    help="Check each event alone, without the rules between the events of a session.",
)
@click.option(
    "--strict/--no-strict", default=None,
    help="Report a broken rule between the events of a session as an error, or as a note. "
    "By default it is an error in Footfall's events and a note in those of other clients.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def command(
    file: str, form: Form, violations: int, no_session_rules: bool, strict: bool | None, as_json: bool
) -> int:
    """Judge events: valid or not, and where.

    FILE, or - for standard input, contains an event, a batch or a list on each line, or indented JSON. It may be
    compressed with gzip, and it may be a collector's store. A dataset is also compared with the manifest next to
    it. The exit code is 0 if all events are valid and agree with the manifest, and 1 if not.

    Neither the specification nor the pipelines enforce the rules between the events of a session, such as that END
    has the seconds since its START. Real clients break them. So a broken rule is an error only in the events of
    Footfall, or with --strict; else it is a note, which does not change the exit code.

    \b
    Example:
      footfall generate --sessions 20 | footfall check -
      footfall generate --form wire -o wire.jsonl.gz && footfall check --form wire wire.jsonl.gz
    """  # noqa: D301
    if no_session_rules and strict:
        raise UsageError(
            "--strict with --no-session-rules: no session rules are left to enforce. Leave one of them out."
        )
    judgement = DatasetCheck(form, violations=violations, sessions=not no_session_rules, strict=strict)
    comparison = Comparison(file)
    with (
        opened(file, comparison.sha256.update if comparison.name else None) as stream,
        Progress(0, "events judged") as progress,
    ):
        start = stream.peek(_START)[:_START].removeprefix(b"\xef\xbb\xbf").lstrip()  # type: ignore[attr-defined]
        for number, value in enumerate(values(stream)):
            judgement.take(value)
            if number % 1024 == 0:
                progress.show(judgement.events)
                if number:
                    _reject_other_than_json(file, judgement, start)
        judgement.finish()
    if not judgement.events:
        raise UsageError(f"{file}: does not contain an event. Pass a file with events.")
    _reject_other_than_json(file, judgement, start)
    comparison.conclude(judgement.events)
    report = _report(file, judgement, comparison)
    click.echo(_json(file, judgement, comparison) if as_json else "\n".join(report))
    return 0 if judgement.passed and comparison.agrees else 1


def _reject_other_than_json(file: str, judgement: DatasetCheck, start: bytes) -> None:
    """Raise one error for a file that is not JSON, instead of one for each line."""
    if judgement.unreadable == judgement.events and start and start[:1] not in b"{[":
        first = start.splitlines()[0].decode(errors="replace")[:_SHOWN]
        raise UsageError(
            f"{file}: is not JSON, it begins with {shown(first)}; expected an event, a batch or a list on each line, "
            "plain or compressed with gzip"
        )


# --- for people ---------------------------------------------------------------------------------------


def _report(file: str, judgement: DatasetCheck, comparison: Comparison) -> Iterator[str]:
    yield from _table(judgement)
    if judgement.violations:
        yield from _listed("violations", judgement.violations, judgement.found)
    if judgement.without_event:
        yield from ("", f"{pluralise(judgement.without_event, 'line')} with null instead of an event")
    if judgement.sessions and judgement.valid:
        yield from ("", *_of_sessions(judgement.sessions))
    if judgement.violations_between:
        yield from _listed("violations between events", judgement.violations_between, judgement.between)
    if judgement.notes:
        yield from _listed("notes between events", judgement.notes, judgement.noted)
        yield "Neither the specification nor the pipelines forbid what the notes list. --strict turns notes into errors."
    yield ""
    if judgement.other_form:
        yield from _hint(file, judgement, judgement.other_form)
    if not comparison.agrees:
        yield click.style(comparison.said, fg="red")
    yield _verdict(judgement) + (f", {comparison.said}" if comparison.said and comparison.agrees else "")


def _hint(file: str, judgement: DatasetCheck, other: Form) -> Iterator[str]:
    """Return which form fits how many events, if the other one fits more."""
    fits = {form: f"{form} form fits {judgement.fitting[form]:,}" for form in FORMS}
    first = "" if judgement.compared == judgement.events else "first "
    yield f"Of the {first}{pluralise(judgement.compared, 'event')} {fits[judgement.form]}, {fits[other]}."
    yield f"To check in the other form: footfall check --form {other} {file}"


def _table(judgement: DatasetCheck) -> Iterator[str]:
    rows = [
        (eid, judgement.valid[eid], judgement.invalid[eid])
        for eid in (*EIDS, UNKNOWN)
        if judgement.valid[eid] or judgement.invalid[eid]
    ]
    rows.append(("all", judgement.valid.total(), judgement.invalid.total()))
    width = max(len(eid) for eid, _, _ in rows)
    yield f"{'':{width}}  {'valid':>11}  {'invalid':>11}"
    for eid, valid, invalid in rows:
        count = f"{invalid:,}" if invalid else "·"
        line = f"{eid:{width}}  {valid:>11,}  {count:>11}"
        yield click.style(line, fg="red") if invalid else line


def _listed(what: str, count: int, found: list[LocatedViolation]) -> Iterator[str]:
    yield ""
    if not found:
        yield f"{what}: {count:,}; --max-violations N lists N of them"
        return
    rest = f", the first {len(found)}" if count > len(found) else ""
    yield f"{what}: {count:,}{rest}"
    for one in found:
        yield f"  {_where(one)}: {_cut(str(one.violation))}"


def _where(found: LocatedViolation) -> str:
    place = "" if found.place is None else f", event {found.place}"
    return f"line {found.line}{place}" + (f", {_cut(found.session, 80)}" if found.session else "")


def _cut(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _of_sessions(sessions: SessionChecker) -> Iterator[str]:
    if not sessions.judged and not sessions.skipped:
        yield "session rules: no event names its session"
        return
    text = (
        f"session rules: {pluralise(sessions.judged, 'session')} judged, {sessions.invalid:,} of them invalid"
    )
    if sessions.skipped:
        text += f"; {sessions.skipped:,} skipped: events are missing or all invalid"
    if sessions.late:
        text += f"; {pluralise(sessions.late, 'event')} came too long after the others of their session"
    yield text
    if sessions.in_part:
        yield (
            f"{pluralise(sessions.in_part, 'session')} judged without the invalid events: "
            "their violations are notes, because the invalid events may be the cause"
        )
    if sessions.stray:
        yield f"{pluralise(sessions.stray, 'event')} without a session: did or sid is missing"


def _verdict(judgement: DatasetCheck) -> str:
    if judgement.passed:
        notes = f"; {pluralise(judgement.notes, 'note')}" if judgement.notes else ""
        return click.style(
            f"valid: {pluralise(judgement.events, 'event')} in {judgement.form} form{notes}", fg="green"
        )
    invalid = judgement.invalid.total()
    parts = [f"{invalid:,} of {pluralise(judgement.events, 'event')}"] if invalid else []
    if judgement.violations_between and judgement.sessions:
        parts.append(pluralise(judgement.sessions.invalid, "session"))
    return click.style(f"not valid in {judgement.form} form: {' and '.join(parts)}", fg="red")


# --- for programs -------------------------------------------------------------------------------------


def _json(file: str, judgement: DatasetCheck, comparison: Comparison) -> str:
    sessions = judgement.sessions
    verdict = {
        "file": file,
        "form": judgement.form,
        "passed": judgement.passed and comparison.agrees,
        "events": judgement.events,
        "valid": judgement.valid.total(),
        "invalid": judgement.invalid.total(),
        "by_eid": {
            eid: {"valid": judgement.valid[eid], "invalid": judgement.invalid[eid]}
            for eid in sorted({*judgement.valid, *judgement.invalid})
        },
        "valid_in_other_form": judgement.other_form,
        "fits": {"of": judgement.compared} | {str(form): judgement.fitting[form] for form in FORMS},
        "without_event": judgement.without_event,
        "sessions": sessions
        and {
            "judged": sessions.judged,
            "invalid": sessions.invalid,
            "judged_in_part": sessions.in_part,
            "not_judged": sessions.skipped,
            "late_events": sessions.late,
            "stray_events": sessions.stray,
        },
        "notes": judgement.notes,
        "violations": judgement.violations + judgement.violations_between,
        "manifest": {"file": comparison.name, "agrees": comparison.agrees, "said": comparison.said}
        if comparison.name
        else None,
        "listed": [_as_row(found) for found in chain(judgement.found, judgement.between, judgement.noted)],
    }
    return msgspec.json.encode(verdict).decode()


def _as_row(found: LocatedViolation) -> dict[str, Any]:
    violation = found.violation
    return {
        "line": found.line,
        "event": found.place,
        "session": found.session or None,
        "path": _cut(violation.path),
        "problem": violation.problem,
        "severity": violation.severity,
        "value": shown(violation.value),
        "expected": _cut(violation.expected),
        "source": violation.source,
    }
