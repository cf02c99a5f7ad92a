"""Obsrv's data-in API: one dataset's events, as an array or as objects."""

import re
from http import HTTPStatus
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from generator.delivery.address import check_token
from generator.delivery.batch import Batch
from generator.delivery.contracts import Answer, Request
from generator.delivery.contracts.body import (
    Compression,
    check_compression,
    compressed,
    content_headers,
    only,
)
from generator.delivery.contracts.success import without_success
from generator.delivery.contracts.words import ParsedAnswer, is_success, read, refused
from generator.delivery.receipt import ACKED, Receipt, rejected
from generator.errors import UsageError
from generator.spec.rules import Form

Data = Literal["array", "object"]
_SUCCESS = {"responseCode": "OK", "params.status": "SUCCESS"}


class _Params(Struct):
    msgid: str


class _Envelope(Struct):
    """The body of a request; the API requires all of its fields, and allows no other key in `params`."""

    id: str
    ver: str
    ts: str
    params: _Params
    data: Any


_encoder = msgspec.json.Encoder()


class Obsrv:
    """Obsrv's contract, `POST /v2/data/in/{dataset}`.

    A 404 for an unknown dataset is not final: the dataset may be published later. The service answers 500
    to a body that is too large or not JSON, as it does to its own failures. But it answers so before it chooses a
    route, so that answer does not have the name of this API.

    Args:
        dataset: its id.
        data: an array of events, or one event as an object. The API takes both and puts each request into one
            Kafka message; pipelines of March 2024 read objects alone.
        token: sent as `x-user-token`; no message shows it.
        compress: none or gzip.
        form: the form of the events.
    """

    def __init__(
        self,
        dataset: str,
        *,
        data: Data = "array",
        token: str | None = None,
        compress: Compression = "none",
        form: Form = "wire",
    ) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*", dataset):
            raise UsageError(
                f"dataset={dataset!r}: letters, digits and . _ ~ - make a dataset's id, such as sb-telemetry"
            )
        if data not in get_args(Data):
            raise UsageError(f"data={data!r}: choose one of {', '.join(get_args(Data))}")
        self.path = f"/v2/data/in/{dataset}"
        self.form: Form = form
        self.compress: Compression = check_compression(compress)
        self.largest = 1 if data == "object" else 0
        self._data: Data = data
        self._headers = content_headers("application/json", self.compress)
        checked = check_token(token)
        if checked:
            self._headers["x-user-token"] = checked

    def request(self, batch: Batch) -> Request:
        """Write a batch as the API wants it; its time as a text of digits, since `ts` is a text there."""
        data = only(batch.events) if self._data == "object" else batch.events
        envelope = _Envelope("api.data.in", "v2", str(batch.ets), _Params(batch.msgid), data)
        return Request("POST", self.path, self._headers, compressed(_encoder.encode(envelope), self.compress))

    def judge(self, answer: Answer) -> Receipt:
        """Return what an answer means: only a 2xx with `OK` and `SUCCESS` inside is a success."""
        parsed = read(answer.body)
        if not is_success(answer.status):
            receipt = refused(answer)
            return rejected(receipt.reason, final=True) if _is_unread(answer, parsed) else receipt
        if parsed and parsed.responseCode == "OK" and parsed.inside.get("status") == "SUCCESS":
            return ACKED
        return without_success(answer, parsed, _SUCCESS)

    def __repr__(self) -> str:
        token = ", token=(hidden)" if "x-user-token" in self._headers else ""
        return f"Obsrv({self.path!r}, data={self._data!r}{token}, compress={self.compress!r}, form={self.form!r})"


def _is_unread(answer: Answer, parsed: ParsedAnswer | None) -> bool:
    """Return whether the API could not read the body of a request: invalid JSON, or more than its limit."""
    if answer.status != HTTPStatus.INTERNAL_SERVER_ERROR or parsed is None:
        return False
    return parsed.id == "api" and parsed.inside.get("status") == "FAILED" and isinstance(parsed.error, dict)
