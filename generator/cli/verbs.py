"""The verbs: one file each, read when it is called.

A verb's file holds the click command `command`. What goes wrong is one line on stderr: exit 2 for wrong use,
1 when what a verb judges fails, 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
A verb whose exit code is a verdict keeps it, whatever becomes of standard output: it is a `VerdictCommand`.
"""

import errno
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec

import click
from click.shell_completion import CompletionItem

from generator import __version__
from generator.errors import FootfallError
from generator.system.environment import NAMES, misspelt
from generator.system.renamed_options import RENAMED
from generator.system.watchdog import Watchdog

VERBS = {
    "demo": "Play sessions through Locust into the embedded endpoint, and say what came of it.",
    "generate": "Write a dataset: the events of many sessions, one a line.",
    "show": "Draw one session as a timeline.",
    "scenarios": "List the scenarios, print the script of one, or begin your own.",
    "check": "Judge events: valid or not, and where.",
    "schema": "Print the JSON Schema (2020-12) of the events.",
    "probe": "Run property-based checks against a live endpoint and print the smallest failing batch.",
    "report": "Draw a load run or a delivery: one HTML page, which opens offline.",
    "ledger": "Print what a load run sent, and what became of it, by its ledger.",
    "verify": "Hold what a load run sent against what a sink holds: nothing lost, nothing twice, all as sent.",
    "serve": "Serve the embedded endpoint: telemetry over HTTP, checked, and on disk before the answer.",
}
"""What each verb does, said without reading its file."""


class _Verbs(click.Group):
    """The verbs whose files are there."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [verb for verb in VERBS if find_spec(f"{__package__}.{verb}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"{__package__}.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        verbs = self.list_commands(ctx)
        if args[0] not in verbs and not args[0].startswith("-"):
            near = get_close_matches(args[0], verbs, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(verbs)}"
            raise click.UsageError(f"no verb is called {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, VERBS[verb]) for verb in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        verbs = [verb for verb in self.list_commands(ctx) if verb.startswith(incomplete)]
        options = [] if verbs else click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(verb, help=VERBS[verb]) for verb in verbs), *options]

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader has had enough, which is no mistake of anybody's.
            _silence_stdout()
            ctx.exit(0)
        except KeyboardInterrupt as interrupt:
            click.echo(f"footfall: stopped{interrupt}", err=True)
            ctx.exit(getattr(interrupt, "status", 130))


@click.command(
    cls=_Verbs,
    no_args_is_help=True,
    subcommand_metavar="VERB [OPTIONS]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="footfall", message="%(prog)s %(version)s")
def footfall() -> None:
    """Telemetry V3 traffic with the shape of real learners', and proof of what arrived.

    \b
    Example:
      footfall show
      footfall generate --sessions 1000 -o events.jsonl
      footfall check events.jsonl

    \b
    Completion of verbs, options, scenarios and files, for your shell's start-up file:
      bash   eval "$(_FOOTFALL_COMPLETE=bash_source footfall)"
      zsh    eval "$(_FOOTFALL_COMPLETE=zsh_source footfall)"
      fish   _FOOTFALL_COMPLETE=fish_source footfall | source
    """  # noqa: D301  click's own mark for lines that stay as they are


def run(arguments: Sequence[str]) -> int:
    """Run the command and give its exit status; every mistake becomes one line on stderr."""
    for line in misspelt(os.environ, NAMES):
        click.echo(f"footfall: {line}", err=True)
    try:
        with Watchdog():
            status = footfall.main(list(arguments), prog_name="footfall", standalone_mode=False)
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.NoSuchOption as error:
        renamed = RENAMED.get(error.option_name)
        return _complain(
            f"{error.option_name} is renamed to {renamed}"
            if renamed
            else f"{_sentence(error)}; see {_command_of(error)} --help"
        )
    except click.UsageError as error:
        return _complain(f"{_sentence(error)}; see {_command_of(error)} --help")
    except (click.ClickException, FootfallError) as error:
        return _complain(error.format_message() if isinstance(error, click.ClickException) else str(error))
    except click.Abort:
        return 130
    except OSError as error:
        return _complain_of_system(error)
    return status if isinstance(status, int) else 0


def _complain(text: str) -> int:
    click.echo(f"footfall: {' '.join(text.split())}", err=True)
    return 2


def _sentence(error: click.UsageError) -> str:
    return error.format_message().rstrip(".")


def _command_of(error: click.UsageError) -> str:
    return error.ctx.command_path if error.ctx else "footfall"


def _complain_of_system(error: OSError) -> int:
    """Say in a line what the system refuses: a full disk, a file that may not be read."""
    if error.errno == errno.EPIPE:
        _silence_stdout()
        return 0
    place = error.filename or "standard output"
    if not error.filename:
        _silence_stdout()
    return _complain(f"{place}: {error.strerror or error}")


def _silence_stdout() -> None:
    """Let what is still buffered go nowhere, so that Python does not complain of it at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
