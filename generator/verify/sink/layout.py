"""The layout of an event in a sink: how far it may differ from the bytes that were sent, and still say the same."""

from typing import NamedTuple

FIELDS = ("eid", "ets", "ver", "mid", "actor", "context", "object", "edata", "tags")
"""The members of an event, as the specification names them."""
NESTED = frozenset({"actor", "context", "object", "edata", "tags"})
"""Those that are objects or lists."""


class Layout(NamedTuple):
    """What a reader of events can know of the writer behind a sink.

    Attributes:
        has_nulls: whether null may stand for what is missing, as in a table, or in JSON that was made of one.
        has_columns: whether the events were rebuilt from columns: then names may have lost their case, nested values
            may be JSON text, and a name with dots stands for a path.
        is_untyped: whether these columns are text alone.
        further: columns that the specification does not know; they count only in events that were sent with one.
        has_contents: whether more than the ids of events is there.
    """

    has_nulls: bool = False
    has_columns: bool = False
    is_untyped: bool = False
    further: frozenset[str] = frozenset()
    has_contents: bool = True


AS_WRITTEN = Layout()
"""The bytes are those that the endpoint stored."""
