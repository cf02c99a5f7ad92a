"""The options of a load run, checked before anything is sent."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Literal

from generator.delivery.contracts.body import COMPRESSIONS, Compression
from generator.errors import UsageError
from generator.load.rates.arrivals import PROCESSES, Process
from generator.spec.identity import RUNS
from generator.spec.rules import FORMS, Form

BY_DEVICE: Literal["device"] = "device"
CLIENTS = ("footfall", "locust")
_CHOICES: dict[str, tuple[str, ...]] = {
    "compress": (*COMPRESSIONS, BY_DEVICE), "form": ("", *FORMS), "arrival_process": PROCESSES, "http_client": CLIENTS,
}  # fmt: skip
LARGEST_BATCH = 1000
LONGEST_TIMEOUT = 3600
LONGEST_SETTLE = 86_400
MOST_RESENT = 100
SLOWEST, FASTEST = 0.001, 1_000_000.0


@dataclass(frozen=True)
class Settings:
    """The options of a load run; their texts are as on the command line, "" if not given.

    Attributes:
        scenario: names, with commas between them; random-valid among them for sessions that no script makes.
        scenario_dir: a folder of the user's own scripts.
        run_id: 8 hex digits; a fresh one in every run unless given.
        batch_size: events in a batch; 0 for what the real client of the device has.
        sessions: how many in all; 0 for no end.
        speed: how much faster than life.
        timeout: seconds from a batch's sending to the end of its answer, beyond which its outcome is unknown.
        no_run_tag: whether events lack the tag `footfall:RUN`, by which a run can be purged.
        summary: a file for the numbers of the run, as JSON.
        store: the folder of the embedded endpoint.
        contract: how the endpoint wants batches, see `CONTRACTS`.
        rate: the open model: events a second, or a profile of them.
        arrivals: the open model: sessions a second, or a profile of them.
        rate_file: a file with rate or arrivals.
        arrival_process: how what is due follows one another: poisson, or constant.
        check: what must hold, one a line.
        abort_on_fail: whether the first check that fails ends the run.
        baseline: an earlier run's summary, which checks and report compare with.
        report: a file for the run's page.
        junit: a file for the checks as JUnit has them.
        http_client: footfall, or locust for its own client.
        retries: how often a batch is sent again that was not acknowledged, and could be.
        replay: a dataset that is sent instead of played sessions: a file, a folder, or a pattern of files.
        verbatim: whether its events are sent as they are.
        unpaced: whether they are sent as fast as it goes, rather than as they were recorded.
        cursor: a file that holds how far the dataset was sent, for a later run.
        ledger: a folder for the ledgers of all that is sent, one a worker.
        verify: the sink that is held against them at the end, as `footfall verify --against` takes it.
        settle_time: seconds between the end and that.
        fault: which faults are injected, one kind and its share a line.
        fault_file: a TOML file with the same.
        allow_crashing_faults: whether these may be faults at which deployed pipelines are known to crash.
    """

    scenario: str = ""
    scenario_dir: str = ""
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
    no_run_tag: bool = False
    insecure: bool = False
    timeout: float = 30.0
    summary: str = ""
    store: str = ""
    rate: str = ""
    arrivals: str = ""
    rate_file: str = ""
    arrival_process: Process = "poisson"
    check: str = ""
    abort_on_fail: bool = False
    baseline: str = ""
    report: str = ""
    junit: str = ""
    http_client: str = CLIENTS[0]
    retries: int = 0
    replay: str = ""
    verbatim: bool = False
    unpaced: bool = False
    cursor: str = ""
    ledger: str = ""
    verify: str = ""
    settle_time: float = 0.0
    fault: str = ""
    fault_file: str = ""
    allow_crashing_faults: bool = False

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
        """Check that the options of the two models are not mixed."""
        given = [name for name in ("rate", "arrivals", "rate_file") if getattr(self, name)]
        if len(given) > 1:
            raise UsageError(
                f"--{given[0]} and --{given[1].replace('_', '-')} both determine what is due when; choose one of them"
            )
        if self.rate and self.speed != 1:
            raise UsageError(
                f"--speed {self.speed}: --rate alone decides how fast events are sent; use --arrivals, or leave --speed out"
            )
        if not 0 <= self.retries <= MOST_RESENT:
            raise UsageError(
                f"--retries {self.retries}: choose from 1 to {MOST_RESENT} times, or 0 for never"
            )
        if self.retries and not given and not self.replay:
            raise UsageError(
                f"--retries {self.retries}: it goes with --rate or --arrivals; a paced learner sends once"
            )
        if self.abort_on_fail and not self.check:
            raise UsageError(
                "--abort-on-fail: it needs a --check that could fail; add one, such as 'error_rate<1% over 10s'"
            )

    def _check_replay(self) -> None:
        """Check that what is for a dataset goes with one, and what is for played sessions does not."""
        if not self.replay:
            for name in ("verbatim", "unpaced", "cursor"):
                if getattr(self, name):
                    raise UsageError(
                        f"--{name.replace('_', '-')}: it goes with --replay; name a dataset there"
                    )
            return
        for name in ("scenario", "scenario_dir", "world"):
            if getattr(self, name):
                raise UsageError(
                    f"--{name.replace('_', '-')} {getattr(self, name)}: --replay {self.replay} plays nothing; leave one of them out"
                )
        if self.unpaced:
            for name in ("rate", "arrivals", "rate_file"):
                if getattr(self, name):
                    option = name.replace("_", "-")
                    raise UsageError(
                        f"--unpaced and --{option} both determine what is due when; choose one of them"
                    )
            if self.speed != 1:
                raise UsageError(
                    f"--speed {self.speed}: --unpaced is as fast as it goes; leave one of them out"
                )

    def _check_ledger(self) -> None:
        """Check that the run makes what can be compared with a sink."""
        if self.verify and not self.ledger:
            raise UsageError(
                f"--verify {self.verify}: it holds a ledger against the sink; name a folder for one with --ledger"
            )
        if self.ledger and self.verbatim:
            raise UsageError(
                f"--ledger {self.ledger}: it identifies events by the run's own ids, and --verbatim gives them none; "
                "leave one of them out"
            )
        if not 0 <= self.settle_time <= LONGEST_SETTLE:
            raise UsageError(f"--settle-time {self.settle_time}: choose from 0 to {LONGEST_SETTLE:,} seconds")
        if self.settle_time and not self.verify:
            raise UsageError(f"--settle-time {self.settle_time}: it goes with --verify; name a sink there")

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Settings":
        """Take the settings out of all of a program's options."""
        return cls(**{field.name: options[field.name] for field in fields(cls) if field.name in options})

    def for_sending(self) -> "Settings":
        """Return what a node that only sends needs: judging and writing are the leader's, and so are the files for it."""
        return replace(
            self, check="", abort_on_fail=False, baseline="", summary="", report="", junit="", cursor="",
            verify="", settle_time=0.0,
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """Return what was asked for, where it is not what is done by default; no secret is among the settings."""
        return {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default
        }

    def run(self) -> int:
        """Return the run that was asked for, or a fresh one: pipelines remember mids for an hour."""
        return int(self.run_id, 16) if self.run_id else int.from_bytes(os.urandom(4), "big") % RUNS
