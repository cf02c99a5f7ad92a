"""Rows of the table of endpoints: answers without words for a contract, and HTTP that is unusual or invalid."""

import gzip
import socket
import zlib

import brotli

from tests.delivery import stub
from tests.delivery.row import SUCCESS, Row, answers, closes, says

HEAD, _, SAID = SUCCESS.partition(b"\r\n\r\n")
LENGTH = b"Content-Length: %d" % len(SAID)
INVALID = "unknown: invalid HTTP answer: {}"
PACKED = gzip.compress(SAID)


def without_words():
    said, mark = stub.SUCCESS[2], b"\xef\xbb\xbf"
    small, other = said.replace(b"SUCCESS", b"success"), "responseCode is 'success', not 'SUCCESS'"
    yield "204", Row(says(b"HTTP/1.1 204 No Content\r\n\r\n"), "unknown: 204 No Content, but nothing in it")
    yield "200 with a byte order mark", Row(answers(b"200 OK", mark + said), "acked: ")
    yield (
        "200 with a byte order mark and a failure",
        Row(
            answers(b"200 OK", mark + stub.FAILED_INSIDE[2]),
            "rejected: 200 OK, but CLIENT_ERROR in it: Bad batch",
        ),
    )
    for name, body, what in (
        ("200 without a body", b"", "nothing in it"),
        ("200 with bytes behind its JSON", said + b"taken", "more behind its JSON: taken"),
        ("200 in UTF-16", said.decode().encode("utf-16"), "its text is in UTF-16, not UTF-8"),
        ("200 with an empty object", b"{}", "no responseCode in it"),
        ("200 with a plain text", b"taken", "no JSON: taken"),
        ("200 with success in lower case", small, other),
    ):
        yield name, Row(answers(b"200 OK", body), f"unknown: 200 OK, but {what}")
    yield (
        "204 for Obsrv",
        Row(
            says(b"HTTP/1.1 204 No Content\r\n\r\n"),
            "unknown: 204 No Content, but nothing in it",
            contract="obsrv",
        ),
    )
    yield (
        "200 with an error for Obsrv",
        Row(
            answers(b"200 OK", b'{"responseCode":"OK","error":"no dataset"}'),
            "rejected: 200 OK, but no params.status in it: no dataset",
            contract="obsrv",
        ),
    )


def with_head(*lines, body=SAID, end=b"\r\n"):
    """Write a 200 with lines in its head and an end of lines."""
    return end.join((b"HTTP/1.1 200 OK", *lines, b"", b"")) + body


def byte_by_byte(said):
    """Return a script that says an answer one byte after another."""

    def script(peer):
        if peer.read_request():
            peer.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for place in range(len(said)):
                peer.say(said[place : place + 1])
        return True

    return script


CHUNKED = b"Transfer-Encoding: chunked"
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(SAID), SAID)
UNUSUAL = {
    "two equal lengths": with_head(LENGTH, b"X-A: b", LENGTH),
    "three equal lengths in two lines": with_head(LENGTH + b", %d" % len(SAID), LENGTH.lower()),
    "one length in two spellings": with_head(LENGTH, b"Content-Length: 000%d" % len(SAID)),
    "two equal lengths after 103": b"HTTP/1.1 103 Early Hints\r\n\r\n" + with_head(LENGTH, LENGTH),
    "two equal lengths, folded": with_head(b"Content-Length:\r\n %d" % len(SAID), LENGTH),
    "a folded line": with_head(b"X-A: b\r\n c\r\n\td", LENGTH),
    "lines that end with LF": with_head(LENGTH, b"X-A: b", end=b"\n"),
    "lines that end with LF, and two equal lengths": with_head(LENGTH, LENGTH, end=b"\n"),
    "one line that ends with LF": with_head(b"X-A: b\n" + LENGTH),
    "an empty line before the answer": b"\r\n" + SUCCESS,
    "no words for the status": SUCCESS.replace(b"200 OK", b"200"),
    "chunks with an extension": with_head(CHUNKED, body=CHUNKS.replace(b"\r\n", b";a=b\r\n", 1)),
    "spaces behind the size of a chunk": with_head(CHUNKED, body=CHUNKS.replace(b"\r\n", b"  \r\n", 1)),
}
"""Unusual answers that a recipient may read (RFC 9112: 2.2, 5.2, 6.3; RFC 9110: 8.6), by name."""


def unusual():
    """Yield endpoints whose HTTP is unusual, and may be read."""
    for name, said in UNUSUAL.items():
        yield name, Row(says(said), "acked: ")
        yield f"{name}, byte by byte", Row(byte_by_byte(said), "acked: ")
    yield "lines that end with LF, up to the end", Row(closes(with_head(b"X-A: b", end=b"\n")), "acked: ")
    redirect = b"HTTP/1.1 302 Found\nLocation:\n /login\nContent-Length: 0\nContent-Length: 0\n\n"
    yield "302 in lines that end with LF", Row(says(redirect), "rejected: 302 Found: redirects to /login")
    yield from _codings()


def _codings():
    for name, coding, body in (
        ("br", b"br", brotli.compress(SAID)),
        ("deflate", b"deflate", zlib.compress(SAID)),
        ("gzip twice", b"gzip, gzip", gzip.compress(PACKED)),
        ("deflate and then br", b"deflate, BR", brotli.compress(zlib.compress(SAID))),
        ("gzip and then none", b"gzip, identity", PACKED),
        ("two lines of codings", b"deflate\r\nContent-Encoding: gzip", gzip.compress(zlib.compress(SAID))),
    ):
        yield (
            f"packed as {name}",
            Row(answers(b"200 OK", body, f"Content-Encoding: {coding.decode()}"), "acked: "),
        )
    odd, packed = "Content-Encoding: ZSTD", b"(zstd)"
    what = "its body is in {}, which was not asked for"
    yield (
        "a coding that was not asked for",
        Row(answers(b"200 OK", packed, odd), f"unknown: 200 OK, but {what.format('zstd')}"),
    )
    yield (
        "a known coding and one that was not asked for",
        Row(
            answers(b"200 OK", packed, "Content-Encoding: gzip, zstd"),
            f"unknown: 200 OK, but {what.format('gzip, zstd')}",
        ),
    )
    yield (
        "a coding that was not asked for, and Obsrv",
        Row(answers(b"200 OK", packed, odd), f"unknown: 200 OK, but {what.format('zstd')}", contract="obsrv"),
    )
    yield (
        "a coding that was not asked for, and a status alone",
        Row(answers(b"200 OK", packed, odd), "acked: ", contract="array"),
    )
    yield (
        "a refusal in a coding that was not asked for",
        Row(answers(b"413 No", packed, odd), "rejected: 413 Request Entity Too Large", True),
    )
    yield (
        "an empty body in a coding that was not asked for",
        Row(answers(b"200 OK", b"", odd), "unknown: 200 OK, but nothing in it"),
    )


def invalid():
    """Yield endpoints whose HTTP breaks a rule, such that no recipient can be sure of their answer."""
    for name, said, why in (
        ("two lengths", with_head(b"Content-Length: 1", LENGTH), "it gives two different lengths"),
        ("two lengths in one line", with_head(LENGTH + b", 1"), "it gives two different lengths"),
        (
            "two lengths in lines that end with LF",
            with_head(LENGTH, b"Content-Length: 1", end=b"\n"),
            "it gives two different lengths",
        ),
        (
            "a length that is no number",
            with_head(b"Content-Length: +2"),
            "a Content-Length that is not a number",
        ),
        (
            "a length and chunks",
            with_head(LENGTH, CHUNKED),
            "Content-Length can't be present with Transfer-Encoding",
        ),
        ("bad chunks", with_head(CHUNKED, body=b"zz\r\n"), "Invalid character in chunk size"),
        ("a space before a colon", with_head(b"X-A : b", LENGTH), "Invalid header token"),
        ("another version", SUCCESS.replace(b"HTTP/1.1", b"HTTP/2"), "Expected dot"),
        (
            "101",
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n\0",
            "it changes to another protocol, which was not asked for",
        ),
    ):
        yield name, Row(closes(said), INVALID.format(why))
