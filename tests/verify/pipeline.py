"""A healthy pipeline, simulated: what it makes of accepted events, as it is told in the facts about ingestion.

It knows nothing of the verifier, and the verifier's tables are not used here: so each is a second opinion on the
other. Numbers are written by Java's rules, texts by Gson's.
"""

import json
import unicodedata
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from generator.spec.check import check
from generator.spec.identity import uuid_id

CHANNEL = "b00bc992ef25f1a9a8d63291e20efc8d"
LARGEST = 1_048_576
DEDUPLICATED = (".portal", ".desktop")


def healthy(accepted, now):
    """Give what stands in each topic after a batch came through.

    Args:
        accepted: the events' JSON texts.
        now: when, in milliseconds since 1970.
    """
    topics = defaultdict(list, {"accepted": list(accepted), "ingest": list(accepted)})
    extract(topics, now)
    seen = set()
    for text in topics["raw"]:
        preprocess(read(text), topics, seen)
    for text in topics["unique"]:
        denormalise(read(text), topics, now)
    return topics


# --- Java's and Gson's way to write ---


def java(number):
    """Write a double as `Double.toString` does."""
    if not number:
        return "-0.0" if str(number)[0] == "-" else "0.0"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + exponent
    if -3 < point <= 7:
        whole = text[: max(point, 0)].ljust(max(point, 0), "0") or "0"
        part = "0" * max(-point, 0) + text[max(point, 0) :]
        body = f"{whole}.{part or '0'}"
    else:
        body = f"{text[0]}.{text[1:] or '0'}E{point - 1}"
    return "-" * sign + body


def gson(value):
    """Write a value as `new Gson().toJson` does: safe to stand in HTML."""
    match value:
        case dict():
            return "{" + ",".join(f"{gson(name)}:{gson(one)}" for name, one in value.items()) + "}"
        case list():
            return "[" + ",".join(map(gson, value)) + "]"
        case str():
            text = json.dumps(value, ensure_ascii=False)
            for letter in "<>&='":
                text = text.replace(letter, f"\\u{ord(letter):04x}")
            return text
        case float():
            return java(value)
    return json.dumps(value)


def write(value):
    return gson(value).encode()


def read(text):
    """Read as Gson does: every number is a double."""
    return json.loads(text, parse_int=float)


# --- telemetry-extractor ---


def extract(topics, now):
    stamp = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{now % 1000:03d}Z"
    for text in topics["accepted"]:
        event = read(text)
        event |= {"syncts": now, "@timestamp": stamp}
        if len(write(event)) > LARGEST:
            event |= {"flags": {"ex_processed": False}, "metadata": {"src": "TelemetryExtractorJob"}}
            topics["failed"].append(write(event))
            continue
        event["flags"] = {"ex_processed": True}
        topics["log" if event["eid"].upper() == "LOG" else "raw"].append(write(event))
    topics["log"].append(write(audit(len(topics["accepted"]), now)))


def audit(events, now):
    said = {"ver": "3.0", "events_count": float(events), "sync_status": "SUCCESS"}
    return {
        "eid": "LOG", "ets": float(now), "ver": "3.0", "mid": uuid_id("audit", now),
        "actor": {"id": "sunbird.telemetry", "type": "telemetry-sync"},
        "context": {"channel": "in.sunbird", "env": "data-pipeline", "did": uuid_id("did", now),
                    "pdata": {"id": "data-pipeline", "pid": "telemetry-extractor", "ver": "1.0"}},
        "edata": {"type": "telemetry_audit", "level": "INFO", "message": "telemetry sync", "params": [said]},
    }  # fmt: skip


# --- pipeline-preprocessor ---


def preprocess(event, topics, seen):
    if check(event, "wire"):
        topics["failed"].append(write(event))
        return
    correct(event)
    event["flags"]["pp_validation_processed"] = True
    event["type"] = "events"
    if event["context"]["pdata"]["id"].endswith(DEDUPLICATED):
        if event["mid"] in seen:
            topics["duplicate"].append(write(event))
            return
        seen.add(event["mid"])
    else:
        event["flags"]["pp_duplicate_skipped"] = True
    route(event, topics)


def correct(event):
    actor, about, context = event["actor"], event.get("object", {}), event["context"]
    if actor["id"].startswith("f:"):
        actor["id"] = actor["id"].split(":")[-1]
    if about.get("type", "").casefold() in ("dialcode", "qr") and "id" in about:
        about["id"] = about["id"].upper()
    if all(map(is_java_blank, context["channel"])):
        context["channel"] = CHANNEL


def is_java_blank(letter):
    """Tell what `Character.isWhitespace` does: blanks that do not break a line are none."""
    return letter in "\t\n\v\f\r\x1c\x1d\x1e\x1f" or (
        unicodedata.category(letter) in {"Zs", "Zl", "Zp"} and letter not in "\u00a0\u2007\u202f"
    )


def route(event, topics):
    if event["eid"] == "ERROR":
        topics["error"].append(write(event))
        return
    if event["eid"] == "SHARE":
        for item in share_items(event):
            topics["unique"].append(write(item))
        event["flags"]["pp_share_event_processed"] = True
    topics["unique"].append(write(event))


def share_items(event):
    for item in event["edata"]["items"]:
        for params in item.get("params", [None]):
            kind = (
                event["edata"].get("type")
                if params is None
                else "import"
                if params.get("transfers")
                else "download"
            )
            size = (params or {}).get("size", 0.0)
            about = {name: item[name] for name in ("id", "ver", "type") if name in item}
            yield {
                **event, "eid": "SHARE_ITEM", "mid": f"{event['mid']}-{uuid_id(event['mid'], str(item))}",
                "object": {**about, "rollup": {"l1": event.get("object", {}).get("id", "")}},
                "edata": {"dir": event["edata"].get("dir"), "type": kind, "size": size},
            }  # fmt: skip


# --- de-normalisation ---


def denormalise(event, topics, now):
    eid = event["eid"]
    if eid == "INTERRUPT" or ("SUMMARY" in eid and eid not in ("SUMMARY", "ME_WORKFLOW_SUMMARY")):
        return
    today = datetime.fromtimestamp(now / 1000, UTC)
    if event["ets"] < three_months_before(today).timestamp() * 1000:
        return
    tomorrow = today.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    event["ets"] = min(event["ets"], tomorrow.timestamp() * 1000 - 1)
    look_up(event)
    topics["denorm"].append(write(event))


def look_up(event):
    """Add what caches know: here they know everything that is asked for."""
    flags, actor, about = event["flags"], event["actor"], event.get("object", {})
    kind = about.get("type", "").lower() if about.get("id") else ""
    if event["context"].get("did"):
        event["devicedata"] = {"country": "India", "userdeclared": {"state": "Karnataka"}}
        flags["device_denorm"] = True
    if actor.get("id") and actor["id"].lower() != "anonymous" and actor.get("type", "").lower() == "user":
        event["userdata"] = {"usertype": "student"}
        flags["user_denorm"] = False
    if kind in {"qr", "dialcode"}:
        event["dialcodedata"] = {"batchcode": "b"}
    if kind and (kind not in {"user", "qr", "dialcode"} or event["eid"] == "AUDIT"):
        event["contentdata"] = {"name": "a", "lastpublishedon": 1.5e12}
        first, second = (about.get("rollup", {}).get(level) for level in ("l1", "l2"))
        if first and about["id"] != first:
            event["collectiondata"] = {"name": "b"}
        if second and about["id"] != first:
            event["l2data"] = {"name": "c"}
    if "devicedata" in event:
        event["derivedlocationdata"] = {"state": "Karnataka", "district": None, "from": "user-declared"}


def three_months_before(today):
    month = today.month - 3
    year, month = (today.year, month) if month > 0 else (today.year - 1, month + 12)
    for day in range(today.day, 0, -1):
        try:
            return today.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")
