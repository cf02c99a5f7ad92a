"""Fault records, read back from a store."""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from itertools import pairwise, takewhile
from pathlib import Path

import msgspec
from msgspec import structs

from generator.collector.batch import name_of
from generator.collector.server_faults.altered_event import value_at
from generator.collector.server_faults.fault_record import KIND, FaultRecord, decoder
from generator.collector.store import _segments, _whole_lines
from generator.collector.store import read as read_store
from generator.errors import UsageError


def read(store: Path) -> Iterator[FaultRecord]:
    """Read the fault records of a store, in order, while it is served or after.

    A kill can leave a recorded fault undone: at the end the reader checks such records against the store, and
    leaves out what was not done. A batch may be recorded here although its answer never reached the client: "lost"
    are only those of its events that were acknowledged.

    Raises:
        UsageError: the store is missing, or a line within is spoiled.
    """
    if not store.is_dir():
        raise UsageError(f"{store}: no such store. Name the directory of a collector's store")
    group: dict[Hashable, FaultRecord] = {}
    unsettled: dict[Hashable, FaultRecord] = {}
    for record in _lines(store):
        if record.kind == "settled":
            for key in group:
                unsettled.pop(key, None)
            yield from group.values()
            group = {}
        elif record.kind == "begun":
            unsettled |= group
            group = {}
            yield record
        else:
            group[_key_of(record)] = record
    if unsettled | group:
        yield from _done(store, list((unsettled | group).values()))


def _key_of(record: FaultRecord) -> Hashable:
    """Return what distinguishes a record: each attempt of a batch counts, while a resent event has the outcome it had."""
    attempt = len(record.mids), record.when, record.msgid
    return (record.kind, record.mids, attempt if record.kind in {"failed", "closed"} else None)


def _lines(store: Path) -> Iterator[FaultRecord]:
    for segment in _segments(store, KIND):
        for number, line in enumerate(_whole_lines(segment), start=1):
            try:
                yield decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UsageError(f"{segment}, line {number} is spoiled: {error}") from error


def _done(store: Path, records: list[FaultRecord]) -> Iterator[FaultRecord]:
    """Yield those records that the store shows, as far as it shows them."""
    wanted = {mid for record in records for mid in record.mids}
    copies: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
    for place, stored in enumerate(read_store(store, ["accepted"])):
        name = name_of(stored.event)
        if name and name.mid in wanted:
            copies[name.mid].append((place, stored.event))
    yield from filter(None, (_shown(record, copies) for record in records))


def _shown(record: FaultRecord, copies: dict[str, list[tuple[int, bytes]]]) -> FaultRecord | None:
    found = [copies[mid] for mid in record.mids if mid in copies]
    match record.kind:
        case "lost":
            return None if found else record
        case "duplicated":
            return record if found and len(found[0]) > 1 else None
        case "altered":
            altered = found and any(value_at(event, record.path) == record.after for _, event in found[0])
            return record if altered else None
        case "reordered":
            return _in_this_order(record, copies)
        case "closed":
            return structs.replace(record, stored=record.stored and bool(found))
        case _:
            return record


def _in_this_order(record: FaultRecord, copies: dict[str, list[tuple[int, bytes]]]) -> FaultRecord | None:
    """Return the record with the batch's first events that stand in the store in its order; None if fewer than two."""
    places = [copies[mid][0][0] for mid in takewhile(copies.__contains__, record.mids)]
    whole = next(
        (at for at, (one, other) in enumerate(pairwise(places), start=1) if other < one), len(places)
    )
    return structs.replace(record, mids=record.mids[:whole]) if whole > 1 else None
