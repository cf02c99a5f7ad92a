"""Whole sinks that were rewritten: a verdict excuses what the contract's own pipeline does, and nothing else."""

import json

import pytest
from small_run import STARTED, MadeSink, all_of, event, findings, found, simple

from generator.verify.stage import STAGES
from generator.verify.telling import lines

POSTED = STARTED + 1000
HOUR, DAY = 3_600_000, 86_400_000


def stored(change, at="accepted"):
    """Give all events as a sink has them that changes each; LOG goes elsewhere behind `accepted`."""
    events = map(json.loads, all_of())
    return [
        json.dumps(one | change(one)).encode() for one in events if at == "accepted" or one["eid"] != "LOG"
    ]


WRONG = {
    "ets in 1970": lambda _: {"ets": 899_999},
    "ets floored to the hour": lambda event: {"ets": event["ets"] // HOUR * HOUR - 1},
    "ets floored to a quarter": lambda event: {"ets": event["ets"] // 900_000 * 900_000 - 1},
    "ets at the end of its day": lambda event: {"ets": event["ets"] // DAY * DAY + DAY - 1},
    "ets at the end of the day before": lambda event: {"ets": event["ets"] // DAY * DAY - 1},
    "an instant of its own": lambda _: {"ingested_at": POSTED},
    "a syncts long before": lambda _: {"syncts": 1},
    "another actor": lambda _: {"actor": {"id": "u", "type": "User"}},
}


@pytest.mark.parametrize("contract", ["sunbird", "kafka", "array", "mine.toml", "obsrv:sb-telemetry"])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_sink_is_seen_at_every_stage_of_every_contract(contract, stage, how):
    """An instant moved where no pipeline moves it, and a member that no stage adds, is an alteration of every event."""
    events = stored(WRONG[how])
    seen = findings(simple(contract=contract), {stage: MadeSink(events)})

    assert (seen.outcome, seen.altered.events) == ("failed", len(events))


def test_sunbirds_stages_are_excused_where_a_stage_is_named_alone():
    """What the extractor adds is no alteration at `raw`; at `accepted` it is, and the verdict says which stage fits."""
    at_raw = stored(lambda _: {"syncts": POSTED, "flags": {"ex_processed": True}}, "raw")
    everything = stored(lambda _: {"syncts": POSTED, "flags": {"ex_processed": True}})
    told = list(lines(found(simple(), MadeSink(everything))))

    assert findings(simple(), {"raw": MadeSink(at_raw)}).outcome == "delivered"
    assert told[0] == "NOT delivered: of 12 acknowledged events 12 altered"
    assert any(
        "as Sunbird's pipeline makes them by the stage raw; if the sink stands there, add --stage raw" in line
        for line in told
    )


def test_no_stage_is_named_where_one_event_fits_none():
    """An event that is altered otherwise too is no sign of a later stage."""
    events = stored(
        lambda event: {"syncts": POSTED} | ({"ver": "9"} if event["mid"].startswith("END") else {})
    )

    assert findings(simple(), MadeSink(events)).as_at == ""


META = {"syncts": POSTED, "flags": {"router": "success"}, "timespans": {"router": 1}, "error": {}}


def test_what_obsrvs_router_adds_is_no_alteration_for_its_contracts_alone():
    """`obsrv_meta`, and `indexTS` in some versions: of an Obsrv contract as sent, of any other one altered."""
    events = stored(lambda event: {"obsrv_meta": META, "indexTS": event["ets"]})

    for contract in ("obsrv:sb-telemetry", "obsrv-object:sb-telemetry"):
        assert findings(simple(contract=contract), MadeSink(events)).outcome == "delivered"
    for contract in ("sunbird", "array", "kafka"):
        assert findings(simple(contract=contract), MadeSink(events)).altered.events == 12


@pytest.mark.parametrize("stage", STAGES)
def test_obsrv_sends_no_event_elsewhere(stage):
    """Sunbird's LOG goes its own way behind the extractor; Obsrv's pipeline passes it on, and without it it is lost."""
    without = [one for one in all_of() if b'"LOG"' not in one]

    assert findings(simple(contract="obsrv:x"), {stage: MadeSink(all_of())}).outcome == "delivered"
    assert findings(simple(contract="obsrv:x"), {stage: MadeSink(without)}).lost.events == 2
    assert findings(simple(contract="sunbird"), {stage: MadeSink(without)}).lost.events == (
        2 if stage in {"accepted", "ingest"} else 0
    )


def test_ledgers_of_two_contracts_are_each_judged_by_their_own():
    """Verified together, each run's events have what its own pipeline adds."""
    runs = {"sunbird": 1, "obsrv:x": 2}
    events = {
        contract: [json.loads(event(*divmod(place, 6), run)) for place in range(12)]
        for contract, run in runs.items()
    }
    for one in events["obsrv:x"]:
        one["obsrv_meta"] = META
    sink = [json.dumps(one).encode() for several in events.values() for one in several]
    ledgers = [simple(contract=contract, run=run, name=contract) for contract, run in runs.items()]

    assert findings(ledgers, MadeSink(sink)).outcome == "delivered"
    events["sunbird"][0]["obsrv_meta"] = META
    sink = [json.dumps(one).encode() for several in events.values() for one in several]
    assert findings(ledgers, MadeSink(sink)).altered.events == 1
