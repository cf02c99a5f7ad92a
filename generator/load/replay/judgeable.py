"""What a ledger of a replay can record, and a sink be compared with: tried before anything is sent."""

from pathlib import Path

from generator.errors import UsageError
from generator.ledger import discover, read
from generator.ledger.record import SessionStart
from generator.load.replay.cursor import Cursor
from generator.load.replay.dataset import Dataset
from generator.load.replay.raw_event import RawEvent, raw_events, why_unreadable
from generator.load.replay.warnings import Warnings
from generator.spec.identity import make_mid, read_mid


def check_ids(dataset: Dataset, ledger: str) -> None:
    """Check that a ledger can name every event: by its mid, for which the event needs a mid and an eid of its own.

    Args:
        dataset: what is replayed; all of it is read.
        ledger: the folder of the ledgers, for the message.

    Raises:
        UsageError: if a ledger cannot name all of them.
    """
    nameless, first = 0, ""
    for entry in raw_events(dataset, Warnings()):
        if not _has_name(entry) and not why_unreadable(entry):
            nameless += 1
            first = first or dataset.place(entry.file, entry.line)
    if nameless:
        events = "1 event has" if nameless == 1 else f"{nameless:,} events have"
        raise UsageError(
            f"--ledger {ledger}: {first}: {events} no mid, or no eid in capitals, by which a ledger names an event. "
            f"Leave --ledger and --verify out, or replay {dataset.path} without them"
        )


def _has_name(entry: RawEvent) -> bool:
    return bool(entry.mid) and (
        read_mid(entry.mid) is not None or read_mid(make_mid(entry.eid, 0, 0, 0)) is not None
    )


def check_resumed(cursor: Cursor, ledger: str, sink: str) -> None:
    """Check that the sink can be compared with what is sent, if earlier runs have sent a part with the same ids.

    Args:
        cursor: how far the dataset was replayed.
        ledger: the folder of the ledgers.
        sink: with which they are compared; "" if with none.

    Raises:
        UsageError: if the ledgers of the earlier runs are not there, or name sessions that are to be sent once more.
    """
    if cursor.run is None or not sink:
        return
    earlier = sorted(Path(ledger).glob(f"ledger-{cursor.run:08x}-*.bin"))
    sent = {
        record.session
        for found in (map(read, discover(earlier)) if earlier else ())
        for record in found.records()
        if isinstance(record, SessionStart)
    }
    again = sum(session not in cursor.done for session in sent)
    missing = cursor.done.count - sum(session in cursor.done for session in sent)
    if again:
        why = f"{_sessions(again)} of run {cursor.run:08x} were sent before and are sent again with the same ids"
    elif missing:
        why = f"--ledger {ledger} has no record of {_sessions(missing)} that run {cursor.run:08x} sent before"
    else:
        return
    raise UsageError(
        f"--verify {sink}: --cursor {cursor.path} goes on with an earlier run, and {why}: their events in the sink "
        "cannot be judged. Leave --verify out, or remove the cursor to replay the whole dataset with new ids"
    )


def _sessions(count: int) -> str:
    return f"{count:,} session{'' if count == 1 else 's'}"
