"""Nothing but events: endpoints that take a JSON array, lines of JSON, or one event a request."""

from generator.delivery.address import check_path, check_token
from generator.delivery.batch import Batch
from generator.delivery.contracts import Answer, Request
from generator.delivery.contracts.body import (
    Compression,
    Layout,
    check_compression,
    check_layout,
    compressed,
    content_headers,
    content_type,
    most,
    write_events,
)
from generator.delivery.contracts.words import by_status
from generator.delivery.receipt import Receipt
from generator.spec.rules import Form


class PlainContract:
    """A contract without an envelope: the body is the events, and a 2xx means that the endpoint accepted them.

    The msgid and time of a batch are not sent: the body has no place for them.

    Args:
        layout: array, lines (NDJSON), or one, for one event a request.
        path: where events are posted.
        token: sent as `Authorization: Bearer`; no message shows it.
        compress: none or gzip.
        form: the form of the events.
    """

    def __init__(
        self,
        layout: Layout = "array",
        path: str = "/",
        *,
        token: str | None = None,
        compress: Compression = "none",
        form: Form = "wire",
    ) -> None:
        self.path = check_path(path, "/ingest")
        self.form: Form = form
        self.compress: Compression = check_compression(compress)
        self.largest = most(check_layout(layout))
        self._layout: Layout = layout
        self._headers = content_headers(content_type(layout), self.compress)
        checked = check_token(token)
        if checked:
            self._headers["Authorization"] = f"Bearer {checked}"

    def request(self, batch: Batch) -> Request:
        """Write the events of a batch."""
        body = compressed(write_events(batch.events, self._layout), self.compress)
        return Request("POST", self.path, self._headers, body)

    def judge(self, answer: Answer) -> Receipt:
        """Judge an answer by its status: any 2xx is success, unless its body is a page for people."""
        return by_status(answer)

    def __repr__(self) -> str:
        token = ", token=(hidden)" if "Authorization" in self._headers else ""
        return (
            f"Plain({self._layout!r}, {self.path!r}{token}, compress={self.compress!r}, form={self.form!r})"
        )
