"""Sunbird's telemetry service, and the gateways and proxies before it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from generator.delivery.address import check_path, check_token
from generator.delivery.batch import Batch, Identity
from generator.delivery.contracts import Answer, Request
from generator.delivery.contracts.body import (
    COMPRESSIONS,
    Compression,
    check_compression,
    compressed,
    printable,
)
from generator.delivery.contracts.success import without_success
from generator.delivery.contracts.words import is_success, read, refused
from generator.delivery.receipt import ACKED, Receipt, rejected
from generator.errors import UsageError
from generator.spec.envelope import Event
from generator.spec.rules import Form

__all__ = ["COMPRESSIONS", "DEFAULT_PATH", "PATHS", "Compression", "Sunbird"]

DEFAULT_PATH = "/v1/telemetry"
PATHS = {
    DEFAULT_PATH: "the service itself",
    "/data/v1/telemetry": "its gateway",
    "/api/data/v1/telemetry": "the gateway, from outside",
    "/content/data/v1/telemetry": "the portal's proxy",
    "/action/data/v3/telemetry": "the portal's proxy, as the JavaScript client calls it",
    "/data/v3/telemetry": "the same without the prefix",
}
"""Where the layers of Sunbird offer the API; other paths are accepted too."""

_EDITORS = {"/content-editor/telemetry", "/collection-editor/telemetry"}
_CACHED_HEADERS = 10_000
_SUCCESS = {"responseCode": "SUCCESS"}


class _Params(Struct):
    msgid: str


class _Envelope(Struct):
    """The body of a batch; its fields stand in the order in which the JavaScript client writes them."""

    id: str
    ver: str
    params: _Params
    ets: int
    events: Sequence[Event | Mapping[str, Any]]


_encoder = msgspec.json.Encoder()


class Sunbird:
    """Sunbird's contract: the envelope and the headers of the JavaScript client.

    Args:
        path: where batches are posted; see `PATHS`.
        token: sent as `Authorization: Bearer`; no message shows it.
        compress: none, or gzip as the phones do.
        form: the form of the events.
    """

    def __init__(
        self,
        path: str = DEFAULT_PATH,
        *,
        token: str | None = None,
        compress: Compression = "none",
        form: Form = "wire",
    ) -> None:
        if check_path(path, DEFAULT_PATH) in _EDITORS:
            raise UsageError(f"path={path!r}: editors post one event at a time there; give {DEFAULT_PATH}")
        self.path = path
        self.form: Form = form
        self.compress: Compression = check_compression(compress)
        self.largest = 0
        self._token = check_token(token)
        self._headers = lru_cache(_CACHED_HEADERS)(self._make_headers)

    def request(self, batch: Batch) -> Request:
        """Write a batch as the JavaScript client does."""
        envelope = _Envelope("api.sunbird.telemetry", "3.0", _Params(batch.msgid), batch.ets, batch.events)
        body = compressed(_encoder.encode(envelope), self.compress)
        return Request("POST", self.path, self._headers(batch.identity), body)

    def _make_headers(self, identity: Identity) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "dataType": "json"}
        who = (
            ("x-device-id", identity.device),
            ("x-channel-id", identity.channel),
            ("x-app-id", identity.app),
        )
        headers |= {name: printable(value) for name, value in who if value}
        if self.compress == "gzip":
            headers["Content-Encoding"] = "gzip"
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return headers

    def judge(self, answer: Answer) -> Receipt:
        """Return what an answer means: only a 2xx with `SUCCESS` inside is a success.

        The service answers 500 after its retries to write to Kafka, so the batch may be stored. A service without
        a store or proxy names that in its answer: the batch is rejected.
        """
        parsed = read(answer.body)
        if not is_success(answer.status):
            receipt = refused(answer)
            is_unset = parsed is not None and parsed.inside.get("err") == "Configuration error"
            return rejected(receipt.reason) if is_unset else receipt
        if parsed and parsed.responseCode == "SUCCESS":
            return ACKED
        return without_success(answer, parsed, _SUCCESS)

    def __repr__(self) -> str:
        token = ", token=(hidden)" if self._token else ""
        return f"Sunbird({self.path!r}{token}, compress={self.compress!r}, form={self.form!r})"
