"""An event rewriter: it gives events another identity, another time, and the form that is wanted.

It replaces mid, sid, did, the user's id, and the ids of one play, attempt or request, also elsewhere in
the session's events, where they stand as a whole text; ets, and a SUMMARY's start and end. All else stays.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any

import msgspec
from msgspec import UNSET

from generator.errors import FootfallError
from generator.load.replay.instant import shifted
from generator.load.replay.raw_event import RawEvent
from generator.load.replay.replacement_ids import replacement_id
from generator.spec.check import check, read_valid
from generator.spec.envelope import Envelope, Event
from generator.spec.identity import make_mid, read_mid
from generator.spec.payload import make_payload
from generator.spec.rules import Form
from generator.spec.wire import to_wire

ONE_PLAY = frozenset({"AttemptId", "PlaySession", "Request", "SearchResult", "UserSession"})
"""The types of correlation data whose ids belong to one play alone."""
_SHORTEST_ID = 8
"""Letters from which on a text is an id wherever it stands; a shorter one may be a page's number too."""
_FEW = 64
"""Ids that are looked for one by one; where a session has more, every text is looked up."""
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')
_MARK = re.compile(r"footfall:[0-9a-f]{8}")
_ENVELOPE = msgspec.json.Decoder(Envelope)


class EventRewriter:
    """Rewrites the events of one session.

    Args:
        run, session: as in every new mid.
        shift: milliseconds by which every instant is moved.
        mark: the tag that every event is given; "" for none.
        entries: all of the session's events, each valid JSON.
        unmapped: called with an event that is valid in neither form, and is left as it is.
    """

    def __init__(
        self, run: int, session: int, shift: int, mark: str, entries: list[RawEvent],
        unmapped: Callable[[RawEvent], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self._unmapped = unmapped
        self._run, self._session, self.shift, self._mark = run, session, shift, mark
        self._mids = dict(_mids(run, session, entries))
        self._names = dict(_names(run, entries))
        self._new = frozenset(self._names.values())
        self._rename = _renaming({old: new for old, new in self._names.items() if len(old) >= _SHORTEST_ID})

    def event(self, entry: RawEvent, form: Form) -> dict[str, Any]:
        """Return one of the events rewritten, in a form if it is valid in any."""
        # In its bytes: to look at every value would take as long as all the rest.
        data = self._rename(entry.data)
        event: dict[str, Any] = msgspec.json.decode(data)
        if form == "wire" and not _put_in_wire_form(data, event):
            self._unmapped(entry)
        for thing, key in _ids(event):
            if thing[key] not in self._new:
                thing[key] = self._names.get(thing[key]) or replacement_id(self._run, thing[key])
        if entry.mid:
            event["mid"] = self._mids[entry.mid]
        self._date(event)
        self._tag(event)
        return event

    def _date(self, event: dict[str, Any]) -> None:
        self._move(event, "ets")
        if event["eid"] == "SUMMARY" and isinstance(event.get("edata"), dict):
            self._move(event["edata"], "starttime")
            self._move(event["edata"], "endtime")

    def _move(self, values: dict[str, Any], name: str) -> None:
        if name in values:
            values[name] = shifted(values[name], self.shift)

    def _tag(self, event: dict[str, Any]) -> None:
        tags = event.get("tags")
        if isinstance(tags, list):
            # The mark of the run that was recorded goes: these events are not its.
            event["tags"] = [tag for tag in tags if not (isinstance(tag, str) and _MARK.fullmatch(tag))]
        if self._mark and (tags is None or isinstance(tags, list)):
            event["tags"] = [*event.get("tags", ()), self._mark]


def _mids(run: int, session: int, entries: Iterable[RawEvent]) -> Iterator[tuple[str, str]]:
    """Yield old and new mids: Footfall's keep their numbers, others get those that are free, in their order."""
    ours = {entry.mid: read_mid(entry.mid) for entry in entries}
    taken = {mid.sequence for mid in ours.values() if mid}
    free = (number for number in count() if number not in taken)
    eids = {entry.mid: entry.eid for entry in entries}
    for old, mid in ours.items():
        eid, sequence = (mid.eid, mid.sequence) if mid else (eids[old], next(free))
        yield old, make_mid(eid, sequence, run, session)


def _names(run: int, entries: Iterable[RawEvent]) -> Iterator[tuple[str, str]]:
    """Yield the ids of a session and the new ones that stand for them."""
    known = set()
    for entry in entries:
        for thing, key in _ids(msgspec.json.decode(entry.data)):
            if thing[key] not in known:
                known.add(thing[key])
                yield thing[key], replacement_id(run, thing[key])


def _renaming(names: Mapping[str, str]) -> Callable[[bytes], bytes]:
    """Return what renames ids in JSON, wherever they are whole texts."""
    texts = {_quoted(old): _quoted(new) for old, new in names.items()}
    if not texts:
        return bytes
    few = len(texts) <= _FEW
    pattern = re.compile(b"|".join(map(re.escape, texts))) if few else _TEXT
    return lambda data: pattern.sub(lambda found: texts.get(found[0], found[0]), data)


def _quoted(text: str) -> bytes:
    return msgspec.json.encode(text)


def _ids(event: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Return where in an event an id stands that belongs to a person, a device or a play: the object, and the key."""
    context, actor, thing, edata = (_part(event, name) for name in ("context", "actor", "object", "edata"))
    found = [(context, "sid"), (context, "did"), (edata, "correlationid")]
    found += [(part, "id") for part in (actor, thing) if part.get("type") == "User"]
    cdata = context.get("cdata")
    for one in cdata if isinstance(cdata, list) else ():
        if isinstance(one, dict) and isinstance(one.get("type"), str) and one["type"] in ONE_PLAY:
            found.append((one, "id"))
    return [(part, key) for part, key in found if isinstance(part.get(key), str)]


def _part(event: dict[str, Any], name: str) -> dict[str, Any]:
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def form_of(data: bytes, wanted: Form) -> Form | None:
    """Return the form in which an event is valid, the one that is wanted first; None where it is in neither."""
    other: Form = "wire" if wanted == "documented" else "documented"
    both = (wanted, other)
    # Most are plainly valid in one of them; the long way is for those that are not.
    plainly = next((form for form in both if read_valid(data, form)), None)
    return plainly or next((form for form in both if not check(data, form)), None)


def _put_in_wire_form(data: bytes, event: dict[str, Any]) -> bool:
    """Write a documented event's payload in wire form, and return whether the event is in wire form now."""
    form = form_of(data, "wire")
    if form != "documented":
        return form == "wire"
    try:
        envelope = _ENVELOPE.decode(data)
        payload = make_payload(envelope.eid, event["edata"])
    except (msgspec.MsgspecError, FootfallError):
        return False
    wire = to_wire(
        Event(
            envelope.eid, envelope.ets, envelope.ver, envelope.mid, envelope.actor, envelope.context,
            envelope.object, envelope.tags, payload,
        )
    )  # fmt: skip
    event["edata"] = msgspec.to_builtins(wire.edata)
    if wire.object is not UNSET:
        event["object"] = {**event.get("object", {}), **msgspec.to_builtins(wire.object)}
    return True
