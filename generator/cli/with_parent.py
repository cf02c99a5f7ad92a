"""`python -m generator.cli.with_parent MODULE ...`: run a module that ends when whoever started it does.

Standard input is a pipe that the parent holds open and never writes to, so that it ends with the parent,
even one that was killed.
"""

import os
import runpy
import signal
import sys
from _thread import start_new_thread
from time import sleep

_PATIENCE = 10


def _watch() -> None:
    # Not a thread of `threading`, which gevent would turn into something that waits for the others.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(_PATIENCE)
    os._exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    start_new_thread(_watch, ())
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
