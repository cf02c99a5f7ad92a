"""`footfall verify`: whether what was acknowledged is there, once, and as it was sent."""

from collections.abc import Sequence

import click
import msgspec

from generator.cli.terminal import Progress, echo
from generator.cli.verdict_command import VerdictCommand
from generator.delivery.sink_name import STAGES
from generator.ledger import discover, read_all
from generator.verify.findings import Delivery, Outcome
from generator.verify.sink.choose import sinks_named

_COLOURS: dict[Outcome, str] = {"delivered": "green", "failed": "red", "unknown": "yellow"}


@click.command("verify", cls=VerdictCommand)
@click.argument("ledgers", metavar="LEDGER…", nargs=-1, required=True)
@click.option(
    "--against", "against", metavar="SINK", multiple=True, required=True,
    help="Where the events should be: a collector's store; a file or a pattern of JSON lines, plain or compressed; a "
    "Parquet file or duckdb:FILE; kafka://HOST:PORT/TOPIC; - for standard input. With rejected= or duplicate= "
    "before it, a file of events that were not accepted; with a stage before it, as raw=SINK, the sink of that stage. "
    "May be given several times.",
)  # fmt: skip
@click.option(
    "--stage", type=click.Choice(STAGES), default="accepted", show_default=True,
    help="Where in a pipeline SINK stands: what is sent elsewhere before it is not lost.",
)  # fmt: skip
@click.option(
    "--ignore", metavar="PATH", multiple=True,
    help="Do not compare what stands there, such as context.rollup. May be given several times.",
)  # fmt: skip
@click.option(
    "--ids-only", "without_contents", is_flag=True,
    help="By ids alone: an event is there if its id is in a whole JSON event, whatever else stands in it.",
)  # fmt: skip
@click.option(
    "--partial", is_flag=True,
    help="Accept that a ledger ends early, as that of a killed worker does: what lies beyond its end may be anything.",
)  # fmt: skip
@click.option(
    "--json", "as_json", is_flag=True, help="The verdict as JSON, with the first hundred of each fault."
)
def command(
    ledgers: tuple[str, ...], against: tuple[str, ...], stage: str, ignore: tuple[str, ...],
    without_contents: bool, partial: bool, as_json: bool,
) -> int:  # fmt: skip
    """Hold what a load run sent against what a sink holds: nothing lost, nothing twice, all as sent.

    LEDGER is a ledger that locust wrote with --ledger, a folder of them, or a pattern; give those of all workers. An
    event is lost when it was acknowledged and is not there; what nobody answered for may be there or not. Contents
    are compared with the events made anew, and what pipelines are known to rewrite is no difference.

    Exits with 0 when all is delivered; 1 when an event is lost, duplicated, altered, unexpected, or stored though
    refused; 2 on wrong use, and where a ledger cannot be read; 3 when nothing can be said: the sink could not be
    read, contents could not be compared (and --ids-only does not say that ids are enough), a ledger ends
    early (and --partial does not accept that), or nothing was acknowledged.

    \b
    Example:
      footfall verify my-ledger/ --against my-store/
      footfall verify my-ledger/ --against 'out/*.jsonl.gz' --ignore context.rollup
      footfall verify my-ledger/ --against raw=kafka://127.0.0.1:9092/telemetry.raw --against unique=unique.parquet
    """  # noqa: D301
    from generator.verify.verifying import verify  # noqa: PLC0415  as every verb: read when it is called

    sinks = sinks_named(against, stage)
    found, cut = read_all(discover(ledgers))
    with Progress(0, "events looked at") as progress:
        delivery = verify(
            found,
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


def _warn(compared_nowhere: Sequence[str], delivery: Delivery) -> None:
    """Name the paths that were ignored in vain."""
    from generator.verify.telling import in_vain  # noqa: PLC0415

    for path in compared_nowhere:
        echo(f"--ignore {path}: with --ids-only nothing is compared, so there is nothing to leave out")
    for path in delivery.unused:
        echo(f"--ignore {in_vain(path)}")


def _print(delivery: Delivery) -> None:
    from generator.verify.telling import lines  # noqa: PLC0415

    verdict, *rest = lines(delivery)
    click.echo(click.style(verdict, fg=_COLOURS[delivery.outcome]))
    for line in rest:
        click.echo(line)
