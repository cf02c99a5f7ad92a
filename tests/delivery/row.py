"""A row of the table of endpoints: what an endpoint does with one batch, and the only true outcome of it."""

from typing import Any, NamedTuple

from generator.delivery.contracts import Request
from generator.delivery.contracts.obsrv import Obsrv
from generator.delivery.contracts.plain import PlainContract
from generator.delivery.contracts.sunbird import Sunbird
from tests.delivery import raw, stub

BODY = b'{"events":[]}'
LARGE = b"x" * 20_000_000
"""More than any system keeps between two sockets."""
SOON = 0.3
"""Seconds of an exchange whose answer never comes whole."""


class Raising(PlainContract):
    """A contract of a stranger, with a mistake in it."""

    def judge(self, answer):
        raise KeyError(answer.status)


class Silent(PlainContract):
    """A contract of a stranger that forgets to return its receipt."""

    def judge(self, answer):
        super().judge(answer)


class Fixed:
    """A contract that sends a row's request, whatever the batch."""

    form, path, largest = "wire", "/v1/telemetry", 0

    def __init__(self, row):
        self._row, self.judge = row, CONTRACTS[row.contract].judge

    def request(self, batch):
        return self._row.request()


CONTRACTS = {
    "sunbird": Sunbird(), "array": PlainContract("array"), "obsrv": Obsrv("d"), "raising": Raising(), "silent": Silent(),
}  # fmt: skip
OBSRV_OK = b'{"id":"api.data.in","params":{"status":"SUCCESS","msgid":"m"},"responseCode":"OK"}'
SUCCESS = raw.answer_with(stub.SUCCESS[2], "Content-Type: application/json")
"""An answer that every contract but Obsrv's takes for success."""
LOGIN = stub.LOGIN[2]
GOOD = dict.fromkeys(CONTRACTS, SUCCESS) | {"obsrv": raw.answer_with(OBSRV_OK)}
"""An acknowledgement, by contract."""


class Row(NamedTuple):
    """One endpoint.

    Attributes:
        script: what it does with the request; true if it then goes on with the connection, else it closes it.
        outcome: the status of the receipt, a colon and its reason; or several, if the system decides which.
        is_final: whether the same bytes would be refused again.
        contract: the name of one of `CONTRACTS`.
        locust: the outcome through Locust's client, if that client may do more.
        is_large: whether the batch is larger than what fits between two sockets.
        seconds: the limit of the exchange.
        elsewhere: what it answers on any other path.
    """

    script: Any
    outcome: str | tuple[str, ...]
    is_final: bool = False
    contract: str = "sunbird"
    locust: str = ""
    is_large: bool = False
    seconds: float = 20.0
    elsewhere: bytes = b""

    def outcomes(self, client):
        """Return the true outcomes of a client."""
        outcome = self.locust if client == "locust" and self.locust else self.outcome
        outcomes = (outcome,) if isinstance(outcome, str) else outcome
        if client == "dispatcher":
            return tuple(one.replace("in time", f"within {self.seconds:g} s") for one in outcomes)
        return outcomes

    @property
    def taken(self):
        """The outcome of a good batch."""
        return "unknown" if self.contract in {"raising", "silent"} else "acked"

    def serve(self, peer, over, *, is_kept):
        """Serve the first connection: the row's batch after a good one or at once, and good ones behind it.

        Args:
            peer: the connection.
            is_kept: whether a good batch comes first.
            over: set when the row's script has come to its end, and has closed the connection if it does.
        """
        good = GOOD[self.contract]
        if is_kept and peer.read_request():
            peer.say(good)
        try:
            goes_on = self.script(peer)
            if not goes_on:
                peer.connection.close()
        finally:
            over.set()
        while peer.read_request():
            is_here = peer.head.startswith(b"POST /v1/telemetry ")
            peer.say(good if is_here else self.elsewhere or good)

    @property
    def is_silent(self):
        """Whether it never comes to an end by itself."""
        return self.seconds == SOON or getattr(self.script, "stays", False)

    def times_in(self, endpoint):
        """Return how often the row's batch came whole."""
        return sum(
            head.startswith(b"POST /v1/telemetry ") and body == BODY for head, body in endpoint.requests
        )

    def request(self):
        """Return the request that carries the batch."""
        body = LARGE if self.is_large else BODY
        return Request("POST", "/v1/telemetry", {"Content-Type": "application/json"}, body)


def says(answer):
    """Return a script that reads the request, says so many bytes, and goes on."""

    def script(peer):
        if peer.read_request():
            peer.say(answer)
        return True

    return script


def closes(said=b""):
    """Return a script that reads the request, says so many bytes, and closes the connection."""

    def script(peer):
        if peer.read_request():
            peer.say(said)

    return script


def answer(status, body=b"", *lines, version=b"1.1"):
    """Return an answer with a status."""
    said = raw.answer_with(body, *lines)
    return said.replace(b"HTTP/1.1 200 OK", b"HTTP/%b %b" % (version, status), 1)


def answers(status, body=b"", *lines):
    """Return a script that reads the request, answers with a status, and goes on."""
    return says(answer(status, body, *lines))
