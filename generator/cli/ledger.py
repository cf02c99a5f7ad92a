"""`footfall ledger`: print the ledger of a load run."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from msgspec import Struct, field

from generator.cli.terminal import echo, pluralise
from generator.ledger import Ledger, discover, read
from generator.ledger.record import EventLabel, LedgerEnd, Record, Sent, SessionLease, SessionStart

_KINDS = {SessionLease: "lease", SessionStart: "opening", Sent: "sent", EventLabel: "label", LedgerEnd: "end"}
"""The printed name of each kind of record."""


@click.command("ledger")
@click.argument("names", metavar="FILE…", nargs=-1, required=True)
@click.option(
    "--records", "as_records", is_flag=True, help="Print every record as it was written, one a line."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; with --records, an object a line.")
def command(names: tuple[str, ...], as_records: bool, as_json: bool) -> None:
    """Print the ledger of a load run: what it sent, and the answers.

    FILE is a ledger that locust wrote with --ledger, a folder of ledgers, or a pattern. If a ledger ends early, as
    after kill -9, the incomplete record is left out and reported. The exit code is 0, or 2 if a ledger cannot be
    read.

    \b
    Example:
      footfall ledger my-ledger/
      footfall ledger --records my-ledger/ledger-5c3f9d10-0000-0.bin
      footfall ledger --json my-ledger/
    """  # noqa: D301
    ledgers = [read(path) for path in discover(names)]
    if as_records:
        _print_records(ledgers, _object if as_json else _line)
        return
    totals = [Counts.of(ledger.records()) for ledger in ledgers]
    if as_json:
        click.echo(_json(ledgers, totals))
        return
    for ledger, counts in zip(ledgers, totals, strict=True):
        _echo([*_head(ledger), "", *counts.table(), ""])
    if len(ledgers) > 1:
        _echo([f"all {len(ledgers)} ledgers", "", *Counts.sum(totals).table()])


# --- counts --------------------------------------------------------------------------------------------


class AttemptCounts(Struct):
    """The number of attempts, and of the events in them."""

    attempts: int = 0
    events: int = 0

    def add(self, attempts: int, events: int) -> None:
        """Add attempts and events."""
        self.attempts += attempts
        self.events += events


class Counts(Struct):
    """The counts of a ledger.

    Attributes:
        leased: sessions that the run could send.
        sessions: sessions that the run started.
        batches: batches that were sent at least once.
        events: events in these batches.
        seconds: the time from the start of the run to the last answer.
        outcomes: attempts by outcome: "acked", or the status with its reason.
        labels: events with an injected fault, by its name.
    """

    leased: int = 0
    sessions: int = 0
    batches: int = 0
    events: int = 0
    seconds: float = 0
    outcomes: dict[str, AttemptCounts] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[Record]) -> "Counts":
        """Count records."""
        counts, last = cls(), None
        for record in records:
            match record:
                case Sent():
                    attempt = (record.session, record.batch, record.attempt, record.begun)
                    counts._sent(record, attempt != last)
                    last = attempt
                case SessionStart():
                    counts.sessions += 1
                case SessionLease():
                    counts.leased += record.last - record.first + 1
                case EventLabel():
                    counts.labels[record.fault] = counts.labels.get(record.fault, 0) + 1
        return counts

    @classmethod
    def sum(cls, several: Iterable["Counts"]) -> "Counts":
        """Return the sum of several counts."""
        summed = cls()
        for one in several:
            summed.leased += one.leased
            summed.sessions += one.sessions
            summed.batches += one.batches
            summed.events += one.events
            summed.seconds = max(summed.seconds, one.seconds)
            for name, made in one.outcomes.items():
                summed.outcomes.setdefault(name, AttemptCounts()).add(made.attempts, made.events)
            for fault, count in one.labels.items():
                summed.labels[fault] = summed.labels.get(fault, 0) + count
        return summed

    def _sent(self, sent: Sent, is_new: bool) -> None:
        """Count a record; further records of a batch with gaps are not further attempts."""
        if not sent.attempt:
            self.batches += is_new
            self.events += sent.events
        self.seconds = max(self.seconds, sent.answered)
        name = f"{sent.status}: {sent.reason}" if sent.reason else sent.status
        self.outcomes.setdefault(name, AttemptCounts()).add(is_new, sent.events)

    def table(self) -> Iterator[str]:
        """Yield the lines of a table."""
        rows = sorted(self.outcomes.items(), key=lambda row: (row[0].split(":")[0], -row[1].attempts))
        width = max((len(name) for name, _ in rows), default=0)
        yield f"  {'':{width}}  {'attempts':>11}  {'events':>13}"
        for name, made in rows:
            yield f"  {name:{width}}  {made.attempts:>11,}  {made.events:>13,}"
        yield ""
        batches = f"{self.batches:,} {'batch' if self.batches == 1 else 'batches'}"
        sessions = f"{pluralise(self.sessions, 'session')} of {self.leased:,} leased"
        yield f"  {pluralise(self.events, 'event')} in {batches} of {sessions}, within {self.seconds:,.1f} s"
        for fault, count in self.labels.items():
            yield f"  {count:,} with the injected fault {fault}"


# --- for people ---------------------------------------------------------------------------------------


def _echo(lines: Iterable[str]) -> None:
    click.echo("\n".join(map(_plain, lines)))


def _plain(line: str) -> str:
    """Return a line without control characters, which an endpoint's answer could contain."""
    if line.isprintable():
        return line
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


def _head(ledger: Ledger) -> Iterator[str]:
    header = ledger.header
    yield str(ledger.path)
    yield f"  run        {header.run:08x}, worker {header.worker}, epoch {header.epoch}, started {_moment(header.started)}"
    yield (
        f"  made       in the {header.model} model, {header.form} form, seed {header.seed}, "
        f"for {header.contract}, by Footfall {header.footfall}"
    )
    yield f"  mark       {header.mark or 'none'}"
    yield f"  scenarios  {', '.join(f'{name} {digest}' for name, digest in header.scenarios.items()) or 'none'}"
    yield f"  world      {header.world}"
    yield f"  options    {_options(header.options)}"
    yield f"  written    {_ending(ledger)}"


def _options(options: Mapping[str, Any]) -> str:
    """Format options; the values of a repeated option are on several lines."""
    return (
        ", ".join(f"{name} {'; '.join(str(value).splitlines())}" for name, value in options.items()) or "none"
    )


def _moment(milliseconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds:g} ms after 1970"


def _ending(ledger: Ledger) -> str:
    if ledger.is_whole:
        return "complete"
    return f"incomplete: it {ledger.torn or 'has no end, as after its worker was killed'}"


# --- record by record ---------------------------------------------------------------------------------


def _print_records(ledgers: Iterable[Ledger], drawn: Callable[[Ledger, Record], str]) -> None:
    # click would flush each of millions of lines.
    output = sys.stdout
    for ledger in ledgers:
        output.writelines(f"{drawn(ledger, record)}\n" for record in ledger.records())
        if not ledger.is_whole:
            echo(f"{ledger.path}: is {_ending(ledger)}")


def _line(_: Ledger, record: Record) -> str:
    fields = "  ".join(
        f"{name} {'-' if value in {'', None} else value}" for name, value in record._asdict().items()
    )
    return _plain(f"{_kind(record):8}{fields}")


def _object(ledger: Ledger, record: Record) -> str:
    row: dict[str, Any] = {"file": str(ledger.path), "kind": _kind(record), **record._asdict()}
    if isinstance(record, Sent):
        row["msgid"] = record.msgid(ledger.header.run)
    return msgspec.json.encode(row).decode()


def _kind(record: Record) -> str:
    return _KINDS[type(record)]


def _json(ledgers: Iterable[Ledger], totals: list[Counts]) -> str:
    document = {
        "ledgers": [
            {
                "file": str(ledger.path),
                "header": ledger.header,
                "whole": ledger.is_whole,
                "torn": ledger.torn,
                "counts": counts,
            }
            for ledger, counts in zip(ledgers, totals, strict=True)
        ],
        "all": Counts.sum(totals),
    }
    return msgspec.json.encode(document).decode()
