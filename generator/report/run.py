"""A run's summary.json: what a load run writes, and what is drawn of it."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args

import msgspec
from msgspec import Meta, Struct

from generator.errors import UsageError
from generator.report.delivery import Confusion, Delivery
from generator.report.limits import Count, Counts
from generator.system.files import decode_text

MOST_BYTES = 128 * 2**20
"""The largest file that is read: a week's seconds, and a page that nobody could open."""
_MOST = 1e15

Result = Literal["passed", "failed", "no data", "invalid"]
_RESULTS = get_args(Result)
Number = Annotated[float, Meta(ge=0, le=_MOST)]
Hex = Annotated[str, Meta(pattern="^[0-9a-f]{8}$")]
Instant = Annotated[datetime, Meta(tz=True)]
Curve = list[tuple[Annotated[float, Meta(ge=0, le=100)], Number]]
"""A percentile, from 0 to 100, and its milliseconds."""


class Latency(Struct, frozen=True, kw_only=True):
    """Times of answers in milliseconds; None where there was none.

    Attributes:
        count: the answers that were timed.
    """

    p50: Number | None = None
    p75: Number | None = None
    p90: Number | None = None
    p95: Number | None = None
    p99: Number | None = None
    p999: Number | None = None
    max: Number | None = None
    mean: Number | None = None
    count: Count = 0


class Latencies(Struct, frozen=True, kw_only=True):
    """Both latencies: from the send (service) and from the due time (response)."""

    service: Latency = Latency()
    response: Latency = Latency()


class Second(Struct, frozen=True, kw_only=True):
    """What happened in a second of the run; latencies in milliseconds, None where nothing was answered.

    Attributes:
        at: seconds since the start.
        acked, rejected, unknown: batches.
        local: batches that the generator's machine failed to send.
        late: batches that were sent later than they were due.
        dropped_events: that were due and never sent.
    """

    at: Number
    offered_events: Count = 0
    acked_events: Count = 0
    sent_events: Count = 0
    batches: Count = 0
    acked: Count = 0
    rejected: Count = 0
    unknown: Count = 0
    local: Count = 0
    bytes: Count = 0
    late: Count = 0
    dropped_events: Count = 0
    service_p50: Number | None = None
    service_p99: Number | None = None
    response_p50: Number | None = None
    response_p99: Number | None = None


class Check(Struct, frozen=True, kw_only=True):
    """What a check asked for, and what came of it.

    Attributes:
        check: as it was written, `response_p99<250ms`.
        value: what was measured: milliseconds, a share from 0 to 1, or a count.
        limit: what it was compared with, in the same unit.
        passed: whether it holds; None where it could not be judged.
        verdict: the same in a word: passed, failed, no data (it has not passed), or invalid (it could not be judged).
        at: seconds since the start; None for the run as a whole.
        why: what else there is to say.
    """

    check: str
    value: Annotated[float, Meta(ge=-_MOST, le=_MOST)] | None = None
    limit: Annotated[float, Meta(ge=-_MOST, le=_MOST)] | None = None
    passed: bool | None = None
    verdict: str = ""
    at: Number | None = None
    why: str = ""

    @property
    def result(self) -> Result:
        """The verdict, or what `passed` alone says of it."""
        if self.verdict in _RESULTS:
            return cast("Result", self.verdict)
        return "invalid" if self.passed is None else "passed" if self.passed else "failed"

    @property
    def has_failed(self) -> bool:
        """Whether it does not hold; what there is no data for does not."""
        return self.result in {"failed", "no data"}


class Reason(Struct, frozen=True, kw_only=True):
    """A reason against a run.

    Attributes:
        code: the exit code that it would have alone.
        about: workers, delivery, faults, checks, generator, batches or run.
    """

    code: int = 0
    about: str = ""
    reason: str = ""


class Generator(Struct, frozen=True, kw_only=True):
    """How the generator itself fared: a saturated one measures itself.

    Attributes:
        cpu, late_share: from 0 to 1; of one core, and of the batches.
    """

    limited: bool = False
    why: str = ""
    hub_lag_p50_ms: Number | None = None
    cpu: Number | None = None
    late_share: Number | None = None


class SampleEvent(Struct, frozen=True, kw_only=True):
    """An event of the sample session.

    Attributes:
        at: seconds since the session's start.
        told: what matters of it, in some words.
        source: its producer's id.
    """

    at: Annotated[float, Meta(ge=-_MOST, le=_MOST)]
    eid: str
    told: str = ""
    source: str = ""


class Sample(Struct, frozen=True, kw_only=True):
    """One session of the run."""

    scenario: str
    events: list[SampleEvent] = []


class Run(Struct, frozen=True, kw_only=True):
    """A load run as summary.json has it.

    Attributes:
        run: the eight hex digits in every mid.
        options: what was asked for; no secrets.
        seconds: one entry a second, in their order.
        late: batches that were sent later than they were due.
        percentiles: of the answers' times, in milliseconds, by name.
        endpoint: what the embedded endpoint counted; None where another was used.
        purge: how the run's events are found and deleted.
        labelled: events that were damaged on purpose, by damage and what became of their batch.
        faults: how the endpoint judged these; None where there were none.
        to_reject: batches that were damaged such that a correct endpoint rejects them at the answer.
        notes: what else is worth knowing, a sentence each.
        exit_reasons: every reason for the exit code, the decisive one first; None if the summary's version did not
            write them, or if the run goes on.
        ongoing: whether the run had not ended yet.
        delivery: what was found behind the endpoint; None where nobody looked.
    """

    run: Hex
    version: str
    started_at: Instant
    ended_at: Instant
    events: Count
    batches: Count
    acked: Count
    seconds: list[Second]
    seed: int = 0
    host: str = ""
    contract: str = ""
    scenarios: list[str] = []
    model: Literal["open", "closed"] = "closed"
    options: dict[str, Any] = {}
    sessions: Count = 0
    finished: Count = 0
    unplayed: Count = 0
    acked_events: Count = 0
    rejected: Count = 0
    unknown: Count = 0
    local: Count = 0
    bytes: Count = 0
    unsent_events: Count = 0
    unsent_sessions: Count = 0
    late: Count = 0
    dropped_events: Count = 0
    by_eid: Counts = {}
    by_scenario: Counts = {}
    reasons: Counts = {}
    labelled: Counts = {}
    faults: Confusion | None = None
    percentiles: dict[str, Number | None] = {}
    lost_workers: Count = 0
    workers: Count = 1
    endpoint: dict[str, Any] | None = None
    warning: str = ""
    exit_code: int = 0
    exit_reasons: list[Reason] | None = None
    ongoing: bool = False
    to_reject: Count = 0
    purge: str = ""
    notes: list[str] = []
    service: Latency = Latency()
    response: Latency = Latency()
    service_curve: Curve = []
    response_curve: Curve = []
    by_scenario_latency: dict[str, Latencies] = {}
    checks: list[Check] = []
    generator: Generator = Generator()
    sample: Sample | None = None
    delivery: Delivery | None = None

    @property
    def duration(self) -> float:
        """The run's length in seconds, at least a millisecond."""
        return max((self.ended_at - self.started_at).total_seconds(), 0.001)

    @property
    def offered_events(self) -> int:
        """The events that were due."""
        return sum(second.offered_events for second in self.seconds)

    @property
    def are_all_to_reject(self) -> bool:
        """Whether every batch was damaged such that a correct endpoint rejects it."""
        return 0 < self.batches == self.to_reject

    @property
    def lost_batches(self) -> int:
        """The batches of which nobody knows that they arrived."""
        return self.rejected + self.unknown + self.local


def read_run(path: Path) -> Run:
    """Read a run's summary.json; fields that this version does not know are passed over.

    Raises:
        UsageError: when it cannot be read, or is none, or an older one.
    """
    return run_of(path, read_json(path))


def read_json(path: Path) -> Any:
    """Read whatever JSON a file holds.

    Raises:
        UsageError: when it cannot be read, or holds none.
    """
    data = _read(path)
    try:
        return msgspec.json.decode(decode_text(data))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise UsageError(f"{path}: {_no_json(data)}; name the summary.json that a load run wrote") from None


def run_of(path: Path, found: Any) -> Run:
    """Give the run that was read from a file.

    Raises:
        UsageError: when it is none, or an older one.
    """
    try:
        run = msgspec.convert(found, Run)
    except msgspec.ValidationError as error:
        raise _refused(path, found, str(error)) from None
    times = [second.at for second in run.seconds]
    if any(after <= before for before, after in pairwise(times)):
        raise UsageError(
            f"{path}: its seconds are not in their order; name the file as the load run wrote it"
        )
    return run


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}; name the summary.json that a load run wrote (--summary)"
        ) from None
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path}: has more than {MOST_BYTES:,} bytes; no run's summary is as long as that")
    return data


def _no_json(data: bytes) -> str:
    """Say what is there instead of JSON."""
    if not data.strip():
        return "is empty"
    return "is damaged, or ends in the middle" if data.lstrip()[:1] == b"{" else "holds no JSON"


def _refused(path: Path, found: Any, problem: str) -> UsageError:
    """Tell an older summary from what is no summary at all, and both from one with a bad value."""
    names = set(found) if isinstance(found, dict) else set()
    if not {"run", "started_at", "batches"} <= names:
        return UsageError(f"{path}: is no run's summary; name the summary.json that a load run wrote")
    if not {"version", "seconds"} <= names:
        return UsageError(
            f"{path}: was written by an older Footfall, which kept no seconds; run the load again with this one"
        )
    return UsageError(f"{path}: {problem[:300]}; name the file as the load run wrote it")
