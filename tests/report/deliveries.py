"""Deliveries to draw, as `footfall verify --json` writes them, and how injected faults were judged."""

from runs import HOSTILE

_EIDS = ("INTERACT", "IMPRESSION", "ASSESS", "LOG", "START", "END", "RESPONSE")


def delivered(**more):
    """All was there, once, and as it was sent."""
    return _delivery("delivered", "delivered: 65,816 of 65,816 acknowledged events found once, as sent", [
        _findings(outcome="delivered", attempted=65_816, acked=65_816, due=65_816, found=65_816, compared=65_816,
                  held=65_816, visible={"events": 65_816, "p50": 3, "p99": 41, "max": 120}),
    ]) | more  # fmt: skip


def failed(**more):
    """Some of it was lost, some of it twice, some of it altered."""
    return _delivery(
        "failed",
        "NOT delivered: of 65,816 acknowledged events 312 lost (12 of them among the rejected), 31 duplicated, 9 altered, "
        "2 unexpected, 20 rejected yet stored",
        [failing()],
        torn=["ledger-5eed0009-0001.bin: ends in the middle of a record"],
        resent=4,
    ) | more  # fmt: skip


def failing(**more):
    """Give the findings of a sink in which everything is the matter."""
    return _findings(
        outcome="failed", attempted=70_216, acked=65_816, rejected=2_100, unknown=1_000, due=65_816, found=65_504,
        lost=_fault("lost", 312, minutes={3: 290, 6: 22}), lost_among={"rejected": 12},
        duplicated=_fault("duplicated", 31, minutes={6: 31}), surplus=34,
        altered=_fault("altered", 9, minutes={2: 1, 5: 8}, differences=[
            {"path": "edata.duration", "sent": 7.25, "found": 7}, {"path": "context.did", "sent": "a", "found": None},
            {"path": "tags", "sent": ["x"], "found": []}, {"path": "ver", "sent": "3.1", "found": "3.0"}]),
        unexpected=_fault("unexpected", 2, minutes={}, why="its session has 23 events, and this is the 99th"),
        rejected_yet_stored=_fault("rejected yet stored", 20, minutes={4: 20}),
        recovered=_fault("recovered", 940, minutes={3: 940}),
        still_unknown=_fault("still unknown", 60, minutes={3: 60}),
        held=72_000, foreign=1_412, pipeline_own=3, unreadable=2, unread=["out.jsonl, line 7: no JSON"], compared=66_464,
        out_of_order=17, visible={"events": 65_504, "p50": 12, "p99": 980, "max": 12_400},
    ) | more  # fmt: skip


def unread():
    """The sink could not be read."""
    why = "kafka://127.0.0.1:9092/telemetry: there is no such topic; name one of those that there are"
    findings = _findings(
        outcome="unknown", why_unknown=why, attempted=2_000, acked=1_900, rejected=60, unknown=40
    )
    return _delivery("unknown", f"unknown: {why}", [findings])


def untried():
    """Nobody looked, and why."""
    return {"outcome": "unknown", "sentence": "unknown: no ledger was written: nothing was sent"}


def staged():
    """Three stages of a pipeline, between two of which events vanished."""
    raw = _findings(
        stage="raw", outcome="delivered", attempted=5_000, acked=5_000, due=4_400, found=4_400, held=4_400
    )
    unique = failing(
        stage="unique", sink="Parquet files unique/*.parquet", duplicated=_fault("duplicated", 0)
    )
    denorm = _findings(
        stage="denorm", outcome="unknown", why_unknown="the folder is empty", attempted=5_000, acked=5_000
    )
    sentence = "NOT delivered: at the stage unique of 65,816 acknowledged events 312 lost"
    found = _delivery("failed", sentence, [raw, unique, denorm])
    return found | {"vanished": [{"after": "raw", "before": "unique", "events": 312}]}


def hostile(stages=7):
    """A delivery in which every text is hostile, and every count as great as it may be."""
    most = 2**63 - 1
    fault = {
        "events": most, "by_eid": {HOSTILE: most, "?": 1}, "by_scenario": {HOSTILE: 1}, "by_worker": {HOSTILE: 1, "2": 2},
        "by_minute": {HOSTILE: 1, "?": 2, "0001-01-01T00:00Z": 1, "9999-12-31T23:59Z": 1, "1970-01-01T00:00Z": most,
                      "2026-03-02T09:00Z": 3},
        "examples": [{"mid": HOSTILE, "run": HOSTILE, "session": -most, "scenario": HOSTILE, "worker": most, "batch": -1,
                      "msgid": HOSTILE, "sent": 253_402_300_799_999, "place": HOSTILE, "why": HOSTILE,
                      "differences": [{"path": HOSTILE, "sent": {HOSTILE: 1}, "found": HOSTILE}] * 9}] * 15,
    }  # fmt: skip
    names = (
        "lost",
        "duplicated",
        "altered",
        "unexpected",
        "rejected_yet_stored",
        "recovered",
        "still_unknown",
    )
    counts = dict.fromkeys(("attempted", "acked", "due", "found", "held", "foreign", "unreadable"), most)
    findings = _findings(
        outcome="failed", stage=HOSTILE, sink=HOSTILE, lost_among={HOSTILE: most}, unread=[HOSTILE] * 9,
        why_not_compared=HOSTILE, **counts, **dict.fromkeys(names, fault),
    )  # fmt: skip
    return _delivery("failed", HOSTILE, [findings] * stages, runs=[HOSTILE] * 30, torn=[HOSTILE] * 30) | {
        "vanished": [{"after": HOSTILE, "before": HOSTILE, "events": most}] * 9
    }


def confusion():
    """How an endpoint judged injected faults, as `generator.faults.confusion.Confusion` has it."""
    return {"rows": {
        "missing_field": _judged(rightly_refused=412, false_accepts=7), "unknown_eid": _judged(false_accepts=88),
        "repeated_mid": _judged(rightly_refused=51), "repeated_batch": _judged(rightly_refused=1_240, unknown=20),
        "did_missing": _judged(rightly_accepted=2_310, false_rejects=1), "skewed_clock": _judged(rightly_accepted=31),
        "corrupt_gzip": _judged(rightly_refused=400), "of_tomorrow": _judged(undecided=12, unknown=3),
    }}  # fmt: skip


def _judged(**counts):
    names = (
        "rightly_accepted",
        "false_accepts",
        "rightly_refused",
        "false_rejects",
        "undecided",
        "unknown",
    )
    return dict.fromkeys(names, 0) | counts


def _delivery(outcome, sentence, stages, **more):
    given = {
        "outcome": outcome,
        "sentence": sentence,
        "runs": ["5eed0009"],
        "ledgers": 2,
        "torn": [],
        "resent": 0,
    }
    return given | {"stages": stages, "vanished": []} | more


def _findings(**more):
    return {"stage": "accepted", "sink": "the collector's store ./store", "unread": [], "labelled": [{
        "fault": "missing_field", "found": "rejected", "status": "acked", "events": 7}]} | more  # fmt: skip


def _fault(name, events, *, minutes=None, **more):
    shares = [events // 2, events // 4, events // 8]
    counts = [*shares, events - sum(shares)]
    return {
        "events": events,
        "by_eid": {eid: count for eid, count in zip(_EIDS, counts, strict=False) if count},
        "by_scenario": {"practice": events - events // 3, "web_portal": events // 3} if events else {},
        "by_worker": {"0": events - events // 5, "1": events // 5} if events else {},
        "by_minute": {f"2026-03-02T09:0{minute}Z": count for minute, count in (minutes or {}).items()},
        "examples": [_example(name, place, **more) for place in range(min(events, 100))],
    }


def _example(name, place, **more):
    eid = _EIDS[place % len(_EIDS)]
    where = "" if name in {"lost", "still unknown"} else f"store/accepted-1.jsonl, line {place * 37 + 5}"
    known = {} if name == "unexpected" else {
        "batch": place % 4, "msgid": f"5eed0009-{place:010x}-{place % 4}", "sent": 1_772_442_180_000 + place * 613,
    }  # fmt: skip
    return {
        "mid": f"{eid}:{place:08x}5eed0009{place * 7:010x}4c01ab", "run": "5eed0009", "session": place * 7,
        "scenario": "practice", "worker": place % 2, "place": where, **known, **more,
    }  # fmt: skip
