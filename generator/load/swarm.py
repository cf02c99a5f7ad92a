"""The swarm: Footfall inside Locust, and the one room that imports it (which patches the whole process).

A node is one process of a test: alone, master or worker. Before a test the master, or the lone process,
checks the options, starts the embedded endpoint where no host is given, and makes the run; Locust carries
options and run to every worker that it tells to spawn. Each worker counts what it sends, and reports its
counts since the test began, so that a lost or repeated report does no harm; the master keeps each worker's
last. A worker's last report is made when its users have stopped, and the master waits for it.
"""

import logging
import os
import sys
from argparse import Action, ArgumentParser, Namespace
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from time import monotonic, perf_counter, time
from typing import Any

import gevent
from geventhttpclient.useragent import RetriesExceeded
from locust import FastHttpUser, events, task
from locust.contrib.fasthttp import LocustBadStatusCode
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import STATE_MISSING, STATE_STOPPED, MasterRunner, Runner, WorkerRunner

from generator.delivery.address import check_address
from generator.delivery.contracts import Answer, Contract, Request
from generator.delivery.contracts.sunbird import COMPRESSIONS
from generator.delivery.receipt import Receipt, rejected, unknown
from generator.errors import FootfallError
from generator.load.embedded import Embedded
from generator.load.lane import Lane
from generator.load.player import Due, Player, mark
from generator.load.settings import MARKS, Plan, Settings
from generator.load.summary import PERCENTILES, Summary
from generator.load.tally import Tally
from generator.spec.rules import FORMS

_REPORT = "footfall"
_ASK, _GRANT = "footfall_ask", "footfall_grant"
_RUN = "footfall_run"
_CUT_SHORT = unknown("the run ended before its answer")
_log = logging.getLogger("footfall")


# --- options ----------------------------------------------------------------------------------------------


class _Listed(Action):
    """Takes an option that may be repeated; its values become one text with commas."""

    def __call__(self, _: ArgumentParser, namespace: Namespace, values: Any, __: str | None = None) -> None:
        """Take one more value."""
        said = getattr(namespace, self.dest, "")
        setattr(namespace, self.dest, f"{said},{values}" if said else values)


def add_options(parser: Any) -> None:
    """Give Locust the options of `Settings`; they show in the web interface too."""
    default = Settings()
    add = parser.add_argument
    # What pyproject.toml says in the clone, for those who are elsewhere: loopback, and time for answers.
    parser.set_defaults(web_host="127.0.0.1", stop_timeout="10s")
    add("--scenario", action=_Listed, default=default.scenario, metavar="NAME",
        help="Which to play: repeat it, or put commas between names; all that have a share by default")  # fmt: skip
    add("--scenarios", default=default.scenarios, metavar="DIR", help="A folder of your own scenario scripts")
    add("--seed", type=int, default=default.seed, help="Decides who plays what and how")
    add("--run-id", default=default.run_id, metavar="HEX",
        help="The run in every mid, 8 hex digits; a fresh one by default, since pipelines remember mids")  # fmt: skip
    add("--path", default=default.path, help="Where the endpoint takes batches")
    add("--batch-size", type=int, default=default.batch_size, metavar="N",
        help="Events in a batch at most; 0 for what the real clients have: 20 on the web, 200 on phones")  # fmt: skip
    add("--compress", choices=COMPRESSIONS, default=default.compress,
        help="none, or gzip as phones do; none costs the least time here, and shows readable bodies")  # fmt: skip
    add("--form", choices=FORMS, default=default.form, help="wire, as pipelines take it, or documented")
    add("--world", default=default.world, metavar="DIR",
        help="Your own channels, contents, users, devices or DIAL codes, as CSV or JSONL")  # fmt: skip
    add("--locale", default=default.locale, help="Faker's locales, with commas between them")
    add(
        "--speed",
        type=float,
        default=default.speed,
        help="How much faster than life; 60 makes an hour a minute",
    )
    add(
        "--sessions",
        type=int,
        default=default.sessions,
        metavar="N",
        help="End after N sessions in all; 0: do not",
    )
    add("--mark", choices=MARKS, default=default.mark,
        help="run: every event has the tag footfall:RUN, by which it can be purged; none: it has not")  # fmt: skip
    add("--insecure", action="store_true", default=default.insecure, help="Take any certificate")
    add("--timeout", type=float, default=default.timeout, metavar="SECONDS",
        help="How long an answer may take; what became of a batch without one is unknown")  # fmt: skip
    add("--summary", default=default.summary, metavar="FILE", help="Write the run's numbers there as JSON")
    add("--store", default=default.store, metavar="DIR",
        help="Where the embedded endpoint stores; a fresh temporary folder by default")  # fmt: skip


def _settings(environment: Environment) -> Settings:
    return Settings.of(vars(environment.parsed_options) if environment.parsed_options else {})


# --- the node ---------------------------------------------------------------------------------------------


class Allowance:
    """How many sessions may still begin here, where `--sessions` limits them in all.

    A process asks for some when it has none left; the master grants what is there. So it does not matter
    how Locust spreads its users over the workers.
    """

    def __init__(self, total: int, ask: Callable[[int], None]) -> None:
        self._total, self._ask = total, ask
        self._granted = 0
        self._asking = False
        self.is_used_up = False

    def take(self) -> bool:
        """Take leave to begin one session, if there is any now."""
        if not self._total:
            return True
        if not self._granted and not self._asking and not self.is_used_up:
            self._asking = True
            self._ask(max(1, self._total // 100))
        if not self._granted:
            return False
        self._granted -= 1
        return True

    def grant(self, count: int) -> None:
        """Hear the master's answer."""
        self._asking = False
        self._granted += count
        self.is_used_up = not count


class Test:
    """One test on one node: what is played under which run, and what is counted.

    Attributes:
        plan: None where the options make no sense; nothing is played then.
    """

    def __init__(self, run: int, settings: Settings, plan: Plan | None, allowance: Allowance) -> None:
        self.run, self.settings, self.plan, self.allowance = run, settings, plan, allowance
        self.contract: Contract | None = plan.contract(os.environ) if plan else None
        self.tally = Tally()
        self.reports: dict[str, dict[str, Any]] = {}
        self.left = settings.sessions
        self.started = time()
        self.is_stopping = self.is_over = False

    def merged(self) -> Tally:
        """Merge the counts of all nodes."""
        return Tally.of([self.tally.as_dict(), *(said["counts"] for said in self.reports.values())])


class Node:
    """One process of a swarm.

    Args:
        environment: Locust's; a node is found again as its `footfall`.
    """

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.runner: Runner | None = environment.runner
        self.is_worker = isinstance(self.runner, WorkerRunner)
        self.test: Test | None = None
        self.lane: Lane | None = None
        self._lanes: dict[int, Lane] = {}
        self.embedded: Embedded | None = None
        self.summary: Summary | None = None

    # Before a test.

    def prepare(self) -> None:
        """Check the options, and start the endpoint where none is given; not on workers, who are told later."""
        settings = _settings(self.environment)
        plan = Plan(settings)
        plan.contract(os.environ)
        self._reach(settings)
        if settings.mark == "none" and not self.is_local:
            _say("no mark: these events can be told from real ones by their mids alone")

    @property
    def is_local(self) -> bool:
        """Whether it sends to an endpoint of its own."""
        return self.embedded is not None and self.environment.host == self.embedded.url

    def _reach(self, settings: Settings) -> None:
        if self.environment.host:
            self.environment.host = check_address(self.environment.host)
            return
        if self.embedded is None:
            self.embedded = Embedded(settings.store, settings.form)
            _say(
                f"no --host is given, so an endpoint of our own answers at {self.embedded.url} "
                f"and stores in {self.embedded.store}"
            )
        self.environment.host = self.embedded.url

    def begin(self) -> None:
        """Begin a test: make the run where this node leads, take it over where it follows."""
        options = self.environment.parsed_options
        plan = None
        try:
            settings = _settings(self.environment)
            plan = Plan(settings)
            if not self.is_worker:
                self._reach(settings)
            self._take_lane()
        except FootfallError as error:
            # From the web interface: on the command line the options were checked before.
            _log.error("%s", error)
            settings, plan = Settings(), None
            gevent.spawn(self._end)
        run = getattr(options, _RUN) if self.is_worker else settings.run()
        if options is not None:
            setattr(options, _RUN, run)
        self.test = Test(run, settings, plan, Allowance(settings.sessions, self._ask))
        if plan and not self.is_worker:
            _say(f"run {run:08x} begins, seed {settings.seed}" + _how_to_purge(run, settings))
        if self.is_worker:
            self.report()

    def _take_lane(self) -> None:
        """Take the lane of this worker's index: another one when it has outlived its master and found a new one."""
        index = getattr(self.runner, "worker_index", 0)
        self.lane = self._lanes.get(index) or Lane(index)
        self._lanes[index] = self.lane

    # What users need.

    def new_player(self) -> Player | None:
        """Give a user its learner; None where nothing can be played."""
        if self.test is None or self.test.plan is None or self.lane is None:
            return None
        return Player(self.test.plan, self.test.run, self.lane.learner())

    def session_ended(self, test: Test) -> None:
        """Count a session that came to its end, and end the test with the last one that was asked for."""
        test.tally.finished += 1
        if test.settings.sessions:
            if self.is_worker:
                self.report()
            self._end_if_all_played()

    def _ask(self, count: int) -> None:
        if self.test and self.runner:
            self.runner.send_message(_ASK, {"run": self.test.run, "count": count})

    def on_ask(self, msg: Any) -> None:
        """Grant a worker, or this process itself, some of the sessions that are left."""
        test = self.test
        if test is None or self.runner is None or msg.data["run"] != test.run:
            return
        granted = min(test.left, msg.data["count"])
        test.left -= granted
        self.runner.send_message(_GRANT, {"run": test.run, "count": granted}, msg.node_id)

    def on_grant(self, msg: Any) -> None:
        """Take what the master grants."""
        if self.test and msg.data["run"] == self.test.run:
            self.test.allowance.grant(msg.data["count"])

    # Counts.

    def add_report(self, data: dict[str, Any]) -> None:
        """Put this worker's counts into what it reports."""
        if self.test:
            data[_REPORT] = {
                "run": self.test.run, "counts": self.test.tally.as_dict(), "final": self.test.is_over,
            }  # fmt: skip

    def report(self) -> None:
        """Report now, Locust's own statistics included."""
        runner = self.runner
        if isinstance(runner, WorkerRunner):
            data: dict[str, Any] = {}
            _events(self.environment).report_to_master.fire(client_id=runner.client_id, data=data)
            runner.send_message("stats", data)

    def on_report(self, client_id: str, data: dict[str, Any]) -> None:
        """Keep a worker's last counts."""
        said = data.get(_REPORT)
        if said and self.test and said["run"] == self.test.run:
            self.test.reports[client_id] = said
            self._end_if_all_played()

    def _end_if_all_played(self) -> None:
        test = self.test
        if self.is_worker or test is None or not test.settings.sessions or test.is_over:
            return
        if test.merged().finished >= test.settings.sessions:
            test.is_over = True
            gevent.spawn(self._end)

    # The end of a test.

    def stopping(self) -> None:
        """Send nothing more: Locust kills its users one by one, and one that wakes meanwhile would send again."""
        if self.test:
            self.test.is_stopping = True

    def _end(self) -> None:
        if self.runner:
            self.runner.stop() if self.environment.web_ui else self.runner.quit()

    def stop(self) -> None:
        """Stop the users here, so that everything is counted; when Locust is told to quit it does so too late.

        A master is left to Locust, which sends its workers home in the same breath.
        """
        if self.runner and not isinstance(self.runner, MasterRunner) and self.runner.state != STATE_STOPPED:
            self.runner.stop()

    def end(self) -> None:
        """End a test: report for the last time, or hear the last reports and sum up."""
        test = self.test
        if test is None:
            return
        test.is_over = True
        if self.is_worker:
            self.report()
        elif test.plan:
            if isinstance(self.runner, MasterRunner):
                self._hear_last_reports(self.runner, test)
            self._sum_up(test)

    def _hear_last_reports(self, runner: MasterRunner, test: Test) -> None:
        runner.send_message("footfall_finish", {"run": test.run})
        give_up = monotonic() + (self.environment.stop_timeout or 0) + 5
        while self._unfinished(runner, test, STATE_MISSING) and monotonic() < give_up:
            gevent.sleep(0.02)

    @staticmethod
    def _unfinished(runner: MasterRunner, test: Test, gone: str) -> list[str]:
        return [
            client
            for client, said in test.reports.items()
            if not said["final"] and client in runner.clients and runner.clients[client].state != gone
        ]

    def _sum_up(self, test: Test) -> None:
        total = self.environment.stats.total
        percentiles: dict[str, float] = {}
        if total.num_requests:
            percentiles = {
                name: total.get_response_time_percentile(part) for name, part in PERCENTILES.items()
            }
            percentiles["max"] = round(total.max_response_time, 1)
        self.summary = Summary(
            test.run, test.settings, self.environment.host or "", test.merged(), percentiles, test.started, time(),
            self.embedded.stats() if self.embedded and self.is_local else None,
            sum(not said["final"] for said in test.reports.values()),
        )  # fmt: skip
        if test.settings.summary:
            try:
                self.summary.write(Path(test.settings.summary))
            except OSError as error:
                _say(f"--summary {test.settings.summary}: cannot be written: {error.strerror}")
        if self.environment.web_ui:
            self.show()

    def show(self) -> None:
        """Print the summary, once."""
        if self.summary:
            sys.stdout.write("\n".join(["", *self.summary.lines(), ""]))
            sys.stdout.flush()
            self.summary = None

    def close(self) -> None:
        """Print what is left to say, and stop the embedded endpoint."""
        self.show()
        if self.embedded:
            self.embedded.stop()
            self.embedded = None


def _how_to_purge(run: int, settings: Settings) -> str:
    if settings.mark == "run":
        return f"; to purge it later, delete the events whose tags hold {mark(run)!r}"
    return (
        f"; it has no tag: to purge it, delete the events with {run:08x} from the 9th digit of their mid on"
    )


def _say(line: str) -> None:
    sys.stderr.write(f"footfall: {line}\n")
    sys.stderr.flush()


# --- the user ---------------------------------------------------------------------------------------------


class Learner(FastHttpUser):
    """One learner on one device, for as long as the user lives."""

    def __init__(self, environment: Environment) -> None:
        self._node: Node = environment.footfall  # type: ignore[attr-defined]
        self._test = self._node.test
        settings = self._test.settings if self._test else Settings()
        # Locust's own default is to take any certificate.
        self.insecure = settings.insecure
        self.network_timeout = self.connection_timeout = settings.timeout
        super().__init__(environment)
        self._player = self._node.new_player()
        self._due: deque[Due] = deque()
        self._begins = 0.0
        self._number = 0

    @task
    def step(self) -> None:
        """Begin a session, or send the batch that is due. Between two steps Locust may stop a user at once."""
        if self._test is None or self._test.is_stopping:
            raise StopUser
        now = time() * 1000
        if self._due:
            if self._due[0].at <= now:
                self._send(self._due.popleft())
        elif self._begins <= now:
            self._begin(int(now))

    def wait_time(self) -> float:
        """Give the seconds until the next step."""
        at = self._due[0].at if self._due else self._begins
        return max(0.0, at / 1000 - time())

    def _begin(self, now: int) -> None:
        test, player, lane = self._test, self._player, self._node.lane
        if test is None or player is None or lane is None or test.allowance.is_used_up:
            raise StopUser
        if not test.allowance.take():
            self._begins = now + 20
            return
        try:
            self._number = lane.session(test.run)
            session, due = player.play(self._number, now)
        except FootfallError as error:
            self._give_up(error)
            return
        test.tally.begin(session.scenario)
        self._due.extend(due)
        if not due:
            self._end_session()

    def _give_up(self, error: FootfallError) -> None:
        """Count a session whose script raised; Locust lists the error and ends with exit code 1."""
        test = self._node.test
        if test:
            test.tally.sessions += 1
            test.tally.unplayed += 1
            if test.tally.unplayed == 1:
                _log.error("%s", error)
        _events(self.environment).user_error.fire(user_instance=self, exception=error, tb=error.__traceback__)
        self._end_session()
        self._begins = time() * 1000 + 1000

    def _end_session(self) -> None:
        if self._player and self._test:
            self._begins = (time() + self._player.pause(self._number)) * 1000
            self._node.session_ended(self._test)

    def _send(self, due: Due) -> None:
        test, player = self._test, self._player
        if test is None or player is None or test.contract is None:
            return
        batch = player.batch(due, int(time() * 1000), test.contract.form)
        request = test.contract.request(batch)
        receipt = _CUT_SHORT
        try:
            receipt = self._post(test, request)
        finally:
            # Also when Locust ends the user amidst: the batch may have arrived.
            test.tally.sent(batch, len(request.body), receipt)
        if due.is_last:
            self._end_session()

    def _post(self, test: Test, request: Request) -> Receipt:
        """Post a batch: one entry in Locust's statistics, whatever happens."""
        began = perf_counter()
        body: Any = request.body  # bytes, and nothing else: a bytearray would jam Locust's client
        with gevent.Timeout(test.settings.timeout) as limit:
            try:
                with self.client.post(
                    request.path, data=body, headers=request.headers, name=request.path,
                    catch_response=True, allow_redirects=False,
                ) as response:  # fmt: skip
                    receipt = _judge(test, response)
                    if receipt.status == "acked":
                        response.success()
                    else:
                        response.failure(test.tally.reason(receipt))
            except Exception as error:  # noqa: BLE001  no answer, however odd, ends a user
                receipt = _without_answer(error)
                self._enter(request, began, test.tally.reason(receipt))
            except gevent.Timeout as late:
                if late is not limit:
                    raise
                receipt = _without_answer(late)
                self._enter(request, began, test.tally.reason(receipt))
        if receipt.status == "unknown":
            # A connection whose state nobody knows is not used again.
            self.client.client.clientpool.close()
        return receipt

    def _enter(self, request: Request, began: float, reason: str) -> None:
        """Make the entry that Locust's client did not make."""
        _events(self.environment).request.fire(
            request_type=request.method, name=request.path, response_time=(perf_counter() - began) * 1000,
            response_length=0, exception=RuntimeError(reason), context={},
        )  # fmt: skip


def _judge(test: Test, response: Any) -> Receipt:
    assert test.contract is not None  # noqa: S101  a test that sends has one
    error = response.request_meta["exception"]
    if error is None or isinstance(error, LocustBadStatusCode):
        return test.contract.judge(Answer(response.status_code, response.content or b""))
    return _without_answer(error)


def _without_answer(error: BaseException) -> Receipt:
    """Judge a failure: refused is only what surely never reached the endpoint."""
    if isinstance(error, RetriesExceeded):
        # Locust's client names the last of its attempts so, though it makes one only.
        error = getattr(error, "original", error)
    if isinstance(error, (TimeoutError, gevent.Timeout)):
        return unknown("no answer in time")
    said = (error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__).lower()
    match error:
        case ConnectionRefusedError():
            return rejected(f"not connected: {said}")
        case gevent.socket.gaierror():
            return rejected("not connected: the host has no address")
        case gevent.ssl.SSLCertVerificationError():
            return rejected(f"not connected: the certificate is not trusted ({error.verify_message})")
    return unknown(f"connection lost: {said}")


# --- Locust's events --------------------------------------------------------------------------------------


def _events(environment: Environment) -> Any:
    """Give Locust's events, whose hooks have no types."""
    return environment.events


def _on_init(environment: Environment, **_: Any) -> None:
    node = Node(environment)
    environment.footfall = node  # type: ignore[attr-defined]
    events = _events(environment)
    if node.is_worker:
        _follow(node)
    else:
        try:
            node.prepare()
        except FootfallError as error:
            _say(str(error))
            raise SystemExit(2) from None
        _lead(node)
    events.test_start.add_listener(lambda **_: node.begin())
    events.test_stopping.add_listener(lambda **_: node.stopping())
    events.test_stop.add_listener(lambda **_: node.end())
    # Called before Locust's own listeners, the last being first: a worker's last report precedes its farewell.
    events.quitting.add_listener(lambda **_: node.stop())


def _follow(node: Node) -> None:
    events, runner = _events(node.environment), node.runner
    events.report_to_master.add_listener(lambda data, **_: node.add_report(data))
    if runner:
        runner.register_message(_GRANT, lambda msg, **_: node.on_grant(msg))
        # Concurrent, since it waits for users to stop while grants still come in.
        runner.register_message("footfall_finish", lambda **_: node.stop(), concurrent=True)


def _lead(node: Node) -> None:
    events, runner = _events(node.environment), node.runner
    events.worker_report.add_listener(lambda client_id, data, **_: node.on_report(client_id, data))
    if runner:
        runner.register_message(_ASK, lambda msg, **_: node.on_ask(msg))
        if not isinstance(runner, MasterRunner):
            runner.register_message(_GRANT, lambda msg, **_: node.on_grant(msg))
    events.quit.add_listener(lambda **_: node.close())


@cache
def attend(listened: Sequence[Callable[..., None]] = (add_options, _on_init)) -> None:
    """Attend to Locust's events; a locustfile calls it once, after it has imported `Learner`."""
    options, init = listened
    known: Any = events
    # Locust calls its listeners with keywords: this one's must be named `parser`.
    known.init_command_line_parser.add_listener(lambda parser, **_: options(parser))
    known.init.add_listener(init)
