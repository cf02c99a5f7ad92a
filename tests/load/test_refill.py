"""The child process that compiles further templates: there when they mean more variety, and gone at the end."""

import json
import signal

from generator.ledger import SessionStart, discover, read
from generator.load.template.pool import FIRST
from tests.delivery.stub import SUCCESS, serving

# In a process of its own: Locust patches the one in which it is imported.
DRAWING = """
import json
from generator.load.runner.template_refiller import TemplateRefiller
import gevent, psutil
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.pool import TemplatePool

def look():
    told.append((len(pool), len(psutil.Process().children())))

def draw(times):
    return {pool.draw().number for _ in range(times)}

settings = Settings(scenario="practice", contract="array")
pool, told = TemplatePool(Plan(settings), {}, 0), []
first = len(pool)
refill = TemplateRefiller(pool, settings, 0)
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


def test_the_pool_grows_as_it_is_drawn_from(run_code):
    """There is no child before each template was drawn once on average; what it compiles comes as draws go on."""
    done = run_code(DRAWING)

    assert done.returncode == 0, done.stderr
    idle, drawn, numbers, (grown, left) = json.loads(done.stdout)
    assert idle == [FIRST, 0]
    assert drawn == [FIRST + 5, 1]
    assert numbers == FIRST + 5
    assert grown >= FIRST + 50
    assert left == 0


def numbers(folder):
    """Read which templates were played so far."""
    paths = discover([folder / "ledgers"]) if any(folder.glob("ledgers/*.bin")) else []
    return {one.number for path in paths for one in read(path).records() if isinstance(one, SessionStart)}


def test_sessions_of_a_run_become_more_various(swarming):
    """A run plays more stories than its pool began with, as soon as more are compiled."""
    options = ("--headless", "--scenario", "practice", "--rate", "1k", "--ledger", "ledgers")
    with serving(SUCCESS) as endpoint, swarming(*options, "--host", endpoint.url) as run:
        run.wait_until(lambda: len(numbers(run.folder)) > 3 * FIRST)
        run.process.send_signal(signal.SIGTERM)
        assert run.end() in {0, 12}, run.err


# It lacks file descriptors first, and the child is there once they are not lacking any more.
LACKING = """
import json
from contextlib import suppress
from generator.load.runner import template_refiller as refill
import gevent, os, resource
from generator.load.plan import Plan
from generator.load.settings import Settings
from generator.load.template.pool import TemplatePool

settings = Settings(scenario="practice", contract="array")
pool = TemplatePool(Plan(settings), {}, 0)
first, taken = len(pool), []
gevent.sleep(0)  # gevent's own descriptors come first
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
with suppress(OSError):
    while True:
        taken.append(os.open(os.devnull, os.O_RDONLY))
begin, tried = refill._start, []

def counted():
    tried.append(None)
    return begin()

refill._start, refill._BETWEEN_STARTS = counted, 0.01
filling = refill.TemplateRefiller(pool, settings, 0)
for _ in range(first):
    pool.draw()
with gevent.Timeout(60):
    while len(tried) < 3:
        gevent.sleep(0.01)
    lacking = len(pool)
    for one in taken:
        os.close(one)
    while len(pool) < first + 1:
        gevent.sleep(0.01)
filling.stop()
print(json.dumps([lacking - first, len(pool) > first]))
"""


def test_a_child_that_cannot_be_started_is_started_later(run_code):
    """Without file descriptors a run goes on with the templates it has, says so once, and compiles more when there are some."""
    done = run_code(LACKING)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [0, True]
    assert done.stderr.count("no more templates are compiled for now: too many open files") == 1
    assert "Traceback" not in done.stderr


TICKING = """
import json
import gevent
from generator.load.plan import Plan
from generator.load.runner import load_run
from generator.load.settings import Settings
from generator.load.template.pool import TemplatePool

def tick():
    while True:
        gevent.sleep(0.001)
        ticks.append(len(ticks))

ticks = []
gevent.spawn(tick)
gevent.sleep(0)
pool = TemplatePool(Plan(Settings(contract="array")), {}, 0, load_run._yield)
print(json.dumps([len(pool), len(ticks)]))
"""


def test_timers_go_on_while_templates_are_compiled(run_code):
    """A worker tells its master every second that it lives, also while it compiles: timers are looked at after each template."""
    done = run_code(TICKING)

    assert done.returncode == 0, done.stderr
    templates, ticks = json.loads(done.stdout)
    assert ticks > templates / 2 > 10
