"""The options that Footfall adds to Locust's."""

import os
import sys
from argparse import SUPPRESS, Action, ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

from generator.delivery.contracts.body import COMPRESSIONS
from generator.delivery.contracts.choose import CONTRACTS
from generator.load.rates.arrivals import PROCESSES
from generator.load.runner.echo import echo
from generator.load.settings import BY_DEVICE, CLIENTS, Settings
from generator.spec.rules import FORMS
from generator.system.environment import NAMES, misspelt
from generator.system.renamed_options import RENAMED


class _Text(Action):
    """Takes an option that has a text. An empty one is rejected: it comes from a shell variable that is not set."""

    separator: str | None = None
    """What stands between the values of an option that may be repeated; None if the last value wins."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option: str | None = None
    ) -> None:
        """Take one more value."""
        if not str(values).strip():
            parser.exit(2, f"footfall: {empty(option or self.option_strings[0])}\n")
        before = getattr(namespace, self.dest, "") if self.separator else ""
        setattr(namespace, self.dest, f"{before}{self.separator}{values}" if before else values)


class _Listed(_Text):
    """Takes an option that may be repeated; its values become one text with commas."""

    separator = ","


class _Lines(_Text):
    """Takes an option that may be repeated; its values become lines."""

    separator = "\n"


STOP_TIMEOUT = 10.0
"""Seconds that users have for their last answers; a fraction, which marks it as neither an option's nor the environment's."""


def empty(option: str) -> str:
    """Return the message for an option without a value."""
    return f"{option} '': it is empty, perhaps an environment variable that is not set. Give a value, or leave {option} out."


class _Help(Action):
    """Shows the options of the group it stands in."""

    def __call__(self, parser: ArgumentParser, *_: Any) -> None:
        """Show them, and end."""
        formatter = parser._get_formatter()  # noqa: SLF001  as below
        [group] = (group for group in parser._action_groups if self in group._group_actions)  # noqa: SLF001  no other way
        formatter.start_section(group.title)
        formatter.add_arguments(group._group_actions)  # noqa: SLF001  no other way
        formatter.end_section()
        sys.stdout.write(formatter.format_help())
        parser.exit()


class _Renamed(Action):
    """Reject an option that has another name now."""

    def __call__(
        self, parser: ArgumentParser, _namespace: Namespace, _values: Any, option: str | None = None
    ) -> None:
        """End the program, naming the new option."""
        parser.exit(2, f"footfall: {option} is renamed to {RENAMED[option or self.option_strings[0]]}\n")


_DEFAULT = Settings()


def add_options(parser: Any) -> None:
    """Return Locust the options of `Settings`; they show in the web interface too."""
    group = parser.add_argument_group("Footfall options")

    def add(*names: str, **how: Any) -> None:
        name = names[0].removeprefix("--").replace("-", "_")
        default = getattr(_DEFAULT, name)
        if isinstance(default, str):
            how.setdefault("action", _Text)
        # As Locust's own options have it: LOCUST_RATE for --rate.
        action = group.add_argument(*names, default=default, env_var=f"LOCUST_{name.upper()}", **how)
        # Locust gives these to its own options, and not to those in a group.
        action.include_in_web_ui = True
        action.is_secret = action.is_required = action.is_multiple = False

    # Locust answers --help before it has read a locustfile.
    group.add_argument("--footfall-help", action=_Help, nargs=0, default=SUPPRESS,
        help="Show these options and exit; --help shows only Locust's own")  # fmt: skip
    # Loopback, as in pyproject.toml of the clone, and time for answers.
    parser.set_defaults(web_host="127.0.0.1", stop_timeout=STOP_TIMEOUT)
    for some in (_add_stories, _add_rates, _add_replay, _add_faults, _add_endpoint, _add_results):
        some(add)
    parser.allow_abbrev = False
    for old, new in RENAMED.items():
        if new in parser._option_string_actions and old not in parser._option_string_actions:  # noqa: SLF001  no other way
            group.add_argument(old, action=_Renamed, nargs="?", default=SUPPRESS, help=SUPPRESS)
    _warn_of_misspelt_twins(parser)


_READ_ELSEWHERE = frozenset(
    {
        "LOCUST_PLAYWRIGHT", "LOCUST_SKIP_MONKEY_PATCH", "LOCUST_SKIP_URLLIB", "LOCUST_WAIT_FOR_WORKERS_REPORT_AFTER_RAMP_UP",
        "LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP",
    }
)  # fmt: skip
"""The variables that Locust reads and that are not options."""


def _warn_of_misspelt_twins(parser: ArgumentParser) -> None:
    """Name the variables that nearly are an option's twin. This is called before workers are forked, so it is printed once."""
    twins = {name for action in parser._actions if (name := getattr(action, "env_var", None))}  # noqa: SLF001  no other way
    for line in misspelt(os.environ, {*twins, *_READ_ELSEWHERE, *NAMES}):
        echo(line)


Add = Callable[..., None]


def _add_stories(add: Add) -> None:
    """Add what is played, by whom."""
    add("--scenario", action=_Listed, metavar="NAME",
        help="Which to play: repeat it, or put commas between names; random-valid for what no script makes; "
        "all that have a share by default")  # fmt: skip
    add("--scenario-dir", metavar="DIR", help="A folder of your own scenario scripts")
    add("--seed", type=int, help="Decides who plays what and how")
    add("--run-id", metavar="HEX",
        help="The run in every mid, 8 hex digits; a fresh one by default, since pipelines remember mids")  # fmt: skip
    add("--world", metavar="DIR",
        help="Your own channels, contents, users, devices or DIAL codes, as CSV or JSONL")  # fmt: skip
    add("--locale", help="Faker's locales, with commas between them")
    add("--sessions", type=int, metavar="N", help="End after N sessions in all; 0: do not")
    add("--no-run-tag", action="store_true",
        help="Send events without the tag footfall:RUN, by which a run can be purged")  # fmt: skip


def _add_rates(add: Add) -> None:
    """Add how fast it is offered."""
    add("--speed", type=float, help="How much faster than life; 60 makes an hour a minute")
    add("--rate", metavar="PROFILE",
        help="Open model: events a second, whatever the endpoint's speed; 100k, or ramp:0..100k in 60s")  # fmt: skip
    add("--arrivals", metavar="PROFILE",
        help="Open model: sessions a second, each at its own pace; 20, or day:50 in 10m")  # fmt: skip
    add("--rate-file", metavar="FILE",
        help="A TOML file with rate or arrivals, or the points between which the rate is linear")  # fmt: skip
    add("--arrival-process", choices=PROCESSES,
        help="How what is due follows one another: by chance, as from many people, or evenly")  # fmt: skip


def _add_replay(add: Add) -> None:
    """Add what is sent instead of played sessions."""
    add("--replay", metavar="PATH",
        help="Send a dataset instead of played sessions: a file of events or batches, a folder, or a pattern; "
        "with new identities and now, as it was recorded times --speed")  # fmt: skip
    add("--verbatim", action="store_true",
        help="With --replay: send events as they are, with their own ids and dates")  # fmt: skip
    add("--unpaced", action="store_true", help="With --replay: as fast as the connections go")
    add("--cursor", metavar="FILE",
        help="With --replay: note there what was acknowledged, and go on from there the next time")  # fmt: skip


def _add_faults(add: Add) -> None:
    """Add the options of fault injection."""
    add("--fault", action=_Lines, metavar="KIND=SHARE",
        help="Inject this fault into a share of what is sent, labelled: missing_field=0.01, repeated_batch=0.001, or dirty "
        "for what real clients do; repeat it")  # fmt: skip
    add("--fault-file", metavar="FILE", help="A TOML file of faults: a kind and its share a line")
    add("--allow-crashing-faults", action="store_true",
        help="Also inject faults at which deployed pipelines are known to crash; if the endpoint is yours alone")  # fmt: skip


def _add_endpoint(add: Add) -> None:
    """Add where it goes, and how."""
    add("--contract", help=f"How the endpoint wants batches: {', '.join(CONTRACTS)}")
    add("--path", help="Where the endpoint takes batches; the contract's own by default")
    add("--batch-size", type=int, metavar="N",
        help="Events in a batch at most; 0 for what the real clients have: 20 on the web, 200 on phones")  # fmt: skip
    add("--compress", choices=(*COMPRESSIONS, BY_DEVICE),
        help="none, gzip, or device: gzip from phones alone, as in life; none costs the least time here")  # fmt: skip
    add("--form", choices=("", *FORMS),
        help="wire, as pipelines take it, or documented; the contract's own by default")  # fmt: skip
    add("--http-client", choices=CLIENTS,
        help="footfall, the fast one, or locust for proxies and cookies")  # fmt: skip
    add("--insecure", action="store_true", help="Take any certificate")
    add("--timeout", type=float, metavar="SECONDS",
        help="How long an answer may take; what became of a batch without one is unknown")  # fmt: skip
    add("--retries", type=int, metavar="N",
        help="Send a batch that was not acknowledged up to N times again; never by default")  # fmt: skip
    add("--store", metavar="DIR",
        help="Where the embedded endpoint stores; a fresh temporary folder by default")  # fmt: skip


def _add_results(add: Add) -> None:
    """Add what must hold, and what is written."""
    add("--check", action=_Lines, metavar="CHECK",
        help="What must hold, such as response_p99<250ms, or error_rate<0.1%% over 10s; repeat it. "
        "One that fails makes exit code 10")  # fmt: skip
    add("--abort-on-fail", action="store_true", help="End at the first check that fails")
    add("--baseline", metavar="FILE",
        help="An earlier run's summary, for checks such as response_p99<=1.1*baseline, and for the report")  # fmt: skip
    add("--summary", metavar="FILE", help="Write the run's numbers there as JSON")
    add("--report", metavar="FILE", help="Write the run's page there, as HTML")
    add("--junit", metavar="FILE", help="Write the checks there, as JUnit XML")
    add(
        "--ledger", metavar="DIR", help="Write there what is sent and what becomes of it, for footfall verify"
    )
    add("--verify", metavar="SINK",
        help="With --ledger: at the end, prove by what this sink holds that nothing is lost and nothing twice: "
        "files, kafka://…, or embedded for the embedded endpoint's store. Exit code 11 if it is not so, 14 if unknown")  # fmt: skip
    add("--settle-time", type=float, metavar="SECONDS",
        help="With --verify: how long events may take to reach the sink after the last was sent")  # fmt: skip
