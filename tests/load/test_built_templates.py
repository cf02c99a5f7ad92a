"""Contracts whose bytes depend on content: the open model sends what they write, batch by batch, and says at what cost."""

import base64
import hashlib
import hmac
import json
import subprocess
import sys

import pytest

from generator.chance import SeededChance
from generator.delivery.batch import Batch, Identity, in_form
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template import pool as pools
from generator.load.template.pool import FIRST, TemplatePool, recipe
from generator.scenarios.story import play
from tests.delivery import raw
from tests.load.stored import assert_ended_well, assert_nothing_hidden

CONTRACTS = '''
import base64, hashlib, hmac, json, time
from datetime import UTC, datetime
from generator.delivery.contracts import Request
from generator.delivery.receipt import ACKED

class Plain:
    """Stamped: nothing in it depends on content."""
    form, path, largest = "wire", "/in", 0
    def body(self, batch): return json.dumps([self.plain(one) for one in batch.events]).encode()
    def plain(self, event):
        import msgspec
        return msgspec.to_builtins(event)
    def headers(self, batch, body): return {"Content-Type": "text/plain", "X-Device": batch.identity.device}
    def request(self, batch):
        body = self.body(batch)
        return Request("POST", self.path, self.headers(batch, body), body)
    def judge(self, answer): return ACKED

class Base64(Plain):
    def body(self, batch): return base64.b64encode(super().body(batch))

class Digest(Plain):
    def headers(self, batch, body):
        return super().headers(batch, body) | {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}

class Signed(Base64):
    def headers(self, batch, body):
        return super().headers(batch, body) | {"X-Signature": hmac.new(b"key", body, "sha256").hexdigest()}

class IsoTime(Plain):
    def body(self, batch):
        at = datetime.fromtimestamp(batch.ets / 1000, UTC).isoformat()
        return json.dumps({"at": at, "events": json.loads(super().body(batch))}).encode()

class Length(Plain):
    def body(self, batch):
        body = super().body(batch)
        return b"%d\\n%s" % (len(body), body)

class Count(Plain):
    def headers(self, batch, body): return super().headers(batch, body) | {"X-Count": str(len(batch.events))}

class Places(Plain):
    def request(self, batch):
        return super().request(batch)._replace(path=f"/in/{batch.msgid}")

class Clock(Plain):
    def headers(self, batch, body): return super().headers(batch, body) | {"Date": time.strftime("%H:%M:%S")}
'''
DEPENDENT = ("Base64", "Digest", "Signed", "IsoTime", "Length", "Count", "Places")
RUN, SESSION, START = 0xFEED, 77, 1_777_000_000_123


@pytest.fixture
def plan_of(tmp_path):
    """Make a plan with one of the contracts, and a learner whose ids have lengths of their own."""
    (tmp_path / "own.py").write_text(CONTRACTS)

    def make(name, **more):
        contract = f"{tmp_path / 'own.py'}:{name}"
        return Plan(Settings(scenario="web_portal", contract=contract, rate="1", batch_size=7, **more))

    return make


def written(plan, template, who):
    """Return what the contract writes for a session that is played for somebody."""
    [scenario] = plan.scenarios
    contract = plan.contract({}, scenario.device)
    of = recipe(plan, contract, scenario, template.number)
    learner = of.learner.known_as(who.uid or of.learner.uid, who.did or of.learner.device.id)
    session = play(scenario, learner, START, SeededChance(*of.seed), run=RUN, session=SESSION)
    session.add_tag(f"footfall:{RUN:08x}")
    identity = Identity(learner.device.id, learner.channel.id, learner.device.pdata.id)
    return [
        contract.request(
            Batch(session.msgid(place), batch[-1].event.ets, in_form(batch, contract.form), identity)
        )
        for place, batch in enumerate(session.batches(of.batch_size, at_end=of.cuts_at_end))
    ]


@pytest.mark.parametrize("name", DEPENDENT)
def test_what_is_built_is_what_the_contract_writes(plan_of, name):
    """Method, path, headers and body of each request are those that the contract writes for the session as it is played."""
    plan = plan_of(name)
    pool = TemplatePool(plan, {}, 0)
    assert pool.why_built
    for _ in range(FIRST):
        template = pool.draw()
        who = pool.who(template, RUN, SESSION)
        batches = template.stamp(who, START)
        assert [prepared.request for prepared in batches] == written(plan, template, who)
        assert all(prepared.body == prepared.request.body for prepared in batches)
        assert sum(prepared.events for prepared in batches) == template.events
    batches, stamping, building = pool.cost.report()
    assert batches > FIRST
    assert stamping > 0
    assert building > 0


def test_what_a_template_can_hold_is_stamped(plan_of):
    """A contract of the user's own whose bytes do not depend on content is as cheap as any other."""
    plan = plan_of("Plain")
    pool = TemplatePool(plan, {}, 0)
    template = pool.draw()
    who = pool.who(template, RUN, SESSION)
    batches = template.stamp(who, START)

    assert pool.why_built == ""
    assert [(prepared.request, prepared.body) for prepared in batches] == [
        (None, request.body) for request in written(plan, template, who)
    ]
    assert pool.cost.report() == (0, 0.0, 0.0)


def test_a_contract_that_writes_the_time_of_day_is_not_stamped(plan_of):
    """Both plays of a template fall into one second, and a later request has another one: it is built when it is sent."""
    assert "Date" in TemplatePool(plan_of("Clock"), {}, 0).why_built


def test_further_templates_of_such_a_contract_are_built_too(plan_of):
    """What the child process compiles joins the pool with its contract."""
    plan = plan_of("Signed")
    pool = TemplatePool(plan, {}, 0)
    further = next(pools.compiled(pools.recipes(plan, {}, plan.scenarios[0], 1, bare=True)))
    pool.add(further)
    built = pool._templates["web_portal"][-1]

    who = pool.who(built, RUN, SESSION)
    assert [prepared.request for prepared in built.stamp(who, START)] == written(plan, built, who)


def test_a_signed_contract_is_sent_at_a_rate_and_all_of_it_is_delivered(swarm, tmp_path):
    """Every request has the digest of its own body; the ledger agrees with what arrived; the summary tells the cost."""
    (tmp_path / "own.py").write_text(CONTRACTS)
    with raw.serving(raw.keeps_saying(raw.answer_with(b""))) as endpoint:
        done = swarm(
            "--rate",
            "20k",
            "--sessions",
            12,
            "--contract",
            "own.py:Signed",
            "--ledger",
            "sent",
            "--host",
            endpoint.url,
        )
    said = done.summary

    assert_ended_well(done)
    assert_nothing_hidden(said)
    assert said["model"] == "open"
    assert said["sessions"] == said["finished"] == 12
    for head, body in endpoint.requests:
        signature = hmac.new(b"key", body, hashlib.sha256).hexdigest()
        assert f"X-Signature: {signature}".encode() in head
    [note] = [one for one in said["notes"] if "built one by one" in one]
    assert f"{said['batches']:,} batches were built one by one" in note
    assert note in done.out
    sink = tmp_path / "sink.jsonl"
    events = [event for _, body in endpoint.requests for event in json.loads(base64.b64decode(body))]
    sink.write_text("".join(json.dumps(event) + "\n" for event in events))
    verify = [sys.executable, "-m", "generator.cli", "verify", tmp_path / "sent", "--against", sink]
    verified = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout
