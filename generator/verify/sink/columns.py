"""The columns of a table in which events stand.

A row holds events in one of two ways. Either a column holds them as JSON, each a single event, a batch, or what
else `generator.verify.sink.message` opens; it is text, or nested, and mostly named event, value, json or message.
Or the columns are an event's own fields, whatever the case of their names, and its JSON is rebuilt from them: a
column of times becomes milliseconds. If a table has both, each row is read by its JSON if an event stands there, and
by its fields if not.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from generator.errors import UsageError
from generator.verify.sink.layout import FIELDS, Layout
from generator.verify.sink.message import events_in, is_event, with_numbers

_TEXTS = (
    "event", "value", "json", "message", "events", "payload", "data", "body", "record", "raw", "_raw", "line", "log", "_source",
    "document", "content", "doc",
)  # fmt: skip
"""Columns in which JSON is looked for, the likeliest first; if there is none of them, all of text."""
_IDS = {"eid", "mid"}
"""Columns without which a row is not an event."""
_CONTENTS = ("actor", "context", "edata")
_RECEIVED = "received"
_MOST = 8
_SINGLE = re.compile(rb"(?<!\\)(?:\\\\)*\\(?!\\)")
"""A backslash that is not one of a pair."""
_IN_TEXT = Layout(has_nulls=True)


class Column(NamedTuple):
    """A column, and the name of its type."""

    name: str
    type: str

    @property
    def quoted(self) -> str:
        """Its name as SQL has it."""
        return '"' + self.name.replace('"', '""') + '"'

    @property
    def value(self) -> str:
        """What is taken of it: times as milliseconds since 1970, and JSON as its text."""
        if self.type == "JSON":
            return f"CAST({self.quoted} AS VARCHAR)"
        if self.type == "TIMESTAMP WITH TIME ZONE":
            return f"epoch_ms({self.quoted})"  # a cast would shift it to the zone of this machine
        if self.type.startswith("TIMESTAMP"):
            # Of seconds, milliseconds and nanoseconds it is not known to every version of DuckDB.
            return f"epoch_ms(CAST({self.quoted} AS TIMESTAMP))"
        return self.quoted

    @property
    def is_text(self) -> bool:
        """Whether it may hold JSON as text."""
        return self.type in {"VARCHAR", "JSON", "BLOB"}

    @property
    def is_nested(self) -> bool:
        """Whether it holds objects, or lists of them."""
        return self.type.startswith(("STRUCT", "MAP")) or (self.type.endswith("]") and "STRUCT" in self.type)


class Candidate(NamedTuple):
    """Something in a row in which events may stand.

    Attributes:
        sql: it as SQL has it.
        layout: how events are laid out there.
        is_event: whether it is always a single event.
    """

    sql: str
    layout: Layout
    is_event: bool = False


class Parted(Struct, gc=False):
    """What stands in a row.

    Attributes:
        candidate: the place of the candidate in which it stands.
        events: the JSON text of each event.
        problem: why the row was not understood; "" if it was.
        size: its bytes if it was not.
    """

    candidate: int
    events: Sequence[bytes]
    problem: str = ""
    size: int = 0


class Taken(NamedTuple):
    """What is taken from the rows of a table.

    Attributes:
        candidates: in which events may stand, the likeliest first.
        arguments: values that these need, behind those of the table itself.
        notes: what is left out.
        is_copied: whether backslashes are doubled, see `is_copied`.
    """

    candidates: Sequence[Candidate]
    arguments: Sequence[str]
    notes: Sequence[str]
    is_copied: bool = False

    def part(self, row: Sequence[Any]) -> Parted:
        """Return the events of a row.

        Args:
            row: at first a value of each candidate: text, bytes or None.
        """
        is_alone = len(self.candidates) == 1
        problem, size, longest, worst = "null, where an event should be", 0, 0, 0
        for at, candidate in enumerate(self.candidates):
            value = row[at]
            if value is None:
                continue
            data = value.encode() if isinstance(value, str) else value
            if self.is_copied:
                data = halved(data)
            try:
                events = [with_numbers(data)] if candidate.is_event else events_in(data)
            except (ValueError, RecursionError) as error:
                events, why = [], str(error)
            else:
                if is_alone or any(map(is_event, events)):
                    return Parted(at, events)
                why = "there is no event in it"
            # The event may stand in any of them, most likely in the longest.
            size += len(data)
            if len(data) > longest:
                problem, longest, worst = why, len(data), at
        return Parted(worst, (), problem, size)


def halved(data: bytes) -> bytes:
    """Return text as it was before PostgreSQL's COPY doubled its backslashes."""
    return data.replace(b"\\\\", b"\\")


def is_copied(values: Iterable[str]) -> bool:
    """Return whether text is as PostgreSQL's COPY writes it: its backslashes are pairs, and some is JSON only if halved.

    Args:
        values: the texts that may be JSON and have backslashes; they are read until one has a single backslash.
    """
    is_proved = False
    for value in values:
        data = value.encode()
        if _SINGLE.search(data):
            return False
        is_proved = is_proved or (not _is_json(data) and _is_json(halved(data)))
    return is_proved


def _is_json(data: bytes) -> bool:
    try:
        events_in(data)
    except (ValueError, RecursionError):
        return False
    return True


def is_row(names: Iterable[str]) -> bool:
    """Return whether the names of columns are a row with an event, because their file has no line of names."""
    for name in names:
        try:
            events = events_in(name.encode())
        except (ValueError, RecursionError):
            continue
        if any(map(is_event, events)):
            return True
    return False


def taken_from(
    columns: Sequence[Column], fields: Mapping[str, str], known: int, *, is_untyped: bool, place: str
) -> Taken:
    """Decide what is taken from a table.

    Args:
        columns: its columns.
        fields: members of an event that the path of its file says.
        known: how many arguments the table itself needs.
        is_untyped: whether all its columns are text for want of types.
        place: it in words.

    Raises:
        UsageError: no event can stand there.
    """
    by_name = {column.name.lower(): column for column in columns}
    has_fields = by_name.keys() | fields.keys() >= _IDS
    named = [by_name[name] for name in _TEXTS if name in by_name]
    texts = [one for one in named if one.is_text or one.is_nested]
    if not texts and not has_fields:
        texts = [one for one in columns if one.is_text or one.is_nested][:_MOST]
    candidates = [Candidate(_json(one), _layout(one)) for one in texts]
    notes: list[str] = []
    arguments: list[str] = []
    if has_fields:
        missing = {name: value for name, value in fields.items() if name not in by_name}
        arguments = list(missing.values())
        rebuilt, notes = _rebuilt(columns, list(missing), known, is_untyped=is_untyped)
        candidates.append(rebuilt)
    elif not candidates:
        gone = ", ".join(sorted(_IDS - by_name.keys()))
        raise UsageError(
            f"{place}: neither a column of text named {', '.join(_TEXTS[:4])} nor the columns of an event "
            f"({gone} missing); rename one in a view of your own, and write that as Parquet"
        )
    return Taken(candidates, arguments, notes)


def _json(column: Column) -> str:
    return column.quoted if column.is_text else f"to_json({column.quoted})"


def _layout(column: Column) -> Layout:
    return _IN_TEXT if column.is_text else Layout(has_nulls=True, has_columns=True)


def _rebuilt(
    columns: Sequence[Column], missing: Sequence[str], known: int, *, is_untyped: bool
) -> tuple[Candidate, list[str]]:
    """Give what makes JSON of an event's own columns, and what there is to say of the others."""
    taken = [one for one in columns if one.name.lower() != _RECEIVED and one.type != "BLOB"]
    names = [one.name.lower() if one.name.lower() in FIELDS else one.name for one in taken]
    pairs = [f"{Column(name, '').quoted} := {one.value}" for name, one in zip(names, taken, strict=True)]
    for at, name in enumerate(missing, start=known + 1):
        pairs.append(
            f"{name} := " + (f"TRY_CAST(${at} AS BIGINT)" if name == "ets" else f"CAST(${at} AS VARCHAR)")
        )
    starts = {name.partition(".")[0].lower() for name in names}
    further = frozenset(name for name in names if name.partition(".")[0].lower() not in FIELDS)
    ets = next((one for one, name in zip(taken, names, strict=True) if name == "ets"), None)
    layout = Layout(
        has_nulls=True, has_columns=True, is_untyped=is_untyped or bool(ets and ets.is_text), further=further,
        has_contents=bool(starts & set(_CONTENTS)),
    )  # fmt: skip
    shown = ", ".join(sorted(further)[:_MOST]) + (", …" if len(further) > _MOST else "")
    notes = (
        [f"further columns ({shown}) count only in events that were sent with such a member"]
        if further
        else []
    )
    return Candidate(f"to_json(struct_pack({', '.join(pairs)}))", layout, is_event=True), notes
