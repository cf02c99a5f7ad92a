"""Rows of the strategies: our events against hypothesis-jsonschema's, both made from the same JSON Schema."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from time import process_time
from typing import Any

import hypothesis_jsonschema._from_schema as theirs
import msgspec
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.internal.conjecture import utils

from generator import check
from generator.spec.rules import EIDS
from generator.spec.schema import event_schema
from generator.strategies import events
from tests.bench.table import Row

Events = st.SearchStrategy[Any]
Condition = Callable[[Any], bool]

DRAFT_7 = "http://json-schema.org/draft-07/schema#"
EXAMPLES = 500
TRIES = 300
HANDS_OFF = settings(
    max_examples=EXAMPLES, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),  # theirs fails them; it is to be measured all the same
)  # fmt: skip


class _Loop(utils.many):
    """The loop over a list's elements as hypothesis-jsonschema 0.23 calls it; newer Hypothesis has another."""

    def more(self) -> bool:
        if self._depth is None:
            self.__enter__()
            self._loop = iter(self)
        goes_on = next(self._loop, self) is not self
        if not goes_on:
            self.__exit__(None)
        return goes_on


class _Utils:
    """Hypothesis' utilities, with that loop."""

    many = _Loop

    def __getattr__(self, name: str) -> Any:
        return getattr(utils, name)


if not hasattr(utils.many, "more"):
    theirs.cu = _Utils()  # type: ignore[attr-defined]


def as_draft_7(schema: Any) -> Any:
    """Say a schema in the newest dialect that hypothesis-jsonschema reads; one keyword has another name there."""
    if isinstance(schema, dict):
        names = {"dependentRequired": "dependencies"}
        said = {names.get(name, name): as_draft_7(value) for name, value in schema.items()}
        return said | {"$schema": DRAFT_7} if "$schema" in said else said
    return [as_draft_7(value) for value in schema] if isinstance(schema, list) else schema


def their_events(*eids: str) -> Events:
    """Draw events from the schema of each eid; from the one schema of all 17 it makes none within minutes."""
    return st.one_of([theirs.from_schema(as_draft_7(event_schema(eid))) for eid in eids or EIDS])


def drawn(strategy: Events) -> list[Any]:
    """Draw events as a test does."""
    got: list[Any] = []

    @HANDS_OFF
    @given(strategy)
    def take(event: Any) -> None:
        got.append(event)

    take()
    return got


def drawing() -> Iterator[Row]:
    """Measure events a second under @given, and the share of them that `check` accepts."""
    figures = []
    for strategy in (events(), their_events()):
        started = process_time()
        got = drawn(strategy)
        speed = len(got) / (process_time() - started)
        figures.append((speed, 100 * sum(not check(event) for event in got) / len(got)))
    (speed, valid), (their_speed, their_valid) = figures
    yield Row(
        "strategies: events under @given",
        speed,
        "events/s",
        "> theirs",
        f"hypothesis-jsonschema: {their_speed:,.0f}",
    )
    yield Row(
        "strategies: share that is valid", valid, "%", "> theirs", f"hypothesis-jsonschema: {their_valid:.1f}"
    )


def _edata(event: Any, name: str) -> Any:
    """Give a field of a payload; of an event that has none, nothing."""
    return (
        event.get("edata", {}).get(name)
        if isinstance(event, dict) and isinstance(event.get("edata"), dict)
        else None
    )


CONDITIONS: dict[str, tuple[str, Condition]] = {
    "an ASSESS passed with 1": ("ASSESS", lambda e: _edata(e, "pass") == "Yes" and _edata(e, "score") == 1),
    "a SEARCH that found nothing": ("SEARCH", lambda e: _edata(e, "topn") == []),
    "a SHARE of two things": ("SHARE", lambda e: len(_edata(e, "items") or ()) == 2),
    "a LOG in no ASCII": ("LOG", lambda e: not (_edata(e, "message") or "").isascii()),
    "a SUMMARY with an envsummary": ("SUMMARY", lambda e: bool(_edata(e, "envsummary"))),
}


def smallest(strategy: Events, condition: Condition) -> int | None:
    """Give the bytes of the smallest case that is found, as compact JSON; None where none is found."""
    with suppress(NoSuchExample):
        case = find(
            strategy, condition,
            settings=settings(max_examples=TRIES, database=None, deadline=None, derandomize=True,
                              suppress_health_check=list(HealthCheck)),
        )  # fmt: skip
        return len(msgspec.json.encode(case))
    return None


def shrinking() -> Iterator[Row]:
    """Measure the size of the smallest case for a handful of conditions."""
    for name, (eid, condition) in CONDITIONS.items():
        ours, other = (smallest(strategy, condition) for strategy in (events(eid), their_events(eid)))
        found = f"{other:,}" if other else f"none in {TRIES:,} tries"
        yield Row(f"shrunk: {name}", ours or 0, "bytes", "≤ theirs", f"hypothesis-jsonschema: {found}")


def strategies() -> Iterator[Row]:
    """Measure speed, validity and shrinking, side by side."""
    yield from drawing()
    yield from shrinking()


ROWS = (strategies,)
