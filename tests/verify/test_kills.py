"""Kills amid a run: nothing that was acknowledged is lost, and by what is left behind verify is still exact."""

import pytest

from tests.verify.kills import kill_a_collector, kill_a_locust, kill_workers
from tests.verify.processes import serving

pytestmark = pytest.mark.usefixtures("every_example")


def test_a_collector_that_is_killed_loses_nothing_that_it_acknowledged(tmp_path):
    """After kill -9 at ten moments all that was acknowledged is there; sent again, each event is there once."""
    for seed in range(10):
        kill_a_collector(tmp_path / str(seed), seed)


def test_a_lone_locust_that_is_killed_leaves_an_exact_ledger(tmp_path):
    """After kill -9 what its ledger does not say is recovered, and nothing is lost or unexpected: seven, and three below."""
    with serving(tmp_path / "store") as served:
        for seed in range(7):
            folder = tmp_path / str(seed)
            folder.mkdir()
            kill_a_locust(folder, served, seed)


def test_workers_that_are_killed_leave_exact_ledgers(tmp_path):
    """The same of the workers of one run, killed one after the other and their master last."""
    with serving(tmp_path / "store") as served:
        kill_workers(tmp_path, served, workers=4)
