"""A run of the probe: what is sent in which order, judged, and shrunk where it fails."""

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

NOT_EVEN = "not even the plainest batch is accepted"
NOTHING_ARRIVED = "nothing of the run arrived in the sink"


class Trial(NamedTuple):
    """One case, tried.

    Attributes:
        heard: what came back, step by step as far as it went.
        said: what is wrong; "" where nothing is.
        unjudged: why nobody knows; "" where it is known.
    """

    case: ProbeCase
    exchange: Exchange
    heard: tuple[list[StepResult], ...]
    said: str = ""
    unjudged: str = ""


class PropertyResult(NamedTuple):
    """What came of a property.

    Attributes:
        examples: how many cases were judged.
        unjudged: how many were not.
        failing: how many of the judged ones failed, before any was made smaller.
        why: why it was skipped.
        trial: the smallest that failed.
        again: the same case under an identity that was never sent, for whoever repeats it.
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
    """Whether no property failed, and none is unknown as nothing is accepted, or nothing arrives."""
    return not any(one.status == "failed" or one.why in {NOT_EVEN, NOTHING_ARRIVED} for one in outcomes)


class _GoneError(Exception):
    """Nobody answers any more."""

    def __init__(self, culprit: Property, trial: Trial) -> None:
        super().__init__(trial.said)
        self.culprit, self.trial = culprit, trial


class Probe:
    """Tries properties on an endpoint.

    Args:
        line: the connections to it.
        pen: writes what is sent.
        setting: what is known of the endpoint.
        run: the run that is in every mid.
        seed: decides what is drawn.
        max_examples: how many cases are drawn for each property.
        settle: seconds until the sink shows what was sent; the sink's own by default.
        progress: called with the number of requests, after each case.

    Attributes:
        missing: why nothing can be told by the sink, which shows nothing of what was accepted; "" where it can.
    """

    def __init__(
        self, line: Client, pen: EventFactory, setting: ProbeConfig, *, run: int, seed: int = 1,
        max_examples: int = DEFAULT_EXAMPLES, settle: float | None = None,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.setting = setting
        self._line, self._pen, self._run = line, pen, run
        self._examples = Examples(seed, max_examples)
        self._settle = settle if settle is not None else setting.sink.settle if setting.sink else 0.0
        self._progress = progress
        self.missing = ""

    # --- before anything is judged ---

    def detect_mode(self, mode: Mode) -> Trial:
        """Send the plainest batch, and learn whether the endpoint checks before it answers.

        Returns:
            What became of that batch: where it is refused, no more can be learnt.

        Raises:
            UsageError: nobody answers, or it lets nobody in.
        """
        trial = self._try_once(self._send_plainest(ProbeCase((minimal(self.setting.form),))))
        self._refuse_strangers(trial)
        checks_first = mode == "strict" or (
            mode == "auto" and not trial.said and self._refuses_what_is_hollow()
        )
        self.setting = self.setting._replace(checks_first=checks_first)
        return trial

    def _send_plainest(self, case: ProbeCase) -> tuple[ProbeCase, Exchange]:
        batch = self._pen.batch(case)
        return case, Exchange((self._pen.step(batch),))

    def _refuse_strangers(self, trial: Trial) -> None:
        (heard,) = trial.heard[0]
        where = f"{self._line.url}{self.setting.path}"
        if heard.answer is None:
            raise UsageError(f"{where}: {heard.silence}; start the endpoint or correct the address")
        status = heard.answer.status
        if is_redirect(status):
            reason = self._pen.contract.judge(heard.answer).reason
            raise UsageError(f"{where}: {reason}; no POST follows there, give that address")
        if _SPEAKS_TLS.search(heard.answer.body):
            raise UsageError(f"{where}: {status}, it speaks TLS; write https://")
        if status in {401, 403}:
            raise UsageError(
                f"{where}: {status}, it lets nobody in without a token; give its own in FOOTFALL_TOKEN"
            )
        if status in {404, 405}:
            raise UsageError(f"{where}: {status}, nobody takes batches there; name the path with --path")
        if trial.unjudged:
            raise UsageError(f"{where}: {trial.unjudged}; try again later")

    def _refuses_what_is_hollow(self) -> bool:
        """Whether an event that is hardly one is refused: then the endpoint checks before it answers."""
        event = minimal(self.setting.form)
        case = ProbeCase(({"eid": event["eid"]},), Violation("$.actor", Problem.MISSING, None, "an object"))
        trial = self._try_once((case, Exchange((self._pen.step(self._pen.batch(case), "refused"),))))
        return not trial.said

    # --- all in order ---

    def run(self, properties: Sequence[Property], greeting: Trial) -> Iterator[PropertyResult]:
        """Try properties in their order, but those last that a sink decides.

        Args:
            properties: which.
            greeting: what became of the plainest batch.
        """
        left = list(properties)
        by_sink: list[Property] = []
        try:
            while left:
                one = left[0]
                if why := self._obstacle(one, greeting):
                    yield PropertyResult(one, "skipped", why=why)
                elif self.setting.sink and one.sink != "unused":
                    by_sink.append(one)
                else:
                    yield self._by_answers(one)
                left.pop(0)
            yield from self._by_sink(by_sink)
        except _GoneError as gone:
            yield self._failed(gone.culprit, [gone.trial], gone.trial)
            spared = [one for one in (*left, *by_sink) if one is not gone.culprit]
            yield from (PropertyResult(one, "skipped", why="the endpoint is gone") for one in spared)

    def _obstacle(self, truth: Property, greeting: Trial) -> str:
        if greeting.said and truth.name not in {"health", "valid-batch"}:
            return NOT_EVEN
        return truth.obstacle(self.setting)

    def _outcome(self, truth: Property, trials: Sequence[Trial], smallest: Trial | None) -> PropertyResult:
        judged = [trial for trial in trials if not trial.unjudged]
        if smallest:
            return self._failed(truth, trials, smallest)
        if not judged:
            return PropertyResult(truth, "skipped", why=trials[0].unjudged if trials else "nothing was tried")
        return PropertyResult(truth, "passed", len(judged), len(trials) - len(judged))

    def _failed(self, truth: Property, trials: Sequence[Trial], smallest: Trial) -> PropertyResult:
        judged = [trial for trial in trials if not trial.unjudged]
        failing = sum(bool(trial.said) for trial in judged)
        again = truth.exchange(self._pen, smallest.case, self.setting)
        return PropertyResult(
            truth, "failed", len(judged), len(trials) - len(judged), failing, trial=smallest, again=again
        )

    # --- one case ---

    def _try(self, truth: Property, case: ProbeCase) -> Trial:
        """Try a case. A connection that was lost is tried once more: it may have been an old one."""
        trial = self._try_once((case, truth.exchange(self._pen, case, self.setting)))
        if _was_cut(trial) and not self._line.check_reachable():
            trial = self._try_once((case, truth.exchange(self._pen, case, self.setting)))
        if _is_silent(trial):
            self._see_that_it_lives(truth, trial)
        self._progress(self._line.sent)
        return trial

    def _try_once(self, written: tuple[ProbeCase, Exchange]) -> Trial:
        case, exchange = written
        heard: list[list[StepResult]] = []
        said = ""
        try:
            for step in exchange.steps:
                answers = self._line.send(step)
                heard.append([self._masked(one) for one in answers])
                # A token may be a part of what an answer must say: what is masked is not judged, but told of.
                if judge_answers(step, answers, self._pen.contract):
                    said = judge_answers(step, heard[-1], self._pen.contract)
                if said:
                    break
        except Inconclusive as reason:
            return Trial(case, exchange, tuple(heard), unjudged=str(reason))
        return Trial(case, exchange, tuple(heard), said)

    def _masked(self, heard: StepResult) -> StepResult:
        """Take the token out of what came back, before anybody sees it."""
        silence = self._pen.masked(heard.silence)
        if heard.answer is None:
            return StepResult(None, silence)
        body = self._pen.masked(heard.answer.body.decode("latin-1")).encode("latin-1")
        return StepResult(heard.answer._replace(body=body), silence)

    def _see_that_it_lives(self, truth: Property, trial: Trial) -> None:
        """See that a plain batch is still answered.

        Raises:
            _GoneError: it is not.
        """
        obstacle = self._line.check_reachable()
        if not obstacle:
            after = self._try_once(self._send_plainest(ProbeCase((minimal(self.setting.form),))))
            obstacle = after.heard[0][0].silence and f"to a plain batch there is {after.heard[0][0].silence}"
        if obstacle:
            raise _GoneError(truth, trial._replace(said=f"the endpoint is gone: {obstacle}"))

    # --- by answers ---

    def _by_answers(self, truth: Property) -> PropertyResult:
        """Try cases, and make smaller what fails, judging each at once."""
        trials = []
        for case in self._examples.of(truth.cases(self.setting)):
            trials.append(self._try(truth, case))
            if trials[-1].said and _is_silent(trials[-1]):
                break
        smallest = _smallest(trials)
        return self._outcome(truth, trials, smallest and self._made_smaller(truth, smallest))

    def _made_smaller(self, truth: Property, trial: Trial) -> Trial:
        """Go to the smallest candidate that fails, as often as there is one and the time allows."""
        due = monotonic() + PATIENCE
        for _ in range(ROUNDS):
            cases = takewhile(lambda _: monotonic() < due, self._smaller(truth, trial))
            better = next((one for one in (self._try(truth, case) for case in cases) if one.said), None)
            if better is None:
                break
            trial = better
        return trial

    # --- by the sink ---

    def _by_sink(self, properties: list[Property]) -> Iterator[PropertyResult]:
        """Send all, read once, judge, and make smaller what fails, all of it at the same time."""
        if not properties:
            return
        sent = {
            one.name: [self._try(one, case) for case in self._examples.of(one.cases(self.setting))]
            for one in properties
        }
        kept = self._read(trial for trials in sent.values() for trial in trials)
        if kept.is_empty:
            yield from self._without_arrival(properties, sent, kept)
            return
        judged = {name: [_judged(trial, kept) for trial in trials] for name, trials in sent.items()}
        smallest = self._shrink({one: _smallest(judged[one.name]) for one in properties})
        for one in properties:
            yield self._outcome(one, judged[one.name], smallest[one])

    def _without_arrival(
        self, properties: list[Property], sent: dict[str, list[Trial]], kept: StoredEvents
    ) -> Iterator[PropertyResult]:
        """Fail the property that says most plainly that events are stored; of the others nothing is known.

        What was wrong by its answers is wrong without a sink too.
        """
        assert self.setting.sink  # noqa: S101  nobody comes here without one
        self.missing = (
            f"batches were accepted, and {NOTHING_ARRIVED}: it is not this endpoint's sink, or nothing is stored, "
            f"or --settle-time is too short; {self.setting.sink.described()}{kept.unread()}"
        )
        accepting = [one for one in properties if any(_is_accepted(trial) for trial in sent[one.name])]
        culprit = next((one for one in accepting if one.name == "valid-batch"), next(iter(accepting), None))
        for one in properties:
            trials = [
                trial
                if trial.said or trial.unjudged
                else trial._replace(said=self.missing)
                if one is culprit
                else trial._replace(unjudged=NOTHING_ARRIVED)
                for trial in sent[one.name]
            ]
            yield self._outcome(one, trials, _smallest(trials))

    def _read(self, trials: Iterable[Trial]) -> StoredEvents:
        """Read the sink, and again for as long as what is missing still comes in."""
        assert self.setting.sink  # noqa: S101  nobody comes here without one
        owed = [event["mid"] for trial in trials if not trial.said for event in trial.exchange.owed]
        found = -1
        for _ in range(_MOST_READS):
            sleep(self._settle)
            kept = self.setting.sink.read(self._run)
            now = sum(mid in kept.accepted for mid in owed)
            if now in {found, len(owed)}:
                break
            found = now
        return kept

    def _shrink(self, failed: dict[Property, Trial | None]) -> dict[Property, Trial | None]:
        """Try smaller cases of all that failed, round by round, as long as one of them still fails."""
        active = [one for one, trial in failed.items() if trial]
        for _ in range(ROUNDS):
            sent = {one: [self._try(one, case) for case in self._smaller(one, failed[one])] for one in active}
            active = [one for one in active if sent[one]]
            if not active:
                break
            kept = self._read(trial for one in active for trial in sent[one])
            for one in [*active]:
                better = _smallest([_judged(trial, kept) for trial in sent[one]])
                if better:
                    failed[one] = better
                else:
                    active.remove(one)
        return failed

    def _smaller(self, truth: Property, trial: Trial | None) -> list[ProbeCase]:
        if trial is None or truth.is_of_size:
            return []
        return smaller(trial.case, self.setting.form)


def _judged(trial: Trial, kept: StoredEvents) -> Trial:
    if trial.said or trial.unjudged:
        return trial
    try:
        return trial._replace(said=judge_sink(trial.exchange, kept))
    except Inconclusive as reason:
        return trial._replace(unjudged=str(reason))


def _is_accepted(trial: Trial) -> bool:
    return bool(trial.exchange.owed) and not (trial.said or trial.unjudged)


def _smallest(trials: Iterable[Trial]) -> Trial | None:
    return min((trial for trial in trials if trial.said), key=lambda trial: size(trial.case), default=None)


def _is_silent(trial: Trial) -> bool:
    return any(heard.answer is None for step in trial.heard for heard in step)


def _was_cut(trial: Trial) -> bool:
    """Whether a connection was lost; one that was never made, or that is waited for in vain, is another matter."""
    return any("lost" in heard.silence for step in trial.heard for heard in step)
