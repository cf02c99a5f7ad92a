import gc
import os
import signal

import pytest
from hypothesis import settings

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
