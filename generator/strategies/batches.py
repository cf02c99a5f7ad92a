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
"""Milliseconds since 1970, in the year 2096: later no batch begins, so that none leaves the range of an ets."""
LONGEST_GAP = 3_600_000
"""Milliseconds between two events of a batch at most."""


def batches(
    *, form: Form = "wire", eids: Sequence[str] = SIMPLEST_FIRST, min_size: int = 1, max_size: int = 10
) -> st.SearchStrategy[Batch]:
    """Draw a batch: valid events of one device, in order of time, each with a mid of its own.

    Args:
        form: of the events.
        eids: of which methods; all 17 by default.
        min_size: the fewest events.
        max_size: the most events; an example with many costs many draws.

    Raises:
        UsageError: for sizes that contradict each other, and an eid or a form that is none.
    """
    if not 0 <= min_size <= max_size:
        raise UsageError(f"min_size={min_size}, max_size={max_size}: 0 <= min_size <= max_size is needed")
    check_form(form)
    if isinstance(eids, str) or not eids:
        raise UsageError(f"eids={eids!r}: one or more of the 17 are needed, such as ('START', 'END')")
    said = st.one_of([_said(form, check_eid(eid)) for eid in eids])
    return _batches(form, st.lists(said, min_size=min_size, max_size=max_size))


def requests(contract: Contract, **options: Any) -> st.SearchStrategy[Request]:
    """Draw a request as an endpoint wants it, with a valid batch in it.

    Args:
        contract: how the endpoint wants it, such as `Sunbird()`.
        options: those of `batches` but the form, which is the contract's.
    """
    if not hasattr(contract, "form") or isinstance(contract, type):
        raise UsageError(
            f"contract={contract!r}: a contract is needed, such as generator.delivery.contracts.sunbird.Sunbird()"
        )
    if "form" in options:
        raise UsageError(f"form={options['form']!r}: it is the contract's; give the contract another")
    return batches(form=contract.form, **options).map(contract.request)


def _said(form: Form, eid: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw what the events of one device differ in."""
    return with_object(form, eid, {"eid": st.just(eid), "gap": _GAPS, "edata": payload_of(form, eid)})


_GAPS = st.integers(0, LONGEST_GAP)


@st.composite
def _batches(draw: st.DrawFn, form: Form, told: st.SearchStrategy[list[dict[str, Any]]]) -> Batch:
    run, session = draw(st.integers(0, RUNS - 1)), draw(st.integers(0, SESSIONS - 1))
    ets = draw(st.integers(EARLIEST, LATEST_START))
    said = draw(told)
    source: dict[str, Any] = {
        "ver": draw(versions()),
        "actor": draw(actors(form=form)),
        "context": draw(contexts(form=form)),
    }
    if draw(st.booleans()):
        source["tags"] = draw(tags())
    events = []
    for sequence, one in enumerate(said):
        ets += one.pop("gap")
        mid = make_mid(one["eid"], sequence, run, session)
        events.append(ordered({"mid": mid, "ets": ets, **source, **one}))
    return Batch(make_msgid(0, run, session), ets, events, identity_in(source))
