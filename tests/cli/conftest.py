import os
import subprocess
import sys
from pathlib import Path

import pytest

FOOTFALL = [str(Path(sys.executable).with_name("footfall"))]


@pytest.fixture
def footfall(tmp_path):
    """Run the real command in an empty folder; give the finished process."""

    def run(*arguments, stdin=b"", env=None, stdout=subprocess.PIPE, **more):
        return subprocess.run(
            [*FOOTFALL, *map(str, arguments)],
            input=stdin, stdout=stdout, stderr=subprocess.PIPE, cwd=tmp_path, timeout=60, check=False,
            env={**os.environ, **(env or {})}, **more,
        )  # fmt: skip

    return run


@pytest.fixture
def said(capfd, tmp_path, monkeypatch):
    """Run the command inside this process, in an empty folder; give status, stdout and stderr."""
    from generator.cli.verbs import run

    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        status = run(list(map(str, arguments)))
        return (status, *capfd.readouterr())

    return call


@pytest.fixture
def dataset(said):
    """A small dataset in a file of the empty folder."""

    def make(name="events.jsonl", *options):
        status, _, err = said("generate", "--sessions", 6, "-o", name, *options)
        assert status == 0, err
        return Path(name)

    return make
