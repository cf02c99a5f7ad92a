"""Batches: events of one device that travel together, and the requests that carry them."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from generator.delivery.batch import Batch, identity_in
from generator.delivery.contracts import Contract, Request
from generator.errors import UsageError
from generator.spec.identity import RUNS, SESSIONS, make_mid, make_msgid
from generator.spec.rules import EARLIEST, Form, check_form
from generator.strategies.envelope import (
    SIMPLEST_FIRST,
    actors,
    contexts,
    ordered,
    tags,
    versions,
    with_object,
)
from generator.strategies.payloads import check_eid, payload_of

LATEST_START = 4 * 10**12
"""The latest start of a batch, in milliseconds since 1970 (the year 2096), so that every ets is in its range."""
LONGEST_GAP = 3_600_000
"""The most milliseconds between two events of a batch."""


def batches(
    *, form: Form = "wire", eids: Sequence[str] = SIMPLEST_FIRST, min_size: int = 1, max_size: int = 10
) -> st.SearchStrategy[Batch]:
    """Draw a batch: valid events of one device, in order of time, each with a mid of its own.

    Args:
        form: the form of the events.
        eids: the methods of the events; all 17 by default.
        min_size: the fewest events.
        max_size: the most events; an example with many costs many draws.

    Raises:
        UsageError: for sizes that contradict each other, and for an unknown eid or form.
    """
    if not 0 <= min_size <= max_size:
        raise UsageError(f"min_size={min_size}, max_size={max_size}: 0 <= min_size <= max_size is needed")
    check_form(form)
    if isinstance(eids, str) or not eids:
        raise UsageError(f"eids={eids!r}: one or more of the 17 are needed, such as ('START', 'END')")
    parts = st.one_of([_event_parts(form, check_eid(eid)) for eid in eids])
    return _batches(form, st.lists(parts, min_size=min_size, max_size=max_size))


def requests(contract: Contract, **options: Any) -> st.SearchStrategy[Request]:
    """Draw a request with a valid batch, as a contract requires it.

    Args:
        contract: the contract of the endpoint, such as `Sunbird()`.
        options: the options of `batches` except the form, which is the contract's.
    """
    if not hasattr(contract, "form") or isinstance(contract, type):
        raise UsageError(
            f"contract={contract!r}: a contract is needed, such as generator.delivery.contracts.sunbird.Sunbird()"
        )
    if "form" in options:
        raise UsageError(f"form={options['form']!r}: it is the contract's; give the contract another")
    return batches(form=contract.form, **options).map(contract.request)


def _event_parts(form: Form, eid: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw the parts of an event that differ between the events of one device."""
    return with_object(form, eid, {"eid": st.just(eid), "gap": _GAPS, "edata": payload_of(form, eid)})


_GAPS = st.integers(0, LONGEST_GAP)


@st.composite
def _batches(draw: st.DrawFn, form: Form, parts: st.SearchStrategy[list[dict[str, Any]]]) -> Batch:
    run, session = draw(st.integers(0, RUNS - 1)), draw(st.integers(0, SESSIONS - 1))
    ets = draw(st.integers(EARLIEST, LATEST_START))
    differing = draw(parts)
    source: dict[str, Any] = {
        "ver": draw(versions()),
        "actor": draw(actors(form=form)),
        "context": draw(contexts(form=form)),
    }
    if draw(st.booleans()):
        source["tags"] = draw(tags())
    events = []
    for sequence, one in enumerate(differing):
        ets += one.pop("gap")
        mid = make_mid(one["eid"], sequence, run, session)
        events.append(ordered({"mid": mid, "ets": ets, **source, **one}))
    return Batch(make_msgid(0, run, session), ets, events, identity_in(source))
