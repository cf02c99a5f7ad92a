"""What the user's own endpoint says when it has taken a batch: a status, and a value inside of its JSON."""

from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any

import msgspec

from generator.delivery.contracts import Answer
from generator.delivery.contracts.success import has_error, in_place_of_words, says_failure
from generator.delivery.contracts.table import TomlTable, shown
from generator.delivery.contracts.words import by_status, failure, is_success, named, read, refused
from generator.delivery.receipt import ACKED, Receipt, rejected, unknown

_NOWHERE = object()
_EVERY_2XX = tuple(range(200, 300))
_LEAST, _LEAST_REFUSAL = 200, 400


class Accepted:
    """Tells a success.

    Args:
        table: `status`, a list of statuses, any 2xx by default; `where`, a path into the answer's JSON such as
            `result.status` or `items.0.status`; `is`, what must stand there.
        refusals: `status`, a list of statuses with which the endpoint refuses what it has surely not taken, in
            place of those of 500 and above that leave it unknown.
    """

    def __init__(self, table: TomlTable, refusals: TomlTable) -> None:
        table.only(("status", "where", "is"))
        refusals.only(("status",))
        self._refusals = _statuses(refusals, _LEAST_REFUSAL) if refusals.values else ()
        self._statuses = _statuses(table, _LEAST) if "status" in table.values else _EVERY_2XX
        both = sorted({*self._refusals} & {*self._statuses})
        if both:
            raise refusals.mistake(
                "status", f"{both[0]} is among the accepted too; leave it out of one of them"
            )
        self._is_default = not table.values
        self._where = table.text("where")
        self._wanted = table.values.get("is")
        if ("where" in table.values) != ("is" in table.values):
            [name, other] = ("where", "is") if "where" in table.values else ("is", "where")
            raise table.mistake(
                name, f"{other} is missing; where says where to look, and is what must stand there"
            )
        if "where" in table.values and not all(self._where.split(".")):
            raise table.mistake("where", "names with dots between them are needed, such as result.status")
        if not isinstance(self._wanted, str | int | float | None):
            raise table.mistake("is", "a text, a number, true or false is needed")

    def judge(self, answer: Answer) -> Receipt:
        """Say what an answer means."""
        if answer.status in self._refusals:
            return rejected(refused(answer).reason)
        if self._is_default:
            return by_status(answer)
        if answer.status not in self._statuses:
            if not is_success(answer.status):
                return refused(answer)
            listed = ", ".join(map(str, self._statuses))
            reason = f"{named(answer.status)}, and accepted is {listed}"
            return rejected(reason) if has_error(read(answer.body)) else unknown(reason)
        return self._by_value(answer) if self._where else ACKED

    def _by_value(self, answer: Answer) -> Receipt:
        """Judge an answer with a status of success by the value inside of it."""
        is_failure, what = False, ""
        try:
            found = _at(msgspec.json.decode(answer.body.removeprefix(BOM_UTF8)), self._where)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            what = in_place_of_words(answer)
        else:
            if found == self._wanted and isinstance(found, bool) == isinstance(self._wanted, bool):
                return ACKED
            said = read(answer.body)
            is_failure = says_failure(found, self._wanted) or (found in (_NOWHERE, None) and has_error(said))
            held = "is missing" if found is _NOWHERE else f"is {shown(found)}"
            words = failure(said) if said else ""
            what = f"{self._where} {held}, not {shown(self._wanted)}" + (f": {words}" if words else "")
        reason = f"{named(answer.status)}, but {what}"
        if not is_success(answer.status):
            return refused(answer)._replace(reason=reason)
        return rejected(reason) if is_failure else unknown(reason)


def _statuses(table: TomlTable, least: int) -> tuple[int, ...]:
    listed = table.values.get("status")
    if not isinstance(listed, list) or not listed:
        why = "a list of statuses is needed, such as [200, 202]"
        raise table.mistake("status", why) if "status" in table.values else table.fault("status", why)
    for status in listed:
        if isinstance(status, bool) or not isinstance(status, int) or not least <= status <= 599:
            kind = "answer's" if least == _LEAST else "refusal's"
            raise table.mistake("status", f"{shown(status)} is no {kind} status; choose from {least} to 599")
    return tuple(listed)


def _at(value: Any, where: str) -> Any:
    """Give what stands at a path."""
    for name in where.split("."):
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and len(name) < 10 and int(name) < len(value):
            value = value[int(name)]
        else:
            return _NOWHERE
    return value
