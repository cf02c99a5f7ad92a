"""Templates: what is stamped is what would have been played, to the byte."""

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import World, find, scenario
from generator.chance import SeededChance
from generator.delivery.batch import Batch, Identity, in_form
from generator.delivery.contracts.choose import contract_named
from generator.delivery.contracts.sunbird import Sunbird
from generator.delivery.gevent_http import Head
from generator.errors import ScenarioError
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.compile import TemplateRecipe, compile_session
from generator.load.template.pool import FIRST, MOST, TemplatePool, compiled, recipes
from generator.load.template.stamp import StampIdentity
from generator.load.template.stamped_session import StampedSession
from generator.scenarios.story import play
from generator.spec.check import check
from generator.spec.identity import read_mid, user_id
from generator.spec.session import check_session

WORLD = World(3)
SCENARIOS = find()
RUNS = st.integers(0, 2**32 - 1)
NUMBERS = st.integers(0, 2**40 - 1)
INSTANTS = st.integers(1_000_000_000_000, 1_999_999_999_999)
NAMES = st.just("") | st.uuids().map(str) | st.from_regex(r"[A-Za-z0-9_.:@+-]{1,80}", fullmatch=True)


def recipe(script, number=0, contract=None, batch_size=20, **more):
    learner = WORLD.learner(number, script.device)
    return TemplateRecipe(
        script, learner, (3, script.name, number), number, contract or Sunbird(), batch_size, **more
    )


def played(of, who, t0):
    """Play what a recipe says as somebody else, at another time; give the requests."""
    uid, did = who.uid or of.learner.uid, who.did or of.learner.device.id
    learner = of.learner.known_as(uid, did)
    session = play(of.scenario, learner, t0, SeededChance(*of.seed), run=who.run, session=who.session)
    if of.is_marked:
        session.add_tag(f"footfall:{who.run:08x}")
    identity = Identity(did, learner.channel.id, learner.device.pdata.id)
    return [
        of.contract.request(
            Batch(session.msgid(place), batch[-1].event.ets, in_form(batch, of.contract.form), identity)
        )
        for place, batch in enumerate(session.batches(of.batch_size, at_end=of.cuts_at_end))
    ]


@pytest.mark.parametrize("name", sorted(SCENARIOS))
@settings(max_examples=25, deadline=None)
@given(
    number=st.integers(0, 1000), run=RUNS, session=NUMBERS, t0=INSTANTS, uid=NAMES, did=NAMES, data=st.data()
)
def test_a_stamped_session_is_a_played_one(name, number, run, session, t0, uid, did, data):
    """Stamped with an identity and a time it is, to the byte, what the script would have played with these."""
    contract = Sunbird(form=data.draw(st.sampled_from(["wire", "documented"])))
    of = recipe(
        SCENARIOS[name], number, contract,
        batch_size=data.draw(st.sampled_from([1, 3, 20, 200])), is_marked=data.draw(st.booleans()),
        cuts_at_end=data.draw(st.booleans()),
    )  # fmt: skip
    who = StampIdentity(run, session, uid, did)
    template = compile_session(of)

    batches, requests = template.stamp(who, t0), played(of, who, t0)

    assert [prepared.body for prepared in batches] == [request.body for request in requests]
    assert all(list(template.headers(who).items()) == list(request.headers.items()) for request in requests)
    assert template.path_of(who) == contract.path


@pytest.mark.parametrize("did", ["", "a1b2", "0" * 40, "a_b-c.d~"])
def test_a_path_is_stamped_with_the_identity(tmp_path, did):
    """A path that holds a device's id is stamped as headers are; the head of one request makes that of all."""
    file = tmp_path / "own.toml"
    file.write_text('path = "/d/$did/in?channel=$channel"\n[headers]\nX-Device = "$did"')
    of = recipe(SCENARIOS["web_portal"], contract=contract_named(str(file)))
    template, who = compile_session(of), StampIdentity(1, 2, "", did)
    session = StampedSession(template, who, 1_700_000_000_000, 0.0)
    model = session.model()
    renamed = Head("http://h", "POST", model.request.path, model.request.headers).renamed(model.renames)

    for request in played(of, who, 1_700_000_000_000):
        assert session.request().path == template.path_of(who) == request.path
        made = Head("http://h", "POST", template.path_of(who), request.headers)
        assert renamed.of(10) == made.of(10)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_what_is_stamped_is_lawful_and_unique(name):
    """Every stamped event passes `check`, every session its rules, and no mid comes twice."""
    template = compile_session(recipe(SCENARIOS[name], 5))
    mids = set()
    for number in range(20):
        events = []
        for prepared in template.stamp(
            StampIdentity(9, number, user_id("x", number), f"{number:040x}"), 1_700_000_000_000 + number
        ):
            body = json.loads(prepared.body)
            assert body["params"]["msgid"] == prepared.msgid
            assert len(body["events"]) == prepared.events
            assert sum(count for _, count in prepared.eids) == prepared.events
            events += body["events"]

        assert not [violation for event in events for violation in check(event, "wire")]
        assert check_session(events) == []
        assert {read_mid(event["mid"]).session for event in events} == {number}
        mids |= {event["mid"] for event in events}

    assert len(mids) == 20 * template.events


def test_a_batch_is_due_at_its_last_event():
    """A batch's due time is the story's time of its last event, and the span is the last batch's."""
    template = compile_session(recipe(SCENARIOS["web_portal"], 1))
    t0 = 1_700_000_000_000

    batches = template.stamp(StampIdentity(1, 1), t0)

    assert [t0 + round(prepared.due * 1000) for prepared in batches] == [
        json.loads(prepared.body)["events"][-1]["ets"] for prepared in batches
    ]
    assert template.span == batches[-1].due


def test_gzip_holds_the_same_body():
    """A contract that compresses is compiled plain and compressed when stamped."""
    plain = compile_session(recipe(SCENARIOS["practice"], 2))
    packed = compile_session(recipe(SCENARIOS["practice"], 2, Sunbird(compress="gzip")))

    for one, other in zip(
        plain.stamp(StampIdentity(1, 2), 10**12), packed.stamp(StampIdentity(1, 2), 10**12), strict=True
    ):
        assert gzip.decompress(other.body) == one.body
        assert len(other.body) < len(one.body)
    assert packed.headers(StampIdentity(1, 2))["Content-Encoding"] == "gzip"


def test_an_id_that_is_no_plain_word_is_kept():
    """A learner of the user's own whose uid needs an escape in JSON is compiled with it, and stamped with no other."""
    learner = WORLD.learner(1).known_as('ann "the" é', "anonymous")
    template = compile_session(recipe(SCENARIOS["practice"])._replace(learner=learner))

    [event, *_] = json.loads(template.stamp(StampIdentity(1, 1, "u2"), 10**12)[0].body)["events"]

    assert event["actor"]["id"] == 'ann "the" é'
    assert event["context"]["did"] == "anonymous"


def script_of(body):
    """Make a scenario of the lines that differ between the tests below."""

    @scenario
    def strange(learner, t, chance):
        with t.start(learner.config(), "do_1", "1.0", {"type": "player", "mode": "play", "stageid": ""}):
            body(learner, t)

    return strange._replace(name="strange")


def test_another_difference_is_refused():
    """What is made of an id or an instant otherwise than the story gave it cannot be stamped, and is shown."""
    half = script_of(lambda _, t: t.interact({"type": "TOUCH", "id": t.new_id("play")[:7]}))
    seconds = script_of(lambda _, t: t.interact({"type": "TOUCH", "id": f"at {t.now // 1000}"}))

    for script in (half, seconds):
        with pytest.raises(ScenarioError, match=r"strange: two plays of one session differ in .*t\.new_id"):
            compile_session(recipe(script))


def test_a_script_that_decides_by_its_identity_is_refused():
    """Events that come and go with the id are no template."""
    fickle = script_of(
        lambda learner, t: [
            t.interact({"type": "TOUCH", "id": "x"}) for _ in range(int(learner.uid[0], 16) % 7 * 9)
        ]
    )

    with pytest.raises(
        ScenarioError, match=r"strange: .* in one play and .* in another|two plays of one session differ"
    ):
        compile_session(recipe(fickle))


def test_instants_in_data_are_slots_and_numbers_like_them_are_not():
    """`t.now` may stand in text and in numbers; thirteen digits that do not move with the start stay."""
    script = script_of(
        lambda _, t: t.log(
            {"type": "x", "level": "INFO", "message": f"seen at {t.now}ms", "params": [{"n": 1500000000000}]}
        )
    )

    body = compile_session(recipe(script)).stamp(StampIdentity(1, 1), 1_777_000_000_123)[0].body.decode()

    assert "seen at 1777000000123ms" in body
    assert '"n":1500000000000' in body


# --- pools ---


def pool_of(lane=0, **settings):
    plan = Plan(Settings(**settings))
    return TemplatePool(plan, {}, lane), plan


def test_a_pool_draws_by_share():
    """Templates are drawn as often as the scenarios' shares say."""
    pool, plan = pool_of()
    drawn = [pool.draw().scenario for _ in range(20_000)]
    whole = sum(one.share for one in plan.scenarios)

    for one in plan.scenarios:
        assert drawn.count(one.name) / 20_000 == pytest.approx(one.share / whole, abs=0.02)


def test_whoever_has_an_id_has_one_device():
    """A uid comes with one did, one channel and one kind of device, and no two templates share learners."""
    pool, _ = pool_of()
    known = {}
    for number in range(2_000):
        template = pool.draw()
        who = pool.who(template, 7, number)
        uid, did = who.uid or template.names[0], who.did or template.names[1]
        assert known.setdefault(uid, (did, template)) == (did, template)
        if who.uid:
            assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", who.uid)
            assert len(who.did) == len(template.names[1])

    assert len(known) > 1_900


def test_learners_come_back():
    """After a thousand others a template's learner comes again."""
    pool, _ = pool_of(scenario="practice")
    template = pool.draw()
    names = [pool.names(template) for _ in range(2_000)]

    assert names[:1000] == names[1000:]
    assert len(set(names)) == 1_000


def test_own_learners_are_kept(tmp_path):
    """Where the users are the user's own, nobody else's uid is ever stamped."""
    (tmp_path / "users.csv").write_text("id\nasha\nravi\n")
    pool, _ = pool_of(world=str(tmp_path), scenario="practice")

    template = pool.draw()
    bodies = b"".join(p.body for n in range(5) for p in template.stamp(pool.who(template, 1, n), 10**12))

    assert set(re.findall(rb'"actor":\{"id":"(\w+)"', bodies)) <= {b"asha", b"ravi"}


def test_lanes_have_templates_of_their_own():
    """Two workers compile other sessions, and the same worker always the same."""
    one, other, again = (pool_of(lane, scenario="practice")[0].draw() for lane in (0, 1, 0))

    assert one.number != other.number
    assert one.stamp(StampIdentity(1, 1), 10**12) == again.stamp(StampIdentity(1, 1), 10**12)


def test_a_full_pool_forgets_the_oldest():
    """A pool grows to so many templates a scenario, and then each new one takes the oldest one's place."""
    pool, plan = pool_of(scenario="dial_code")
    assert len(pool) == FIRST
    found = compiled(recipes(plan, {}, plan.scenarios[0], 0))
    for _ in range(MOST + 5):
        pool.add(next(found))

    assert len(pool) == MOST


def test_long_sessions_need_not_be_as_many(monkeypatch):
    """Beyond so many bytes of a scenario's templates the oldest goes, though never one of the first few's number."""
    pool, plan = pool_of(scenario="dial_code")
    found = compiled(recipes(plan, {}, plan.scenarios[0], 0))
    monkeypatch.setattr("generator.load.template.pool.MOST_BYTES", 12 * next(found).size)
    for _ in range(100):
        pool.add(next(found))

    assert FIRST <= len(pool) <= 40


def test_a_script_that_records_nothing_is_refused(tmp_path):
    """A scenario whose sessions all come to nothing cannot be sent, and is named."""
    (tmp_path / "idle.py").write_text(
        "from generator import scenario\n\n@scenario(title='Idle')\ndef idle(learner, t, chance):\n    t.think(1)\n"
    )

    with pytest.raises(ScenarioError, match="idle: 20 sessions in a row recorded nothing"):
        pool_of(scenario_dir=str(Path(tmp_path)))
