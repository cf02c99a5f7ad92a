"""Runs to draw, as a load run writes them: made of a seed, so that a page is the same on every day."""

import json
from math import exp
from random import Random

import msgspec

from generator.report.run import Run

EIDS = {
    "INTERACT": 41, "IMPRESSION": 19, "RESPONSE": 9, "ASSESS": 9, "LOG": 6, "START": 5, "END": 4, "SUMMARY": 3,
    "SEARCH": 1.6, "AUDIT": 1.1, "INTERRUPT": 0.6, "FEEDBACK": 0.4, "SHARE": 0.2, "ERROR": 0.07, "EXDATA": 0.03,
}  # fmt: skip
SCENARIOS = {
    "practice": 40,
    "mobile_app": 22,
    "web_portal": 18,
    "course": 12,
    "dial_code": 6,
    "content_editor": 2,
}
HOSTILE = "\"'><script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>\u202eevil\x00\x07"
"""What a host, a scenario or an endpoint's answer may hold."""

_SESSION = [
    (0, "START", "assessment play do_3113 on START_PAGE"), (0, "IMPRESSION", "START_PAGE (workflow) → 1"),
    (2.1, "INTERACT", "TOUCH option_clicked on 1 at 152,359"), (3.8, "RESPONSE", "CHOOSE option1=66"),
    (3.8, "ASSESS", "right 1 of 1 in 1.743 s 11 + 6 कितने होते हैं?"), (6.8, "INTERACT", "TOUCH next_clicked on 1"),
    (6.8, "IMPRESSION", "2 (workflow SWIPE)"), (11.1, "INTERACT", "TOUCH option_clicked on 2 at 286,302"),
    (17.8, "RESPONSE", "CHOOSE option1=408"), (17.8, "ASSESS", "wrong 0 of 1 in 6.794 s 175 + 232 कितने होते हैं?"),
    (20.1, "INTERACT", "TOUCH next_clicked on 2"), (20.1, "IMPRESSION", "3 (workflow SWIPE)"),
    (25.7, "INTERACT", "TOUCH option_clicked on 3 at 138,224"), (31.1, "RESPONSE", "INPUT ans1=12"),
    (31.1, "ASSESS", "right 1 of 1 in 5.443 s 7 + ___ = 84"), (33.0, "FEEDBACK", "4 stars"),
    (36.4, "END", "assessment after 36.4 s progress=100"),
]  # fmt: skip


def healthy(seconds=600, rate=100_000, *, seed=4, slow=1.0):
    """A run that met its rate; as the dict that summary.json holds."""
    random = Random(seed)
    rows = [_second(random, at, rate, slow) for at in range(seconds)]
    return _summary(
        rows, seed, slow, checks=[_check("response_p99<250ms", 41.2 * slow), _check("error_rate<0.1%", 0.0)]
    )


def failing(seconds=600):
    """A run whose endpoint stalled, refused and dropped."""
    random = Random(9)
    rows = [_second(random, at, 60_000, 1.6) for at in range(seconds)]
    for row in rows[seconds // 3 : seconds // 3 + 3]:
        row.update(late=row["batches"], acked=0, batches=0, acked_events=0, sent_events=0, bytes=0)
        row.update(service_p50=None, service_p99=None, response_p50=None, response_p99=None)
    for row in rows[seconds // 3 + 3 : seconds // 3 + 40]:
        row["response_p50"], row["response_p99"] = row["response_p50"] + 1400, row["response_p99"] + 3000
        row["rejected"], row["unknown"] = 30 + row["at"] % 7, row["at"] % 3
        row["acked"] -= row["rejected"] + row["unknown"]
        row["acked_events"] -= 200 * (row["rejected"] + row["unknown"])
        row["dropped_events"] = 4000 if row["at"] % 5 == 0 else 0
    reasons = {"rejected: 429 Too Many Requests": 900, "rejected: 503 upstream connect error": 310,
               "unknown: no answer in time": 37, "rejected: not connected: connection refused": 5}  # fmt: skip
    checks = [
        _check("response_p99<250ms", 3184.0, passed=False, at=seconds / 3 + 5, why="over 10 s"),
        _check("error_rate<0.1%", 0.0071, passed=False),
        _check("events_per_s>=50000", 58_211.4),
    ]
    notes = ["every sender was waiting for the endpoint during 12 % of the run"]
    return _summary(rows, 9, 1.6, checks=checks, reasons=reasons, notes=notes, exit_code=10, stalled=True)


def limited():
    """A run whose generator could not keep up."""
    run = healthy(120, seed=5, slow=3.0)
    why = (
        "the hub lagged by 61 ms in the middle, and its core was 99 % busy; use --processes or a lower --rate"
    )
    own = {"limited": True, "why": why, "hub_lag_p50_ms": 61.3, "cpu": 0.993, "late_share": 0.41}
    checks = [
        _check("response_p99<250ms", 124.1, passed=None) | {"verdict": "invalid"},
        _check("events_per_s>=50000", 96_913.1),
    ]
    return run | {"generator": own, "late": 24_102, "exit_code": 12, "checks": checks}


def in_vain():
    """A run of which nothing was acknowledged."""
    run = healthy(5)
    for row in run["seconds"]:
        row.update(acked=0, acked_events=0, rejected=row["batches"])
        row.update(service_p50=None, service_p99=None, response_p50=None, response_p99=None)
    gone = {name: {} for name in ("service", "response", "by_scenario_latency")}
    warning = "nothing was acknowledged: not connected: connection refused; see that the endpoint runs, and correct --host"
    return run | gone | {
        "acked": 0, "acked_events": 0, "rejected": run["batches"], "warning": warning, "checks": [],
        "service_curve": [], "response_curve": [], "exit_code": 11,
        "reasons": {"rejected: not connected: connection refused": run["batches"]},
    }  # fmt: skip


def empty():
    """A run that holds nothing but what every summary must."""
    return {
        "run": "00000000", "version": "1", "started_at": "2026-03-02T09:00:00Z", "ended_at": "2026-03-02T09:00:00Z",
        "events": 0, "batches": 0, "acked": 0, "seconds": [],
    }  # fmt: skip


def hostile():
    """A run in which every text is hostile."""
    run = failing(60)
    texts = dict.fromkeys(("version", "host", "contract", "warning", "purge"), HOSTILE)
    times = {"service": run["service"], "response": run["response"]}
    return run | texts | {
        "scenarios": [HOSTILE], "options": {HOSTILE: HOSTILE, "list": [HOSTILE]}, "endpoint": {HOSTILE: {HOSTILE: 1}},
        "by_eid": {HOSTILE: 7, "START": 1}, "by_scenario": {HOSTILE: 3}, "by_scenario_latency": {HOSTILE: times},
        "reasons": {f"rejected: {HOSTILE}{number}": number + 1 for number in range(30)},
        "checks": [_check(HOSTILE, 1.0, passed=False, why=HOSTILE), _check(HOSTILE, None, passed=None, why=HOSTILE)],
        "generator": {"limited": True, "why": HOSTILE}, "notes": [HOSTILE] * 30,
        "sample": {"scenario": HOSTILE, "events": [
            {"at": 0, "eid": HOSTILE, "told": HOSTILE, "source": HOSTILE},
            {"at": 1, "eid": "START", "told": HOSTILE, "source": "other"},
        ]},
    }  # fmt: skip


def as_run(summary):
    """Read a summary as if it stood in a file."""
    return msgspec.json.decode(json.dumps(summary), type=Run)


def _second(random, at, rate, slow):
    warm = 1 - exp(-(at + 1) / 4)
    offered = max(0, round(random.gauss(rate * warm, rate**0.5 * 4)))
    acked = offered // 200 * 200
    middle = slow * random.lognormvariate(1.4, 0.12)
    worst = middle * random.lognormvariate(1.9, 0.28) * (2.5 if at % 97 == 60 else 1)
    return {
        "at": at, "offered_events": offered, "acked_events": acked, "sent_events": acked, "batches": acked // 200,
        "acked": acked // 200, "rejected": 0, "unknown": 0, "bytes": acked * 771, "late": 0, "dropped_events": 0,
        "service_p50": round(middle, 3), "service_p99": round(worst, 3),
        "response_p50": round(middle * 1.12 + 0.2, 3), "response_p99": round(worst * 1.25 + 0.6, 3),
    }  # fmt: skip


def _summary(rows, seed, slow, *, checks, reasons=None, exit_code=0, stalled=False, notes=()):
    total = {
        name: sum(row[name] for row in rows)
        for name in rows[0]
        if not name.startswith(("at", "service", "resp"))
    }
    events, sessions = total["sent_events"], total["sent_events"] // 23
    service, response = _curve(slow, 1.0), _curve(slow, 1.25, stall=3000 if stalled else 0)
    minutes, second = divmod(len(rows), 60)
    return {
        "run": f"{0x5EED0000 + seed:08x}", "version": "0.2.0", "seed": seed, "host": "https://telemetry.example.org",
        "contract": "sunbird", "scenarios": list(SCENARIOS), "model": "open",
        "started_at": "2026-03-02T09:00:00.000Z",
        "ended_at": f"2026-03-02T{9 + minutes // 60:02}:{minutes % 60:02}:{second:02}.040Z",
        "options": {"rate": 100_000, "run_time": "10m", "gzip": True, "path": "/data/v1/telemetry", "token": "set"},
        "sessions": sessions, "finished": sessions - 41, "unplayed": 0, "events": events, **{
            name: total[name] for name in ("acked_events", "batches", "acked", "rejected", "unknown", "bytes", "late",
                                           "dropped_events")},
        "unsent_events": 612, "unsent_sessions": 41, "by_eid": _shares(EIDS, events),
        "by_scenario": _shares(SCENARIOS, sessions), "reasons": reasons or {}, "percentiles": {},
        "lost_workers": 0, "workers": 2, "endpoint": None, "warning": "", "exit_code": exit_code,
        "notes": list(notes),
        "purge": f"delete the events whose tags hold 'footfall:{0x5EED0000 + seed:08x}'",
        "service": _latency(service, total["batches"]), "response": _latency(response, total["batches"]),
        "service_curve": service, "response_curve": response,
        "by_scenario_latency": {name: {
            "service": _latency(_curve(slow * part, 1.0), total["batches"] // 6),
            "response": _latency(_curve(slow * part, 1.25), total["batches"] // 6),
        } for part, name in zip((1.0, 1.4, 0.8, 1.1, 0.5, 2.2), SCENARIOS, strict=True)},
        "seconds": rows, "checks": checks,
        "generator": {"limited": False, "why": "", "hub_lag_p50_ms": 0.21, "cpu": 0.71, "late_share": 0.002},
        "sample": {"scenario": "practice", "events": [
            {"at": at, "eid": eid, "told": told, "source": "prod.sunbird.app"} for at, eid, told in _SESSION]},
    }  # fmt: skip


def _curve(slow, factor, stall=0):
    """Percentiles as an HDR histogram gives them: each nine in ten steps."""
    places = [100 * (1 - 0.1**nine * (1 - step / 10 * 0.9)) for nine in range(5) for step in range(10)]
    found = [(round(place, 6), 4 * slow * factor * (0.4 + (100 / (100 - place)) ** 0.42)) for place in places]
    return [[place, round(ms + stall * max(0, place - 98) / 2, 3)] for place, ms in found]


def _latency(curve, count):
    at = {name: next(ms for place, ms in curve if place >= least) for name, least in (
        ("p50", 50), ("p75", 75), ("p90", 89.9), ("p95", 95), ("p99", 98.9), ("p999", 99.8))}  # fmt: skip
    return at | {"max": curve[-1][1], "mean": at["p50"] * 1.2, "count": count}


def _shares(parts, total):
    return {name: round(total * part / sum(parts.values())) for name, part in parts.items()}


def _check(check, value, *, passed=True, at=None, why=""):
    return {"check": check, "value": value, "passed": passed, "at": at, "why": why}
