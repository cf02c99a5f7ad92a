"""`footfall verify`: compare what a run sent with what a sink stored."""

from collections.abc import Sequence

import click
import msgspec

from generator.cli.commands import VerdictCommand
from generator.cli.terminal import Progress, echo
from generator.delivery.sink_name import STAGES
from generator.ledger import discover, read_all
from generator.verify.findings import Delivery, Outcome
from generator.verify.sink.choose import sinks_named

_COLOURS: dict[Outcome, str] = {"delivered": "green", "failed": "red", "unknown": "yellow"}


@click.command("verify", cls=VerdictCommand)
@click.argument("ledgers", metavar="LEDGER…", nargs=-1, required=True)
@click.option(
    "--against", "against", metavar="SINK", multiple=True, required=True,
    help="Read the stored events from this sink: a collector's store; a file or pattern of JSON lines, plain or "
    "compressed; a Parquet file; duckdb:FILE; kafka://HOST:PORT/TOPIC; or - for standard input. The prefix rejected= "
    "or duplicate= means a file of events that were not accepted; the prefix of a stage, such as raw=, means the sink "
    "of that stage. May be repeated.",
)  # fmt: skip
@click.option(
    "--stage", type=click.Choice(STAGES), default="accepted", show_default=True,
    help="Expect the events that reach this stage of the pipeline.",
)  # fmt: skip
@click.option(
    "--ignore", metavar="PATH", multiple=True,
    help="Leave this path out of the comparison, such as context.rollup; may be repeated.",
)  # fmt: skip
@click.option(
    "--ids-only", "without_contents", is_flag=True,
    help="Compare ids only: an event is found if its id is in a complete JSON event.",
)  # fmt: skip
@click.option(
    "--partial", is_flag=True,
    help="Accept a ledger that ends early, as after a killed worker; events after its end are not judged.",
)  # fmt: skip
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the verdict as JSON, with the first hundred events of each problem.",
)
def command(
    ledgers: tuple[str, ...], against: tuple[str, ...], stage: str, ignore: tuple[str, ...],
    without_contents: bool, partial: bool, as_json: bool,
) -> int:  # fmt: skip
    """Compare what a run sent with what a sink stored; report lost, duplicated and altered events.

    LEDGER is a ledger that locust wrote with --ledger, a folder of ledgers, or a pattern; pass those of all workers.
    An event is lost if it was acknowledged and is not in the sink. An event without an answer may be there or not.
    Footfall regenerates every event and compares its content. The known rewrites of pipelines are not differences.

    The exit code is 0 if all events are delivered; 1 if an event is lost, duplicated, altered, unexpected, or stored
    though rejected; 2 for wrong use, or if a ledger cannot be read; 3 if the result is unknown: the sink could not be
    read, contents could not be compared (without --ids-only), a ledger ends early (without --partial), or nothing was
    acknowledged.

    \b
    Example:
      footfall verify my-ledger/ --against my-store/
      footfall verify my-ledger/ --against 'out/*.jsonl.gz' --ignore context.rollup
      footfall verify my-ledger/ --against raw=kafka://127.0.0.1:9092/telemetry.raw --against unique=unique.parquet
    """  # noqa: D301
    from generator.verify.verifying import verify  # noqa: PLC0415  imported when the command is called

    sinks = sinks_named(against, stage)
    ledgers_read, cut = read_all(discover(ledgers))
    with Progress(0, "events read") as progress:
        delivery = verify(
            ledgers_read,
            sinks,
            ignored=ignore,
            contents=not without_contents,
            partial=partial,
            cut=cut,
            heard=lambda done, _: progress.show(done),
        )
    _warn(ignore if without_contents else (), delivery)
    if as_json:
        click.echo(msgspec.json.encode(delivery))
    else:
        _print(delivery)
    return delivery.exit_code


def _warn(uncompared: Sequence[str], delivery: Delivery) -> None:
    """Print the ignored paths that had no effect."""
    from generator.verify.telling import in_vain  # noqa: PLC0415

    for path in uncompared:
        echo(f"--ignore {path}: has no effect, because --ids-only does not compare contents")
    for path in delivery.unused:
        echo(f"--ignore {in_vain(path)}")


def _print(delivery: Delivery) -> None:
    from generator.verify.telling import lines  # noqa: PLC0415

    verdict, *rest = lines(delivery)
    click.echo(click.style(verdict, fg=_COLOURS[delivery.outcome]))
    for line in rest:
        click.echo(line)
