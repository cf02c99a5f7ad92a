"""The commands: one file each, imported when it is called.

The file of a command contains the click command `command`. An error is one line on stderr: exit 2 for wrong use,
1 if a command judges and its verdict is a failure, 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
A command whose exit code is a verdict keeps it, even if standard output fails: it is a `VerdictCommand`.
"""

import errno
import os
import select
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from io import BufferedWriter, FileIO, TextIOWrapper, UnsupportedOperation
from typing import Any

import click
from click.shell_completion import CompletionItem

from generator import __version__
from generator.errors import DeliveryError, FootfallError
from generator.system.environment import NAMES, misspelt
from generator.system.renamed_options import RENAMED
from generator.system.watchdog import Watchdog

COMMANDS = {
    "demo": "Play sessions through Locust into the embedded endpoint and verify what it stored.",
    "generate": "Write a dataset: the events of many sessions, one event a line.",
    "show": "Draw one session as a timeline.",
    "scenarios": "List the scenarios, print the script of one, or write a new one.",
    "check": "Judge events: valid or not, and where.",
    "schema": "Print the JSON Schema (2020-12) of the events.",
    "probe": "Run property-based checks against a live endpoint and print the smallest failing batch.",
    "report": "Write the report of a load run or a delivery: one HTML page, which opens offline.",
    "ledger": "Print the ledger of a load run: what it sent, and the answers.",
    "verify": "Compare what a run sent with what a sink stored; report lost, duplicated and altered events.",
    "serve": "Serve the embedded endpoint: it checks telemetry and writes it to disk before it answers.",
}
"""What each command does; help prints it without an import of the command."""


class _Commands(click.Group):
    """The commands whose files exist."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [name for name in COMMANDS if find_spec(f"{__package__}.{name}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"{__package__}.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            near = get_close_matches(args[0], names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the commands are {', '.join(names)}"
            raise click.UsageError(f"no command is called {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        options = [] if names else click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=COMMANDS[name]) for name in names), *options]

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader has closed the pipe, which is not an error.
            _silence_stdout()
            ctx.exit(0)
        except KeyboardInterrupt as interrupt:
            click.echo(f"footfall: stopped{interrupt}", err=True)
            ctx.exit(getattr(interrupt, "status", 130))


@click.command(
    cls=_Commands,
    no_args_is_help=True,
    subcommand_metavar="COMMAND [OPTIONS]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="footfall", message="%(prog)s %(version)s")
def footfall() -> None:
    """Generate lifelike Telemetry V3 traffic and prove what arrived.

    \b
    Example:
      footfall show
      footfall generate --sessions 1000 -o events.jsonl
      footfall check events.jsonl

    \b
    Completion of commands, options, scenarios and files, for your shell's start-up file:
      bash   eval "$(_FOOTFALL_COMPLETE=bash_source footfall)"
      zsh    eval "$(_FOOTFALL_COMPLETE=zsh_source footfall)"
      fish   _FOOTFALL_COMPLETE=fish_source footfall | source
    """  # noqa: D301  click's own mark for lines that stay as they are


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status; an error is one line on stderr."""
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
        renamed = _new_name(error)
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


def _new_name(error: click.NoSuchOption) -> str | None:
    """Return the new name of an option that the command has under another name now."""
    new = RENAMED.get(error.option_name, "")
    parameters = error.ctx.command.params if error.ctx else []
    return new if any(new in parameter.opts for parameter in parameters) else None


def _complain(text: str) -> int:
    click.echo(f"footfall: {' '.join(text.split())}", err=True)
    return 2


def _sentence(error: click.UsageError) -> str:
    return error.format_message().rstrip(".")


def _command_of(error: click.UsageError) -> str:
    return error.ctx.command_path if error.ctx else "footfall"


def _complain_of_system(error: OSError) -> int:
    """Print an error of the system in one line, such as a full disk or an unreadable file."""
    if error.errno == errno.EPIPE:
        _silence_stdout()
        return 0
    place = error.filename or "standard output"
    if not error.filename:
        _silence_stdout()
    return _complain(f"{place}: {error.strerror or error}")


def _silence_stdout() -> None:
    """Discard the rest of the buffer, so that Python does not report it at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


class LastingOutput(FileIO):
    """A file to write to that discards everything after its first failed write.

    Attributes:
        error: why that write failed; None if no write has failed.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number, "w", closefd=False)
        self.error: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write data; return its length, even after a failed write."""
        while self.error is None:
            try:
                written: int | None = super().write(data)
            except OSError as error:
                self.error = error
            else:
                if written is not None:
                    return written
                # Another process has set the pipe to non-blocking mode, and the pipe is full.
                select.select([], [self], [])
        return memoryview(data).nbytes


class VerdictCommand(click.Command):
    """A command whose exit code is a verdict.

    A reader that closes the pipe, a full disk or a closed standard output can lose text, but not the exit code.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and return its exit code."""
        try:
            with _lasting_stdout() as output:
                status = super().invoke(ctx)
        except BrokenPipeError as error:
            # Standard output cannot raise this here. Without the error, the exit code would be 0, as for a closed pipe.
            raise DeliveryError(
                f"{self.name}: a connection was closed by its other end: {error.strerror or error}. "
                "Nothing was judged; run the command again."
            ) from error
        if output and output.error and output.error.errno != errno.EPIPE:
            reason = os.strerror(output.error.errno or errno.EIO)
            click.echo(
                f"footfall: standard output: {reason}: the text is incomplete, but the exit code is the verdict",
                err=True,
            )
        return status


@contextmanager
def _lasting_stdout() -> Iterator[LastingOutput | None]:
    """Discard failed writes to standard output during the block."""
    before = sys.stdout
    try:
        output = LastingOutput(before.fileno())
    except (UnsupportedOperation, OSError):
        # Standard output is an object of the calling program, without a pipe.
        yield None
        return
    before.flush()
    sys.stdout = TextIOWrapper(
        BufferedWriter(output),
        encoding=before.encoding,
        errors=before.errors,
        line_buffering=bool(before.line_buffering),
    )
    try:
        yield output
    finally:
        sys.stdout.flush()
        sys.stdout = before
