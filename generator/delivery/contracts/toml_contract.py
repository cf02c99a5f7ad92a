"""A user's contract, described in a short TOML file.

    path = "/ingest/$channel"           # method, events, form and compress have defaults

    [headers]
    X-Api-Key = "env:INGEST_KEY"        # a secret comes from the environment
    X-Device = "$did"

    [body]                              # without it the events alone are sent
    batch = "$msgid"
    sentAt = "$ets"
    records = "$events"

    [accepted]                          # any 2xx without it
    status = [200, 202]
    where = "result.status"
    is = "ok"

    [rejected]                          # statuses from 500 that mean: not accepted; any other leaves it unknown
    status = [500]

With events = "lines" or "one" each event has its own body, which holds "$event".
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from generator.delivery.batch import Batch, Identity
from generator.delivery.contracts import Answer, Request
from generator.delivery.contracts.accepted import Accepted
from generator.delivery.contracts.body import (
    COMPRESSIONS,
    LAYOUTS,
    Compression,
    Layout,
    compressed,
    content_headers,
    content_type,
    most,
    only,
    write_events,
)
from generator.delivery.contracts.envelope import TomlEnvelope
from generator.delivery.contracts.table import TomlTable, read_table
from generator.delivery.contracts.toml_headers import Headers
from generator.delivery.contracts.toml_path import Path as OwnPath
from generator.delivery.receipt import Receipt
from generator.errors import UsageError
from generator.spec.rules import FORMS, Form

METHODS = ("POST", "PUT", "PATCH")

_KEYS = ("method", "path", "events", "form", "compress", "headers", "body", "accepted", "rejected")
_CACHED_HEADERS = 10_000
_EXAMPLE = "/ingest"


class TomlContract:
    """The contract of a TOML file.

    Args:
        file: where it is.
        path: instead of the file's; "" for the file's.
        compress: instead of the file's; None for the file's.
        form: instead of the file's; None for the file's.
        environ: the environment, which has the secrets.

    Raises:
        UsageError: if the file has a mistake; with the key, its value and the next step.

    Attributes:
        secrets: the names of the environment's variables that the file takes.
    """

    def __init__(
        self,
        file: str | Path,
        *,
        path: str = "",
        compress: Compression | None = None,
        form: Form | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        table = read_table(Path(file))
        table.only(_KEYS)
        self._path = _path(table, path)
        self.path = self._path.text
        listed: Form = table.choice("form", FORMS, "wire")
        packed: Compression = table.choice("compress", COMPRESSIONS, "none")
        self.form: Form = form or listed
        self.compress: Compression = compress or packed
        self._file = table.file
        self._method = table.choice("method", METHODS, "POST")
        self._layout: Layout = table.choice("events", LAYOUTS, "array")
        self.largest = most(self._layout)
        self._envelope = TomlEnvelope(table.table("body"), self._layout) if "body" in table.values else None
        self._own_headers = Headers(table.table("headers"), environ)
        self._accepted = Accepted(table.table("accepted"), table.table("rejected"))
        self._content = content_headers(content_type(self._layout), self.compress)
        self._headers = lru_cache(_CACHED_HEADERS)(self._make_headers)
        self.secrets = self._own_headers.secrets

    def request(self, batch: Batch) -> Request:
        """Write a batch as the file describes it."""
        body = compressed(self._body(batch), self.compress)
        return Request(self._method, self._path.fill(batch.identity), self._headers(batch.identity), body)

    def judge(self, answer: Answer) -> Receipt:
        """Return what an answer means by the file."""
        return self._accepted.judge(answer)

    def _body(self, batch: Batch) -> bytes:
        envelope = self._envelope
        if envelope is None:
            return write_events(batch.events, self._layout)
        match self._layout:
            case "array":
                return envelope.write(batch, write_events(batch.events, "array"))
            case "one":
                return envelope.write(batch, write_events([only(batch.events)], "one"))
            case "lines":
                lines = (envelope.write(batch, write_events([event], "one")) for event in batch.events)
                return b"".join(line + b"\n" for line in lines)

    def _make_headers(self, identity: Identity) -> dict[str, str]:
        listed = self._own_headers.fill(identity)
        known = {name.lower() for name in listed}
        return {name: value for name, value in self._content.items() if name.lower() not in known} | listed

    def __repr__(self) -> str:
        how = f"compress={self.compress!r}, form={self.form!r}"
        return f"Own({self._file!r}, {self._method} {self.path}, {how})"


def _path(table: TomlTable, instead: str) -> OwnPath:
    """Return the path of an option, or the file's; the file's is checked either way."""
    path = table.text("path")
    if not path and not instead:
        raise table.fault("path", f'missing; give one, such as path = "{_EXAMPLE}"')
    try:
        listed = OwnPath(path) if path else None
    except ValueError as error:
        raise table.mistake("path", str(error)) from None
    try:
        return OwnPath(instead) if instead or listed is None else listed
    except ValueError as error:
        raise UsageError(f"path={instead!r}: {error}") from None
