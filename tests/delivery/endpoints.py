"""The standing table of endpoints: what an endpoint does with one batch, and the only true outcome of it."""

import gzip
from typing import Any, NamedTuple

from generator.delivery.contracts import Request
from generator.delivery.contracts.obsrv import Obsrv
from generator.delivery.contracts.plain import Plain
from generator.delivery.contracts.sunbird import Sunbird
from tests.delivery import raw, stub

BODY = b'{"events":[]}'
LARGE = b"x" * 20_000_000
"""More than any system keeps between two sockets."""
SOON = 0.3
"""Seconds of an exchange whose answer never comes whole."""

CONTRACTS = {"sunbird": Sunbird(), "array": Plain("array"), "obsrv": Obsrv("d")}
OBSRV_OK = b'{"id":"api.data.in","params":{"status":"SUCCESS","msgid":"m"},"responseCode":"OK"}'
SUCCESS = raw.answer_with(stub.SUCCESS[2], "Content-Type: application/json")
"""An answer that every contract but Obsrv's takes for success."""
LOGIN = stub.LOGIN[2]
GOOD = {"sunbird": SUCCESS, "array": SUCCESS, "obsrv": raw.answer_with(OBSRV_OK)}
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
        return (outcome,) if isinstance(outcome, str) else outcome

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
        return self.seconds == SOON

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


def moves(status, location):
    """Return a script that redirects."""
    return answers(status, b"moved", f"Location: {location}")


def _redirects():
    login = "https://sso.example.org/login"
    for status, words in (
        (300, "Multiple Choices"),
        (301, "Moved Permanently"),
        (302, "Found"),
        (303, "See Other"),
    ):
        line = f"{status} {words}"
        script = moves(line.encode(), f"{login}?next=%2Fv1&state=s3cret#top")
        yield f"{status} to another origin", Row(script, f"rejected: {line}: redirects to {login}")
        yield (
            f"{status} to a page that acknowledges",
            Row(moves(line.encode(), "/welcome"), f"rejected: {line}: redirects to /welcome"),
        )
    for status, words in ((307, "Temporary Redirect"), (308, "Permanent Redirect")):
        line = f"{status} {words}"
        yield (
            f"{status} within the origin",
            Row(moves(line.encode(), "/other"), f"rejected: {line}: redirects to /other", locust="acked: "),
        )
        yield (
            f"{status} to another origin",
            Row(moves(line.encode(), f"{login}?a=1"), f"rejected: {line}: redirects to {login}"),
        )
        yield f"{status} without a Location", Row(answers(line.encode()), f"rejected: {line}")
    again = answer(b"308 Permanent Redirect", b"", "Location: /again")
    yield (
        "308 for ever",
        Row(says(again), "rejected: 308 Permanent Redirect: redirects to /again", elsewhere=again),
    )
    yield (
        "307 to a refusal",
        Row(
            moves(b"307 Temporary Redirect", "/x"),
            "rejected: 307 Temporary Redirect: redirects to /x",
            locust="rejected: 200 OK, but no JSON: Sign in",
            elsewhere=raw.answer_with(LOGIN),
        ),
    )
    yield (
        "302 with a success in its body",
        Row(
            answers(b"302 Found", stub.SUCCESS[2], "Location: //h/in"),
            "rejected: 302 Found: redirects to //h/in",
        ),
    )
    yield (
        "302 with a password in its Location",
        Row(
            answers(b"302 Found", b"", "Location: http://u:pw@h/in"),
            "rejected: 302 Found: redirects to http://h/in",
        ),
    )
    yield (
        "302 to a contract that looks at the status alone",
        Row(moves(b"302 Found", "/login"), "rejected: 302 Found: redirects to /login", contract="array"),
    )
    yield "304", Row(says(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "rejected: 304 Not Modified")


def _successes():
    page = b"<!DOCTYPE html>\n" + LOGIN
    yield "200 SUCCESS", Row(says(SUCCESS), "acked: ")
    yield "201 SUCCESS", Row(answers(b"201 Created", stub.SUCCESS[2]), "acked: ")
    yield "200 for a status alone", Row(answers(b"200 OK"), "acked: ", contract="array")
    yield "204 for a status alone", Row(says(b"HTTP/1.1 204 No Content\r\n\r\n"), "acked: ", contract="array")
    yield "200 with a login page", Row(answers(b"200 OK", page), "rejected: 200 OK, but no JSON: Sign in")
    yield (
        "200 with a login page for a status alone",
        Row(answers(b"200 OK", page), "unknown: 200 OK, but an HTML page: Sign in", contract="array"),
    )
    packed = answers(b"200 OK", gzip.compress(page), "Content-Encoding: gzip")
    yield (
        "200 with a packed login page for a status alone",
        Row(packed, "unknown: 200 OK, but an HTML page: Sign in", contract="array"),
    )
    yield (
        "207 for a status alone",
        Row(
            answers(b"207 Multi-Status", b'[{"status":500}]'),
            "unknown: 207 Multi-Status: each part has a status of its own, which this contract does not read",
            contract="array",
        ),
    )
    yield "200 without a body", Row(answers(b"200 OK"), "rejected: 200 OK, but nothing in it")
    yield "204", Row(says(b"HTTP/1.1 204 No Content\r\n\r\n"), "rejected: 204 No Content, but nothing in it")
    yield (
        "200 with a failure inside",
        Row(answers(b"200 OK", stub.FAILED_INSIDE[2]), "rejected: 200 OK, but CLIENT_ERROR in it: Bad batch"),
    )
    yield "200 of HTTP/1.0", Row(closes(answer(b"200 OK", stub.SUCCESS[2], version=b"1.0")), "acked: ")
    yield (
        "200 after 100",
        Row(says(b"HTTP/1.1 100 Continue\r\n\r\n" + SUCCESS), "acked: "),
    )


ROWS: dict[str, Row] = dict([*_redirects(), *_successes()])
"""Every endpoint by its name."""
