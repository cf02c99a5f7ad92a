"""The standing table of endpoints: what an endpoint does with one batch, and the only true outcome of it."""

import gzip
import socket

from tests.delivery import raw, stub
from tests.delivery.odd_answers import byte_by_byte, invalid, unusual, without_words
from tests.delivery.row import LOGIN, SOON, SUCCESS, Row, answer, answers, closes, says


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
            locust="unknown: 200 OK, but an HTML page: Sign in",
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
    yield "200 with a login page", Row(answers(b"200 OK", page), "unknown: 200 OK, but an HTML page: Sign in")
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
    yield (
        "200 with a failure inside",
        Row(answers(b"200 OK", stub.FAILED_INSIDE[2]), "rejected: 200 OK, but CLIENT_ERROR in it: Bad batch"),
    )
    yield "200 of HTTP/1.0", Row(closes(answer(b"200 OK", stub.SUCCESS[2], version=b"1.0")), "acked: ")
    yield (
        "200 after 100",
        Row(says(b"HTTP/1.1 100 Continue\r\n\r\n" + SUCCESS), "acked: "),
    )


STATUSES: list[tuple[str, bytes, str, bool, str]] = [
    # status, body, outcome, final, contract
    ("400 Bad Request", stub.MALFORMED[2], "rejected: {}: SyntaxError: Unexpected token", True, "sunbird"),
    ("401 Unauthorized", b'{"message":"Unauthorized"}', "rejected: {}", False, "sunbird"),
    ("403 Forbidden", b'{"message":"no access"}', "rejected: {}: no access", False, "array"),
    ("404 Not Found", b"", "rejected: {}", False, "sunbird"),
    ("404 Not Found", b'{"error":{"code":"DATASET_NOT_FOUND"}}', "rejected: {}: DATASET_NOT_FOUND", False, "obsrv"),
    ("408 Request Timeout", b"", "rejected: {}", False, "sunbird"),
    ("413 Request Entity Too Large", stub.TOO_LARGE[2], "rejected: {}", True, "sunbird"),
    ("415 Unsupported Media Type", b"", "rejected: {}", True, "array"),
    ("422 Unprocessable Entity", b"", "rejected: {}", True, "sunbird"),
    ("429 Too Many Requests", stub.LIMITED[2], "rejected: {}: API rate limit exceeded", False, "sunbird"),
    ("500 Internal Server Error", stub.DOWN[2], "unknown: {}: Request failed", False, "sunbird"),
    (
        "500 Internal Server Error",
        b'{"params":{"err":"Configuration error"},"responseCode":"SERVER_ERROR"}',
        "rejected: {}: Configuration error", False, "sunbird",
    ),
    ("500 Internal Server Error", b"<title>Oops</title>", "unknown: {}: Oops", False, "array"),
    (
        "500 Internal Server Error",
        b'{"id":"api","params":{"status":"FAILED"},"error":{"code":"INTERNAL_SERVER_ERROR","message":"Unexpected end"}}',
        "rejected: {}: INTERNAL_SERVER_ERROR: Unexpected end", True, "obsrv",
    ),
    (
        "500 Internal Server Error",
        b'{"id":"api","params":{"status":"FAILED"},"error":{"code":"INTERNAL_SERVER_ERROR","message":"request entity too large"}}',
        "rejected: {}: INTERNAL_SERVER_ERROR: request entity too large", True, "obsrv",
    ),
    (
        "500 Internal Server Error",
        b'{"id":"api.data.in","params":{"status":"FAILED"},"error":{"code":"INTERNAL_SERVER_ERROR","message":"broker"}}',
        "unknown: {}: INTERNAL_SERVER_ERROR: broker", False, "obsrv",
    ),
    ("501 Not Implemented", b"", "rejected: {}", False, "sunbird"),
    ("502 Bad Gateway", stub.GATEWAY[2], "unknown: {}", False, "sunbird"),
    ("502 Bad Gateway", b"", "unknown: {}", False, "obsrv"),
    ("503 Service Unavailable", b"", "rejected: {}", False, "sunbird"),
    (
        "503 Service Unavailable",
        b"upstream connect error or disconnect/reset before headers. reset reason: connection termination",
        "unknown: {}: upstream connect error or disconnect/reset before headers. reset reason: connection termination",
        False, "array",
    ),
    (
        "503 Service Unavailable",
        b"upstream connect error or disconnect/reset before headers. reset reason: connection failure",
        "rejected: {}: upstream connect error or disconnect/reset before headers. reset reason: connection failure",
        False, "array",
    ),
    ("504 Gateway Timeout", b"", "unknown: {}", False, "sunbird"),
    ("507 Insufficient Storage", b"", "rejected: {}", False, "array"),
    ("520", b"", "unknown: {}", False, "sunbird"),
    ("521", b"", "rejected: {}", False, "sunbird"),
]  # fmt: skip


def _statuses():
    for number, (status, body, outcome, is_final, contract) in enumerate(STATUSES):
        row = Row(answers(status.encode(), body), outcome.format(status), is_final, contract)
        yield f"{status} ({number}) for {contract}", row


def trickles(peer):
    """Read the request, and say one byte after another of an answer that never ends."""
    peer.read_request()
    peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not peer.ended.wait(0.005):
        peer.say(b"y")


def trickles_a_head(peer):
    """Read the request, and say one byte after another of a head that never ends."""
    peer.read_request()
    peer.say(b"HTTP/1.1 200 OK\r\nX-A: ")
    while not peer.ended.wait(0.005):
        peer.say(b"y")


def is_late(peer):
    """Read the request, and answer once the client has gone."""
    peer.read_request()
    while peer.connection.recv(1):
        pass
    peer.say(SUCCESS)


def floods(peer):
    """Read the request, and say for ever that it may go on."""
    peer.read_request()
    while True:
        peer.say(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)


def resets(said=b""):
    """Return a script that reads the request, says so many bytes, and resets the connection."""

    def script(peer):
        peer.read_request()
        if said:
            peer.say(said)
            # It comes before the reset throws it away.
            peer.connection.recv(1)
        peer.reset()

    return script


LATE = "unknown: no answer in time"
CUT = "unknown: connection lost: closed in the midst of its answer"
CLOSED = "unknown: connection lost: closed without an answer"
NO_HTTP = "unknown: no HTTP answer"
NO_END = "unknown: invalid HTTP answer: a head without end"
UNREADABLE = "unknown: no answer that can be read"
LONG = "{}: 200 OK, but its answer is longer than the 65,536 bytes that are read"


def _bodies():
    chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    said = stub.SUCCESS[2]
    pieces = "".join(f"1\r\n{chr(byte)}\r\n" for byte in said) + "0\r\n\r\n"
    long = b'{"responseCode":"SUCCESS","more":"' + b"x" * 100_000 + b'"}'
    packed = "Content-Encoding: gzip"
    yield "chunks of one byte", Row(says((chunked + pieces).encode()), "acked: ")
    yield "gzip", Row(answers(b"200 OK", gzip.compress(said), packed), "acked: ")
    yield "a body up to the end", Row(closes(b"HTTP/1.1 200 OK\r\n\r\n" + said), "acked: ")
    yield "a long body", Row(answers(b"200 OK", long), LONG.format("unknown"))
    yield "a long packed body", Row(answers(b"200 OK", gzip.compress(long), packed), LONG.format("unknown"))
    yield "a long body for a status alone", Row(answers(b"200 OK", long), "acked: ", contract="array")
    yield (
        "a long refusal",
        Row(answers(b"400 Bad Request", b"<title>No</title>" + long), "rejected: 400 Bad Request: No", True),
    )
    yield "corrupt gzip", Row(answers(b"200 OK", b"no gzip", packed), UNREADABLE)
    yield "half gzip", Row(answers(b"200 OK", gzip.compress(said)[:-9], packed), UNREADABLE)
    yield "less than its Content-Length", Row(closes(SUCCESS[:-3]), CUT)
    yield "half a head", Row(closes(SUCCESS[:30]), CUT)
    yield "half a chunk", Row(closes(f"{chunked}9\r\nabc".encode()), CUT)
    yield "only 100", Row(closes(b"HTTP/1.1 100 Continue\r\n\r\n"), CUT)
    yield "200 after 103", Row(says(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + SUCCESS), "acked: ")
    yield "HTTP/0.9", Row(closes(b"taken\n"), NO_HTTP)
    yield "another protocol", Row(closes(b"SSH-2.0-OpenSSH_9.2\r\n"), NO_HTTP)
    yield "a second answer behind the first", Row(says(SUCCESS + answer(b"500 No")), "acked: ")
    yield "bytes behind the answer", Row(says(SUCCESS + b"\0garbage"), "acked: ")


def _timings():
    yield "closed", Row(closes(), CLOSED)
    yield "reset", Row(resets(), "unknown: connection lost: connection reset by peer")
    yield "silence", Row(raw.is_silent, LATE, seconds=SOON)
    yield "a late answer", Row(is_late, LATE, seconds=SOON)
    yield "a trickle", Row(trickles, LATE, seconds=SOON)
    yield "a trickle in the head", Row(trickles_a_head, LATE, seconds=SOON)
    yield "byte by byte", Row(byte_by_byte(SUCCESS), "acked: ")
    yield "a flood of 100", Row(floods, (NO_END, LATE), seconds=3.0)
    yield (
        "a contract that raises",
        Row(says(SUCCESS), "unknown: Raising failed to judge 200: KeyError: 200", contract="raising"),
    )
    yield (
        "a contract that says nothing",
        Row(
            says(SUCCESS),
            "unknown: 200 OK, but Silent judges it as NoneType: not a Receipt",
            contract="silent",
        ),
    )


def early(said, *, closes=False):
    """Return a script that answers when a part of the request has come, and reads no more of it."""

    def script(peer):
        peer.connection.recv(1000)
        peer.say(said)
        if not closes:
            peer.ended.wait(20)

    script.stays = not closes
    return script


def begins_early(peer):
    """Say the head of a success first, and its body when the request is read."""
    peer.connection.recv(1, socket.MSG_PEEK)
    head, _, body = SUCCESS.partition(b"\r\n\r\n")
    peer.say(head + b"\r\n\r\n")
    peer.read_request()
    peer.say(body)
    return True


def continues(peer):
    """Say that the request may go on, read it, and take it."""
    peer.connection.recv(1, socket.MSG_PEEK)
    peer.say(b"HTTP/1.1 100 Continue\r\n\r\n")
    peer.read_request()
    peer.say(SUCCESS)
    return True


LOST = tuple(
    f"unknown: connection lost: {how}"
    for how in ("broken pipe", "connection reset by peer", "closed without an answer")
)


def _early():
    large = {"is_large": True}
    yield "a large batch", Row(says(SUCCESS), "acked: ", **large)
    yield "a large batch that may go on", Row(continues, "acked: ", **large)
    yield "a large batch whose success begins early", Row(begins_early, "acked: ", **large)
    for name, ending in (("kept open", {}), ("closed", {"closes": True})):
        said = answer(b"413 Payload Too Large", b"big", "Content-Type: text/plain")
        yield (
            f"413 before the end, {name}",
            Row(early(said, **ending), "rejected: 413 Request Entity Too Large: big", True, **large),
        )
    yield (
        "401 before the end, kept open",
        Row(early(answer(b"401 Unauthorized", b"")), "rejected: 401 Unauthorized", **large),
    )
    yield (
        "302 before the end, kept open",
        Row(
            early(answer(b"302 Found", b"", "Location: /a")), "rejected: 302 Found: redirects to /a", **large
        ),
    )
    yield (
        "500 before the end",
        Row(early(answer(b"500 No", b"")), "unknown: 500 Internal Server Error", **large),
    )
    yield (
        "200 before the end",
        Row(early(SUCCESS), "unknown: 200 OK before the whole batch was sent", **large),
    )
    yield (
        "200 for a status alone before the end",
        Row(early(SUCCESS), "unknown: 200 OK before the whole batch was sent", contract="array", **large),
    )
    yield "no HTTP before the end", Row(early(b"no\r\n"), NO_HTTP, **large)
    yield "closed before the end", Row(early(b"", closes=True), LOST, **large)
    yield "never read", Row(early(b""), LATE, seconds=SOON, **large)


ROWS: dict[str, Row] = dict(
    [
        *_redirects(),
        *_successes(),
        *without_words(),
        *unusual(),
        *invalid(),
        *_statuses(),
        *_bodies(),
        *_timings(),
        *_early(),
    ]
)
"""Every endpoint by its name."""
