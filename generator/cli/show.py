"""`footfall show`: one session as a timeline, made on the spot or read from a file."""

import os
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click
import msgspec
from click.core import ParameterSource

from generator.cli.options import DatasetOptions, PositiveInt, dataset_options, form_option
from generator.cli.terminal import pluralise
from generator.datasets.build import run_of
from generator.datasets.reader import InputHints, events, opened
from generator.errors import UsageError
from generator.report.event_text import span
from generator.spec.identity import SESSIONS, read_mid
from generator.spec.rules import Form

if TYPE_CHECKING:
    from generator.cli.timeline import TimelineHead

_HELD = 100_000
_PIPED_WIDTH = 120


@click.command("show")
@click.argument("file", required=False, type=click.Path(allow_dash=True))
@click.option(
    "--session", type=PositiveInt(0, SESSIONS - 1), default=0, show_default=True, metavar="N",
    help="Its number in the dataset; with FILE, the Nth that begins there.",
)  # fmt: skip
@form_option
@click.option("--json", "as_json", is_flag=True, help="The events as JSON, one a line.")
@dataset_options
@click.pass_context
def command(
    context: click.Context, recipe: DatasetOptions, file: str | None, session: int, form: Form, as_json: bool
) -> None:
    """Draw one session as a timeline.

    Without FILE it is the session that generate writes with the same options; with FILE, or - for standard
    input, it is one of the sessions there. Colours are for terminals; NO_COLOR turns them off.

    \b
    Example:
      footfall show
      footfall show --scenario content_editor --session 3
      footfall generate --sessions 5 | footfall show --session 4 -
    """  # noqa: D301
    if file is None:
        _show_played(recipe, session, form, as_json)
    else:
        _refuse_what_a_file_decides(context)
        _show_read(file, session, as_json)


def _refuse_what_a_file_decides(context: click.Context) -> None:
    """Refuse the options that say how a session is made, where it is made already."""
    for name in (*DatasetOptions._fields, "form"):
        if context.get_parameter_source(name) == ParameterSource.COMMANDLINE:
            raise UsageError(
                f"--{name} says how a session is made, and those of FILE are made already; leave --{name} out, or FILE"
            )


def _show_played(recipe: DatasetOptions, number: int, form: Form, as_json: bool) -> None:
    traffic = recipe.traffic()
    with redirect_stdout(sys.stderr):  # what a script prints must not stand among the events
        session = traffic.play(number, run_of(traffic))
    lines = session.lines(form)
    if as_json:
        click.echo(lines, nl=False)
        return
    arrival = traffic.arrival(number)
    learner = arrival.learner
    who = f"learner {learner.index} on {learner.device.kind}, {learner.locale}, class {learner.grade}"
    decoded = [msgspec.json.decode(line) for line in lines.splitlines()]
    _draw(_head(f"{session.scenario} · {arrival.scenario.title}", who, number, decoded, form), decoded)


def _show_read(file: str, number: int, as_json: bool) -> None:
    key, lines = _session_of(file, number)
    if as_json:
        click.echo(b"\n".join(lines))
        return
    decoded = [msgspec.json.decode(line) for line in lines]
    ours = read_mid(str(decoded[0].get("mid", "")))
    who = f"session {ours.session} of run {ours.run:08x}" if ours else f"did and sid {' '.join(key)}"
    _draw(_head(f"{file} · session {number}", who, None, decoded, None), decoded)


def _head(
    title: str, who: str, number: int | None, decoded: list[dict[str, Any]], form: Form | None
) -> "TimelineHead":
    from generator.cli.timeline import TimelineHead, moment  # noqa: PLC0415  rich only where something is drawn

    if not decoded:
        return TimelineHead(title, (who, "no events"))
    times = [event["ets"] for event in decoded if isinstance(event.get("ets"), int | float)] or [0]
    long = span((max(times) - min(times)) / 1000)
    which = "" if number is None else f"session {number} in {form} form, "
    return TimelineHead(
        title, (who, f"{which}{moment(min(times))}, {pluralise(len(decoded), 'event')} in {long}")
    )


def _draw(head: "TimelineHead", decoded: list[dict[str, Any]]) -> None:
    from rich.console import Console  # noqa: PLC0415

    from generator.cli.timeline import timeline  # noqa: PLC0415

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704  called where the error was caught; what it means is said in one place

    console = Piped(highlight=False, color_system=None if os.environ.get("NO_COLOR") else "auto")
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPED_WIDTH
    for row in timeline(head, decoded):
        row.truncate(console.width, overflow="ellipsis")
        console.print(row, no_wrap=True, crop=True)


# --- a session of a file ----------------------------------------------------------------------------------


def _session_of(file: str, number: int) -> tuple[tuple[str, ...], list[bytes]]:
    """Read the events of the Nth session that begins in a file, wherever they lie in it."""
    keys: dict[tuple[str, ...], None] = {}
    found: list[bytes] = []
    wanted: tuple[str, ...] | None = None
    with opened(file, reader=InputHints("| footfall show -")) as stream:
        for event in events(stream):
            key = _key_of(event.data)
            if key is None:
                raise UsageError(f"{file}: line {event.line} holds no event; footfall check {file} says why")
            if key not in keys and wanted is None:
                if len(keys) == number:
                    wanted = key
                keys[key] = None
            if key == wanted and len(found) < _HELD:
                found.append(event.data)
    if wanted is None:
        count = f"{_there_are(len(keys))}, counted from 0" if keys else "there are no events"
        raise UsageError(f"{file}: there is no session {number} in it; {count}")
    return wanted, _in_order(found)


def _in_order(lines: list[bytes]) -> list[bytes]:
    """Put a session's events into the order in which they were recorded, as far as they tell it."""
    decoded = [msgspec.json.decode(line) for line in lines]
    ours = [read_mid(str(event.get("mid", ""))) for event in decoded]
    orders: list[Any] = [mid and mid.sequence for mid in ours]
    if None in orders:
        orders = [event.get("ets") for event in decoded]
    if not all(isinstance(order, int | float) for order in orders):
        return lines
    return [lines[place] for place in sorted(range(len(lines)), key=orders.__getitem__)]


def _there_are(sessions: int) -> str:
    return f"there {'is' if sessions == 1 else 'are'} {pluralise(sessions, 'session')}"


def _key_of(data: bytes) -> tuple[str, ...] | None:
    """Tell an event's session: by its mid where it is Footfall's, else by did and sid."""
    try:
        event = msgspec.json.decode(data) if data else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(event, dict) or not isinstance(event.get("eid"), str):
        return None
    mid = event.get("mid")
    if isinstance(mid, str) and read_mid(mid):
        return (mid[-24:],)
    context = event.get("context")
    context = context if isinstance(context, dict) else {}
    return str(context.get("did", "")), str(context.get("sid", ""))
