import os
import subprocess
import sys
from pathlib import Path

import pytest

from generator import __version__
from generator.delivery.receipt import ACKED
from generator.ledger import Header, LedgerWriter, SessionStart
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.digest import digests
from generator.load.template.pool import TemplatePool
from generator.load.template.stamp import StampIdentity
from generator.load.virtual_learner import run_tag
from generator.verify.batch import Batch
from tests.support.forked import footfall_server, is_read_at_start

FOOTFALL = [str(Path(sys.executable).with_name("footfall"))]
RUN, T = 0x0ABCDEF0, 1_790_000_000_123


@pytest.fixture
def footfall(tmp_path):
    """Run the real command in an empty folder; give the finished process.

    Where it matters how Python starts, it is a Python of its own.
    """

    def run(*arguments, stdin=b"", env=None, stdout=subprocess.PIPE, **more):
        command, env = [*FOOTFALL, *map(str, arguments)], env or {}
        call = subprocess.run if more or any(map(is_read_at_start, env)) else footfall_server().run
        return call(
            command, input=stdin, stdout=stdout, stderr=subprocess.PIPE, cwd=tmp_path, timeout=60,
            env={**os.environ, **env}, **more,
        )  # fmt: skip

    return run


@pytest.fixture
def said(capfd, tmp_path, monkeypatch):
    """Run the command inside this process, in an empty folder; give status, stdout and stderr."""
    from generator.cli.commands import run

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


def header_of(plan):
    return Header(
        run=RUN, worker=0, started=float(T), footfall=__version__, seed=plan.settings.seed, contract="array",
        form=plan.form, model="open", scenarios=digests(plan), mark=run_tag(RUN), world=plan.world.digest(),
        options={"scenario": plan.settings.scenario}, largest=plan.largest,
    )  # fmt: skip


@pytest.fixture
def sent(tmp_path):
    """Write the ledger of three sessions into the folder; give their events."""
    plan = Plan(Settings(seed=5, contract="array", scenario="practice"))
    pool = TemplatePool(plan, {}, 3)
    writer = LedgerWriter(tmp_path / "ledger", header_of(plan))
    writer.lease(0, 99)
    events = []
    for session in range(3):
        template, first = pool.draw(), 0
        writer.open(SessionStart(session, template.scenario, template.number, "", "", T))
        for number, prepared in enumerate(template.stamp(StampIdentity(RUN, session), T)):
            batch = Batch(prepared.body[1:-1]).events
            writer.sent(session, number, first, len(batch), 0, 1.0, 1.0, 1.2, ACKED)
            events += batch
            first += len(batch)
    writer.flush()
    writer.close()
    return events
