import pytest

from generator.delivery.gevent_http import KeepAlive


@pytest.fixture
def connect():
    """Make keep-alive connections that are closed when the test is over."""
    made = []

    def make(url, **options):
        made.append(KeepAlive(url, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
