"""A node: one process of a swarm, and the test that runs there."""

import os
from functools import partial
from time import monotonic
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import STATE_INIT, STATE_MISSING, STATE_STOPPED, MasterRunner, Runner, WorkerRunner

from generator.delivery.kafka.message import Messages
from generator.errors import FootfallError, UsageError
from generator.load.checks.saturation import watch
from generator.load.overwriting import check_overwriting
from generator.load.plan import Plan
from generator.load.replay.assignment import Assignment
from generator.load.run_clock import Age
from generator.load.runner import interrupt
from generator.load.runner.echo import echo, log
from generator.load.runner.guard import Guard
from generator.load.runner.leader import WHOLE, Leader
from generator.load.runner.load_run import LoadRun
from generator.load.runner.options import STOP_TIMEOUT, empty
from generator.load.runner.preflight import (
    check_files,
    check_replay,
    check_users,
    check_web_port,
)
from generator.load.runner.run_messages import FINISH, RunMessages
from generator.load.runner.run_results import RunResults
from generator.load.runner.run_target import RunTarget
from generator.load.runner.session_quota import SessionQuota
from generator.load.runner.template_refiller import TemplateRefiller
from generator.load.runner.time_limit import TimeLimit
from generator.load.settings import Settings
from generator.load.sink_of_run import check_sink
from generator.load.summary import how_to_purge
from generator.load.virtual_learner import VirtualLearner
from generator.load.worker_partition import WorkerPartition

_BETWEEN_LOOKS = 0.5
_RUN = "footfall_run"
_IS_PATIENT = "footfall_is_patient"
"""The name under which Locust carries the run to workers, with our options."""


def events_of(environment: Environment) -> Any:
    """Return Locust's events, whose hooks have no types."""
    return environment.events


def _settings(environment: Environment) -> Settings:
    return Settings.of(vars(environment.parsed_options) if environment.parsed_options else {})


class RunController:
    """One process of a swarm.

    Args:
        environment: Locust's; a node is found again as its `footfall`.

    Attributes:
        has_caught_up: whether a run that Locust began before the node was there has begun here too.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment, self.has_caught_up = environment, False
        self.runner: Runner | None = environment.runner
        self.is_worker = isinstance(self.runner, WorkerRunner)
        self.test: LoadRun | None = None
        self.lane: WorkerPartition | None = None
        self._lanes: dict[int, WorkerPartition] = {}
        self.target = RunTarget(environment)
        self.messages = RunMessages(self)
        self._time_limit = TimeLimit(environment)
        self.guard = Guard(environment, self._end)
        self.results = RunResults(environment, self.target, self.guard)
        self.run_time: float | None = None
        self._refill: TemplateRefiller | None = None
        self._watch: gevent.Greenlet | None = None

    # Before a test.

    def prepare(self) -> None:
        """Check the options, and start the embedded endpoint if no host is given; not on workers, which get theirs later."""
        settings = _settings(self.environment)
        plan = Plan(settings)
        plan.rehearse()
        plan.contract(os.environ)
        if self.environment.host is not None and not self.environment.host.strip():
            raise UsageError(empty("--host"))
        check_users(self.environment)
        check_web_port(self.environment)
        check_files(settings)
        check_overwriting(plan)
        check_replay(plan)
        self.target.reach(plan)
        check_sink(settings, is_local=self.target.is_local)
        if not self.target.is_local and self.environment.web_ui is None:
            self.target.look_ahead(settings)
        if settings.no_run_tag and not self.target.is_local:
            echo("no mark: only the mids distinguish these events from real ones")

    def catch_up(self) -> None:
        """Begin a test that Locust began before its listeners were installed: a worker that joins a run spawns at once."""
        try:
            if isinstance(self.runner, WorkerRunner) and self.runner.worker_state != STATE_INIT:
                self.begin()
        finally:
            self.has_caught_up = True

    def begin(self) -> None:
        """Begin a test: make the run where this node leads, take it over where it follows."""
        options = self.environment.parsed_options
        self.guard.begin()
        settings, plan, part = self._load_plan(options)
        run = getattr(options, _RUN) if self.is_worker else (plan or settings).run()
        if options is not None:
            setattr(options, _RUN, run)
            self._share_patience(options)
        self.test = LoadRun(run, settings, plan, SessionQuota(settings.sessions, self.messages.ask))
        self._prepare_sending(self.test)
        self.test.replay(part)
        self.test.is_ready = True
        if plan and not self.is_worker:
            echo(
                f"run {run:08x} begins, seed {settings.seed}; to purge it later: {how_to_purge(run, settings)}"
            )
        if self.is_worker:
            self.messages.report()
        elif plan:
            self._lead(self.test)

    def _load_plan(self, options: Any) -> tuple[Settings, Plan | None, Assignment | None]:
        """Load what the options name, and this node's part of a replay; no plan if they make no sense."""
        try:
            settings = _settings(self.environment)
            if self.is_worker:
                settings = settings.for_sending()
            plan = Plan(settings)
            if not self.is_worker:
                self._check(plan)
            self._take_lane()
            return settings, plan, plan.part(self.runner, options, self._all_users, follows=self.is_worker)
        except FootfallError as error:
            # From the web interface: on the command line the options were checked before.
            log.error("%s", error)
            gevent.spawn(self._end) if self.environment.web_ui else self.guard.fail(str(error))
            return Settings(), None, None

    def _check(self, plan: Plan) -> None:
        """Check a plan when its run begins, and reach its target; the page may have named others since `prepare`."""
        plan.rehearse()
        check_files(plan.settings)
        check_overwriting(plan)
        if self.environment.web_ui:
            check_replay(plan)
        self.target.reach(plan)
        check_sink(plan.settings, is_local=self.target.is_local)
        if self.environment.web_ui and not self.target.is_local:
            self.target.look_ahead(plan.settings)

    def _share_patience(self, options: Any) -> None:
        """Note whether an option sets how long to wait for the last answers; workers receive it, and do not ask theirs."""
        if not self.is_worker:
            setattr(options, _IS_PATIENT, not isinstance(options.stop_timeout, float))

    def _lead(self, test: LoadRun) -> None:
        """Start sending as soon as all can, and judge while the test runs."""
        self.run_time = self._time_limit.take()
        if isinstance(self.runner, MasterRunner):
            self.guard.spawn("leading the workers", Leader(self, self.runner, test).lead)
        else:
            self.start(test)
            test.take_lease(WHOLE)
        self.guard.spawn("judging the checks", self._referee, test)

    def start(self, test: LoadRun, age: Age | None = None) -> None:
        """Start sending.

        Args:
            test: what is sent.
            age: of the run, as the master sent it; None if this node leads.
        """
        test.start(age)
        self._open_ledger(test)
        if self.lane and test.plan and not isinstance(self.runner, MasterRunner):
            self._watch = self.guard.spawn("the watch", watch, test.saturation, test.tick)
        if self.run_time and not self.is_worker:
            gevent.spawn_later(self.run_time, self.guard("--run-time", self._end_of_time), test)
        test.let_send()

    def _end_of_time(self, test: LoadRun) -> None:
        if test is self.test and not test.is_over and not test.is_stopping:
            log.info("--run-time: %g seconds are over since sending started", self.run_time)
            self._time_limit.end(self._end)

    def _prepare_sending(self, test: LoadRun) -> None:
        """Make ready to send, where this node does."""
        if isinstance(self.runner, MasterRunner) or self.lane is None or test.plan is None:
            return
        test.prepare(self.lane)
        if test.offer:
            self._refill = TemplateRefiller(test.offer.pool, test.settings, self.lane.index, self.guard.fail)
            self.guard.watch("compiling further templates", self._refill.greenlet)

    def _open_ledger(self, test: LoadRun) -> None:
        """Begin the ledger, where this node sends and one is wanted."""
        if self.lane is None or isinstance(self.runner, MasterRunner):
            return
        try:
            test.sent.open_ledger(test.run, self.lane, test.started * 1000, self.give_up)
            if test.sent.ledger:
                self.guard.watch("the ledger", test.sent.ledger.keeping)
        except FootfallError as error:
            test.sent.unwritten = str(error)
            self.give_up(test.sent.unwritten)

    def give_up(self, why: str) -> None:
        """End a test whose ledger cannot be written: what is sent from now on could not be proven."""
        echo(f"{why}; the run ends here")
        if self.is_worker:
            self.messages.report()
        else:
            gevent.spawn(self._end)

    def _referee(self, test: LoadRun) -> None:
        """Judge while the test runs, where this node leads.

        Without checks too: a second that is gathered takes a fiftieth of the memory of one that is counted in.
        """
        while test is self.test and not test.is_over:
            gevent.sleep(_BETWEEN_LOOKS)
            if test.judging.look(test.totals.seconds(), test.totals.complete()) and not test.is_stopping:
                failed = test.judging.failed
                echo(f"check {failed}: the run ends here")
                test.is_over = True
                self._end()

    @property
    def _all_users(self) -> int:
        """How many users there will be on all workers."""
        options, runner = self.environment.parsed_options, self.runner
        return (runner.target_user_count if runner else 0) or (options.num_users if options else None) or 1

    def count_senders(self, test: LoadRun, more: int) -> None:
        """Count senders that come or go here; report to a master when the first one is there, or none is left."""
        could_send = test.can_send
        test.lateness.senders += more
        if self.is_worker and test is self.test and could_send != test.can_send:
            self.messages.report()

    def _take_lane(self) -> None:
        """Take the lane of this worker's index: another one when it has outlived its master and found a new one."""
        index = getattr(self.runner, "worker_index", 0)
        self.lane = self._lanes.get(index) or WorkerPartition(index)
        self._lanes[index] = self.lane

    # What users need.

    def new_player(self) -> VirtualLearner | None:
        """Return a user its learner; None where nothing can be played."""
        if self.test is None or self.test.plan is None or self.lane is None:
            return None
        return VirtualLearner(self.test.plan, self.test.run, self.lane.learner())

    def session_ended(self, test: LoadRun) -> None:
        """Count a session that came to its end, and end the test with the last one that was asked for."""
        test.sent.counters.finished += 1
        if test.settings.sessions:
            self._look_for_the_end()

    def all_sent(self, test: LoadRun) -> None:
        """Record that this node has nothing left to send in the open model, and end the test with the last one."""
        if not test.is_all_sent:
            test.is_all_sent = True
            self._look_for_the_end()

    def _look_for_the_end(self) -> None:
        if self.is_worker:
            self.messages.report()
        self.end_if_all_played()

    def end_if_all_played(self) -> None:
        """End the test if all that was asked for is played; not on a worker."""
        test = self.test
        if self.is_worker or test is None or test.is_stopping or test.is_over:
            return
        if self._is_all_played(test):
            test.is_over = test.is_over_by_itself = True
            gevent.spawn(self._end)

    def _is_all_played(self, test: LoadRun) -> bool:
        if test.plan is None or test.plan.profile is None:
            return bool(test.settings.sessions) and test.totals.counters().finished >= test.settings.sessions
        if not isinstance(self.runner, MasterRunner):
            return test.is_all_sent
        has_all_sent = partial(test.reports.holds, name="all_sent")
        living = [client.id for client in self.runner.clients.all if client.state != STATE_MISSING]
        if test.settings.sessions:
            # One to which no user fell was granted nothing, and will not notice the end either.
            return not test.budget.left and all(map(has_all_sent, filter(test.budget.has_granted, living)))
        return bool(living) and all(map(has_all_sent, living))

    # The end of a test.

    def stopping(self) -> None:
        """Send nothing more: Locust kills its users one by one, and one that wakes meanwhile would send again."""
        test = self.test
        if test and not test.is_stopping:
            self._limit_waiting(test)
            test.stop()

    def _limit_waiting(self, test: LoadRun) -> None:
        """Limit the wait for an endpoint without any answer to the length of the run, unless an option sets the time."""
        is_master = isinstance(self.runner, MasterRunner)
        if not is_master and not getattr(self.environment.parsed_options, _IS_PATIENT, True):
            is_silent = not test.has_answer and not isinstance(test.contract, Messages)
            lasted = max(1.0, test.now)
            self.environment.stop_timeout = min(STOP_TIMEOUT, lasted) if is_silent else STOP_TIMEOUT

    def _end(self) -> None:
        if self.runner:
            self.runner.stop() if self.environment.web_ui else self.runner.quit()

    def stop(self) -> None:
        """Stop the users here, so that everything is counted; when Locust quits it does so too late.

        A master is left to Locust, which sends its workers home in the same breath.
        """
        if self.runner and not isinstance(self.runner, MasterRunner) and self.runner.state != STATE_STOPPED:
            self.runner.stop()

    def quit(self) -> None:
        """Come to the end of the process, which takes no longer than `--stop-timeout` and some seconds.

        SIGTERM ends it as Ctrl-C does, in the main greenlet: else Locust leaves out what it writes at the end.
        """
        if interrupt.is_by_signal():
            interrupt.interrupt()
        interrupt.ignore()
        self.stop()

    def end(self) -> None:
        """End a test: report for the last time, or receive the last reports and sum up."""
        test = self.test
        if test is None:
            return
        test.is_over = True
        self._end_sending(test)
        if self.is_worker:
            self.messages.report()
        elif test.plan:
            if isinstance(self.runner, MasterRunner):
                self._wait_for_last_reports(self.runner, test)
            self.results.complete(test)
            if isinstance(self.runner, MasterRunner) and not self.environment.web_ui:
                # Locust stops a test whose last worker is missing, and would then wait for ever.
                gevent.spawn(self._quit_alone, self.runner)

    @staticmethod
    def _quit_alone(runner: MasterRunner) -> None:
        if all(client.state == STATE_MISSING for client in runner.clients.all):
            runner.quit()

    def _end_sending(self, test: LoadRun) -> None:
        test.close()
        if self._watch:
            self._watch.kill()
        if self._refill:
            self._refill.stop()
        self._watch = self._refill = None

    def _wait_for_last_reports(self, runner: MasterRunner, test: LoadRun) -> None:
        runner.send_message(FINISH, {"run": test.run})
        give_up = monotonic() + (self.environment.stop_timeout or 0) + 5
        while self._unfinished(runner, test, STATE_MISSING) and monotonic() < give_up:
            gevent.sleep(0.02)

    @staticmethod
    def _unfinished(runner: MasterRunner, test: LoadRun, gone: str) -> list[str]:
        return [
            client
            for client in test.reports.unfinished
            if client in runner.clients and runner.clients[client].state != gone
        ]

    def close(self) -> None:
        """Print what is left to print, and stop the embedded endpoint."""
        self.results.show()
        is_unfinished = self.test is not None and self.test.plan is not None and not self.test.is_over
        self.target.close(keep=self.results.is_store_wanted or is_unfinished)
