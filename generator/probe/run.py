"""A run of the probe: it sends cases in order, judges them, and shrinks those that fail."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from time import monotonic, sleep
from typing import Literal, NamedTuple

from generator.delivery.contracts.words import is_redirect
from generator.errors import UsageError
from generator.probe.cases import minimal
from generator.probe.client import Client
from generator.probe.examples import DEFAULT_EXAMPLES, Examples
from generator.probe.exchange import EventFactory, Exchange, ProbeCase
from generator.probe.expectations import Inconclusive, StepResult, judge_answers, judge_sink
from generator.probe.properties import ProbeConfig, Property
from generator.probe.shrink import ROUNDS, size, smaller
from generator.probe.sink import StoredEvents
from generator.spec.violation import Problem, Violation

Status = Literal["passed", "failed", "skipped"]
Mode = Literal["auto", "sunbird", "strict"]
MODES: tuple[Mode, ...] = ("auto", "sunbird", "strict")

PATIENCE = 30.0
"""Seconds for which one failure is made smaller by answers."""
_MOST_READS = 10
_SPEAKS_TLS = re.compile(rb"HTTPS port|HTTP request to an HTTPS server|SSL-enabled server port|requires TLS")

NOT_EVEN = "not even the smallest batch is accepted"
NOTHING_ARRIVED = "nothing of the run arrived in the sink"


class Trial(NamedTuple):
    """One case, tried.

    Attributes:
        responses: what came back, step by step as far as it went.
        problem: what is wrong; "" if nothing is.
        unjudged: why it cannot be judged; "" if it can.
    """

    case: ProbeCase
    exchange: Exchange
    responses: tuple[list[StepResult], ...]
    problem: str = ""
    unjudged: str = ""


class PropertyResult(NamedTuple):
    """What came of a property.

    Attributes:
        examples: how many cases were judged.
        unjudged: how many were not.
        failing: how many of the judged ones failed, before any was made smaller.
        why: why it was skipped.
        trial: the smallest that failed.
        again: the same case under an identity that was never sent, to repeat it.
    """

    truth: Property
    status: Status
    examples: int = 0
    unjudged: int = 0
    failing: int = 0
    why: str = ""
    trial: Trial | None = None
    again: Exchange | None = None


def are_good(outcomes: Iterable[PropertyResult]) -> bool:
    """Return whether no property failed or was skipped because nothing is accepted or arrives."""
    return not any(one.status == "failed" or one.why in {NOT_EVEN, NOTHING_ARRIVED} for one in outcomes)


class _GoneError(Exception):
    """The endpoint does not answer any more."""

    def __init__(self, culprit: Property, trial: Trial) -> None:
        super().__init__(trial.problem)
        self.culprit, self.trial = culprit, trial


class Probe:
    """Tries properties on an endpoint.

    Args:
        client: the connections to it.
        factory: makes what is sent; its run is in every mid.
        config: what is known of the endpoint.
        seed: decides what is drawn.
        max_examples: how many cases are drawn for each property.
        settle: seconds until the sink shows what was sent; the sink's own by default.
        progress: called with the number of requests, after each case.

    Attributes:
        missing: why the sink decides nothing: it shows no accepted event; "" if it shows some.
    """

    def __init__(
        self, client: Client, factory: EventFactory, config: ProbeConfig, *, seed: int = 1,
        max_examples: int = DEFAULT_EXAMPLES, settle: float | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.config = config
        self._client, self._factory = client, factory
        self._examples = Examples(seed, max_examples)
        self._settle = settle if settle is not None else config.sink.settle if config.sink else 0.0
        self._progress = progress
        self.missing = ""

    # --- before anything is judged ---

    def detect_mode(self, mode: Mode) -> Trial:
        """Send the smallest batch, and find out whether the endpoint checks before it answers.

        Returns:
            The trial of that batch; if it is rejected, the mode stays unknown.

        Raises:
            UsageError: the endpoint does not answer, or rejects every client.
        """
        trial = self._try_once(self._send_smallest(ProbeCase((minimal(self.config.form),))))
        self._check_first_answer(trial)
        checks_first = mode == "strict" or (
            mode == "auto" and not trial.problem and self._rejects_invalid_event()
        )
        self.config = self.config._replace(checks_first=checks_first)
        return trial

    def _send_smallest(self, case: ProbeCase) -> tuple[ProbeCase, Exchange]:
        batch = self._factory.batch(case)
        return case, Exchange((self._factory.step(batch),))

    def _check_first_answer(self, trial: Trial) -> None:
        (response,) = trial.responses[0]
        where = f"{self._client.url}{self.config.path}"
        if response.answer is None:
            raise UsageError(f"{where}: {response.silence}; start the endpoint or correct the address")
        status = response.answer.status
        if is_redirect(status):
            reason = self._factory.contract.judge(response.answer).reason
            raise UsageError(f"{where}: {reason}; no POST follows there, give that address")
        if _SPEAKS_TLS.search(response.answer.body):
            raise UsageError(f"{where}: {status}, it speaks TLS. Write https://")
        if status in {401, 403}:
            raise UsageError(f"{where}: {status}, it needs a token. Set FOOTFALL_TOKEN")
        if status in {404, 405}:
            raise UsageError(f"{where}: {status}, it takes no batches there. Name the path with --path")
        if trial.unjudged:
            raise UsageError(f"{where}: {trial.unjudged}; try again later")

    def _rejects_invalid_event(self) -> bool:
        """Return whether an event without fields is rejected: then the endpoint checks before it answers."""
        event = minimal(self.config.form)
        case = ProbeCase(({"eid": event["eid"]},), Violation("$.actor", Problem.MISSING, None, "an object"))
        trial = self._try_once((case, Exchange((self._factory.step(self._factory.batch(case), "rejected"),))))
        return not trial.problem

    # --- all in order ---

    def run(self, properties: Sequence[Property], first_trial: Trial) -> Iterator[PropertyResult]:
        """Try properties in their order, except that those that a sink decides come last.

        Args:
            properties: which.
            first_trial: the trial of the smallest batch.
        """
        left = list(properties)
        by_sink: list[Property] = []
        try:
            while left:
                one = left[0]
                if why := self._reason_to_skip(one, first_trial):
                    yield PropertyResult(one, "skipped", why=why)
                elif self.config.sink and one.sink != "unused":
                    by_sink.append(one)
                else:
                    yield self._by_answers(one)
                left.pop(0)
            yield from self._by_sink(by_sink)
        except _GoneError as gone:
            yield self._failed(gone.culprit, [gone.trial], gone.trial)
            spared = [one for one in (*left, *by_sink) if one is not gone.culprit]
            yield from (PropertyResult(one, "skipped", why="the endpoint is gone") for one in spared)

    def _reason_to_skip(self, truth: Property, first_trial: Trial) -> str:
        if first_trial.problem and truth.name not in {"health", "valid-batch"}:
            return NOT_EVEN
        return truth.reason_to_skip(self.config)

    def _outcome(self, truth: Property, trials: Sequence[Trial], smallest: Trial | None) -> PropertyResult:
        judged = [trial for trial in trials if not trial.unjudged]
        if smallest:
            return self._failed(truth, trials, smallest)
        if not judged:
            return PropertyResult(truth, "skipped", why=trials[0].unjudged if trials else "nothing was tried")
        return PropertyResult(truth, "passed", len(judged), len(trials) - len(judged))

    def _failed(self, truth: Property, trials: Sequence[Trial], smallest: Trial) -> PropertyResult:
        judged = [trial for trial in trials if not trial.unjudged]
        failing = sum(bool(trial.problem) for trial in judged)
        again = truth.exchange(self._factory, smallest.case, self.config)
        return PropertyResult(
            truth, "failed", len(judged), len(trials) - len(judged), failing, trial=smallest, again=again
        )

    # --- one case ---

    def _try(self, truth: Property, case: ProbeCase) -> Trial:
        """Try a case. A connection that was lost is tried once more: it may have been an old one."""
        trial = self._try_once((case, truth.exchange(self._factory, case, self.config)))
        if _was_cut(trial) and not self._client.check_reachable():
            trial = self._try_once((case, truth.exchange(self._factory, case, self.config)))
        if _is_silent(trial):
            self._check_alive(truth, trial)
        self._progress(self._client.sent)
        return trial

    def _try_once(self, written: tuple[ProbeCase, Exchange]) -> Trial:
        case, exchange = written
        responses: list[list[StepResult]] = []
        problem = ""
        try:
            for step in exchange.steps:
                answers = self._client.send(step)
                responses.append([self._masked(one) for one in answers])
                # A token may be part of an expected answer: the unmasked answer is judged, the masked one reported.
                if judge_answers(step, answers, self._factory.contract):
                    problem = judge_answers(step, responses[-1], self._factory.contract)
                if problem:
                    break
        except Inconclusive as reason:
            return Trial(case, exchange, tuple(responses), unjudged=str(reason))
        return Trial(case, exchange, tuple(responses), problem)

    def _masked(self, response: StepResult) -> StepResult:
        """Mask the token in what came back, before it is reported."""
        silence = self._factory.masked(response.silence)
        if response.answer is None:
            return StepResult(None, silence)
        body = self._factory.masked(response.answer.body.decode("latin-1")).encode("latin-1")
        return StepResult(response.answer._replace(body=body), silence)

    def _check_alive(self, truth: Property, trial: Trial) -> None:
        """Check that a plain batch is still answered.

        Raises:
            _GoneError: it is not.
        """
        problem = self._client.check_reachable()
        if not problem:
            after = self._try_once(self._send_smallest(ProbeCase((minimal(self.config.form),))))
            problem = (
                after.responses[0][0].silence and f"to a plain batch there is {after.responses[0][0].silence}"
            )
        if problem:
            raise _GoneError(truth, trial._replace(problem=f"the endpoint is gone: {problem}"))

    # --- by answers ---

    def _by_answers(self, truth: Property) -> PropertyResult:
        """Try cases, judge each at once, and shrink what fails."""
        trials = []
        for case in self._examples.of(truth.cases(self.config)):
            trials.append(self._try(truth, case))
            if trials[-1].problem and _is_silent(trials[-1]):
                break
        smallest = _smallest(trials)
        return self._outcome(truth, trials, smallest and self._shrink_by_answers(truth, smallest))

    def _shrink_by_answers(self, truth: Property, trial: Trial) -> Trial:
        """Go to the smallest candidate that fails, as often as there is one and the time allows."""
        due = monotonic() + PATIENCE
        for _ in range(ROUNDS):
            cases = takewhile(lambda _: monotonic() < due, self._smaller(truth, trial))
            better = next((one for one in (self._try(truth, case) for case in cases) if one.problem), None)
            if better is None:
                break
            trial = better
        return trial

    # --- by the sink ---

    def _by_sink(self, properties: list[Property]) -> Iterator[PropertyResult]:
        """Send all, read once, judge, and shrink all that fails at the same time."""
        if not properties:
            return
        sent = {
            one.name: [self._try(one, case) for case in self._examples.of(one.cases(self.config))]
            for one in properties
        }
        stored = self._read(trial for trials in sent.values() for trial in trials)
        if stored.is_empty:
            yield from self._without_arrival(properties, sent, stored)
            return
        judged = {name: [_judged(trial, stored) for trial in trials] for name, trials in sent.items()}
        smallest = self._shrink_by_sink({one: _smallest(judged[one.name]) for one in properties})
        for one in properties:
            yield self._outcome(one, judged[one.name], smallest[one])

    def _without_arrival(
        self, properties: list[Property], sent: dict[str, list[Trial]], stored: StoredEvents
    ) -> Iterator[PropertyResult]:
        """Fail the property that most directly requires stored events; the others are not judged.

        What was wrong by its answers is wrong without a sink too.
        """
        assert self.config.sink  # noqa: S101  the callers check it
        self.missing = (
            f"batches were accepted, and {NOTHING_ARRIVED}: it is not this endpoint's sink, or nothing is stored, "
            f"or --settle-time is too short; {self.config.sink.described()}{stored.unread()}"
        )
        accepting = [one for one in properties if any(_is_accepted(trial) for trial in sent[one.name])]
        culprit = next((one for one in accepting if one.name == "valid-batch"), next(iter(accepting), None))
        for one in properties:
            trials = [
                trial
                if trial.problem or trial.unjudged
                else trial._replace(problem=self.missing)
                if one is culprit
                else trial._replace(unjudged=NOTHING_ARRIVED)
                for trial in sent[one.name]
            ]
            yield self._outcome(one, trials, _smallest(trials))

    def _read(self, trials: Iterable[Trial]) -> StoredEvents:
        """Read the sink, and again while missing events still arrive."""
        assert self.config.sink  # noqa: S101  the callers check it
        owed = [event["mid"] for trial in trials if not trial.problem for event in trial.exchange.owed]
        found = -1
        for _ in range(_MOST_READS):
            sleep(self._settle)
            stored = self.config.sink.read(self._factory.run)
            now = sum(mid in stored.accepted for mid in owed)
            if now in {found, len(owed)}:
                break
            found = now
        return stored

    def _shrink_by_sink(self, failed: dict[Property, Trial | None]) -> dict[Property, Trial | None]:
        """Try smaller cases of all that failed, round by round, as long as one of them still fails."""
        active = [one for one, trial in failed.items() if trial]
        for _ in range(ROUNDS):
            sent = {one: [self._try(one, case) for case in self._smaller(one, failed[one])] for one in active}
            active = [one for one in active if sent[one]]
            if not active:
                break
            stored = self._read(trial for one in active for trial in sent[one])
            for one in [*active]:
                better = _smallest([_judged(trial, stored) for trial in sent[one]])
                if better:
                    failed[one] = better
                else:
                    active.remove(one)
        return failed

    def _smaller(self, truth: Property, trial: Trial | None) -> list[ProbeCase]:
        if trial is None or truth.is_of_size:
            return []
        return smaller(trial.case, self.config.form)


def _judged(trial: Trial, stored: StoredEvents) -> Trial:
    if trial.problem or trial.unjudged:
        return trial
    try:
        return trial._replace(problem=judge_sink(trial.exchange, stored))
    except Inconclusive as reason:
        return trial._replace(unjudged=str(reason))


def _is_accepted(trial: Trial) -> bool:
    return bool(trial.exchange.owed) and not (trial.problem or trial.unjudged)


def _smallest(trials: Iterable[Trial]) -> Trial | None:
    return min((trial for trial in trials if trial.problem), key=lambda trial: size(trial.case), default=None)


def _is_silent(trial: Trial) -> bool:
    return any(response.answer is None for step in trial.responses for response in step)


def _was_cut(trial: Trial) -> bool:
    """Return whether a connection was lost, which is neither one that was never made nor a time-out."""
    return any("lost" in response.silence for step in trial.responses for response in step)
