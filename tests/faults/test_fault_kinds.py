"""The table of kinds: what it says a correct endpoint makes of each, the collector makes of it."""

import http.client
import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from candidates import session

from generator.collector import CollectorProcess
from generator.collector.ingest import LARGEST_EVENT as COLLECTORS_LARGEST
from generator.collector.ingest import STAMP as COLLECTORS_STAMP
from generator.collector.store import read
from generator.faults import FAMILIES, KINDS, PRESETS, FaultPlan, Injector, expected
from generator.faults.injector import resent_msgid
from generator.faults.valid_but_odd import LARGEST_EVENT, STAMP
from generator.spec.check import check
from generator.spec.identity import make_msgid
from generator.spec.rules import FORMS

CASES = [(kind, form) for kind in KINDS.values() for form in FORMS if form in kind.verdicts]
IDS = [f"{kind.name}-{form}" for kind, form in CASES]
HEADERS = {"Content-Type": "application/json"}
EVERY = dict.fromkeys(KINDS, range(1)) | {
    name: range(4) for name in ("missing_field", "wrong_type", "extra_field")
}
README = Path(__file__).parents[2] / "generator/faults/README.md"


class Sent:
    """What was sent of one kind, and what the collector answered."""

    def __init__(self, kind, form, seed):
        self.run = (list(KINDS).index(kind.name) << 8) + seed
        self.given = session(form, self.run)
        self.damaged = Injector(FaultPlan({kind: 1.0}), seed, self.run, form).damage(self.given, 1, 0, 0)
        self.statuses = []

    def go(self, connection):
        msgids = [make_msgid(0, self.run, 1)]
        if self.damaged.again:
            msgids += msgids if self.damaged.again == "same" else [resent_msgid(0, self.run, 1)]
        for msgid in msgids:
            body = b'{"params":{"msgid":"%s"},"events":[%s]}' % (
                msgid.encode(),
                b",".join(self.damaged.events),
            )
            headers, body = self.damaged.carried(HEADERS, body)
            connection.request("POST", "/v1/telemetry", body, headers)
            answer = connection.getresponse()
            answer.read()
            self.statuses.append(answer.status)
            connection.close()

    def mid(self, place):
        return json.loads(self.given[place])["mid"]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Send every kind to a collector of each mode and form; give what was sent, and by mid what is in its store."""
    made = {}
    for form in FORMS:
        for mode in ("sunbird", "strict"):
            kinds = [kind for kind, each in CASES if each == form]
            sent = {kind.name: [Sent(kind, form, seed) for seed in EVERY[kind.name]] for kind in kinds}
            with CollectorProcess(tmp_path_factory.mktemp("store"), mode=mode, form=form) as collector:
                connection = http.client.HTTPConnection(urlsplit(collector.url).netloc, timeout=60)
                for each in sent.values():
                    for one in each:
                        one.go(connection)
                made[mode, form] = sent, kept(collector.store)
    return made


def kept(store):
    """Count what is kept, by kind of keeping and whatever can be found of an event: its mid, else its bytes."""
    counts = {"accepted": Counter(), "rejected": Counter(), "duplicate": Counter()}
    for stored in read(store):
        match = re.search(rb'"mid":\s*"([A-Z]+:[0-9a-f]{32})"', stored.event[:4000])
        counts[stored.kind][match[1].decode() if match else stored.event] += 1
    return counts


def what_became(sent, label, counts):
    """Give the verdict that one label got."""
    mids = (
        [sent.mid(place) for place in range(len(sent.given))]
        if label.sequence is None
        else [sent.mid(label.sequence)]
    )
    accepted = {counts["accepted"][mid] for mid in mids}
    duplicate = all(counts["duplicate"][mid] for mid in mids)
    if max(sent.statuses) >= 400:
        assert accepted == {0}
        return "refused" if sent.damaged.events else "nowhere"
    if accepted == {1}:
        return "duplicate" if duplicate else "accepted"
    assert accepted == {0}
    return "rejected" if is_rejected(sent, label, mids, counts["rejected"]) else "nowhere"


def is_rejected(sent, label, mids, rejected):
    texts = [text for text in sent.damaged.events if text not in sent.given]
    if label.sequence is None:
        return any(rejected[mid] or rejected[b'"%s"' % mid.encode()] for mid in mids)
    return bool(rejected[mids[0]]) or any(rejected[text] for text in texts if mids[0].encode() not in text)


@pytest.mark.parametrize("mode", ["sunbird", "strict"])
@pytest.mark.parametrize(("kind", "form"), CASES, ids=IDS)
def test_the_collector_judges_as_the_table_says(found, kind, form, mode):
    """In both modes and both forms, what becomes of each damaged event is the verdict of its kind."""
    sent, counts = found[mode, form]
    for one in sent[kind.name]:
        assert one.damaged.labels
        for label, verdict in zip(one.damaged.labels, expected(one.damaged.labels, mode, form), strict=True):
            if verdict is not None:
                assert what_became(one, label, counts) == verdict, label


@pytest.mark.parametrize(("kind", "form"), CASES, ids=IDS)
def test_what_is_sent_whole_is_judged_whole(found, kind, form):
    """Behind a 200 of the telemetry service's, the neighbours of damaged events are accepted once each."""
    sent, counts = found["sunbird", form]
    for one in sent[kind.name]:
        labelled = {label.sequence for label in one.damaged.labels}
        if None not in labelled:
            whole = [one.mid(place) for place in range(len(one.given)) if place not in labelled]
            assert [counts["accepted"][mid] for mid in whole] == [1] * len(whole)


@pytest.mark.parametrize("form", FORMS)
def test_an_event_that_is_rejected_breaks_a_rule(form):
    """What the table has rejected `check` refuses, but for its size; what is accepted it lets pass."""
    for kind in [kind for kind, each in CASES if each == form and kind.level == "event"]:
        damaged = Injector(FaultPlan({kind: 1.0}), 1, 1, form).damage(session(form), 1, 0, 0)
        if kind.verdicts[form] in {"accepted", "rejected"} and kind.name != "event_over_limit":
            changed = [damaged.events[label.sequence] for label in damaged.labels]
            is_refused = kind.verdicts[form] == "rejected"

            assert [bool(check(text, form)) for text in changed] == [is_refused] * len(changed), kind


def test_the_limits_are_the_collectors():
    """An event is measured as the collector measures it."""
    assert (LARGEST_EVENT, STAMP) == (COLLECTORS_LARGEST, COLLECTORS_STAMP)


def test_the_table_is_whole():
    """Names are spelt as options are, presets name kinds, and poison is never in a preset."""
    for name, kind in KINDS.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
        assert kind.verdicts
        assert str(kind) == f"{name}: {kind.what}"
    for shares in PRESETS.values():
        assert not [name for name in shares if KINDS[name].is_poison]
    assert [name for name, kind in KINDS.items() if kind.is_poison] == [
        "assess_without_item", "response_without_target", "not_an_object", "events_not_a_list", "events_of_texts",
    ]  # fmt: skip


def test_the_table_is_told_in_full():
    """The README's table of kinds and verdicts is the one in the code."""
    text = README.read_text(encoding="utf-8")
    for kind in KINDS.values():
        told = [kind.verdict(family, next(iter(kind.verdicts))) or "open" for family in FAMILIES]
        if "wire" in kind.verdicts:
            told = [kind.verdict(family, "wire") or "open" for family in FAMILIES]
        poison = " ☠" if kind.is_poison else ""
        assert f"| `{kind.name}`{poison} | {kind.what} | {' | '.join(told)} |" in text
