"""The options of a load run, checked before anything is sent."""

import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from math import inf
from pathlib import Path
from typing import Any, Literal

from generator.delivery.address import check_token
from generator.delivery.contracts import Contract
from generator.delivery.contracts.choose import TOKEN, contract_named
from generator.delivery.contracts.compression import COMPRESSIONS, Compression
from generator.errors import UsageError
from generator.load.judge.baseline import read_baseline
from generator.load.judge.checks import parse_checks
from generator.load.pool import any_valid
from generator.load.rate.arrivals import PROCESSES, Process
from generator.load.rate.profile import Profile
from generator.load.rate.profile_file import OFFERED, read_profile
from generator.load.replay.cursor import Cursor
from generator.load.replay.dataset import Dataset
from generator.load.replay.entry import check_for_events
from generator.load.replay.pace import Pace
from generator.load.replay.share import Part, part_of
from generator.scripts import choose, find
from generator.spec.identity import RUNS
from generator.spec.rules import FORMS, Form
from generator.steps import ANY_VALID
from generator.story import Scenario
from generator.world import World

MARKS = ("run", "none")
BY_DEVICE: Literal["device"] = "device"
_SYNCING = {"mobile"}
"""The devices that keep what they record until it is synced, a full batch at a time, and gzip it."""
CLIENTS = ("footfall", "locust")
_CHOICES: dict[str, tuple[str, ...]] = {
    "compress": (*COMPRESSIONS, BY_DEVICE), "form": ("", *FORMS), "mark": MARKS, "process": PROCESSES, "http_client": CLIENTS,
}  # fmt: skip
BATCH_SIZES = {"mobile": 200, "web": 20, "desktop": 20}
"""Events in a batch, as the real clients have it."""
LARGEST_BATCH = 1000
LONGEST_TIMEOUT = 3600
LONGEST_SETTLE = 86_400
MOST_RESENT = 100
SLOWEST, FASTEST = 0.001, 1_000_000.0


@dataclass(frozen=True)
class Settings:
    """The options of a load run; their texts are as on the command line, "" where nothing was said.

    Attributes:
        scenario: names, with commas between them; any-valid among them for sessions that no script makes.
        scenarios: a folder of the user's own scripts.
        run_id: 8 hex digits; a fresh one in every run unless given.
        batch_size: events in a batch; 0 for what the real client of the device has.
        sessions: how many in all; 0 for no end.
        speed: how much faster than life.
        timeout: seconds from a batch's sending to the end of its answer, beyond which nobody knows.
        mark: run, for a tag in every event by which the run can be purged, or none.
        summary: a file for the numbers of the run, as JSON.
        store: the folder of the embedded endpoint.
        contract: how the endpoint wants batches, see `CONTRACTS`.
        rate: the open model: events a second, or a profile of them.
        arrivals: the open model: sessions a second, or a profile of them.
        rate_file: a file that says rate or arrivals.
        process: how what is due follows one another: poisson, or constant.
        check: what must hold, one a line.
        abort_on_fail: whether the first check that fails ends the run.
        baseline: an earlier run's summary, which checks and report compare with.
        report: a file for the run's page.
        junit: a file for the checks as JUnit has them.
        http_client: footfall, or locust for its own client.
        resend: how often a batch is sent again that was not acknowledged, and could be.
        replay: a dataset that is sent in place of played sessions: a file, a folder, or a pattern of files.
        verbatim: whether its events are sent as they are.
        flat_out: whether they are sent as fast as it goes, rather than as they were recorded.
        cursor: a file that says how far the dataset was sent, for a later run.
        ledger: a folder for the ledgers of all that is sent, one a worker.
        verify: the sink that is held against them at the end, as `footfall verify --against` takes it.
        settle: seconds between the end and that.
    """

    scenario: str = ""
    scenarios: str = ""
    seed: int = 1
    run_id: str = ""
    contract: str = "sunbird"
    path: str = ""
    batch_size: int = 0
    compress: Compression | Literal["device"] = "none"
    form: Form | Literal[""] = ""
    world: str = ""
    locale: str = "en_IN,hi_IN"
    speed: float = 1.0
    sessions: int = 0
    mark: str = "run"
    insecure: bool = False
    timeout: float = 30.0
    summary: str = ""
    store: str = ""
    rate: str = ""
    arrivals: str = ""
    rate_file: str = ""
    process: Process = "poisson"
    check: str = ""
    abort_on_fail: bool = False
    baseline: str = ""
    report: str = ""
    junit: str = ""
    http_client: str = CLIENTS[0]
    resend: int = 0
    replay: str = ""
    verbatim: bool = False
    flat_out: bool = False
    cursor: str = ""
    ledger: str = ""
    verify: str = ""
    settle: float = 0.0

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            value = getattr(self, name)
            if value not in known:
                near = get_close_matches(value, known, n=1)
                hint = (
                    f"did you mean {near[0]}?" if near else f"choose one of {', '.join(filter(None, known))}"
                )
                raise UsageError(f"--{name.replace('_', '-')} {value!r}: {hint}")
        self._check_model()
        self._check_replay()
        self._check_ledger()
        if not SLOWEST <= self.speed <= FASTEST:
            raise UsageError(
                f"--speed {self.speed}: choose from {SLOWEST} to {FASTEST:,.0f}; 60 makes an hour a minute"
            )
        if not 0 <= self.batch_size <= LARGEST_BATCH:
            raise UsageError(
                f"--batch-size {self.batch_size}: choose from 1 to {LARGEST_BATCH}, or 0 for the device's own"
            )
        if not 0 < self.timeout <= LONGEST_TIMEOUT:
            raise UsageError(
                f"--timeout {self.timeout}: choose more than 0 and at most {LONGEST_TIMEOUT} seconds"
            )
        if self.sessions < 0:
            raise UsageError(f"--sessions {self.sessions}: choose 1 or more, or 0 for no end")
        if not re.fullmatch(r"[0-9a-fA-F]{0,8}", self.run_id):
            raise UsageError(f"--run-id {self.run_id!r}: give at most 8 hex digits, as in the run's tag")

    def _check_model(self) -> None:
        """See that the options of the two models are not mixed."""
        said = [name for name in ("rate", "arrivals", "rate_file") if getattr(self, name)]
        if len(said) > 1:
            raise UsageError(
                f"--{said[0]} and --{said[1].replace('_', '-')} both say what is due when; choose one of them"
            )
        if self.rate and self.speed != 1:
            raise UsageError(
                f"--speed {self.speed}: --rate alone says how fast events are sent; use --arrivals, or leave --speed out"
            )
        if not 0 <= self.resend <= MOST_RESENT:
            raise UsageError(f"--resend {self.resend}: choose from 1 to {MOST_RESENT} times, or 0 for never")
        if self.resend and not said and not self.replay:
            raise UsageError(
                f"--resend {self.resend}: it goes with --rate or --arrivals; a paced learner sends once"
            )
        if self.abort_on_fail and not self.check:
            raise UsageError(
                "--abort-on-fail: there is no --check that could fail; add one, such as 'error_rate<1% over 10s'"
            )

    def _check_replay(self) -> None:
        """See that what is for a dataset goes with one, and what is for played sessions does not."""
        if not self.replay:
            for name in ("verbatim", "flat_out", "cursor"):
                if getattr(self, name):
                    raise UsageError(
                        f"--{name.replace('_', '-')}: it goes with --replay; name a dataset there"
                    )
            return
        for name in ("scenario", "scenarios", "world"):
            if getattr(self, name):
                raise UsageError(
                    f"--{name} {getattr(self, name)}: --replay {self.replay} plays nothing; leave one of them out"
                )
        if self.flat_out:
            for name in ("rate", "arrivals", "rate_file"):
                if getattr(self, name):
                    option = name.replace("_", "-")
                    raise UsageError(
                        f"--flat-out and --{option} both say what is due when; choose one of them"
                    )
            if self.speed != 1:
                raise UsageError(
                    f"--speed {self.speed}: --flat-out is as fast as it goes; leave one of them out"
                )

    def _check_ledger(self) -> None:
        """See that there is something to hold against a sink."""
        if self.verify and not self.ledger:
            raise UsageError(
                f"--verify {self.verify}: it holds a ledger against the sink; name a folder for one with --ledger"
            )
        if self.ledger and self.verbatim:
            raise UsageError(
                f"--ledger {self.ledger}: it tells events by the run's own ids, and --verbatim gives them none; "
                "leave one of them out"
            )
        if not 0 <= self.settle <= LONGEST_SETTLE:
            raise UsageError(f"--settle {self.settle}: choose from 0 to {LONGEST_SETTLE:,} seconds")
        if self.settle and not self.verify:
            raise UsageError(f"--settle {self.settle}: it goes with --verify; name a sink there")

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Settings":
        """Take the settings out of all of a program's options."""
        return cls(**{field.name: options[field.name] for field in fields(cls) if field.name in options})

    def for_sending(self) -> "Settings":
        """Give what whoever only sends needs: judging and writing are the leader's, and so are the files for it."""
        return replace(
            self, check="", abort_on_fail=False, baseline="", summary="", report="", junit="", cursor="",
            verify="", settle=0.0,
        )  # fmt: skip

    def said(self) -> dict[str, Any]:
        """Give what was asked for, where it is not what is done by default; no secret is among the settings."""
        return {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default
        }

    def run(self) -> int:
        """Give the run that was asked for, or a fresh one: pipelines remember mids for an hour."""
        return int(self.run_id, 16) if self.run_id else int.from_bytes(os.urandom(4), "big") % RUNS


class Plan:
    """What a run plays: settings, and what they name, loaded.

    Attributes:
        form: the contract's.
        largest: the most events that it takes in a batch; 0 for any number.
        offered: what the open model's profile counts: rate (events) or arrivals (sessions); "" for the closed model.
        profile: the rate of the open model, or a dataset's pace; None for the closed model.
        dataset: what is replayed, where anything is.
        cursor: how far it was, where it is replayed.

    Raises:
        FootfallError: for what cannot be found, read or understood.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.scenarios = _scenarios(settings)
        self._devices = _Devices(self.scenarios)
        locales = tuple(locale.strip() for locale in settings.locale.split(",") if locale.strip())
        self.world = World(settings.seed, locales, settings.world or None)
        self.offered, self.profile = _offered(settings)
        self.baseline = read_baseline(settings.baseline) if settings.baseline else None
        self.checks = parse_checks(settings.check.splitlines(), self.baseline)
        self._check_abortion()
        contract = self.contract(os.environ)
        self.form, self.largest = contract.form, contract.largest
        self.dataset = Dataset(settings.replay) if settings.replay else None
        self.cursor = self._cursor(self.dataset) if self.dataset else None

    def _cursor(self, dataset: Dataset) -> Cursor:
        """Give how far a dataset was replayed, and refuse one that holds nothing to replay."""
        check_for_events(dataset)
        said = self.settings
        options = {name: getattr(said, name) for name in ("verbatim", "contract", "batch_size", "mark")}
        path = Path(said.cursor) if said.cursor else None
        return Cursor(path, dataset, {**options, "form": self.form}, said.run_id)

    def part(self, runner: Any, options: Any, users: int, *, follows: bool) -> Part | None:
        """Say what a node does in a replay, see `part_of`; None where nothing is replayed."""
        if self.dataset is None or self.cursor is None:
            return None
        return part_of(runner, options, users, self.dataset.digest, self.cursor.done.text, follows=follows)

    def run(self) -> int:
        """Give the run: that of a cursor, with which it goes on, or see `Settings.run`."""
        gone_on_with = self.cursor.run if self.cursor else None
        return self.settings.run() if gone_on_with is None else gone_on_with

    def _check_abortion(self) -> None:
        """See that what should end the run early is judged while it lasts."""
        rises = self.profile is not None and self.profile.is_breakpoint
        if self.settings.abort_on_fail and not rises and not any(check.window for check in self.checks):
            first = self.checks[0]
            raise UsageError(
                f"--abort-on-fail: {first} is judged at the end alone; say in how long a time it must hold, "
                f"such as '{first} over 10s'"
            )

    def contract(self, environ: Mapping[str, str], device: str = "") -> Contract:
        """Make the contract for a kind of device, with the token that the environment holds."""
        said = self.settings
        compress = said.compress
        if compress == BY_DEVICE:
            compress = "gzip" if device in _SYNCING else "none"
        token = check_token(environ.get(TOKEN), TOKEN)
        return contract_named(
            said.contract,
            path=said.path,
            token=token,
            compress=compress,
            form=said.form or None,
            environ=environ,
        )

    def device(self, place: int) -> str:
        """Give the kind of device which the learner at this place in the queue has."""
        return self._devices.at(place)

    @staticmethod
    def cuts_at_end(device: str) -> bool:
        """Say whether this kind of device sends at each END."""
        return device not in _SYNCING

    def batch_size(self, device: str) -> int:
        """Give the events in a batch from this kind of device; no more than the contract takes."""
        size = self.settings.batch_size or BATCH_SIZES[device]
        return min(size, self.largest or size)


class _Devices:
    """Deals devices out by the scenarios' shares, so that few learners see the mix too.

    The next learner has the device whose share divided by the number of those who have it already is the
    greatest: the first ones have all different devices, and any number of them comes close to the shares.
    """

    def __init__(self, scenarios: list[Scenario]) -> None:
        self._shares: dict[str, float] = {}
        for scenario in scenarios:
            self._shares[scenario.device] = self._shares.get(scenario.device, 0) + share_of(scenario)
        self._given: Counter[str] = Counter()
        self._dealt: list[str] = []

    def at(self, place: int) -> str:
        """Give the device at a place."""
        while len(self._dealt) <= place:
            device = max(self._shares, key=self._claim)
            self._given[device] += 1
            self._dealt.append(device)
        return self._dealt[place]

    def _claim(self, device: str) -> tuple[float, float]:
        given, share = self._given[device], self._shares[device]
        return (share / given if given else inf, share)


def share_of(scenario: Scenario) -> float:
    """Give how often a scenario is played beside the others; one without a share that was asked for, too."""
    return scenario.share or 1


def _scenarios(settings: Settings) -> list[Scenario]:
    names = [name.strip() for name in settings.scenario.split(",") if name.strip()]
    scenarios = find(Path(settings.scenarios) if settings.scenarios else None)
    if ANY_VALID in names:
        scenarios[ANY_VALID] = any_valid(settings.seed)
    return choose(scenarios, names)


def _offered(settings: Settings) -> tuple[str, Profile | Pace | None]:
    """Say what is due in the open model, and at which rate."""
    if settings.rate_file:
        said = read_profile(Path(settings.rate_file))
        return said.offered, said.profile
    for name in OFFERED:
        text = getattr(settings, name)
        if text:
            return name, Profile.parse(text, f"--{name}")
    return "", Pace("flat-out" if settings.flat_out else "recorded") if settings.replay else None
