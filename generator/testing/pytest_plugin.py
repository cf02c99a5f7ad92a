"""The pytest plugin: a live endpoint and datasets for tests.

    def test_my_client_sends_all(collector, corpus):
        send_all(corpus("practice", form="wire").events, to=collector.url)
        assert not collector.rejected()

It costs nothing if it is not used: the fixtures import what they need.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generator.errors import UsageError

if TYPE_CHECKING:
    from generator.testing.collector import Collector
    from generator.testing.corpus import Corpora
    from generator.verify.findings import Delivery

_MARK = "footfall"
_OPTIONS = ("mode", "form")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line(
        "markers",
        f'{_MARK}(mode="sunbird", form="wire"): how the `collector` of a test answers ("sunbird" or "strict"), '
        'what it accepts ("wire" or "documented"), and which faults it injects (lose=0.01, delay="50ms", seed=7 …).',
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose mark would have no effect: the mark configures the `collector` of a test alone."""
    own = [mark for mark in getattr(item, "own_markers", ()) if mark.name == _MARK]
    if own and "collector" not in getattr(item, "fixturenames", ()):
        pytest.fail(
            f"@pytest.mark.{_MARK}: this test has no `collector`. For the shared one, call shared_collector.clear(mode=…, form=…)",
            pytrace=False,
        )


@pytest.fixture
def collector(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[Collector]":
    """Yield a live endpoint of the test's own, with an empty store; the mark `footfall` configures it."""
    from generator.testing.collector import Collector  # noqa: PLC0415  costs nothing when unused

    try:
        collector = Collector(tmp_path / "footfall", **_marked(request.node))
    except UsageError as error:
        pytest.fail(f"@pytest.mark.{_MARK}: {error}", pytrace=False)
    with collector:
        yield collector


def _marked(node: pytest.Item) -> dict[str, Any]:
    """Read the options of all its marks; the nearest wins."""
    from generator.collector.server_faults.options import OPTIONS, ServerFaults  # noqa: PLC0415  as above

    options: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers(_MARK))):
        if mark.args:
            raise UsageError(f"{mark.args[0]!r}: options are named, such as mode={mark.args[0]!r}")
        for name in mark.kwargs:
            if name not in {*_OPTIONS, *OPTIONS}:
                raise UsageError(f"{name}: unknown option. Choose from {', '.join((*_OPTIONS, *OPTIONS))}")
        options |= mark.kwargs
    asked = {name: str(options.pop(name)) for name in OPTIONS if name in options}
    return options | {"server_faults": ServerFaults.parse(asked)}


@pytest.fixture(scope="session")
def shared_collector(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Collector]":
    """Yield a live endpoint for the whole run: for `@given`, and for fixtures of a wider scope.

    `clear()` empties it, and takes another mode or form.
    """
    from generator.testing.collector import Collector  # noqa: PLC0415  costs nothing when unused

    with Collector(tmp_path_factory.mktemp("footfall")) as collector:
        yield collector


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> "Corpora":
    """Return the factory of datasets: `corpus(scenario="practice", sessions=10, seed=1, form="documented")`, each once a run."""
    from generator.testing.corpus import Corpora  # noqa: PLC0415  costs nothing when unused

    return Corpora(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def assert_delivered() -> "Callable[..., Delivery]":
    """Return `assert_delivered(ledger, sink)` of `generator.testing`."""
    from generator.testing import assert_delivered  # noqa: PLC0415  costs nothing when unused

    return assert_delivered
