"""What is invalid is so for the reason that comes with it, and shrinks to the plainest damage of the smallest thing."""

import json
import re

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from generator import check, check_session
from generator.delivery.batch import Batch, Identity
from generator.delivery.contracts.sunbird import Sunbird
from generator.errors import ScenarioError, UsageError
from generator.faults import BODY_FAULTS, SESSION_FAULTS, ExpectedOutcome, catalogue, minimal_event
from generator.spec.rules import EIDS, FORMS
from generator.spec.violation import Problem
from generator.strategies import corrupt_bodies, events, invalid_events, invalid_sessions, sessions

BOTH = pytest.mark.parametrize("form", FORMS)
MANY = settings(max_examples=100, deadline=None)
FEW = settings(max_examples=30, deadline=None)
SEARCH = settings(phases=[Phase.generate], max_examples=3000, database=None, derandomize=True, deadline=None)
SHRINK = settings(
    phases=[Phase.generate, Phase.shrink], max_examples=3000, database=None, derandomize=True, deadline=None
)


def smallest(strategy, condition=lambda _: True):
    """Find and shrink."""
    return find(strategy, condition, settings=SHRINK)


@BOTH
@MANY
@given(data=st.data())
def test_what_is_drawn_is_invalid_as_it_says(form, data):
    """The violation that comes with an event is what `check` finds in it, and poison is not among them."""
    event, violation = data.draw(invalid_events(form=form))

    assert violation in check(event, form)
    assert isinstance(event, dict)
    assert not (
        event.get("eid") in ["ASSESS", "RESPONSE"]
        and violation.path in {"$.edata", "$.edata.item", "$.edata.target"}
    )


def kinds(strategy, kind, examples=100):
    """Draw examples as a test does; return how many different kinds there are."""
    drawn = []

    @settings(max_examples=examples, phases=[Phase.generate], database=None, derandomize=True, deadline=None)
    @given(strategy)
    def draw(value):
        drawn.append(kind(value))

    draw()
    assert len(drawn) == examples
    return len(set(drawn))


def fault_of(drawn):
    """Return what is wrong, whatever the value: the method, the place in the table and the problem."""
    event, violation = drawn
    return (
        event.get("eid") if isinstance(event, dict) else None,
        re.sub(r"\d+", "", violation.path),
        violation.problem,
    )


@BOTH
def test_a_hundred_examples_reach_ninety_kinds_of_fault(form):
    """Every kind of fault is as likely as the others, and no example is followed by copies of itself."""
    assert kinds(invalid_events(form=form), lambda drawn: repr(fault_of(drawn))) >= 90


def test_a_hundred_examples_of_other_damage_leave_few_kinds_out():
    """Sessions and bodies are damaged in nearly every way within 100 examples."""
    left = [fault for fault in BODY_FAULTS if fault.fate is not ExpectedOutcome.TAKEN and not fault.is_poison]
    places = {(fault.field, fault.problem) for fault in SESSION_FAULTS}

    assert kinds(corrupt_bodies(), lambda drawn: drawn[1].name) >= len(left) - 3
    assert (
        kinds(invalid_sessions("practice"), lambda drawn: (drawn[1].path.partition(".")[2], drawn[1].problem))
        >= len(places) - 2
    )


@pytest.mark.parametrize("eid", EIDS[::3])
def test_one_eid_may_be_asked_for(eid):
    """Only events of that kind are damaged; the smallest has the catalogue's first damage, done the plainest way."""
    event, violation = smallest(invalid_events(eid))
    first = next(fault for fault in catalogue("documented", eid) if not fault.is_poison)

    assert violation == first.apply(minimal_event(eid)).violation
    assert event.keys() == first.apply(minimal_event(eid)).event.keys()


@pytest.mark.parametrize(
    ("form", "eid", "path", "problem", "value"),
    [
        ("documented", "ASSESS", "$.edata.pass", Problem.CASE, "YES"),
        ("documented", "ASSESS", "$.ets", Problem.RANGE, 10**11 - 1),
        ("documented", "RESPONSE", "$.edata.target.parent.type", Problem.MISSING, None),
        ("wire", "SEARCH", "$.edata.topn", Problem.MISSING, None),
        ("documented", "HEARTBEAT", "$.edata.edata", Problem.UNKNOWN, {}),
    ],
)
def test_damage_shrinks_to_the_plainest(form, eid, path, problem, value):
    """Of one kind of damage the first variant is left, in an event that holds what must be there and no more."""

    def is_wanted(drawn):
        return (drawn[1].path, drawn[1].problem) == (path, problem)

    event, violation = smallest(invalid_events(eid, form=form), is_wanted)
    assert violation.value == value
    assert event.keys() == minimal_event(eid, form).keys()
    assert check(event, form) == [violation]


@FEW
@given(drawn=invalid_events(surrogates=False))
def test_surrogates_can_be_left_out(drawn):
    """Without surrogates every event can be written as UTF-8."""
    event, violation = drawn

    assert check(json.dumps(event, ensure_ascii=False).encode(), "documented")
    assert violation.problem is not Problem.UNICODE


def test_surrogates_are_drawn_otherwise():
    """A lone surrogate is among what is drawn by default, and JSON carries it as an escape."""
    event, violation = find(
        invalid_events("LOG"), lambda drawn: drawn[1].problem is Problem.UNICODE, settings=SEARCH
    )

    assert violation in check(json.dumps(event).encode())


@pytest.mark.parametrize(
    ("eid", "path"), [("ASSESS", "$.edata.item"), ("RESPONSE", "$.edata.target"), ("HEARTBEAT", "$")]
)
def test_poison_is_drawn_only_when_asked_for(eid, path):
    """What crashes a pipeline is drawn behind the flag, an event that is no object among it."""
    given_ = st.just(minimal_event(eid))
    poison = find(
        invalid_events(events=given_, poison=True), lambda drawn: drawn[1].path == path, settings=SEARCH
    )

    assert isinstance(poison[0], dict) == (path != "$")


@FEW
@given(drawn=invalid_events(form="wire", events=events("START", form="wire")))
def test_valid_events_may_be_given(drawn):
    """What is damaged may come from a strategy of the user's own."""
    event, violation = drawn

    assert violation in check(event, "wire")


@BOTH
@pytest.mark.parametrize("scenario", ["web_portal", None])
@FEW
@given(data=st.data())
def test_sessions_are_invalid_as_they_say(form, scenario, data):
    """Each event of a damaged session, likely or not, is valid by itself, and one rule between them is broken."""
    damaged, violation = data.draw(invalid_sessions(scenario, form=form))

    assert [found for event in damaged for found in check(event, form)] == []
    assert check_session(damaged) == [violation]


@pytest.mark.parametrize("fault", SESSION_FAULTS, ids=str)
def test_a_session_shrinks_to_the_few_events_that_break_its_rule(fault):
    """The smallest session in which a rule between events is broken has an event or two, and those that break it."""

    def is_wanted(drawn):
        violation = drawn[1]
        return (violation.path.partition(".")[2], violation.problem) == (fault.field, fault.problem)

    damaged, _ = smallest(invalid_sessions("practice"), is_wanted)
    assert len(damaged) <= 4


@pytest.mark.parametrize("compress", ["none", "gzip"])
@FEW
@given(data=st.data())
def test_bodies_are_corrupt(compress, data):
    """A damaged request is another one than the contract's, and is neither harmless nor poison."""
    batch = Batch("m", 1, [minimal_event("LOG", "wire")], Identity("", "", ""))
    contract = Sunbird("/data/v1/telemetry", compress=compress)
    request, fault = data.draw(corrupt_bodies(contract, batches=st.just(batch)))

    assert request != contract.request(batch)
    assert (request.method, request.path) == ("POST", "/data/v1/telemetry")
    assert fault.fate is not ExpectedOutcome.TAKEN
    assert not fault.is_poison


def test_a_corrupt_body_shrinks_to_the_first_damage():
    """The plainest damage is a byte that is missing at the end of the smallest batch."""
    request, fault = smallest(corrupt_bodies())

    assert fault is BODY_FAULTS[0]
    assert len(json.loads(request.body + b"}")["events"]) == 1


def test_every_damage_to_a_body_is_drawn():
    """No damage is out of reach; poison is within it only when asked for."""
    left = {fault for fault in BODY_FAULTS if fault.fate is not ExpectedOutcome.TAKEN}
    batch = Batch("m", 1, [minimal_event("LOG", "wire")], Identity("", "", ""))

    def is_complete(drawn):
        left.discard(drawn[1])
        return not left

    assert find(corrupt_bodies(batches=st.just(batch), poison=True), is_complete, settings=SEARCH)


def test_wrong_use_is_refused_at_once():
    """An eid, a form or a scenario that is none is named where it is asked for."""
    with pytest.raises(UsageError, match="'ENDE'"):
        invalid_events("ENDE")
    with pytest.raises(UsageError, match="'wired'"):
        invalid_events(form="wired")
    with pytest.raises(UsageError, match="'wired'"):
        invalid_sessions(form="wired")
    with pytest.raises(ScenarioError, match="practice"):
        invalid_sessions("practise")


def test_what_was_drawn_is_shown_as_it_was_sent():
    """A failure shows the damaged request, with the beginning of its body, and the damage."""
    request, fault = smallest(corrupt_bodies(), lambda drawn: drawn[1].name == "not JSON")

    assert repr(request).endswith(f"{len(request.body)} bytes: {request.body[:60]!r})")
    assert "not JSON" in repr(fault)


def test_options_that_contradict_each_other_are_refused():
    """What is given in place of something else stands alone, and is what it must be."""
    with pytest.raises(UsageError, match="eid='START': the given events decide the eid"):
        invalid_events("START", events=events("END"))
    with pytest.raises(UsageError, match="scenario: the given sessions are played already"):
        invalid_sessions("practice", sessions=sessions())
    with pytest.raises(UsageError, match=r"events: one of them is not valid in the documented form: \$"):
        find(invalid_events(events=events("IMPRESSION", form="wire")), lambda _: True, settings=SHRINK)
