"""Processes that end when their parent does, even a parent that was killed.

`python -m generator.system.exit_with_parent MODULE ...` runs a module in a process that ends when its parent ends.
The parent holds a pipe open as its standard input and never writes to it, so that the pipe ends with the parent.
"""

import os
import runpy
import signal
import subprocess
import sys
from _thread import start_new_thread
from collections.abc import Sequence
from time import sleep

_PATIENCE = 10


def watch() -> None:
    """End this process when its standard input ends: as SIGTERM does, and after 10 seconds in any case."""
    # Not a thread of `threading`, which gevent would turn into something that waits for the others.
    start_new_thread(_watch, ())


def run(
    module: str, options: Sequence[str], timeout: float | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """Run a module to its end, in a process that ends with this one.

    Args:
        module: its name.
        options: its command line.
        timeout: the seconds that it may take; None for any number.

    Returns:
        Its exit status, and what it wrote to standard output and standard error.

    Raises:
        OSError: if it cannot be started.
        subprocess.TimeoutExpired: if it took longer; it is ended.
    """
    reads, holds = os.pipe()
    try:
        return subprocess.run(  # noqa: S603  a module of our own
            [sys.executable, "-m", "generator.system.exit_with_parent", module, *options],
            stdin=reads, capture_output=True, check=False, timeout=timeout,
        )  # fmt: skip
    finally:
        os.close(reads)
        os.close(holds)


def _watch() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(_PATIENCE)
    os._exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    watch()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
