"""Mutants of the rule table: each row taken away, and each thing that a row says unsaid."""

import inspect
from collections.abc import Iterator

from generator.spec import rule_table
from generator.spec.rule_table import RULES
from generator.spec.rules import EIDS, FORMS, Form, Kind, Rule
from tests.mutation.mutant import Mutant

FIELDS = "tests/spec/test_fields.py"
SOURCE = inspect.getsource(rule_table)
# What a field of a rule says when it says nothing.
SILENT = {
    name: Rule._field_defaults[name]
    for name in (
        "required",
        "values",
        "filled",
        "low",
        "high",
        "closed",
        "others",
        "required_by",
        "at_least",
    )
}
WEAKER = {Kind.ANY: (), Kind.VALUE: (Kind.ANY,), Kind.INTEGER: (Kind.NUMBER, Kind.VALUE, Kind.ANY)}


def table_mutants() -> Iterator[Mutant]:
    """Make a mutant of each way to weaken each row; the envelope's rows, the same for all, once a form."""
    for form in FORMS:
        envelope = [rule for rule in RULES[form]["HEARTBEAT"] if not rule.path.startswith("edata")]
        for eid in EIDS:
            for rule in RULES[form][eid]:
                if rule not in envelope:
                    yield from _of_row(form, (eid,), rule)
        for rule in envelope:
            yield from _of_row(form, EIDS, rule)


def _of_row(form: Form, eids: tuple[str, ...], rule: Rule) -> Iterator[Mutant]:
    if rule.path:  # without the row of the event itself there is no table
        yield _mutant(form, eids, rule, "row removed", None)
    for name, silent in SILENT.items():
        if getattr(rule, name) != silent:
            yield _mutant(form, eids, rule, f"{name} → {silent!r}", {name: silent})
    for kind in WEAKER.get(rule.kind, (Kind.VALUE, Kind.ANY)):
        yield _mutant(form, eids, rule, f"{rule.kind} → {kind}", {"kind": kind})
    for gone in rule.values:
        left = tuple(value for value in rule.values if value != gone)
        yield _mutant(form, eids, rule, f"{gone!r} removed", {"values": left})


def _mutant(
    form: Form, eids: tuple[str, ...], rule: Rule, change: str, fields: dict[str, object] | None
) -> Mutant:
    """Write the change behind the table; with a row go those below it, which would have no place."""
    is_it = f"row.path == {rule.path!r}"
    if fields is None:
        below = (f"{rule.path}.", f"{rule.path}[]")
        rows = f"row for row in table if not ({is_it} or row.path.startswith({below!r}))"
    else:
        said = ", ".join(f"{name}={_code(value)}" for name, value in fields.items())
        rows = f"row._replace({said}) if {is_it} else row for row in table"
    code = (
        f"for eid in {eids!r}:\n    table = RULES[{form!r}][eid]\n    RULES[{form!r}][eid] = tuple({rows})\n"
    )
    name = f"{form}-{eids[0] if len(eids) == 1 else 'envelope'}"
    place = f"{name} {rule.path or '(the event)'}"
    return Mutant(rule_table.__name__, place, change, f"{SOURCE}\n{code}", (FIELDS, "-k", name))


def _code(value: object) -> str:
    return f"Kind.{value.name}" if isinstance(value, Kind) else repr(value)
