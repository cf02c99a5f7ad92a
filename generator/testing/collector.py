"""The collector of a test: a live endpoint, whose store the test reads."""

import shutil
import time
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import msgspec

from generator.collector import CollectorProcess
from generator.collector.ingest import MODES, Mode
from generator.collector.server_faults import HEALTHY, FaultRecord, ServerFaults
from generator.collector.server_faults import read as read_fault_records
from generator.collector.store import Kind, StoredEvent, read
from generator.errors import UsageError
from generator.spec.rules import EIDS, Form, check_form

_POLL = 0.02


class RejectedEvent(NamedTuple):
    """An event that was not accepted.

    Attributes:
        event: as a JSON reader sees it; its bytes if they cannot be read.
        reasons: why it was rejected, or which id was seen before.
    """

    event: Any
    reasons: tuple[str, ...]


class Collector:
    """A live endpoint in a process of its own, on a free port of 127.0.0.1.

    Whatever it has acknowledged is on disk: what a test has sent, it can read at once.

    Args:
        folder: where its stores are made.
        mode: "sunbird" answers as the telemetry service does, "strict" rejects a batch with an invalid event.
        form: the form of the events that it accepts.
        server_faults: which faults it injects, see `fault_records`.

    Attributes:
        url: where it answers, without a slash at the end; the same after a crash, a restart, a clearing.
        store: the folder that holds what it took.

    Raises:
        UsageError: the mode or the form is unknown.
    """

    def __init__(
        self, folder: Path, *, mode: Mode = "sunbird", form: Form = "wire", server_faults: ServerFaults = HEALTHY
    ) -> None:  # fmt: skip
        self._folder = folder
        self._stores = 0
        self._port = 0
        self._choose(mode, form, server_faults)
        self.url = ""
        self.store = folder

    def _choose(self, mode: Mode, form: Form, server_faults: ServerFaults) -> None:
        if mode not in MODES:
            raise UsageError(f"mode={mode!r}: choose one of {', '.join(MODES)}")
        self._mode: Mode = mode
        self._form: Form = check_form(form)
        self._server_faults = server_faults

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.__exit__(None, None, None)

    def _begin(self) -> None:
        self._stores += 1
        self.store = self._folder / f"store-{self._stores}"
        self._start()

    def _start(self) -> None:
        self._process = CollectorProcess(
            self.store, port=self._port, mode=self._mode, form=self._form, server_faults=self._server_faults
        )
        self.url = self._process.__enter__().url
        self._port = urlsplit(self.url).port or 0

    # --- what it took ---

    def events(self, eid: str | None = None) -> list[dict[str, Any]]:
        """Return the accepted events, in the order in which they came.

        Args:
            eid: of this method alone, such as "ASSESS".
        """
        if eid not in {None, *EIDS}:
            raise UsageError(f"eid={eid!r}: choose one of {', '.join(EIDS)}")
        found = [msgspec.json.decode(stored.event) for stored in self._stored("accepted")]
        return [event for event in found if eid in {None, event["eid"]}]

    def rejected(self) -> list[RejectedEvent]:
        """Return the invalid events, with reasons; strict mode rejects their batch and stores none of it."""
        return [_aside(stored) for stored in self._stored("rejected")]

    def duplicates(self) -> list[RejectedEvent]:
        """Return the events whose mid, or whose batch's msgid, had been seen before."""
        return [_aside(stored) for stored in self._stored("duplicate")]

    def _stored(self, kind: Kind) -> list[StoredEvent]:
        return list(read(self.store, [kind]))

    def fault_records(self) -> list[FaultRecord]:
        """Return the faults that it injected, in order, each with the mids of its events."""
        return [record for record in read_fault_records(self.store) if record.kind != "begun"]

    def stats(self) -> dict[str, Any]:
        """Return its `/stats`: what it counted since it was last started."""
        return self._process.stats()

    def wait_for(self, count: int, *, timeout: float = 10.0) -> list[dict[str, Any]]:
        """Wait until `count` events are accepted, and return them; for code that sends in the background.

        Args:
            count: the least number.
            timeout: seconds, after which the test fails.
        """
        end = time.monotonic() + timeout
        while len(found := self.events()) < count:
            if time.monotonic() > end:
                raise AssertionError(self._too_few(len(found), count, timeout))
            time.sleep(_POLL)
        return found

    def _too_few(self, found: int, count: int, timeout: float) -> str:
        message = f"{found} of {count} events were accepted within {timeout:g} s"
        rejected, duplicates = self.rejected(), self.duplicates()
        if rejected:
            message += f"; {len(rejected)} were rejected, the first since {rejected[0].reasons[0]}"
        return f"{message}; {len(duplicates)} were duplicates" if duplicates else message

    # --- crash, restart, clear ---

    def crash(self) -> None:
        """End it as `kill -9` does; until `restart`, it accepts no connection."""
        self._process.kill()

    def restart(self) -> None:
        """Start it again on the same store; unless it crashed, stop it first as SIGTERM does."""
        self._process.__exit__(None, None, None)
        self._start()

    def clear(
        self, *, mode: Mode | None = None, form: Form | None = None, server_faults: ServerFaults | None = None
    ) -> None:  # fmt: skip
        """Restart with an empty store, without any remembered mid or msgid; this takes a quarter of a second.

        Args:
            mode: another one from now on.
            form: likewise.
            server_faults: likewise; `HEALTHY` ends it.
        """
        asked = self._server_faults if server_faults is None else server_faults
        self._choose(mode or self._mode, form or self._form, asked)
        self._process.__exit__(None, None, None)
        shutil.rmtree(self.store)
        self._begin()

    def __repr__(self) -> str:
        return f"Collector({self.url}, mode={self._mode!r}, form={self._form!r})"


def _aside(stored: StoredEvent) -> RejectedEvent:
    try:
        return RejectedEvent(msgspec.json.decode(stored.event), stored.reasons)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return RejectedEvent(stored.event, stored.reasons)
