import gc
import os
import re
import signal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

# A busy machine is no failure: no test asserts how long anything takes.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# A shell that starts the suite in the background has it ignore these, and what a test starts would ignore them too.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

# Nor does a proxy or an authority of whoever runs the suite stand between a test and its endpoint.
for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
    for name in (variable, variable.lower()):
        os.environ.pop(name, None)

# Collecting makes a million objects that all stay: the collector of cycles would walk through them again and again.
gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    gc.enable()


_STARTS = re.compile(
    r"\b(subprocess|Popen|CollectorProcess|multiprocessing|os\.fork|forked|fork_server|webdriver)\b"
    r"|generator\.collector import serve"
)
_IMPORTS = re.compile(r"^(?:from|import) ([\w.]+)", re.MULTILINE)
_PROCESSES = {
    "browser",
    "collect",
    "collector",
    "footfall",
    "start",
    "strict",
    "sunbird",
    "swarm",
    "swarming",
}
"""The fixtures that start a process."""


@cache
def starts_processes(path):
    """Return whether a file of tests, or a helper that it imports, names a way to start a process."""
    source = path.read_text(encoding="utf-8")
    names = _IMPORTS.findall(source)
    near = [path.parent / f"{name}.py" for name in names if "." not in name]
    below = [
        ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in names if name.startswith("tests.")
    ]
    return bool(_STARTS.search(source)) or any(map(starts_processes, filter(Path.exists, [*near, *below])))


def pytest_collection_modifyitems(items):
    """Mark the tests that start processes, for `make check`, which leaves them out."""
    for item in items:
        if starts_processes(item.path) or _PROCESSES & set(item.fixturenames):
            item.add_marker("process")
