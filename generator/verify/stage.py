"""Stages: where in a pipeline a sink stands, and so which of the accepted events must be there.

    accepted    what the endpoint took, at the end of all that it does: all of it
    ingest      what the telemetry service wrote before anything was taken apart or validated: all of it
    raw         what the extractor passes on, one event a message. LOG goes to druid.events.log at once
    unique      what the preprocessor passes on; it has judged each event. ERROR goes to a topic of its own
    denorm      what de-normalisation passes on: no INTERRUPT, no summaries but two, nothing too old

What they do is read in the source of Sunbird's data pipeline. What a stage cannot be known to do here: it refuses
events that its schemas refuse (those of the documented form, mostly) and those beyond its size limit, drops what
it has seen within an hour (batches by msgid; of portal and desktop also events by mid), and empties the answers
of questions of the type Registration. All of these count as what they are to whoever sent them: lost, or altered.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, datetime
from math import inf
from typing import Any, NamedTuple

from generator.delivery.contracts.table import nearest
from generator.delivery.sink_name import STAGES
from generator.errors import UsageError

_CHOICES = f"choose one of {', '.join(STAGES)}"
MONTHS = 3
"""Events older than this are dropped by de-normalisation: its `telemetry.ignore.period.months`, where unset."""
_SURELY_MS = 89 * 86_400_000
"""Three months are never shorter."""
_SUMMARIES = {"SUMMARY", "ME_WORKFLOW_SUMMARY"}
_SHARE_ITEM = re.compile(r".+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.DOTALL)


class Stage(NamedTuple):
    """A stage of a pipeline.

    Attributes:
        name: one of `STAGES`.
        place: which of them it is, from 0.
    """

    name: str
    place: int

    @classmethod
    def named(cls, name: str) -> "Stage":
        """Give the stage of a name.

        Raises:
            UsageError: for a name that is none; the nearest is named.
        """
        if name not in STAGES:
            raise UsageError(f"--stage {name}: {nearest(name, STAGES, _CHOICES)}")
        return cls(name, STAGES.index(name))

    @property
    def has_all(self) -> bool:
        """Whether every acknowledged event must be here, whatever it is."""
        return self.name in {"accepted", "ingest"}

    def expects(self, eid: str, ets: float | None, received: float | None) -> bool:
        """Tell whether an event that was accepted must be found here.

        One that need not be is no fault where it is found: it was dropped a little later, or elsewhere.

        Args:
            eid: of the event.
            ets: its instant, in milliseconds since 1970; None where it is not known, and then it is not too old.
            received: when it was processed, or sent, in milliseconds since 1970; None as above.
        """
        if self.has_all:
            return True
        kind = eid.upper()
        if kind == "LOG":
            return False
        if self.name == "raw":
            return True
        if eid == "ERROR":
            return False
        return self.name == "unique" or not (_is_skipped(eid) or _is_too_old(ets, received))

    def spawned(self, found: Mapping[str, Any]) -> bool:
        """Tell whether an event that was found is the pipeline's own.

        Such are the LOG that the extractor writes of every batch, and the SHARE_ITEM that the preprocessor makes of
        each item of a SHARE.
        """
        if self.has_all:
            return False
        eid, mid = found.get("eid"), found.get("mid")
        if eid == "SHARE_ITEM":
            return self.name != "raw" and isinstance(mid, str) and bool(_SHARE_ITEM.fullmatch(mid))
        return eid == "LOG" and _is_audit(found)


def _is_audit(found: Mapping[str, Any]) -> bool:
    actor, edata = found.get("actor"), found.get("edata")
    return (
        isinstance(actor, Mapping)
        and isinstance(edata, Mapping)
        and (actor.get("id"), actor.get("type")) == ("sunbird.telemetry", "telemetry-sync")
        and edata.get("type") == "telemetry_audit"
    )


def _is_skipped(eid: str) -> bool:
    """Tell what de-normalisation skips whatever its date."""
    return eid == "INTERRUPT" or ("SUMMARY" in eid and eid not in _SUMMARIES)


def _is_too_old(ets: float | None, received: float | None) -> bool:
    if ets is None or received is None or received - ets < _SURELY_MS:
        return False
    return ets < _months_before(received)


def _months_before(instant: float) -> float:
    """Give the instant so many calendar months earlier; of a month that is shorter, its last day."""
    try:
        then = datetime.fromtimestamp(instant / 1000, UTC)
        month = then.year * 12 + then.month - 1 - MONTHS
        year, month = month // 12, month % 12 + 1
        day = min(then.day, monthrange(year, month)[1])
        before = then.replace(year=year, month=month, day=day)
    except (ValueError, OverflowError, OSError):
        return -inf  # no date that a calendar has
    return before.timestamp() * 1000
