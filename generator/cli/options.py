"""The options that several commands share, and the types of their values."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click
from click.shell_completion import CompletionItem

from generator.spec.identity import SESSIONS
from generator.spec.rules import FORMS

if TYPE_CHECKING:
    from generator.population.traffic import Traffic
    from generator.scenarios.story import Scenario

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_SEED = 1
_LONGEST_SESSION = timedelta(hours=1)
_FIRST, _LAST = datetime(1974, 1, 1, tzinfo=UTC), datetime(4999, 12, 31, tzinfo=UTC)


class PositiveInt(click.ParamType[int]):
    """A whole number from `low` to `high`.

    Args:
        low, high: the bounds, both included.
        why: the reason for the upper bound.
    """

    name = "number"

    def __init__(self, low: int, high: int, why: str = "") -> None:
        self.low, self.high, self.why = low, high, why

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; raise an error that names the bounds."""
        expected = f"a whole number from {self.low:,} to {self.high:,}{self.why and f' ({self.why})'}"
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{str(value)[:40]!r}: expected {expected}, in digits", param, ctx)
        if not self.low <= number <= self.high:
            self.fail(f"{str(value)[:40]}: expected {expected}", param, ctx)
        return number


class StartDate(click.ParamType["datetime | str"]):
    """The day on which a dataset begins: a date, or "now"."""

    name = "DATE|now"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> "datetime | str":
        """Return the date, in UTC; without a time it is midnight."""
        if value == "now":
            return "now"
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r}: expected a date such as 2026-01-05 or 2026-01-05T04:30Z, or now", param, ctx
            )
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if not _FIRST <= moment <= _LAST:
            self.fail(f"{value}: expected a date from {_FIRST:%Y-%m-%d} to {_LAST:%Y-%m-%d}", param, ctx)
        return moment

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str  # noqa: ARG002
    ) -> list[CompletionItem]:  # fmt: skip
        """Return the word `now` if it completes the input."""
        return [CompletionItem("now")] if "now".startswith(incomplete) else []


class DatasetOptions(NamedTuple):
    """The shared options of a dataset, without its length and its form."""

    scenario: tuple[str, ...]
    scenario_dir: Path | None
    seed: int
    start: datetime | str | None
    days: int
    learners: int
    locale: tuple[str, ...]
    world: Path | None

    def traffic(self) -> "Traffic":
        """Return the traffic; find the scenarios and the world."""
        from generator.population.traffic import Traffic  # noqa: PLC0415
        from generator.scenarios.loader import choose, find  # noqa: PLC0415  --help and completion do not need it
        from generator.world import World  # noqa: PLC0415

        world = (
            World(locales=self.locale, directory=self.world) if self.locale else World(directory=self.world)
        )
        return Traffic(
            self.seed, choose(find(self.scenario_dir), self.scenario), world,
            start=round(self.first_day().timestamp() * 1000), days=self.days, learners=self.learners,
        )  # fmt: skip

    def first_day(self) -> datetime:
        """Return the first instant of the dataset, in UTC: with `now` its last day ends an hour ago.

        The last sessions have this hour to end, so that no event lies in the future unless the clock of its device
        is ahead.
        """
        from generator.population.traffic import DEFAULT_START  # noqa: PLC0415

        if isinstance(self.start, datetime):
            return self.start
        if self.start is None:
            return DEFAULT_START
        end = datetime.now(UTC).replace(second=0, microsecond=0) - _LONGEST_SESSION
        return end - timedelta(days=self.days)


def _known_scenarios(ctx: click.Context) -> "Iterable[Scenario]":
    from generator.errors import FootfallError  # noqa: PLC0415
    from generator.scenarios.loader import find  # noqa: PLC0415

    try:
        return find(ctx.params.get("scenario_dir")).values()
    except FootfallError:
        return ()


def complete_scenarios(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of the scenarios that complete the input, with their titles."""
    found = _known_scenarios(ctx)
    return [
        CompletionItem(scenario.name, help=scenario.title)
        for scenario in found
        if scenario.name.startswith(incomplete)
    ]


scenarios_option = click.option(
    "--scenario-dir", metavar="DIR", type=click.Path(path_type=Path), is_eager=True,
    help="Read the scenarios from a folder of scripts, or from one script. Default: those of Footfall.",
)  # fmt: skip
seed_option = click.option(
    "--seed", type=PositiveInt(0, 2**63 - 1), default=DEFAULT_SEED, show_default=True, metavar="N",
    help="Seed every random decision; the same seed and options give the same bytes.",
)  # fmt: skip
form_option = click.option(
    "--form", type=click.Choice(FORMS), default="documented", show_default=True,
    help="Use the form of the specification, or the form that deployed pipelines accept.",
)  # fmt: skip

_RECIPE = (
    click.option(
        "--scenario", metavar="NAME", multiple=True, shell_complete=complete_scenarios,
        help="Play this scenario; may be repeated. Default: all, each by its share.",
    ),
    scenarios_option,
    seed_option,
    click.option(
        "--start", type=StartDate(), metavar="DATE|now",
        help="Begin on this day, in UTC; with now, end the last day now. Default: 2026-01-05.",
    ),
    click.option(
        "--days", type=PositiveInt(1, 36_500, "a hundred years"), default=1, show_default=True, metavar="N",
        help="Spread the sessions over N days.",
    ),
    click.option(
        "--learners", type=PositiveInt(1, 10**9), default=2000, show_default=True, metavar="N",
        help="Choose the learner of each session among N.",
    ),
    click.option(
        "--locale", metavar="LOCALE", multiple=True,
        help="Use names and phrases in this locale of Faker; may be repeated. Default: en_IN and hi_IN.",
    ),
    click.option(
        "--world", metavar="DIR", type=click.Path(path_type=Path),
        help="Read channels, contents, users, devices or dialcodes from CSV or JSONL files in a folder.",
    ),
)  # fmt: skip


def dataset_options(function: F) -> F:
    """Add the options of a dataset to a command, which gets them as one argument `recipe`."""

    @wraps(function)
    def called(**values: Any) -> Any:
        recipe = DatasetOptions(**{name: values.pop(name) for name in DatasetOptions._fields})
        return function(recipe=recipe, **values)

    for option in reversed(_RECIPE):
        called = option(called)
    return called  # type: ignore[return-value]


sessions_type = PositiveInt(1, SESSIONS, "a session's number has 40 bits")
