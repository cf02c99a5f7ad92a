"""The one table of rules: what the specification and the deployed pipelines require of every field.

The checker and the JSON Schema are derived from the table. The payload classes are tested against it.
"""

from generator.spec.documented_rules import DOCUMENTED
from generator.spec.rules import (
    EIDS,
    FORMS,
    VERSIONS,
    Form,
    Kind,
    Rule,
    id_row,
    instant_row,
    list_rows,
    number_row,
    object_row,
    read_into,
    text_row,
    text_rows,
)
from generator.spec.violation import Problem
from generator.spec.wire_rules import WIRE

SPECIFICATION, PIPELINE = "the specification's", "the pipeline schema's"
ENVELOPE_SOURCE = f"{PIPELINE} envelope.json"


def _about(form: Form, eid: str) -> tuple[Rule, ...]:
    """Return the rows of an event's object, which a documented START requires: its contentId and contentVer."""
    if (form, eid) != ("documented", "START"):
        return (object_row("object"), *text_rows("object.id", "object.type", "object.ver"))
    source = f"{SPECIFICATION} START (contentId, contentVer)"
    about, id_, ver = (
        rule._replace(source=source)
        for rule in (object_row("object", True), id_row("object.id"), text_row("object.ver", True))
    )
    return about, id_, text_row("object.type"), ver


def _envelope(form: Form, eid: str) -> tuple[Rule, ...]:
    """Return the envelope's rows: the pipeline's envelope, actor, context and object schemas."""
    documented = form == "documented"
    ets = number_row("ets", True)
    if documented:
        ets = read_into(instant_row("ets"), "it is a whole number", Problem.TYPE)
    rollup = (object_row("context.rollup"), *text_rows(*(f"context.rollup.l{n}" for n in range(1, 5))))
    rollup = tuple(rule._replace(source=f"{SPECIFICATION} context") for rule in rollup)
    return (
        object_row(""),
        text_row("eid", True, EIDS),
        ets,
        text_row("ver", True, VERSIONS),
        text_row("mid", True, filled=True),
        object_row("actor", True),
        *text_rows("actor.id", "actor.type", required=True),
        object_row("context", True),
        text_row("context.channel", True, filled=True),
        text_row("context.env", True),
        object_row("context.pdata", True),
        text_row("context.pdata.id", True),
        *text_rows("context.pdata.pid", "context.pdata.ver", "context.sid", "context.did"),
        *list_rows("context.cdata", Kind.OBJECT, closed=True),
        *text_rows("context.cdata[].type", "context.cdata[].id", required=True),
        # The pipeline's context schema has no rollup: there it may be anything.
        *(rollup if documented else ()),
        *_about(form, eid),
        object_row("object.rollup"),
        *text_rows(*(f"object.rollup.l{n}" for n in range(1, 5))),
        *list_rows("tags", Kind.TEXT),
    )


# The file of the pipeline's schema in which an object of the envelope or of a payload is described.
_FILES = {
    "context.pdata": "pdata", "context.cdata": "cdata", "context": "context", "actor": "actor",
    "object.rollup": "rollup", "object": "object",
    "edata.item": "question", "edata.items": "items", "edata.target.parent": "parent", "edata.target": "target",
    "edata.plugin": "plugin", "edata.object.parent": "parent", "edata.object": "inlineobject",
    "edata.dspec": "dspec", "edata.uaspec": "uaspec",
}  # fmt: skip


def _file(path: str, otherwise: str) -> str:
    """Return the pipeline's file that describes a path; `_FILES` lists the more exact paths first."""
    for place, name in _FILES.items():
        if path.startswith(place) and path[len(place) : len(place) + 1] in {"", ".", "["}:
            return f"{PIPELINE} {name}.json"
    return otherwise


def _placed(rule: Rule, form: Form, eid: str) -> Rule:
    """Return a payload's row with all its paths below `edata`, and with its source."""

    def below(path: str) -> str:
        return f"edata.{path}" if path else ""

    path = below(rule.path) or "edata"
    source = f"{SPECIFICATION} {eid}"
    if form == "wire":
        source = _file(path, f"{PIPELINE} {eid.lower()}.json")
    elif rule.closed:
        rule = read_into(rule, "it has the keys that are named, and no others", Problem.UNKNOWN)
    return rule._replace(
        path=path,
        at_least=below(rule.at_least),
        usual_at_least=below(rule.usual_at_least),
        source=source,
    )


def _table(form: Form, eid: str) -> tuple[Rule, ...]:
    rows = (DOCUMENTED if form == "documented" else WIRE)[eid]
    envelope = tuple(
        rule if rule.source else rule._replace(source=_file(rule.path, ENVELOPE_SOURCE))
        for rule in _envelope(form, eid)
    )
    payload = {rule.path: rule for rule in (_placed(row, form, eid) for row in rows)}
    # Every edata is a closed object unless its own row opens it.
    root = payload.pop("edata", _placed(object_row("", closed=True), form, eid))
    return (*envelope, root._replace(required=True), *payload.values())


RULES: dict[Form, dict[str, tuple[Rule, ...]]] = {
    form: {eid: _table(form, eid) for eid in EIDS} for form in FORMS
}
"""Every rule, by form and eid: the envelope's rows first, then those of `edata`."""
