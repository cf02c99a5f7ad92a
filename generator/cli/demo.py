"""`footfall demo`: learners through Locust into the embedded endpoint, proof of what arrived, and a loss that is caught."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from generator.cli.demo_phase import Phase, perform, store_of
from generator.cli.demo_verdict import is_caught, is_delivered, summary_of
from generator.cli.options import PositiveInt
from generator.cli.terminal import ended_by_signals
from generator.cli.verdict_command import VerdictCommand
from generator.collector.server_faults import ServerFaults
from generator.errors import UsageError

_MARK = ".footfall-demo"
_PLANTED = ServerFaults(lose=0.01)
_PLANTED_SESSIONS = 100
_PLANTED_SECONDS = 30
"""How long these may take; a second or two is enough."""


@click.command("demo", cls=VerdictCommand)
@click.option(
    "--seconds",
    type=PositiveInt(1, 3600),
    default=20,
    show_default=True,
    metavar="N",
    help="How long learners play.",
)
@click.option(
    "--users",
    type=PositiveInt(1, 10_000),
    default=60,
    show_default=True,
    metavar="N",
    help="How many learners play at once.",
)
@click.option(
    "--speed",
    type=PositiveInt(1, 100_000),
    default=120,
    show_default=True,
    metavar="N",
    help="How much faster than life.",
)
@click.option(
    "--output-dir", "into", type=click.Path(path_type=Path), default=Path("footfall-demo"), show_default=True, metavar="DIR",
    help="Where ledgers, stores and Locust's report are left; an earlier demo's are replaced.",
)  # fmt: skip
def command(seconds: int, users: int, speed: int, into: Path) -> int:
    """Play sessions through Locust into the embedded endpoint, and say what came of it.

    The ledger proves whether every acknowledged event is stored, once and as it was sent. Then a loss is planted: a
    short second act, to an endpoint that does not store some of what it acknowledges. Exits with 0 when the first act
    is delivered, and when in the second exactly what its endpoint lost is found missing; else with 1.

    \b
    Example:
      footfall demo
      footfall demo --seconds 5 --users 10
    """  # noqa: D301
    with (
        ended_by_signals(
            f"; Locust and the endpoint have ended too, and what was stored is in {store_of(into)}"
        ),
        _held(into),
    ):
        played = _play(into, seconds, users, speed)
        planted = _plant(into / "planted")
        lost = planted.lost_on_purpose()
    click.echo("\n".join(summary_of(played, planted, lost)))
    return 0 if is_delivered(played) and is_caught(planted, lost) else 1


def _play(into: Path, seconds: int, users: int, speed: int) -> Phase:
    """Let learners play into a healthy endpoint."""
    options = [
        "--users", str(users), "--spawn-rate", str(users), "--speed", str(speed), "--html", str(into / "locust.html"),
    ]  # fmt: skip
    return perform(
        into, f"{users} learners play for {seconds} s, {speed} times as fast as in life", options, seconds
    )


def _plant(folder: Path) -> Phase:
    """Let some more play into an endpoint that acknowledges events, and does not store them."""
    options = ["--users", "20", "--spawn-rate", "20", "--speed", "3000", "--sessions", str(_PLANTED_SESSIONS)]
    announced = f"it loses one event in a hundred, on purpose; {_PLANTED_SESSIONS} more sessions are played"
    return perform(folder, announced, options, _PLANTED_SECONDS, _PLANTED)


@contextmanager
def _held(into: Path) -> Iterator[None]:
    """Make the folder, or empty an earlier demo's, and keep other demos out of it."""
    try:
        if into.exists() and any(into.iterdir()) and not (into / _MARK).exists():
            raise UsageError(
                f"{into}: holds something else than a demo; name another folder with --output-dir"
            )
        into.mkdir(parents=True, exist_ok=True)
        mark = (into / _MARK).open("a")
    except OSError as error:
        raise _unusable(into, error) from None
    with mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for path in into.iterdir():
                if path.name != _MARK:
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        except BlockingIOError:
            raise UsageError(
                f"{into}: another demo plays into it just now; wait for its end, or name another folder with --output-dir"
            ) from None
        except OSError as error:
            raise _unusable(into, error) from None
        yield


def _unusable(into: Path, error: OSError) -> UsageError:
    return UsageError(f"{into}: cannot be used: {error.strerror}; name another folder with --output-dir")
