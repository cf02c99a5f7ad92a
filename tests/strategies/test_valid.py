"""What the strategies draw is valid, and anything valid can be drawn."""

import json
from contextlib import suppress
from random import Random

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.internal.conjecture.data import ConjectureData

from generator import strategies
from generator.delivery.contracts.sunbird import Sunbird
from generator.errors import UsageError
from generator.spec.check import TREES, check, check_payload
from generator.spec.identity import read_mid
from generator.spec.rules import EIDS, FORMS, FUSED_INTERACT_TYPE, Kind
from generator.strategies.values import EXTREMES, LONGEST_TEXT, NOTABLE_OBJECTS

BOTH = pytest.mark.parametrize("form", FORMS)
EACH = pytest.mark.parametrize("eid", EIDS)
# The first that fits will do: how small it can be made is asked elsewhere.
SEARCH = settings(phases=[Phase.generate], max_examples=5000, database=None, derandomize=True, deadline=None)


# Hypothesis' explanation of a failure costs ten times the shrinking.
SHRINK = settings(
    phases=[Phase.generate, Phase.shrink], max_examples=5000, database=None, derandomize=True, deadline=None
)


def never_drawn(strategy, wanted):
    """Draw until each of the wanted things was seen, and give those that never were."""
    left = dict(wanted)

    def is_complete(value):
        for said in [said for said, condition in left.items() if condition(value)]:
            del left[said]
        return not left

    with suppress(NoSuchExample):
        find(strategy, is_complete, settings=SEARCH)
    return list(left)


def at(value, path):
    """Give every value at a path of the rule table, such as `item.params[]`."""
    values = [value]
    for name in filter(None, path.replace("[]", ".[]").split(".")):
        inside = (one if name == "[]" else [one[name]] if name in one else [] for one in values)
        values = [item for one in inside for item in one]
    return values


def rows(node, path=""):
    """Give the rows below a node with their paths from there."""
    for name, child in node.children.items():
        place = f"{path}.{name}" if path else name
        yield place, child.rule
        yield from rows(child, place)
    if node.items:
        yield f"{path}[]", node.items.rule
        yield from rows(node.items, f"{path}[]")


def truths(path, rule):
    """Give what must be found at a path: something, each listed value, each bound; an empty list, a text beyond ASCII.

    What lists and texts may be is the same at all paths, and is looked for where it is soon found: not inside others.
    """
    is_inside = "." in path or path.endswith("[]")
    yield f"{path} is there", lambda value: at(value, path)
    for listed in rule.values:
        if listed != FUSED_INTERACT_TYPE:
            yield f"{path} = {listed!r}", lambda value, listed=listed: listed in at(value, path)
    for bound in {rule.low, rule.high} - {None}:
        yield f"{path} = {bound}", lambda value, bound=bound: bound in at(value, path)
    if rule.kind is Kind.LIST and not is_inside:
        yield f"{path} is empty", lambda value: [] in at(value, path)
        yield f"{path} has two", lambda value: any(len(one) > 1 for one in at(value, path))
    if not rule.required and not is_inside:
        yield f"{path} is absent", lambda value: not at(value, path)
    if rule.kind is Kind.TEXT and not rule.values and not is_inside:
        yield f"{path} is not ASCII", lambda value: any(not one.isascii() for one in at(value, path))
        if not rule.filled:
            yield f"{path} is empty", lambda value: "" in at(value, path)


@BOTH
@EACH
def test_every_path_value_and_bound_of_a_payload_is_reachable(eid, form):
    """Whatever the table allows in a payload can be drawn: each path, each listed value, each bound."""
    drawn = strategies.payloads(eid, form=form)
    wanted = [truth for row in rows(TREES[form][eid].children["edata"]) for truth in truths(*row)]

    assert never_drawn(drawn, wanted) == []


@BOTH
def test_every_path_value_and_bound_of_an_envelope_is_reachable(form):
    """Whatever the table allows around a payload can be drawn, every eid among it."""
    drawn = strategies.envelopes(form=form)
    root = TREES[form]["HEARTBEAT"]
    wanted = [truth for row in rows(root) if not row[0].startswith("edata") for truth in truths(*row)]

    assert never_drawn(drawn, wanted) == []


def test_every_extreme_is_a_text_that_is_drawn():
    """The longest text, line ends, text from right to left and all other extremes are drawn where text is free."""
    wanted = [(text[:9], lambda value, text=text: value == text) for text in EXTREMES]

    assert LONGEST_TEXT in {len(text) for text in EXTREMES}
    assert never_drawn(strategies.mids("START"), wanted) == []


def test_what_open_objects_and_numbers_allow_is_reachable():
    """A key without a rule, in the event itself too, a whole number written as `3.0`, and one with a fraction."""
    wanted = {
        "a further key": lambda event: set(event) - set(TREES["wire"]["SEARCH"].children),
        "a key of filters": lambda event: event["edata"].get("filters"),
        "3.0": lambda event: (
            isinstance(event["edata"]["size"], float) and event["edata"]["size"].is_integer()
        ),
        "3.5": lambda event: event["edata"]["size"] % 1,
        "an empty topn": lambda event: event["edata"]["topn"] == [],
        "an empty object": lambda event: event.get("object") == {},
    }

    assert never_drawn(strategies.events("SEARCH", form="wire"), wanted.items()) == []


def depth(value):
    """Count the levels of lists and objects."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth, inside), default=0)


OPEN_OBJECTS = [
    ("filters", strategies.payloads("SEARCH"), lambda payload: [payload.get("filters", {})]),
    ("topn[]", strategies.payloads("SEARCH", form="wire"), lambda payload: payload["topn"]),
    ("EXDATA", strategies.payloads("EXDATA"), lambda payload: [payload]),
]


@pytest.mark.parametrize(("place", "drawn", "inside"), OPEN_OBJECTS, ids=[row[0] for row in OPEN_OBJECTS])
def test_open_objects_are_nested_large_and_as_clients_write_them(place, drawn, inside):
    """An open object may hold any JSON: an object in a list, levels and keys beyond any limit of a reader."""

    def any_of(condition):
        return lambda value: any(map(condition, inside(value)))

    wanted = {
        "as clients write them": any_of(lambda one: one.items() >= {"status": ["Live"]}.items()),
        "an object in a list": any_of(lambda one: any(
            isinstance(value, list) and any(isinstance(item, dict) and item for item in value)
            for value in one.values()
        )),
        "more than twenty levels": any_of(lambda one: depth(one) > 20),
        "more than three keys": any_of(lambda one: 3 < len(one) < 13),
        "more than thirty keys": any_of(lambda one: len(one) > 30),
    }  # fmt: skip

    assert never_drawn(drawn, wanted.items()) == []


def test_lists_are_long_now_and_then():
    """A list of the table has more than three items now and then, and seldom: long lists cost many draws."""
    lengths = []

    @settings(max_examples=400, database=None, derandomize=True, deadline=None)
    @given(strategies.payloads("AUDIT"))
    def draw(payload):
        lengths.append(len(payload.get("props", [])))

    draw()

    assert (
        never_drawn(
            strategies.payloads("AUDIT"), [("long", lambda payload: len(payload.get("props", [])) > 3)]
        )
        == []
    )
    assert sum(length > 3 for length in lengths) < len(lengths) / 10


@pytest.mark.parametrize(
    ("condition", "smallest"),
    [
        (lambda exdata: exdata, [{"status": ["Live"]}, {"": ""}, {"type": ""}]),
        (lambda exdata: any(isinstance(value, list) and value for value in exdata.values()), [{"status": ["Live"]}, {"": [""]}]),
        (lambda exdata: depth(exdata) > 4, [NOTABLE_OBJECTS[6]]),
    ],
)  # fmt: skip
def test_an_open_object_shrinks_to_what_was_looked_for(condition, smallest):
    """The smallest open object has what was looked for, and no key beyond that.

    One search in twenty-five ends before, where no single change makes the object smaller; none of three may.
    """
    found = (
        find(strategies.payloads("EXDATA"), condition, random=Random(begun), settings=SHRINK)
        for begun in range(3)
    )

    assert any(one in smallest for one in found)


def test_a_drawn_open_object_is_the_tests_own():
    """What a test writes into a notable object is in none that is drawn later."""
    exdata = strategies.payloads("EXDATA")
    is_live = {"status": ["Live"]}.__eq__
    find(exdata, is_live, settings=SEARCH)["status"].append("SPOILT")

    assert find(exdata, is_live, settings=SEARCH) == {"status": ["Live"]}


def test_every_style_of_mid_is_drawn():
    """Ours, the phones', the platform's and the learner service's are among the mids."""
    wanted = {
        "ours": read_mid,
        "a UUID": lambda mid: len(mid) == 36 and mid[14] == "4",
        "the platform's": lambda mid: mid.startswith("LP."),
        "the learner service's": lambda mid: len(mid.split(".")) == 2 and mid.split(".")[0].isdigit(),
        "any text": lambda mid: len(mid) == 1,
    }

    assert never_drawn(strategies.mids(), wanted.items()) == []


@BOTH
@given(data=st.data())
@settings(deadline=None, max_examples=300)
def test_an_event_is_valid(form, data):
    """Nothing is wrong with an event that is drawn, as a mapping and as JSON; and it can be written as JSON."""
    event = data.draw(strategies.events(form=form))

    assert check(event, form) == []
    assert check(json.dumps(event), form) == []


@EACH
def test_a_payload_has_a_strategy_by_name(eid):
    """Each of the 17 has a function of its own, which draws what `payloads` draws."""
    named = getattr(strategies, f"{eid.lower()}_payloads")

    assert named(form="wire") is strategies.payloads(eid, form="wire")
    assert named() is strategies.payloads(eid)


@BOTH
@EACH
@given(data=st.data())
@settings(deadline=None, max_examples=30)
def test_a_payload_is_valid(form, eid, data):
    """Nothing is wrong with a payload that is drawn by itself."""
    assert check_payload(eid, data.draw(strategies.payloads(eid, form=form)), form) == []


@given(data=st.data())
@settings(deadline=None)
def test_the_parts_of_an_envelope_are_valid(data):
    """Actors, contexts, objects and mids fit into any event, and an envelope lacks its payload alone."""
    event = data.draw(strategies.envelopes())
    parts = {
        "actor": data.draw(strategies.actors()),
        "context": data.draw(strategies.contexts()),
        "object": data.draw(strategies.objects(event["eid"])),
        "mid": data.draw(strategies.mids()),
    }
    whole = {**event, **parts, "edata": data.draw(strategies.payloads(event["eid"]))}

    assert "edata" not in event
    assert check(whole) == []


@BOTH
@given(data=st.data())
@settings(deadline=None)
def test_a_batch_is_one_devices(form, data):
    """The events of a batch are valid, of one device, in order of time, and no two have one mid."""
    batch = data.draw(strategies.batches(form=form, min_size=2, max_size=5))
    events = batch.events

    assert [check(event, form) for event in events] == [[]] * len(events)
    assert len({event["mid"] for event in events}) == len(events) >= 2
    assert len({json.dumps([event["actor"], event["context"]]) for event in events}) == 1
    assert [event["ets"] for event in events] == sorted(event["ets"] for event in events)
    assert batch.ets >= events[-1]["ets"]
    assert batch.identity.channel == events[0]["context"]["channel"]
    assert batch.identity.app == events[0]["context"]["pdata"]["id"]


@given(strategies.requests(Sunbird(form="documented"), eids=("SEARCH", "END"), max_size=3))
@settings(deadline=None)
def test_a_request_holds_a_valid_batch_of_the_contracts_form(request):
    """What a request carries is a batch of the kinds asked for, in the form that the contract wants."""
    said = json.loads(request.body)

    assert {event["eid"] for event in said["events"]} <= {"SEARCH", "END"}
    assert [check(event) for event in said["events"]] == [[]] * len(said["events"])


DRAWN = {
    **{f"{eid} {form}": strategies.events(eid, form=form) for eid in EIDS for form in FORMS},
    "batches": strategies.batches(),
    "requests": strategies.requests(Sunbird()),
}


@pytest.mark.parametrize("name", DRAWN)
def test_no_example_costs_more_than_a_thousand_draws(name, monkeypatch):
    """Whatever is drawn by default takes at most 1,000 of Hypothesis' choices; no health check is suppressed."""
    costs = []
    freeze = ConjectureData.freeze

    def counted(self):
        freeze(self)
        costs.append(len(self.nodes))

    monkeypatch.setattr(ConjectureData, "freeze", counted)

    @given(DRAWN[name])
    @settings(phases=[Phase.generate], database=None, deadline=None, max_examples=30)
    def draw_some(_):
        pass

    draw_some()

    assert len(costs) >= 30
    assert max(costs) <= 1000


@pytest.mark.parametrize(
    ("eid", "condition", "smallest"),
    [
        (None, lambda event: True, {"eid": "HEARTBEAT", "edata": {}}),
        ("START", lambda event: True,
         {"edata": {"type": "app", "mode": "", "stageid": ""}, "object": {"id": "0", "ver": ""}}),
        ("ASSESS", lambda event: event["edata"]["pass"] == "No",
         {"edata": {"item": {"id": "0"}, "pass": "No", "score": 0, "resvalues": [], "duration": 0}}),
        ("SEARCH", lambda event: "filters" in event["edata"],
         {"edata": {"type": "asset", "query": "", "filters": {}, "size": 0, "topn": []}}),
        ("SHARE", lambda event: len(event["edata"]["items"]) == 2, {"edata": {"items": [{}, {}]}}),
        ("RESPONSE", lambda event: "parent" in event["edata"]["target"],
         {"edata": {"target": {"id": "0", "ver": "", "type": "", "parent": {}}, "qid": "0", "type": "DRAG", "values": []}}),
        ("HEARTBEAT", lambda event: "sid" in event["context"],
         {"context": {"channel": "0", "env": "", "pdata": {"id": ""}, "sid": ""}}),
        ("HEARTBEAT", lambda event: "\u2028" in event["actor"]["id"], {"actor": {"id": "\u2028", "type": ""}}),
    ],
)  # fmt: skip
def test_an_event_shrinks_to_what_matters(eid, condition, smallest):
    """The smallest event that meets a condition has the required fields at their simplest, and what it needs."""
    found = find(strategies.events(eid), condition, settings=SHRINK)

    assert {name: found[name] for name in smallest} == smallest
    assert set(found) - {"eid", "ets", "ver", "mid", "actor", "context", "edata"} == {"object"} & set(
        smallest
    )


def test_what_cannot_be_drawn_is_refused():
    """An eid and a form that is none, and sizes that contradict each other, are refused with the way out."""
    with pytest.raises(UsageError, match=r"eid='ASSES': did you mean 'ASSESS'\?"):
        strategies.events("ASSES")
    with pytest.raises(UsageError, match=r"eid='search': did you mean 'SEARCH'\?"):
        strategies.payloads("search")
    with pytest.raises(UsageError, match=r"eid='quiz': choose one of START"):
        strategies.mids("quiz")
    with pytest.raises(UsageError, match=r"eids='START': one or more of the 17 are needed, such as"):
        strategies.batches(eids="START")
    with pytest.raises(UsageError, match=r"contract='sunbird': a contract is needed, such as .*Sunbird\(\)"):
        strategies.requests("sunbird")
    with pytest.raises(UsageError, match=r"form='wire': it is the contract's"):
        strategies.requests(Sunbird(), form="wire")
    with pytest.raises(UsageError, match=r"world='mine': a World is needed"):
        strategies.sessions("practice", world="mine")
    with pytest.raises(UsageError, match=r"form 'wires': choose"):
        strategies.payloads("ASSESS", form="wires")
    with pytest.raises(UsageError, match=r"min_size=3, max_size=2"):
        strategies.batches(min_size=3, max_size=2)
