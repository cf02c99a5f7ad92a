"""Where each rule stands: the wire table is the pipeline's schema, and what no source states says so."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from generator import check
from generator.faults import catalogue, minimal_event
from generator.spec.rule_table import RULES
from generator.spec.rules import EIDS, FORMS, Kind
from generator.spec.violation import Problem

DATA = Path(__file__).parents[1] / "data"
README = Path(__file__).parents[2] / "generator" / "spec" / "README.md"
FACTS = json.loads((DATA / "pipeline_schema_facts.json").read_text(encoding="utf-8"))
KINDS = {
    Kind.TEXT: "string", Kind.NUMBER: "number", Kind.INTEGER: "integer", Kind.OBJECT: "object", Kind.LIST: "array",
}  # fmt: skip


def words(rule):
    """Write a row as the facts are written."""
    said = [KINDS[rule.kind]]
    said += ["required"] * rule.required + ["closed"] * rule.closed + ["filled"] * rule.filled
    said += [] if rule.low is None else [f"from {rule.low}"]
    said += [f"one of {' '.join(rule.values)}"] if rule.values else []
    assert (rule.high, rule.others, rule.required_by, rule.at_least) == (None, Kind.ANY, "", ""), rule.path
    return " ".join(said)


@pytest.mark.parametrize("eid", EIDS)
def test_the_wire_table_is_the_pipelines_schema(eid):
    """Each row of the wire table says what the pipeline's schema says of that field, and there is no further row."""
    table = {rule.path: words(rule) for rule in RULES["wire"][eid] if rule.path not in {"", "eid"}}

    assert table == FACTS["allowed"]["envelope"] | FACTS["allowed"][eid]


@pytest.mark.parametrize(
    ("eid", "path"), [(eid, path) for eid, paths in FACTS["rejected"].items() for path in paths]
)
def test_what_the_pipeline_rejects_is_refused_on_the_wire(eid, path):
    """A key that the specification or a client has and the pipeline's schema has not is an unknown key on the wire."""
    event = minimal_event(eid, "wire")
    *parents, name = path.replace("items[]", "items.0").split(".")
    holder = event["edata"]
    if parents == ["items", "0"]:
        holder["items"] = [{}]
    for parent in parents:
        holder = holder[int(parent) if parent.isdigit() else parent]
    holder[name] = {}

    assert [(v.path, v.problem) for v in check(event, "wire")] == [
        (f"$.edata.{path.replace('[]', '[0]')}", Problem.UNKNOWN)
    ]


def test_numbers_below_zero_are_valid_on_the_wire():
    """The pipeline's schema bounds no count and no duration, so neither does the wire table."""
    event = minimal_event("SUMMARY", "wire")
    event["edata"] |= {"starttime": 5, "endtime": -5, "timespent": -1, "pageviews": -1, "interactions": -1}

    assert check(event, "wire") == []


# What is read into the sources, written a second time: the fields of each reading, by eid.
EMPTY_IDS = {
    "INTERACT": ["id"], "ASSESS": ["item.id"], "RESPONSE": ["target.id", "qid"], "FEEDBACK": ["contentId"],
    "END": ["contentId"],
}  # fmt: skip
COUNTS = {
    "SEARCH": ["size"],
    "SUMMARY": [
        "pageviews",
        "interactions",
        "envsummary[].visits",
        "eventssummary[].count",
        "pagesummary[].visits",
    ],
}
DURATIONS = {
    "ASSESS": ["item.exlength", "duration"], "END": ["duration"],
    "SUMMARY": ["timespent", "envsummary[].timespent", "pagesummary[].timespent"],
}  # fmt: skip
INSTANTS = {"SUMMARY": ["starttime", "endtime"]}
OTHERS = {
    ("INTERACT", "edata.extra.pos[].x", Problem.TYPE), ("INTERACT", "edata.extra.pos[].y", Problem.TYPE),
    ("INTERACT", "edata.extra.pos[].z", Problem.TYPE), ("INTERACT", "edata.extra.values[]", Problem.NULL),
    ("START", "object.id", Problem.EMPTY),
}  # fmt: skip


def expected_readings():
    for problem, fields in (
        (Problem.EMPTY, EMPTY_IDS),
        (Problem.RANGE, COUNTS),
        (Problem.RANGE, DURATIONS),
        (Problem.RANGE, INSTANTS),
    ):
        yield from ((eid, f"edata.{path}", problem) for eid, paths in fields.items() for path in paths)
    yield from ((eid, "ets", problem) for eid in EIDS for problem in (Problem.RANGE, Problem.TYPE))
    for eid in EIDS:
        closed = [
            rule.path for rule in RULES["documented"][eid] if rule.closed and rule.path.startswith("edata")
        ]
        yield from ((eid, path, Problem.UNKNOWN) for path in closed)
    yield from OTHERS


def test_each_reading_is_known():
    """What no source states is a short list: empty ids, numbers below zero, instants, further keys, and a few types."""
    said = {
        (eid, rule.path, problem)
        for eid in EIDS
        for rule in RULES["documented"][eid]
        for problem, _ in rule.readings
    }

    assert said == set(expected_readings())
    assert not any(rule.readings for eid in EIDS for rule in RULES["wire"][eid])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("eid", EIDS)
def test_a_violation_says_where_its_rule_stands(form, eid):
    """A violation names the specification's method or the pipeline's file, or says that no source states the rule."""
    read = {
        (path, problem)
        for owner, path, problem in expected_readings()
        if owner == eid and form == "documented"
    }
    # That there must be a payload is said of the event.
    left_out = next(
        fault for fault in catalogue(form, eid) if (fault.path, fault.problem) == ("edata", Problem.MISSING)
    )
    for fault in catalogue(form, eid):
        source = fault.apply(minimal_event(eid, form)).violation.source
        if fault.problem is Problem.UNICODE:
            assert source == ""  # JSON itself forbids it
            continue
        unread = source.partition("; read into ")[2].partition(":")[0] or source
        if form == "documented" and fault.path.startswith("edata") and fault != left_out:
            assert unread == f"the specification's {eid}", fault
        else:
            assert unread.startswith(("the pipeline schema's ", "the specification's ")), fault
            assert form == "documented" or not unread.startswith("the specification's "), fault
        assert source.startswith("no source states it") == ((fault.path, fault.problem) in read), fault


@pytest.mark.parametrize(
    ("eid", "path", "file"),
    [
        ("ASSESS", "edata.item.sectionId", "question"), ("ASSESS", "edata.resvalues", "assess"),
        ("RESPONSE", "edata.target.more", "target"), ("INTERACT", "edata.plugin.more", "plugin"),
        ("SHARE", "edata.items[0].obj", "items"), ("ERROR", "edata.object.more", "inlineobject"),
        ("LOG", "context.channel", "context"), ("LOG", "context.pdata.id", "pdata"), ("LOG", "actor.id", "actor"),
        ("LOG", "mid", "envelope"),
    ],
)  # fmt: skip
def test_a_wire_violation_names_the_file_that_forbids_it(eid, path, file):
    """The source on the wire is the very file of the pipeline's schema in which the rule stands."""
    wanted = {
        "edata.item.sectionId": {"edata": {"item": {"id": "q", "sectionId": "s"}}},
        "edata.resvalues": {"edata": {"resvalues": 1}},
        "edata.target.more": {"edata": {"target": {"id": "", "ver": "", "type": "", "more": 1}}},
        "edata.plugin.more": {"edata": {"plugin": {"id": "", "ver": "", "more": 1}}},
        "edata.items[0].obj": {"edata": {"items": [{"obj": {}}]}},
        "edata.object.more": {"edata": {"object": {"id": "", "ver": "", "type": "", "more": 1}}},
        "context.channel": {"context": {"env": "", "pdata": {"id": ""}}},
        "context.pdata.id": {"context": {"channel": "c", "env": "", "pdata": {}}},
        "actor.id": {"actor": {"type": ""}},
        "mid": {"mid": ""},
    }[path]
    event = minimal_event(eid, "wire")
    for name, value in wanted.items():
        event[name] = event[name] | value if name == "edata" else value

    (violation,) = check(event, "wire")

    assert (violation.path, violation.source) == (f"$.{path}", f"the pipeline schema's {file}.json")


def test_the_readme_lists_what_no_source_states():
    """The room's README has a row for each reading, with the fields that it is about."""
    fields = defaultdict(list)
    for eid in EIDS:
        for rule in RULES["documented"][eid]:
            for reading in dict.fromkeys(text for _, text in rule.readings):
                if rule.path.startswith("edata") and not rule.closed:
                    fields[reading].append(f"{eid} `{rule.path.removeprefix('edata.')}`")
    rows = [f"| {reading} | {', '.join(paths)} |" for reading, paths in fields.items()]

    assert "\n".join(rows) in README.read_text(encoding="utf-8")
