"""Proof in a test: a ledger compared with what a sink stored."""

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

from generator.ledger import discover, read_all
from generator.testing.collector import Collector
from generator.verify.findings import Delivery
from generator.verify.sink.choose import sink_named
from generator.verify.sink.sink import Sink
from generator.verify.sink.store import StoreSink
from generator.verify.stage import Stage
from generator.verify.telling import in_vain, lines
from generator.verify.verifying import verify


def assert_delivered(
    ledger: str | Path | Iterable[str | Path], sink: Collector | Sink | str | Path, *,
    stage: str = "accepted", ignore: Sequence[str] = (), content: bool = True, partial: bool = False,
) -> Delivery:  # fmt: skip
    """Assert that every acknowledged event is there: once, and as it was sent.

    Args:
        ledger: a ledger, a folder of them, a pattern, or several of these; those of all workers.
        sink: where the events should be: the `collector` of the test; whatever `footfall verify --against` names,
            such as "out/*.jsonl.gz" or "kafka://127.0.0.1:9092/telemetry.raw"; or a sink of your own.
        stage: where in a pipeline the sink stands: "accepted", "ingest", "raw", "unique" or "denorm".
        ignore: paths that are not compared, such as "context.rollup".
        content: whether contents are compared; else an event is there if its id is in a whole JSON event.
        partial: whether a ledger may end early, as that of a killed worker does; what lies beyond its end may then be
            there or not. What a ledger records as acknowledged must be there all the same.

    Returns:
        The verdict, with its counts.

    Raises:
        AssertionError: an event is lost, duplicated, altered, unexpected, or stored though rejected; or delivery is
            unknown, since the sink cannot be read, contents cannot be compared, a ledger ends early, or nothing was
            acknowledged. Its text is the verdict, with the first mids of each.
        UsageError: the ledger cannot be read, or an argument is invalid.
    """
    __tracebackhide__ = True
    Stage.named(stage)
    named = [ledger] if isinstance(ledger, str | Path) else ledger
    ledgers, cut = read_all(discover(named))
    delivery = verify(
        ledgers, {stage: _sink(sink)}, ignored=ignore, contents=content, partial=partial, cut=cut
    )
    if delivery.outcome != "delivered":
        raise AssertionError("\n".join(lines(delivery)))
    for path in delivery.unused:
        warnings.warn(f"ignore {in_vain(repr(path))}", stacklevel=2)
    return delivery


def _sink(sink: Collector | Sink | str | Path) -> Sink:
    if isinstance(sink, Collector):
        return StoreSink(sink.store)
    return sink_named(str(sink)) if isinstance(sink, str | Path) else sink
