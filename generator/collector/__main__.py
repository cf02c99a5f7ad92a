"""`python -m generator.collector`: the embedded endpoint in a process of its own."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from generator.collector.ingest import MODES
from generator.collector.server import DEFAULT_PORT, ServerOptions, serve
from generator.collector.server_faults.options import OPTIONS, ServerFaults, flag
from generator.errors import UsageError
from generator.spec.rules import FORMS


def main() -> int:
    """Serve until a signal ends the process; print `ready URL` once requests are answered."""
    parser = ArgumentParser(prog="python -m generator.collector", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one")
    parser.add_argument("--store", type=Path, default=Path("footfall-store"), metavar="DIR")
    parser.add_argument("--mode", choices=MODES, default="sunbird")
    parser.add_argument("--form", choices=FORMS, default="wire")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input does")
    asked = parser.add_argument_group("server faults")
    for name, (metavar, meaning) in OPTIONS.items():
        asked.add_argument(flag(name), dest=name, metavar=metavar, help=meaning)
    options = vars(parser.parse_args())
    texts = {name: options.pop(name) for name in OPTIONS}
    try:
        server_faults = ServerFaults.parse(texts)
        if not server_faults.is_healthy:
            sys.stderr.write(f"footfall: {server_faults.warning(options['store'])}\n")
        serve(ServerOptions(**options, server_faults=server_faults), _print_ready)
    except UsageError as error:
        sys.stderr.write(f"footfall: {error}\n")
        return 2
    return 0


def _print_ready(url: str) -> None:
    sys.stdout.write(f"ready {url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
