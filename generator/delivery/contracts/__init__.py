"""How an endpoint wants a batch, and what its answers mean: pure functions, no I/O."""

from typing import NamedTuple, Protocol

from generator.delivery.batch import Batch
from generator.delivery.receipt import Receipt
from generator.spec.rules import Form

_SHOWN = 60


class Request(NamedTuple):
    """One batch as an endpoint wants it.

    Attributes:
        method: POST, mostly.
        path: begins with a slash; the address of the endpoint comes before it.
        headers: by name; one of them may be a secret, so the text of a Request shows only the names.
        body: what is sent, compressed if the headers state it.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def __repr__(self) -> str:
        shown = self.body if len(self.body) <= _SHOWN else self.body[:_SHOWN] + b"..."
        return f"Request({self.method} {self.path}, {', '.join(self.headers)}, {len(self.body)} bytes: {shown!r})"


class Answer(NamedTuple):
    """The answer of an endpoint.

    Attributes:
        status: such as 200.
        body: decompressed; only its beginning if it is long.
        location: the address that a redirect names; "" for any other answer.
        is_cut: whether the body is longer than what was read of it.
        is_early: whether it came before the whole request was sent.
        proxy: the name of the proxy that read the request and passed it on, or answered itself; "" for none.
        coding: the Content-Encoding of a body that could not be read, whose `body` is empty; "" if it was read.
        retry_after: seconds to wait, as its Retry-After asks; None if it does not ask.
    """

    status: int
    body: bytes
    location: str = ""
    is_cut: bool = False
    is_early: bool = False
    proxy: str = ""
    retry_after: float | None = None
    coding: str = ""


class Contract(Protocol):
    """How one kind of endpoint wants a batch, and answers. The same batch makes the same request, to the byte."""

    @property
    def form(self) -> Form:
        """The form of the events that it wants."""

    @property
    def path(self) -> str:
        """The path of its requests: one name for all of them in statistics."""

    @property
    def largest(self) -> int:
        """The most events that it takes in one request; 0 for no limit."""

    def request(self, batch: Batch) -> Request:
        """Write a batch as the endpoint wants it."""

    def judge(self, answer: Answer) -> Receipt:
        """Return what an answer means for the batch."""
