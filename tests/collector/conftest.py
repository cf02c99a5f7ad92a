"""A collector for tests which only ask, and one for each test that needs its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from generator.collector import CollectorProcess


@pytest.fixture(scope="module")
def sunbird(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    """Give a collector which answers as the telemetry service does."""
    with CollectorProcess(tmp_path_factory.mktemp("sunbird")) as collector:
        yield collector


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    """Give a collector which refuses bad batches."""
    with CollectorProcess(tmp_path_factory.mktemp("strict"), mode="strict") as collector:
        yield collector


@pytest.fixture
def collect(tmp_path: Path) -> Iterator[Callable[..., CollectorProcess]]:
    """Start a collector of the test's own, on `tmp_path/store` unless told otherwise."""
    with ExitStack() as stack:

        def start(**options: Any) -> CollectorProcess:
            store = options.pop("store", tmp_path / "store")
            return stack.enter_context(CollectorProcess(store, **options))

        yield start
