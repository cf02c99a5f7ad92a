"""Tests of other people's code: a pytest plugin, proof of what arrived, a state machine, and a probe of live endpoints."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.testing.delivered import assert_delivered

__all__ = ["assert_delivered"]


def __getattr__(name: str) -> Any:
    # Loaded when it is first asked for: pytest imports this room in every run.
    if name == "assert_delivered":
        from generator.testing.delivered import assert_delivered  # noqa: PLC0415

        return assert_delivered
    raise AttributeError(f"module 'generator.testing' has no attribute {name!r}")
