import pytest

from tests.verify.standing import every_example_told


@pytest.fixture(scope="module")
def every_example():
    """All events of a fault are told, not the first hundred."""
    with every_example_told():
        yield
