"""Making anew: what a ledger's header and openings say is enough for every event of a run, to the byte."""

import gzip
import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import generator
from generator import SeededChance, World, find, play
from generator.ledger.record import Header, SessionStart
from generator.load.plan import Plan
from generator.load.replay.assignment import DatasetPart
from generator.load.replay.completed_set import CompletedSet
from generator.load.replay.session_source import ClientBehaviour, ReplayPlan, SessionSource
from generator.load.settings import Settings
from generator.load.template.digest import digests
from generator.load.template.pool import TemplatePool
from generator.load.template.stamp import StampIdentity
from generator.load.virtual_learner import VirtualLearner, run_tag
from generator.scenarios.recorded_steps import RANDOM_VALID, RecordEvent, scenario_of
from generator.spec.identity import read_mid
from generator.verify import stamped
from generator.verify.regenerate import RegenerateError, Regenerator

RUN, T = 0xABCDEF01, 1_790_000_000_123
OWN = """
path = "/ingest"
events = "lines"
form = "documented"
[body]
id = "$msgid"
record = "$event"
"""
SCRIPT = """
from generator import scenario

@scenario
def mine(learner, t, chance):
    t.interact({"type": "TOUCH", "id": "x"})
"""


def plan_of(**options):
    return Plan(Settings(seed=5, **options))


def header_of(plan, model="open", **instead):
    said = {name: getattr(plan.settings, name) for name in Settings.__dataclass_fields__ if name != "seed"}
    told = {
        "run": RUN, "worker": 0, "started": 0.0, "footfall": generator.__version__, "seed": plan.settings.seed,
        "contract": plan.settings.contract, "form": plan.form, "model": model, "scenarios": digests(plan),
        "mark": run_tag(RUN) if not plan.settings.no_run_tag else "", "world": plan.world.digest(),
        "options": said, "largest": plan.largest,
    }  # fmt: skip
    return Header(**{**told, **instead})


def opening_of(template, who, t0):
    return SessionStart(who.session, template.scenario, template.number, who.uid, who.did, t0)


def inflated(body):
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def stands_in(batch, body):
    """Tell whether a batch's events, and nothing else of a session, stand in a body in their order."""
    return all(body.count(event) == 1 for event in batch.events) and body.count(b'"mid":') == len(
        batch.events
    )


@pytest.fixture(scope="module")
def pool_and_maker():
    plan = plan_of()
    return TemplatePool(plan, {}, 3), Regenerator.of(header_of(plan))


# --- the open model ---


@settings(max_examples=60, deadline=None)
@given(session=st.integers(0, 2**40 - 1), t0=st.integers(10**12, 2 * 10**12 - 10**10))
def test_a_stamped_session_is_made_anew_to_the_byte(pool_and_maker, session, t0):
    """Whatever template was drawn, for whomever, at whatever time: its batches are what was sent."""
    pool, maker = pool_and_maker
    template = pool.draw()
    who = pool.who(template, RUN, session)
    bodies = [prepared.body for prepared in template.stamp(who, t0)]

    batches = maker.session(opening_of(template, who, t0))

    assert maker.trouble == ""
    assert len(batches) == len(bodies)
    assert all(batch.joined in body for batch, body in zip(batches, bodies, strict=True))
    assert all(stands_in(batch, body) for batch, body in zip(batches, bodies, strict=True))


@pytest.mark.parametrize(
    ("contract", "more"),
    [
        ("sunbird", {}), ("sunbird", {"compress": "device", "batch_size": 7}), ("array", {"form": "documented"}),
        ("ndjson", {}), ("single", {}), ("obsrv:d", {"compress": "gzip"}), ("obsrv-object:d", {}),
        ("own", {"no_run_tag": True}), ("one", {}),
    ],
)  # fmt: skip
def test_events_are_the_same_under_any_contract(tmp_path, contract, more):
    """Envelope, compression and layout are around the events; a user's own contract need not be there any more."""
    file = tmp_path / "own.toml"
    if contract in {"own", "one"}:
        file.write_text(OWN.replace("lines", "one") if contract == "one" else OWN)
        contract = str(file)
    plan = plan_of(contract=contract, scenario="practice,web_portal", **more)
    templates = [TemplatePool(plan, {}, 0).draw() for _ in range(6)]
    header = header_of(plan)
    file.unlink(missing_ok=True)

    maker = Regenerator.of(header)

    assert maker.trouble == ""
    for template in templates:
        bodies = [inflated(prepared.body) for prepared in template.stamp(StampIdentity(RUN, 9), T)]
        batches = maker.session(opening_of(template, StampIdentity(RUN, 9), T))
        assert len(bodies) == len(batches)
        assert all(stands_in(batch, body) for batch, body in zip(batches, bodies, strict=True))


def test_sessions_that_no_script_makes_are_made_anew():
    """random-valid is drawn once more, and is the same: strange texts, nestings and numbers, to the byte."""
    plan = plan_of(scenario="random-valid")
    pool, maker = TemplatePool(plan, {}, 0), Regenerator.of(header_of(plan))

    for number in range(40):
        template = pool.draw()
        who = pool.who(template, RUN, number)
        batches = maker.session(opening_of(template, who, T))
        bodies = [prepared.body for prepared in template.stamp(who, T)]
        assert all(batch.joined in body for batch, body in zip(batches, bodies, strict=True))


def test_events_by_place_are_the_session_by_sequence(pool_and_maker):
    """The batches' events together, in their order, have the sequences 0, 1, 2 …"""
    pool, maker = pool_and_maker
    template = pool.draw()

    batches = maker.session(opening_of(template, StampIdentity(RUN, 77), T))

    mids = [read_mid(json.loads(event)["mid"]) for batch in batches for event in batch.events]
    assert [mid.sequence for mid in mids] == list(range(template.events))
    assert {(mid.run, mid.session) for mid in mids} == {(RUN, 77)}


def test_templates_are_kept_within_bounds(monkeypatch):
    """With no room for a second template each is compiled when it is needed, and the bytes are the same."""
    plan = plan_of(scenario="practice,dial_code", contract="array")
    templates = [TemplatePool(plan, {}, 0).draw() for _ in range(6)]
    openings = [opening_of(template, StampIdentity(RUN, 1), T) for template in templates]
    roomy, tight = stamped.Stamped(plan, RUN), stamped.Stamped(plan, RUN, kept=1)

    pairs = [(roomy.session(one), tight.session(one)) for one in openings * 2]

    assert all([b.joined for b in one] == [b.joined for b in other] for one, other in pairs)
    assert len(tight._kept) == 1
    assert len(roomy._kept) == len({(one.scenario, one.number) for one in templates})


# --- the closed model ---


@pytest.mark.parametrize(
    "options", [{}, {"speed": 60, "form": "documented", "no_run_tag": True}, {"batch_size": 3}]
)
def test_a_played_session_is_made_anew_to_the_byte(options):
    """A learner plays the same session again, batch by batch."""
    plan = plan_of(**options)
    maker = Regenerator.of(header_of(plan, "closed"))

    for learner, number in ((0, 0), (1, 1), (4096 * 5 + 2, 2**28 * 2 + 7), (3, 3)):
        player = VirtualLearner(plan, RUN, learner)
        contract = plan.contract({}, player.device)
        _, due = player.play(number, T)
        batches = maker.session(SessionStart(number, "", learner, "", "", T))
        assert len(batches) == len(due)
        for batch, one in zip(batches, due, strict=True):
            assert batch.joined in contract.request(player.batch(one, T, contract.form)).body


def test_what_a_stopped_learner_sent_is_the_beginning():
    """A client that is closed sends what it holds: the first events of a batch that is made anew."""
    plan = plan_of(scenario="web_portal")
    player = VirtualLearner(plan, RUN, 0)
    _, due = player.play(0, T)
    part = next(cut for one in due for cut in [player.until(one, one.at - 1)] if cut.recorded)
    place = [one.msgid for one in due].index(part.msgid)

    batch = Regenerator.of(header_of(plan, "closed")).session(SessionStart(0, "", 0, "", "", T))[place]

    body = plan.contract({}).request(player.batch(part, T, plan.form)).body
    assert 0 < len(part.recorded) < len(batch.events)
    assert b",".join(batch.events[: len(part.recorded)]) in body


# --- a replay ---


def a_dataset(path, *, whole_batches=False):
    world, scripts = World(1), find()
    sessions = [
        play(script, world.learner(number, script.device), 10**12 + number, SeededChance(number), run=number)
        for number, script in enumerate(list(scripts.values()) * 3)
    ]
    if whole_batches:
        bodies = [
            {"params": {"msgid": one.msgid(place)}, "events": [json.loads(line) for line in one.lines().splitlines()]}
            for place, one in enumerate(sessions)
        ]  # fmt: skip
        text = b"".join(json.dumps(body).encode() + b"\n" for body in bodies)
    else:
        lines = [one.lines().splitlines(keepends=True) for one in sessions]
        # Two by two they lie mixed, and one line is no JSON.
        text = b"".join(
            line for pair in zip(lines[::2], lines[1::2], strict=False) for two in pair for line in two
        )
        text = b'{"eid":"LOG","mid":"x",}\n' + text
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


@pytest.mark.parametrize(
    ("name", "options"),
    [("plain.jsonl", {}), ("packed.jsonl.gz", {"batch_size": 4}), ("batches.jsonl", {"verbatim": True})],
)
def test_a_replayed_session_is_made_anew_to_the_byte(tmp_path, name, options):
    """The dataset is read again, and each of its sessions found by its number, in whatever order they are asked for."""
    path = a_dataset(tmp_path / name, whole_batches=name.startswith("batches"))
    plan = plan_of(replay=str(path), **options)
    client = {
        device: ClientBehaviour(plan.contract({}, device), plan.batch_size(device), plan.cuts_at_end(device))
        for device in ("web", "mobile")
    }
    how = ReplayPlan(client, plan.settings.verbatim, RUN, run_tag(RUN), 1.0, in_order=False)
    source = SessionSource(plan.dataset, DatasetPart(0, 1), CompletedSet(), how)
    sent = {}
    while not source.is_over:
        start = source.start
        source.started = T
        session = source.begin(0.0, is_past=False)
        bodies = []
        while not session.is_over:
            bodies.append(session.prepare().body)
            session.go_on()
        sent[session.number] = T - start, bodies
    maker = Regenerator.of(header_of(plan, "replay"))

    assert maker.trouble == ""
    assert len(sent) > 5
    for number, (shift, bodies) in reversed(sent.items()):
        batches = maker.session(SessionStart(number, "", number, "", "", shift))
        assert len(batches) == len(bodies)
        assert all(batch.joined in body for batch, body in zip(batches, bodies, strict=True))
        assert all(stands_in(batch, body) for batch, body in zip(batches, bodies, strict=True))


def test_a_recording_that_is_not_there_is_said(tmp_path):
    """A number beyond the dataset, or of what cannot be read, is refused for that session alone."""
    maker = Regenerator.of(header_of(plan_of(replay=str(a_dataset(tmp_path / "a.jsonl"))), "replay"))

    for number in (0, -1, 10**9):  # the first one is the line that is no JSON
        if number:
            with pytest.raises(RegenerateError, match=r"recording -?\d+: .* holds"):
                maker.session(SessionStart(number, "", number, "", "", 0))
    assert maker.session(SessionStart(1, "", 1, "", "", 0))


# --- what is not as it was ---


def test_another_version_is_said():
    """Only the version that made a run is known to make it anew."""
    maker = Regenerator.of(header_of(plan_of(scenario="practice"), footfall="0.0.7"))

    assert "Footfall 0.0.7" in maker.trouble
    with pytest.raises(RegenerateError, match=r"0\.0\.7"):
        maker.session(SessionStart(0, "practice", 0, "", "", T))


def test_a_script_that_changed_is_said(tmp_path):
    """A scenario whose script changed, went or came since the run is named."""
    file = tmp_path / "mine.py"
    file.write_text(SCRIPT)
    header = header_of(plan_of(scenario_dir=str(tmp_path)))
    same = Regenerator.of(header)
    file.write_text(SCRIPT.replace('"x"', '"y"'))
    changed = Regenerator.of(header)
    (tmp_path / "other.py").write_text(SCRIPT.replace("mine", "other"))
    file.write_text(SCRIPT)
    came = Regenerator.of(header)
    file.unlink()
    gone = Regenerator.of(header)

    assert same.trouble == ""
    assert changed.trouble == "scenario mine: it is another one than in the run"
    assert came.trouble == "scenario other: there was none in the run"
    assert gone.trouble == "scenario mine: there is none any more"


def test_a_folder_that_is_gone_is_said(tmp_path):
    """What cannot be loaded is no exception, but a reason why contents cannot be compared."""
    (tmp_path / "mine.py").write_text(SCRIPT)
    header = header_of(plan_of(scenario_dir=str(tmp_path)))
    (tmp_path / "mine.py").unlink()

    assert "cannot be loaded" in Regenerator.of(header).trouble
    for option, value in (("batch_size", "many"), ("scenario", 5), ("locale", "xx_YY")):
        damaged = header_of(plan_of(scenario="practice"))
        damaged.options[option] = value
        assert "cannot be loaded" in Regenerator.of(damaged).trouble


def test_another_world_is_said(tmp_path):
    """Learners of another world would say other things."""
    plan = plan_of(scenario="practice")

    assert "world" in Regenerator.of(header_of(plan, world="other")).trouble


def test_another_dataset_is_said(tmp_path):
    """A dataset that grew is another one; one of which the header says nothing is not trusted."""
    path = a_dataset(tmp_path / "a.jsonl")
    header = header_of(plan_of(replay=str(path)), "replay")
    unsaid = header_of(plan_of(replay=str(path)), "replay", scenarios={})
    with path.open("ab") as file:
        file.write(b'{"eid":"LOG"}\n')

    assert "dataset" in Regenerator.of(header).trouble
    assert "replay" in Regenerator.of(unsaid).trouble


def test_sessions_that_were_drawn_have_a_digest():
    """random-valid has no script of its own: what was drawn for it is hashed."""
    pools = [
        [[RecordEvent("HEARTBEAT")], [RecordEvent("LOG")]],
        [[RecordEvent("HEARTBEAT")]],
        [[RecordEvent("HEARTBEAT")]],
    ]
    plans = [SimpleNamespace(dataset=None, scenarios=[scenario_of(pool, RANDOM_VALID)]) for pool in pools]

    one, other, again = map(digests, plans)

    assert one.keys() == {RANDOM_VALID}
    assert other == again != one


@pytest.mark.parametrize(
    ("model", "opening"),
    [
        ("open", SessionStart(1, "practise", 0, "", "", T)), ("open", SessionStart(1 << 50, "practice", 0, "", "", T)),
        ("closed", SessionStart(1, "", 1 << 60, "", "", T)), ("closed", SessionStart(1, "", -1, "", "", T)),
    ],
)  # fmt: skip
def test_an_opening_that_makes_no_sense_is_refused_alone(model, opening):
    """A damaged opening is an error of its session, never a crash and never a long wait."""
    maker = Regenerator.of(header_of(plan_of(scenario="practice"), model))

    with pytest.raises(RegenerateError):
        maker.session(opening)
    assert maker.session(SessionStart(1, "practice", 0, "", "", T))
