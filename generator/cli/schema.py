"""`footfall schema`: print the rules as JSON Schema."""

from pathlib import Path

import click
import msgspec

from generator.cli.options import form_option
from generator.errors import UsageError
from generator.spec.rules import EIDS, Form
from generator.spec.schema import DIALECT, event_schema, json_schema
from generator.system.files import write_file


@click.command("schema")
@form_option
@click.option("--eid", type=click.Choice(EIDS), metavar="EID", help="Print the schema of one kind of event.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write to FILE. Default: standard output.",
)
def command(form: Form, eid: str | None, output: Path | None) -> None:
    """Print the JSON Schema (2020-12) of the events.

    \b
    Example:
      footfall schema --form wire -o telemetry.schema.json
      footfall schema --eid ASSESS
    """  # noqa: D301
    schema = {"$schema": DIALECT, **event_schema(eid, form)} if eid else json_schema(form)
    text = msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        write_file(output, text.encode())
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}. Name another -o.") from None
