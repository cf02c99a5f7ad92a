"""Strategies of valid events, in either form, as a JSON reader sees them."""

from typing import Any

from hypothesis import strategies as st

from generator.spec.rules import Form, check_form
from generator.strategies.envelope import SIMPLEST_FIRST, envelope_of
from generator.strategies.payloads import check_eid


def events(eid: str | None = None, *, form: Form = "documented") -> st.SearchStrategy[dict[str, Any]]:
    """Draw a valid event: `check` finds no violation in it, and any valid event can be drawn.

    Args:
        eid: the method; any of the 17 by default.
        form: "documented", the arguments of the specification, or "wire", what pipelines accept.

    Raises:
        UsageError: for an unknown eid or form.
    """
    eids = SIMPLEST_FIRST if eid is None else (check_eid(eid),)
    return st.one_of([envelope_of(check_form(form), one, payload=True) for one in eids])
