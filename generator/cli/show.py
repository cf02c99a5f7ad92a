"""`footfall show`: draw one session, played or read from a file, as a timeline."""

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
    help="Draw session N of the dataset; with FILE, the Nth session in it.",
)  # fmt: skip
@form_option
@click.option("--json", "as_json", is_flag=True, help="Print the events as JSON, one a line.")
@dataset_options
@click.pass_context
def command(
    context: click.Context, recipe: DatasetOptions, file: str | None, session: int, form: Form, as_json: bool
) -> None:
    """Draw one session as a timeline.

    Without FILE, the session is the one that generate writes with the same options. With FILE, or - for standard
    input, it is one of the sessions in it. Terminals get colours; NO_COLOR turns them off.

    \b
    Example:
      footfall show
      footfall show --scenario content_editor --session 3
      footfall generate --sessions 5 | footfall show --session 4 -
    """  # noqa: D301
    if file is None:
        _show_played(recipe, session, form, as_json)
    else:
        _check_options(context)
        _show_read(file, session, as_json)


def _check_options(context: click.Context) -> None:
    """Raise UsageError for an option of a dataset together with a file."""
    for name in (*DatasetOptions._fields, "form"):
        if context.get_parameter_source(name) == ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{option}: decides how a session is played, but FILE contains finished sessions. Leave {option} or FILE out."
            )


def _show_played(recipe: DatasetOptions, number: int, form: Form, as_json: bool) -> None:
    traffic = recipe.traffic()
    with redirect_stdout(sys.stderr):  # the output of a script must not get between the events
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
    mid = read_mid(str(decoded[0].get("mid", "")))
    who = f"session {mid.session} of run {mid.run:08x}" if mid else f"did and sid {' '.join(key)}"
    _draw(_head(f"{file} · session {number}", who, None, decoded, None), decoded)


def _head(
    title: str, who: str, number: int | None, decoded: list[dict[str, Any]], form: Form | None
) -> "TimelineHead":
    from generator.cli.timeline import TimelineHead, moment  # noqa: PLC0415  rich only if something is drawn

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
            raise  # noqa: PLE0704  called in the handler of the error; commands.py handles it

    console = Piped(highlight=False, color_system=None if os.environ.get("NO_COLOR") else "auto")
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPED_WIDTH
    for row in timeline(head, decoded):
        row.truncate(console.width, overflow="ellipsis")
        console.print(row, no_wrap=True, crop=True)


# --- a session of a file ----------------------------------------------------------------------------------


def _session_of(file: str, number: int) -> tuple[tuple[str, ...], list[bytes]]:
    """Return the key and the events of the Nth session of a file, in any order of its events."""
    keys: dict[tuple[str, ...], None] = {}
    found: list[bytes] = []
    wanted: tuple[str, ...] | None = None
    with opened(file, reader=InputHints("| footfall show -")) as stream:
        for event in events(stream):
            key = _key_of(event.data)
            if key is None:
                raise UsageError(
                    f"{file}: line {event.line} is not an event. Run footfall check {file} for the reason."
                )
            if key not in keys and wanted is None:
                if len(keys) == number:
                    wanted = key
                keys[key] = None
            if key == wanted and len(found) < _HELD:
                found.append(event.data)
    if wanted is None:
        count = f"{_there_are(len(keys))}, counted from 0" if keys else "the file has no event"
        raise UsageError(f"{file}: does not contain session {number}; {count}")
    return wanted, _in_order(found)


def _in_order(lines: list[bytes]) -> list[bytes]:
    """Return the events of a session in the order of recording, by mid or by ets; else unchanged."""
    decoded = [msgspec.json.decode(line) for line in lines]
    mids = [read_mid(str(event.get("mid", ""))) for event in decoded]
    orders: list[Any] = [mid and mid.sequence for mid in mids]
    if None in orders:
        orders = [event.get("ets") for event in decoded]
    if not all(isinstance(order, int | float) for order in orders):
        return lines
    return [lines[place] for place in sorted(range(len(lines)), key=orders.__getitem__)]


def _there_are(sessions: int) -> str:
    return f"it has {pluralise(sessions, 'session')}"


def _key_of(data: bytes) -> tuple[str, ...] | None:
    """Return the key of an event's session: from its mid if Footfall made it, else did and sid."""
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
