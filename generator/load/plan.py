"""The plan of a load run: its settings, and what they name, loaded."""

import os
from collections import Counter
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any

from generator.chance import SeededChance
from generator.delivery.address import check_token
from generator.delivery.batch import Batch, Identity, in_form
from generator.delivery.contracts import Contract
from generator.delivery.contracts.choose import TOKEN, contract_named
from generator.delivery.outcome import write
from generator.errors import UsageError
from generator.load.checks.baseline import read_baseline
from generator.load.checks.check import parse_checks
from generator.load.faults import fault_plan
from generator.load.metrics.metrics import ON_FAULTS
from generator.load.random_valid import random_valid
from generator.load.rates.profile import Profile
from generator.load.rates.profile_file import OFFERED, read_profile
from generator.load.replay.assignment import Assignment, assignment_of
from generator.load.replay.cursor import Cursor
from generator.load.replay.dataset import Dataset
from generator.load.replay.pace import RecordedPace
from generator.load.replay.raw_event import check_for_events
from generator.load.settings import BY_DEVICE, Settings
from generator.scenarios.loader import choose, find
from generator.scenarios.recorded_steps import RANDOM_VALID
from generator.scenarios.story import Scenario, Session, play
from generator.world import Learner, World

_SYNCING = {"mobile"}
"""The devices that keep what they record until it is synced, a full batch at a time, and gzip it."""
BATCH_SIZES = {"mobile": 200, "web": 20, "desktop": 20}
"""Events in a batch, as the real clients have it."""


_REHEARSED_AT = 1_767_571_200_000
"""When a rehearsal begins in story time; any instant would do."""


class Plan:
    """What a run plays: settings, and what they name, loaded.

    Attributes:
        form: the contract's.
        largest: the most events that it takes in a batch; 0 for any number.
        path: where it posts them.
        offered: what the open model's profile counts: rate (events) or arrivals (sessions); "" for the closed model.
        profile: the rate of the open model, or a dataset's pace; None for the closed model.
        faults: which faults are injected; false without any.
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
        self.checks = parse_checks(settings.check.splitlines(), self.baseline, settings.timeout)
        self._check_abortion()
        contract = self.contract(os.environ)
        self.form, self.largest, self.path = contract.form, contract.largest, contract.path
        self.faults = fault_plan(
            settings.fault, settings.fault_file, settings.contract, self.form, self.largest,
            allow_crashing_faults=settings.allow_crashing_faults, replay=settings.replay,
        )  # fmt: skip
        self._check_faults()
        self.dataset = Dataset(settings.replay) if settings.replay else None
        self.cursor = self._cursor(self.dataset) if self.dataset else None

    def rehearse(self) -> None:
        """Play a session of each scenario, and write its batches: a script or a contract that raises ends the start.

        Raises:
            ScenarioError: if a script raises, with its line.
            ContractError: if the contract raises, likewise.
        """
        if self.dataset:
            return
        for scenario in self.scenarios:
            chance = SeededChance(self.settings.seed, "rehearsal", scenario.name)
            learner = self.world.learner(0, scenario.device)
            self._write(play(scenario, learner, _REHEARSED_AT, chance), learner, scenario.device)

    def _write(self, session: Session, learner: Learner, device: str) -> None:
        """Write the batches of a session, without sending them."""
        contract = self.contract(os.environ, device)
        identity = Identity(learner.device.id, learner.channel.id, learner.device.pdata.id)
        batches = session.batches(self.batch_size(device), at_end=self.cuts_at_end(device))
        for number, recorded in enumerate(batches):
            events = in_form(recorded, contract.form)
            write(contract, Batch(session.msgid(number), recorded[-1].event.ets, events, identity))

    def _cursor(self, dataset: Dataset) -> Cursor:
        """Return how far a dataset was replayed; raise UsageError for one that holds nothing to replay."""
        check_for_events(dataset)
        settings = self.settings
        options = {
            name: getattr(settings, name) for name in ("verbatim", "contract", "batch_size", "no_run_tag")
        }
        path = Path(settings.cursor) if settings.cursor else None
        return Cursor(path, dataset, {**options, "form": self.form}, settings.run_id)

    def part(self, runner: Any, options: Any, users: int, *, follows: bool) -> Assignment | None:
        """Return what a node does in a replay, see `assignment_of`; None without a replay."""
        if self.dataset is None or self.cursor is None:
            return None
        return assignment_of(
            runner, options, users, self.dataset.digest, self.cursor.done.text, follows=follows
        )

    def run(self) -> int:
        """Return the run: that of a cursor, with which it goes on, or see `Settings.run`."""
        gone_on_with = self.cursor.run if self.cursor else None
        return self.settings.run() if gone_on_with is None else gone_on_with

    def _check_abortion(self) -> None:
        """Check that what should end the run early is judged while it lasts."""
        rises = self.profile is not None and self.profile.is_breakpoint
        if self.settings.abort_on_fail and not rises and not any(check.window for check in self.checks):
            first = self.checks[0]
            raise UsageError(
                f"--abort-on-fail: {first} is judged at the end alone; add in how long a time it must hold, "
                f"such as '{first} over 10s'"
            )

    def _check_faults(self) -> None:
        """Check that faults are injected if a check judges them."""
        asked = [check for check in self.checks if check.metric in ON_FAULTS]
        if asked and not self.faults:
            raise UsageError(
                f"--check {asked[0]}: this run injects no fault that could be judged; add --fault, or leave it out"
            )

    def contract(self, environ: Mapping[str, str], device: str = "") -> Contract:
        """Make the contract for a kind of device, with the token that the environment holds."""
        settings = self.settings
        compress = settings.compress
        if compress == BY_DEVICE:
            compress = "gzip" if device in _SYNCING else "none"
        token = check_token(environ.get(TOKEN), TOKEN)
        return contract_named(
            settings.contract,
            path=settings.path,
            token=token,
            compress=compress,
            form=settings.form or None,
            environ=environ,
        )

    def device(self, place: int) -> str:
        """Return the kind of device which the learner at this place in the queue has."""
        return self._devices.at(place)

    @staticmethod
    def cuts_at_end(device: str) -> bool:
        """Return whether this kind of device sends at each END."""
        return device not in _SYNCING

    def batch_size(self, device: str) -> int:
        """Return the events in a batch from this kind of device; no more than the contract takes."""
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
        """Return the device at a place."""
        while len(self._dealt) <= place:
            device = max(self._shares, key=self._claim)
            self._given[device] += 1
            self._dealt.append(device)
        return self._dealt[place]

    def _claim(self, device: str) -> tuple[float, float]:
        given, share = self._given[device], self._shares[device]
        return (share / given if given else inf, share)


def share_of(scenario: Scenario) -> float:
    """Return how often a scenario is played, relative to the others; one without a share that was asked for, too."""
    return scenario.share or 1


def _scenarios(settings: Settings) -> list[Scenario]:
    names = [name.strip() for name in settings.scenario.split(",") if name.strip()]
    scenarios = find(Path(settings.scenario_dir) if settings.scenario_dir else None)
    if RANDOM_VALID in names:
        scenarios[RANDOM_VALID] = random_valid(settings.seed)
    return choose(scenarios, names)


def _offered(settings: Settings) -> tuple[str, Profile | RecordedPace | None]:
    """Return what is due in the open model, and at which rate."""
    if settings.rate_file:
        read = read_profile(Path(settings.rate_file))
        return read.offered, read.profile
    for name in OFFERED:
        text = getattr(settings, name)
        if text:
            return name, Profile.parse(text, f"--{name}")
    return "", RecordedPace("unpaced" if settings.unpaced else "recorded") if settings.replay else None
