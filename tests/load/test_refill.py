"""The child process that compiles further templates: there when they mean more variety, and gone at the end."""

import json
import subprocess
import sys

from generator.delivery.ledger import Opening, find, read
from generator.load.template.pool import FIRST

# In a process of its own: Locust patches the one in which it is imported.
DRAWING = """
import json
from generator.load.swarm.refill import Refill
import gevent, psutil
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.pool import Pool

def look():
    told.append((len(pool), len(psutil.Process().children())))

def draw(times):
    return {pool.draw().number for _ in range(times)}

settings = Settings(scenario="practice", contract="array")
pool, told = Pool(Plan(settings), {}, 0), []
first = len(pool)
refill = Refill(pool, settings, 0)
draw(first - 1)
gevent.sleep(0)
look()
draw(5)
with gevent.Timeout(60):
    while len(pool) < first + 5:
        gevent.sleep(0.01)
look()
told.append(len(draw(1000)))
with gevent.Timeout(60):
    while len(pool) < first + 50:
        gevent.sleep(0.01)
refill.stop()
look()
print(json.dumps(told))
"""


def test_the_pool_grows_as_it_is_drawn_from():
    """There is no child before each template was drawn once on average; what it compiles comes as draws go on."""
    done = subprocess.run([sys.executable, "-c", DRAWING], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    idle, drawn, numbers, (grown, left) = json.loads(done.stdout)
    assert idle == [FIRST, 0]
    assert drawn == [FIRST + 5, 1]
    assert numbers == FIRST + 5
    assert grown >= FIRST + 50
    assert left == 0


def test_sessions_of_a_run_are_as_various_as_they_are_many(swarm):
    """A run of some hundred sessions plays more stories than its pool began with."""
    done = swarm(
        "--scenario", "practice", "--rate", "4k", "--sessions", 300, "--ledger", "ledgers", "--store", "store"
    )  # fmt: skip
    [path] = find([done.folder / "ledgers"])
    openings = [one for one in read(path).records() if isinstance(one, Opening)]

    assert done.status == 0, done.err
    assert len(openings) == 300
    assert len({one.number for one in openings}) > 3 * FIRST
