"""The pytest plugin: a live endpoint and datasets for tests.

    def test_my_client_sends_all(collector, corpus):
        send_all(corpus("practice", form="wire").events, to=collector.url)
        assert not collector.rejected()

It costs nothing where it is not used: whatever it needs is imported inside the fixtures.
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
        'what it accepts ("wire" or "documented"), and what goes wrong on purpose (lose=0.01, delay="50ms", seed=7 …).',
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a mark that would be passed over: it says how the `collector` of a test answers, and no other."""
    own = [mark for mark in getattr(item, "own_markers", ()) if mark.name == _MARK]
    if own and "collector" not in getattr(item, "fixturenames", ()):
        pytest.fail(
            f"@pytest.mark.{_MARK}: this test has no `collector`; for the shared one say shared_collector.clear(mode=…, form=…)",
            pytrace=False,
        )


@pytest.fixture
def collector(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[Collector]":
    """Give a live endpoint of the test's own, with an empty store; the mark `footfall` says how it answers."""
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
                raise UsageError(
                    f"{name}: there is no such option; choose of {', '.join((*_OPTIONS, *OPTIONS))}"
                )
        options |= mark.kwargs
    asked = {name: str(options.pop(name)) for name in OPTIONS if name in options}
    return options | {"misbehaviour": ServerFaults.parse(asked)}


@pytest.fixture(scope="session")
def shared_collector(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Collector]":
    """Give a live endpoint for the whole run: for `@given`, and for fixtures of a wider scope.

    `clear()` empties it, and takes another mode or form.
    """
    from generator.testing.collector import Collector  # noqa: PLC0415  costs nothing when unused

    with Collector(tmp_path_factory.mktemp("footfall")) as collector:
        yield collector


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> "Corpora":
    """Make datasets: `corpus(scenario="practice", sessions=10, seed=1, form="documented")`, each once a run."""
    from generator.testing.corpus import Corpora  # noqa: PLC0415  costs nothing when unused

    return Corpora(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def assert_delivered() -> "Callable[..., Delivery]":
    """Prove what arrived: `assert_delivered(ledger, sink)`, as `generator.testing` has it."""
    from generator.testing import assert_delivered  # noqa: PLC0415  costs nothing when unused

    return assert_delivered
