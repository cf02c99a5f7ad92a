"""The rule table as JSON Schema (2020-12), for programs in other languages."""

from typing import Any

from generator.spec.check import TREES, Node
from generator.spec.rules import EIDS, Form, Kind, Rule, check_form

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.NUMBER: {"type": "number"},
    Kind.INTEGER: {"type": "integer"},
    Kind.OBJECT: {"type": "object"},
    Kind.LIST: {"type": "array"},
    Kind.VALUE: {"type": ["string", "number", "boolean", "object", "array"]},
    Kind.ANY: {},
}


def _of_rule(rule: Rule) -> dict[str, Any]:
    schema = dict(_TYPES[rule.kind])
    if rule.values:
        schema["enum"] = list(rule.values)
    if rule.filled:
        schema["minLength"] = 1
    if rule.low is not None:
        schema["minimum"] = rule.low
    if rule.high is not None:
        schema["maximum"] = rule.high
    remarks = [f"no source states it: {reading}" for reading in dict(rule.readings).values()]
    if rule.at_least:
        remarks.append(f"is at least {rule.at_least}, which JSON Schema cannot express")
    if remarks:
        schema["$comment"] = "; ".join(remarks)
    return schema


def _of_node(node: Node) -> dict[str, Any]:
    schema = _of_rule(node.rule)
    if node.items:
        schema["items"] = _of_node(node.items)
    if node.rule.kind is Kind.OBJECT:
        rules = {name: child.rule for name, child in node.children.items()}
        schema["properties"] = {name: _of_node(child) for name, child in node.children.items()}
        schema["required"] = [name for name, rule in rules.items() if rule.required]
        required_by: dict[str, list[str]] = {}
        for name, rule in rules.items():
            if rule.required_by:
                required_by.setdefault(rule.required_by, []).append(name)
        if required_by:
            schema["dependentRequired"] = required_by
        if node.rule.closed:
            schema["additionalProperties"] = False
        elif node.rule.others is not Kind.ANY:
            schema["additionalProperties"] = dict(_TYPES[node.rule.others])
    return schema


def event_schema(eid: str, form: Form = "documented") -> dict[str, Any]:
    """Return the schema of one eid's events."""
    schema = _of_node(TREES[check_form(form)][eid])
    schema["title"] = eid
    schema["properties"]["eid"] = {"const": eid}
    return schema


def json_schema(form: Form = "documented") -> dict[str, Any]:
    """Return the schema of any event in a form: one definition an eid, chosen by `eid`."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:footfall:telemetry-v3:{form}",
        "title": f"Telemetry V3 event, {form} form",
        "type": "object",
        "required": ["eid"],
        "properties": {"eid": {"enum": list(EIDS)}},
        "allOf": [
            {"if": {"properties": {"eid": {"const": eid}}}, "then": {"$ref": f"#/$defs/{eid}"}}
            for eid in EIDS
        ],
        "$defs": {eid: event_schema(eid, form) for eid in EIDS},
    }
