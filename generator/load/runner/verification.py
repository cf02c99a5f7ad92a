"""The proof at the end of a run: its ledgers are held against the sink, by a process of its own.

Who verifies stands below this room in the house, and needs none of what Locust has patched here. So it is called as
people call it, `footfall verify`, and what it found is read from its JSON.
"""

from pathlib import Path
from typing import Any

import gevent
import msgspec

from generator.load.outcome import with_lost_workers
from generator.load.runner.echo import echo
from generator.load.runner.load_run import LoadRun
from generator.load.sink_of_run import sink_of
from generator.system.exit_with_parent import run


def verify_run(test: LoadRun, store: Path | None) -> dict[str, Any] | None:
    """Hold a run's ledgers against its sink.

    Args:
        test: whose run.
        store: the embedded endpoint's, where it was sent to.

    Returns:
        The output of `footfall verify --json`; without one, an outcome of unknown, and why. None if nothing
        is to be verified.
    """
    settings = test.settings
    if not settings.verify:
        return None
    reasons = test.totals.incomplete_ledgers()
    # A worker that was lost before its first report has left one too.
    left = Path(settings.ledger).absolute().glob(f"ledger-{test.run:08x}-*.bin")
    ledgers = sorted({*test.totals.ledgers(), *map(str, left)})
    here = [name for name in ledgers if Path(name).is_file()]
    if len(here) < len(ledgers):
        reasons.append(
            f"the ledgers of {len(ledgers) - len(here)} workers are on other machines: fetch them, and hold all "
            "against the sink with footfall verify"
        )
    if not here or reasons:
        return _unknown("; ".join(reasons) or "no ledger was written: nothing was sent")
    if settings.settle_time:
        echo(f"--settle-time: what was sent may take {settings.settle_time:g} seconds to reach the sink")
        gevent.sleep(settings.settle_time)
    sink = sink_of(settings.verify, store)
    echo(f"verifying {len(here)} ledger{'s' if len(here) > 1 else ''} against {sink}")
    lost = len(test.reports.unfinished)
    return with_lost_workers(_verified(here, sink), lost)


def _verified(ledgers: list[str], sink: str) -> dict[str, Any]:
    done = run("generator.cli", ["verify", *ledgers, "--against", sink, "--json"])
    if not done.stdout:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2].removeprefix("footfall: ")
        return _unknown(last or f"footfall verify ended with {done.returncode}")
    verdict: dict[str, Any] = msgspec.json.decode(done.stdout)
    return verdict


def _unknown(why: str) -> dict[str, Any]:
    return {"outcome": "unknown", "sentence": f"unknown: {why}"}
