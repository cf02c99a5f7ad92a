"""A trial: the tests of the specification against one mutant, in a child of this process."""

import ast
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import NoReturn

import jsonschema_rs  # noqa: F401 - loaded once here, not once in every child
import pytest
from hypothesis import Phase, settings

from tests.mutation.mutant import Mutant

ROOT = Path(__file__).parents[2]
TESTS = (
    "tests/test_telemetry.py",
    "tests/spec",
    "tests/faults/test_event_faults.py",
    "tests/test_recorder.py",
)
SECONDS = 120
"""So long may a child take; the whole of the tests takes some ten seconds."""


_PASSED, _FAILED, _BROKEN = range(3)
# With -x, a test file that cannot be imported interrupts the run; no test, for an eid without fields, is no failure.
_CODES: dict[int, int] = {
    pytest.ExitCode.OK: _PASSED, pytest.ExitCode.NO_TESTS_COLLECTED: _PASSED,
    pytest.ExitCode.TESTS_FAILED: _FAILED, pytest.ExitCode.INTERRUPTED: _FAILED,
}  # fmt: skip


class Verdict(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMEOUT = "timeout"


class _Planted(MetaPathFinder, Loader):
    """Imports a mutant's source where its module is asked for."""

    def __init__(self, mutant: Mutant) -> None:
        self._module = mutant.module
        self._path = ROOT / f"{mutant.module.replace('.', '/')}.py"
        self._code: CodeType = compile(mutant.source, str(self._path), "exec")

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        return spec_from_file_location(fullname, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)


def unchanged(module: str) -> Mutant:
    """Give the mutant that is none: every test must pass with it."""
    source = ast.unparse(ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")))
    return Mutant(module, "(module)", "nothing changed", source, ())


def trials(
    mutants: Iterable[Mutant], jobs: int, tests: tuple[str, ...] = TESTS
) -> Iterator[tuple[Mutant, Verdict]]:
    """Try every mutant, so many at a time, and yield each with its verdict as it comes."""
    running: dict[int, Mutant] = {}
    for mutant in mutants:
        if len(running) >= jobs:
            yield _ended(running)
        child = os.fork()
        if not child:
            _try(mutant, tests)
        running[child] = mutant
    while running:
        yield _ended(running)


def _ended(running: dict[int, Mutant]) -> tuple[Mutant, Verdict]:
    child, status = os.wait()
    mutant, code = running.pop(child), os.waitstatus_to_exitcode(status)
    if code == -signal.SIGALRM:
        return mutant, Verdict.TIMEOUT
    if code > _FAILED:
        raise RuntimeError(f"{mutant}: the tests could not be run at all")
    return mutant, Verdict.KILLED if code else Verdict.SURVIVED


def _try(mutant: Mutant, tests: tuple[str, ...]) -> NoReturn:
    """Run the likely tests, then all of them, and leave with 1 at the first failure."""
    code = _BROKEN
    try:
        signal.alarm(SECONDS)
        _be_quiet()
        _forget_the_product()
        sys.meta_path.insert(0, _Planted(mutant))
        code = (_outcome(mutant.likely) if mutant.likely else _PASSED) or _outcome(tests)
    finally:
        os._exit(code)


def _be_quiet() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)


def _forget_the_product() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "generator"]:
        del sys.modules[name]


def _outcome(tests: tuple[str, ...]) -> int:
    """Run some tests; the same examples each time, none kept, none shrunk."""
    settings.register_profile(
        "mutation", database=None, derandomize=True, deadline=None, phases=(Phase.explicit, Phase.generate)
    )
    settings.load_profile("mutation")
    os.chdir(ROOT)
    outcome = pytest.main([*tests, "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain"])
    return _CODES.get(outcome, _BROKEN)
