"""Read the summary.json of a load run, or a delivery."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args

import msgspec
from msgspec import Meta, Struct, field

from generator.errors import UsageError
from generator.report.delivery import Count, Counts, Delivery, FaultJudgement
from generator.system.files import decode_text

MOST_BYTES = 128 * 2**20
"""The largest file that is read: a week of seconds makes a page that no browser could open."""
_MOST = 1e15

Result = Literal["passed", "failed", "no data", "invalid"]
_RESULTS = get_args(Result)
Number = Annotated[float, Meta(ge=0, le=_MOST)]
Hex = Annotated[str, Meta(pattern="^[0-9a-f]{8}$")]
Instant = Annotated[datetime, Meta(tz=True)]
Curve = list[tuple[Annotated[float, Meta(ge=0, le=100)], Number]]
"""A percentile, from 0 to 100, and its milliseconds."""


class LatencyPercentiles(Struct, frozen=True, kw_only=True):
    """The times of answers in milliseconds; None without an answer.

    Attributes:
        count: the number of timed answers.
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


class BothLatencies(Struct, frozen=True, kw_only=True):
    """Both latencies: from the send (service) and from the due time (response)."""

    service: LatencyPercentiles = LatencyPercentiles()
    response: LatencyPercentiles = LatencyPercentiles()


class RunSecond(Struct, frozen=True, kw_only=True):
    """One second of the run; latencies in milliseconds, None without an answer.

    Attributes:
        at: seconds since the start.
        acked, rejected, unknown: batches.
        local: batches that the generator's machine failed to send.
        late: batches that were sent after their due time.
        dropped_events: events that were due and never sent.
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


class CheckSummary(Struct, frozen=True, kw_only=True):
    """A check and its result.

    Attributes:
        check: as the user wrote it, `response_p99<250ms`.
        value: the measured value: milliseconds, a share from 0 to 1, or a count.
        limit: the limit in the same unit.
        passed: whether the check holds; None if it could not be judged.
        verdict: the same in a word: passed, failed, no data (not passed), or invalid (could not be judged).
        at: seconds since the start; None for the run as a whole.
        why: a further explanation.
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
        """The verdict; derived from `passed` if it is missing."""
        if self.verdict in _RESULTS:
            return cast("Result", self.verdict)
        return "invalid" if self.passed is None else "passed" if self.passed else "failed"

    @property
    def has_failed(self) -> bool:
        """Whether the check does not hold; a check without data does not."""
        return self.result in {"failed", "no data"}


class Reason(Struct, frozen=True, kw_only=True):
    """A reason against a run.

    Attributes:
        code: the exit code of this reason alone.
        about: workers, delivery, faults, checks, generator, batches or run.
    """

    code: int = 0
    about: str = ""
    reason: str = ""


class Generator(Struct, frozen=True, kw_only=True):
    """The state of the generator: the latencies of a saturated one are not those of the endpoint.

    Attributes:
        cpu: the share of one core, from 0 to 1.
        late_share: the share of the batches, from 0 to 1.
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
        text: its important values, in some words.
        source: the id of its producer.
    """

    at: Annotated[float, Meta(ge=-_MOST, le=_MOST)]
    eid: str
    text: str = field(default="", name="told")
    source: str = ""


class SampleSession(Struct, frozen=True, kw_only=True):
    """One session of the run."""

    scenario: str
    events: list[SampleEvent] = []


class Run(Struct, frozen=True, kw_only=True):
    """A load run, as summary.json contains it.

    Attributes:
        run: the eight hex digits in every mid.
        options: those of the command line, without secrets.
        seconds: one entry a second, in their order.
        late: batches that were sent after their due time.
        percentiles: of the times of the answers, in milliseconds, by name.
        endpoint: the counts of the embedded endpoint; None if the run used another one.
        purge: how to find and delete the events of the run.
        labelled: events with an injected fault, by the fault and the outcome of their batch.
        faults: how the endpoint judged these; None if the run injected none.
        to_reject: batches with a fault for which a correct endpoint rejects them at the answer.
        notes: further facts, a sentence each.
        exit_reasons: every reason for the exit code, the decisive one first; None if the run goes on, or if the
            version that wrote the summary did not write them.
        ongoing: whether the run has not ended yet.
        delivery: the result of a verification; None if there was none.
    """

    run: Hex
    version: str
    started_at: Instant
    ended_at: Instant
    events: Count
    batches: Count
    acked: Count
    seconds: list[RunSecond]
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
    faults: FaultJudgement | None = None
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
    service: LatencyPercentiles = LatencyPercentiles()
    response: LatencyPercentiles = LatencyPercentiles()
    service_curve: Curve = []
    response_curve: Curve = []
    by_scenario_latency: dict[str, BothLatencies] = {}
    checks: list[CheckSummary] = []
    generator: Generator = Generator()
    sample: SampleSession | None = None
    delivery: Delivery | None = None

    @property
    def duration(self) -> float:
        """The length of the run in seconds, at least a millisecond."""
        return max((self.ended_at - self.started_at).total_seconds(), 0.001)

    @property
    def offered_events(self) -> int:
        """The number of events that were due."""
        return sum(second.offered_events for second in self.seconds)

    @property
    def are_all_to_reject(self) -> bool:
        """Whether every batch has a fault for which a correct endpoint rejects it."""
        return 0 < self.batches == self.to_reject

    @property
    def lost_batches(self) -> int:
        """The number of batches without an acknowledgement."""
        return self.rejected + self.unknown + self.local


def read_run(path: Path) -> Run:
    """Read the summary.json of a run; skip fields that this version does not know.

    Raises:
        UsageError: if the file cannot be read, or is not a summary, or is of an older version.
    """
    return run_of(path, read_json(path))


def read_json(path: Path) -> Any:
    """Read the JSON of a file.

    Raises:
        UsageError: if the file cannot be read, or does not contain JSON.
    """
    data = _read(path)
    try:
        return msgspec.json.decode(decode_text(data))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise UsageError(f"{path}: {_not_json(data)}. Pass the summary.json that a load run wrote.") from None


def run_of(path: Path, found: Any) -> Run:
    """Return the run that a file contains.

    Raises:
        UsageError: if the JSON is not a run, or is of an older version.
    """
    try:
        run = msgspec.convert(found, Run)
    except msgspec.ValidationError as error:
        raise _error(path, found, str(error)) from None
    times = [second.at for second in run.seconds]
    if any(after <= before for before, after in pairwise(times)):
        raise UsageError(f"{path}: its seconds are not in order. Pass the file as the load run wrote it.")
    return run


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}. Pass the summary.json that a load run wrote (--summary)."
        ) from None
    if len(data) > MOST_BYTES:
        raise UsageError(
            f"{path}: has more than {MOST_BYTES:,} bytes, too long for a summary. Pass the summary.json of a load run."
        )
    return data


def _not_json(data: bytes) -> str:
    """Return why data is not JSON."""
    if not data.strip():
        return "is empty"
    return "is corrupt or incomplete" if data.lstrip()[:1] == b"{" else "is not JSON"


def _error(path: Path, found: Any, problem: str) -> UsageError:
    """Return the error for a file that is not a summary, is of an older version, or has an invalid value."""
    names = set(found) if isinstance(found, dict) else set()
    if not {"run", "started_at", "batches"} <= names:
        return UsageError(
            f"{path}: is not the summary of a run. Pass the summary.json that a load run wrote."
        )
    if not {"version", "seconds"} <= names:
        return UsageError(
            f"{path}: an older Footfall wrote it, without the seconds of the run. Run the load again with this version."
        )
    return UsageError(f"{path}: {problem[:300]}. Pass the file as the load run wrote it.")


def read_report(path: Path) -> Run | Delivery:
    """Read a run or a delivery; skip fields that this version does not know.

    Raises:
        UsageError: if the file cannot be read, or is neither.
    """
    found = read_json(path)
    # Every run has both of these, and no delivery has one of them.
    if not isinstance(found, dict) or "outcome" not in found or {"run", "batches"} & set(found):
        return run_of(path, found)
    try:
        return msgspec.convert(found, Delivery)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"{path}: {str(error)[:300]}. Pass the file as footfall verify --json wrote it."
        ) from None
