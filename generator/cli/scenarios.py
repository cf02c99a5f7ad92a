"""`footfall scenarios`: list scenarios, print a script, or write a new one."""

import keyword
import os
from pathlib import Path
from typing import Any

import click
import msgspec

from generator.cli.options import complete_scenarios, scenarios_option
from generator.cli.terminal import echo
from generator.errors import UsageError
from generator.population.traffic import Traffic
from generator.scenarios.loader import choose, find
from generator.scenarios.story import Scenario, Session
from generator.system.files import write_file
from generator.world import World

_SEED = 1


@click.command("scenarios")
@click.argument("name", required=False, shell_complete=complete_scenarios)
@scenarios_option
@click.option("--new", metavar="NAME", help="Write a new script NAME.py that runs unchanged, as a start.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def command(name: str | None, scenario_dir: Path | None, new: str | None, as_json: bool) -> None:
    """List the scenarios, print the script of one, or write a new one.

    --new writes the script to the folder of --scenario-dir, or to the current folder.

    \b
    Example:
      footfall scenarios
      footfall scenarios practice
      footfall scenarios --new my_story
      footfall show --scenario-dir my_story.py
    """  # noqa: D301
    if new is not None:
        _write_new(new, scenario_dir or Path())
        return
    found = find(scenario_dir)
    if name is not None:
        click.echo(choose(found, [name])[0].source.read_text(encoding="utf-8"), nl=False)
        return
    rows = [_row(scenario, _typical(scenario)) for scenario in found.values()]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2))
    else:
        _draw(rows)


# --- the list -------------------------------------------------------------------------------------------


def _typical(scenario: Scenario) -> Session:
    """Return the session of median length among five."""
    traffic = Traffic(_SEED, [scenario], World())
    sessions = sorted((traffic.play(number) for number in range(5)), key=lambda session: len(session.events))
    return sessions[len(sessions) // 2]


def _row(scenario: Scenario, session: Session) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "share": scenario.share,
        "device": scenario.device,
        "events": len(session.events),
        "seconds": (session.events[-1].ets - session.start) / 1000 if session.events else 0,
        "title": scenario.title,
        "file": _short(scenario.source),
    }


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _draw(rows: list[dict[str, Any]]) -> None:
    columns = ("name", "share", "device", "events", "title", "file")
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    numbers = {"share", "events"}
    for line in (list(columns), *cells):
        padded = [
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for cell, column, width in zip(line, columns, widths, strict=True)
        ]
        click.echo("  ".join(padded).rstrip())


def _cell(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


# --- a new one ------------------------------------------------------------------------------------------


def _write_new(name: str, folder: Path) -> None:
    """Write the starter script under a new name."""
    name = name.removesuffix(".py")
    if not name.isidentifier() or keyword.iskeyword(name):
        fitting = "".join(letter if letter.isalnum() else "_" for letter in name).strip("_")
        raise UsageError(
            f"--new {name!r}: a scenario is a Python function, so its name has letters, digits and _ only"
            + (f"; {fitting!r} would do" if fitting.isidentifier() and not keyword.iskeyword(fitting) else "")
        )
    if folder.suffix == ".py":
        raise UsageError(
            f"--scenario-dir {folder}: --new writes into a folder, not a file. Name a folder, or leave --scenario-dir out."
        )
    path = folder / f"{name}.py"
    text = (Path(__file__).parent / "starter.txt").read_text(encoding="utf-8")
    text = text.replace("STARTER.py", str(path)).replace("STARTER", name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path):
            raise UsageError(f"{path}: already exists and stays unchanged. Pass another name to --new.")
        write_file(path, text.encode())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    click.echo(path)
    echo(f"it runs unchanged: footfall show --scenario-dir {path}")
