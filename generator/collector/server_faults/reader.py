"""What a misbehaving endpoint did, read back from its store."""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from itertools import pairwise, takewhile
from pathlib import Path

import msgspec
from msgspec import structs

from generator.collector.batch import name_of
from generator.collector.server_faults.alteration import value_at
from generator.collector.server_faults.fault_record import KIND, FaultRecord, decoder
from generator.collector.store import _segments, _whole_lines
from generator.collector.store import read as read_store
from generator.errors import UsageError


def read(store: Path) -> Iterator[FaultRecord]:
    """Read what was done to the events of a store, in order, while it is served or after.

    What a kill left undone is left out: such a deed is looked for in the store itself, at the end. What an endpoint
    did to a batch and then could not say, its client does not know: "lost" are the acknowledged of those that are
    told here as lost.

    Raises:
        UsageError: there is no store, or a line within is spoiled.
    """
    if not store.is_dir():
        raise UsageError(f"there is no store at {store}")
    group: dict[Hashable, FaultRecord] = {}
    unsettled: dict[Hashable, FaultRecord] = {}
    for deed in _lines(store):
        if deed.kind == "settled":
            for sort in group:
                unsettled.pop(sort, None)
            yield from group.values()
            group = {}
        elif deed.kind == "begun":
            unsettled |= group
            group = {}
            yield deed
        else:
            group[_sort(deed)] = deed
    if unsettled | group:
        yield from _done(store, list((unsettled | group).values()))


def _sort(deed: FaultRecord) -> Hashable:
    """Tell deeds apart: each attempt to send a batch counts, while an event sent again has the fate it had."""
    attempt = len(deed.mids), deed.when, deed.msgid
    return (deed.kind, deed.mids, attempt if deed.kind in {"failed", "closed"} else None)


def _lines(store: Path) -> Iterator[FaultRecord]:
    for segment in _segments(store, KIND):
        for number, line in enumerate(_whole_lines(segment), start=1):
            try:
                yield decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UsageError(f"{segment}, line {number} is spoiled: {error}") from error


def _done(store: Path, deeds: list[FaultRecord]) -> Iterator[FaultRecord]:
    """Give those deeds that the store shows, or as much of them as it does."""
    wanted = {mid for deed in deeds for mid in deed.mids}
    copies: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
    for place, stored in enumerate(read_store(store, ["accepted"])):
        name = name_of(stored.event)
        if name and name.mid in wanted:
            copies[name.mid].append((place, stored.event))
    yield from filter(None, (_shown(deed, copies) for deed in deeds))


def _shown(deed: FaultRecord, copies: dict[str, list[tuple[int, bytes]]]) -> FaultRecord | None:
    found = [copies[mid] for mid in deed.mids if mid in copies]
    match deed.kind:
        case "lost":
            return None if found else deed
        case "duplicated":
            return deed if found and len(found[0]) > 1 else None
        case "altered":
            altered = found and any(value_at(event, deed.path) == deed.after for _, event in found[0])
            return deed if altered else None
        case "reordered":
            return _in_this_order(deed, copies)
        case "closed":
            return structs.replace(deed, stored=deed.stored and bool(found))
        case _:
            return deed


def _in_this_order(deed: FaultRecord, copies: dict[str, list[tuple[int, bytes]]]) -> FaultRecord | None:
    """Give as many of the batch's first events as stand in the store in the deed's order."""
    places = [copies[mid][0][0] for mid in takewhile(copies.__contains__, deed.mids)]
    whole = next(
        (at for at, (one, other) in enumerate(pairwise(places), start=1) if other < one), len(places)
    )
    return structs.replace(deed, mids=deed.mids[:whole]) if whole > 1 else None
