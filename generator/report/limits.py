"""What numbers a file may hold that is drawn: those that can be added, written and placed, whoever wrote them."""

from typing import Annotated

from msgspec import Meta

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Counts = dict[str, Count]
Instant = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""Milliseconds since 1970, up to the year 9999."""
