"""A replay under way on one node: what it sends, and what was acknowledged, here or on all workers."""

import os
from collections.abc import Callable
from typing import Any

from generator.errors import FootfallError
from generator.load.plan import Plan
from generator.load.replay.assignment import DatasetPart
from generator.load.replay.completed_set import CompletedSet
from generator.load.replay.pace import RecordedPace
from generator.load.replay.replayed_session import ReplayedSession
from generator.load.replay.session_source import ClientBehaviour, ReplayPlan, SessionSource, scan
from generator.load.session_in_flight import SessionInFlight
from generator.load.virtual_learner import run_tag

_ACKNOWLEDGED, _NOTES = "replayed", "replay_notes"


class ReplayProgress:
    """A replay.

    Args:
        plan: what is replayed.
        run: in every new id.
        echo: prints a line for people.
    """

    def __init__(self, plan: Plan, run: int, echo: Callable[[str], None]) -> None:
        assert plan.dataset is not None  # noqa: S101  made only where one is replayed
        assert plan.cursor is not None  # noqa: S101  as above
        self._plan, self._run, self._echo = plan, run, echo
        self._dataset, self._cursor = plan.dataset, plan.cursor
        self._source: SessionSource | None = None
        self._fresh: list[int] = []
        self._notes: dict[str, list[str]] = {}
        self._has_cursor = self._cursor.path is not None
        if self._cursor.run is not None:
            echo(
                f"--cursor {self._cursor.path}: {self._cursor.position}; all others are sent, whole, with the same ids"
            )

    def prepare(self, share: DatasetPart, done: str, breathe: Callable[[], None]) -> SessionSource:
        """Make ready to send: the first session is there then.

        Args:
            share: which sessions this node sends.
            done: of which none is sent, see `CompletedSet.text`.
            breathe: called now and then, since it may take long.
        """
        how = self._how()
        if share.speaks:
            for line in scan(self._dataset, self._plan.form, is_verbatim=how.is_verbatim):
                self._echo(line)
        source = self._source = SessionSource(self._dataset, share, CompletedSet.read(done), how, breathe)
        if share.speaks and how.in_order and source.zero is not None:
            self._echo(f"its sessions begin within {_span((source.last - source.zero) / 1000 / how.speed)}; "
                      "--speed is the factor by which it goes faster than recorded, --unpaced is as fast as it goes")  # fmt: skip
        return source

    def start(self, started: float) -> None:
        """Start sending, at an instant in milliseconds since 1970."""
        if self._source:
            self._source.started = started

    def _how(self) -> ReplayPlan:
        plan, settings = self._plan, self._plan.settings
        clients = {
            device: ClientBehaviour(
                plan.contract(os.environ, device), plan.batch_size(device), plan.cuts_at_end(device)
            )
            for device in ("web", "mobile")
        }
        in_order = isinstance(plan.profile, RecordedPace) and plan.profile.kind == "recorded"
        tag = run_tag(self._run) if not settings.no_run_tag else ""
        return ReplayPlan(clients, settings.verbatim, self._run, tag, settings.speed, in_order)

    def record(self, session: SessionInFlight) -> None:
        """Record a session whose batch was sent; once all of them were acknowledged, it is complete."""
        if isinstance(session, ReplayedSession) and session.is_over and session.is_whole:
            self._fresh.append(session.number)

    def keep(self, *, now: bool = False) -> None:
        """Write the cursor, where one is kept, and not more often than need be.

        Args:
            now: whether at once.
        """
        if not self._has_cursor:
            return
        for number in self._fresh:
            self._cursor.done.add(number)
        self._fresh.clear()
        try:
            self._cursor.write(self._run, now=now)
        except FootfallError as error:
            self._has_cursor = False
            self._echo(str(error))

    def report(self) -> dict[str, Any]:
        """Return what the leader should know: what was acknowledged since the last time."""
        fresh, self._fresh = self._fresh, []
        return {_ACKNOWLEDGED: fresh, _NOTES: self._source.notes() if self._source else []}

    def absorb(self, worker: str, report: dict[str, Any]) -> None:
        """Take what a worker reports."""
        self._fresh += report.pop(_ACKNOWLEDGED, ())
        self._notes[worker] = report.pop(_NOTES, [])
        self.keep(now=bool(report["final"]))

    def notes(self) -> list[str]:
        """Return lines on what could not be sent as it should, and on how far the replay is."""
        notes = self._source.notes() if self._source else []
        notes += [note for lines in self._notes.values() for note in lines]
        if self._has_cursor:
            notes.append(f"--cursor {self._cursor.path}: {self._cursor.position}")
        return notes


def _span(seconds: float) -> str:
    """Format a span of time for people."""
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:,.1f} seconds"
