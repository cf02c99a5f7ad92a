"""The child process that compiles further templates, so that variety grows without holding up a sender.

It reads the recipe of its work, one line of JSON, from standard input, and writes templates to standard output:
each as four bytes of length and a pickle. It ends when its reader or its parent has ended.
"""

import json
import os
import pickle
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from itertools import count, islice
from time import sleep
from typing import BinaryIO

from generator.errors import ScenarioError
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.pool import FIRST, compiled, is_full, recipes
from generator.load.template.stamp import Template
from generator.system.exit_with_parent import watch
from generator.system.watchdog import Watchdog

SCRIPT_RAISED = 3
"""The exit code of the child after a script raised, as the last line of its stderr describes."""
_A_PAUSE = 1.0
"""Seconds between two templates once the pool is full: a soak test sees something new every second."""


def request(settings: Settings, lane: int, *, bare: bool = False) -> bytes:
    """Write down what a child should compile, see `recipes`."""
    return json.dumps({"settings": asdict(settings), "lane": lane, "bare": bare}).encode() + b"\n"


def templates(settings: Settings, lane: int, *, bare: bool = False) -> Iterator[Template]:
    """Yield templates of all scenarios in turn, those after the ones that a pool begins with, without end."""
    plan = Plan(settings)
    streams = [
        islice(compiled(recipes(plan, os.environ, scenario, lane, bare=bare)), FIRST, None)
        for scenario in plan.scenarios
    ]
    made: Counter[str] = Counter()
    for number in count(FIRST):
        for stream in streams:
            template = next(stream)
            made[template.scenario] += template.size
            yield template
            if is_full(number, made[template.scenario]):
                sleep(_A_PAUSE)


def write(template: Template, to: BinaryIO) -> None:
    """Write a template."""
    text = pickle.dumps(template, protocol=5)
    to.write(len(text).to_bytes(4, "big") + text)
    to.flush()


def read(text: bytes) -> Template:
    """Read a template from what follows its length."""
    template: Template = pickle.loads(text)  # noqa: S301  our own child's
    return template


def main() -> None:
    """Compile until the reader has closed the pipe."""
    os.nice(10)
    work = json.loads(sys.stdin.buffer.readline())
    watch()
    try:
        with Watchdog():
            for template in templates(Settings(**work["settings"]), work["lane"], bare=work["bare"]):
                write(template, sys.stdout.buffer)
    except BrokenPipeError:
        os._exit(0)  # the parent has enough, and standard output cannot be closed any more
    except ScenarioError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(SCRIPT_RAISED)


if __name__ == "__main__":
    main()
