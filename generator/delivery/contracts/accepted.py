"""How a user's endpoint reports that it accepted a batch: a status, and a value inside its JSON."""

from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any

import msgspec

from generator.delivery.contracts import Answer
from generator.delivery.contracts.success import has_error, means_failure, unreadable
from generator.delivery.contracts.table import TomlTable, shown
from generator.delivery.contracts.words import by_status, failure, is_success, named, read, refused
from generator.delivery.receipt import ACKED, Receipt, rejected, unknown

_NOWHERE = object()
_EVERY_2XX = tuple(range(200, 300))
_LEAST, _LEAST_REJECTED = 200, 400


class Accepted:
    """Judges answers by the tables [accepted] and [rejected] of a TOML contract.

    Args:
        table: `status`, a list of statuses, any 2xx by default; `where`, a path into the answer's JSON, such
            as `result.status` or `items.0.status`; `is`, the value that must be there.
        rejected_table: `status`, a list of statuses from 500 with which the endpoint reports that it has certainly not
            accepted the batch; the other statuses from 500 leave it unknown.
    """

    def __init__(self, table: TomlTable, rejected_table: TomlTable) -> None:
        table.only(("status", "where", "is"))
        rejected_table.only(("status",))
        self._rejected = _statuses(rejected_table, _LEAST_REJECTED) if rejected_table.values else ()
        self._statuses = _statuses(table, _LEAST) if "status" in table.values else _EVERY_2XX
        both = sorted({*self._rejected} & {*self._statuses})
        if both:
            raise rejected_table.mistake(
                "status", f"{both[0]} is among the accepted too; leave it out of one of them"
            )
        self._is_default = not table.values
        self._where = table.text("where")
        self._wanted = table.values.get("is")
        if ("where" in table.values) != ("is" in table.values):
            [name, other] = ("where", "is") if "where" in table.values else ("is", "where")
            raise table.mistake(
                name,
                f"{other} is missing; where is the path of the value, and is the value that must be there",
            )
        if "where" in table.values and not all(self._where.split(".")):
            raise table.mistake("where", "names with dots between them are needed, such as result.status")
        if not isinstance(self._wanted, str | int | float | None):
            raise table.mistake("is", "a text, a number, true or false is needed")

    def judge(self, answer: Answer) -> Receipt:
        """Return what an answer means."""
        if answer.status in self._rejected:
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
        """Judge an answer with a status of success by the value inside it."""
        is_failure, what = False, ""
        try:
            found = _at(msgspec.json.decode(answer.body.removeprefix(BOM_UTF8)), self._where)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            what = unreadable(answer)
        else:
            if found == self._wanted and isinstance(found, bool) == isinstance(self._wanted, bool):
                return ACKED
            parsed = read(answer.body)
            is_failure = means_failure(found, self._wanted) or (
                found in (_NOWHERE, None) and has_error(parsed)
            )
            held = "is missing" if found is _NOWHERE else f"is {shown(found)}"
            words = failure(parsed) if parsed else ""
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
            kind = "an answer" if least == _LEAST else "a rejection"
            raise table.mistake(
                "status", f"{shown(status)} is not the status of {kind}; choose from {least} to 599"
            )
    return tuple(listed)


def _at(value: Any, where: str) -> Any:
    """Return the value at a path; `_NOWHERE` if there is none."""
    for name in where.split("."):
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and len(name) < 10 and int(name) < len(value):
            value = value[int(name)]
        else:
            return _NOWHERE
    return value
