"""The Sunbird contract: what it writes, and how it takes every answer that ingestion.md lists."""

import gzip
import json

import msgspec
import pytest

from generator.chance import SeededChance
from generator.delivery.batch import Batch, Identity, Packer, identity_of
from generator.delivery.contracts import Answer
from generator.delivery.contracts.sunbird import PATHS, Sunbird
from generator.errors import UsageError
from generator.scenarios.loader import find
from generator.scenarios.story import play
from generator.world import World
from tests.delivery import stub

TOKEN = "t0p-secret"
BATCH = Batch("ab" * 16, 1_700_000_000_000, [], Identity("did1", "channel1", "app1"))


TEXT = stub.SUCCESS[2].decode()
STRICT = json.dumps({
    "params": {"err": "4 violations, nothing of the batch is stored"},
    "violations": [
        {"event": place, "path": path, "problem": problem}
        for place, (path, problem) in enumerate([
            ("$.edata.pass", "wrong case"), ("$.edata.pass", "wrong case"), ("$.mid", "missing"), ("$.ver", "is not 3.0"),
        ])
    ],
}).encode()  # fmt: skip


def recorded():
    session = play(find()["practice"], World(0).learner(1), 1_700_000_000_000, SeededChance(1))
    return next(session.batches(20))


def test_a_batch_is_written_as_the_javascript_client_does():
    """Envelope and headers are the real client's: id, ver, params.msgid, ets, events; device, channel and app."""
    packed = Packer("wire").pack(recorded())
    request = Sunbird("/data/v1/telemetry", token=TOKEN).request(packed)
    body = json.loads(request.body)

    assert (request.method, request.path) == ("POST", "/data/v1/telemetry")
    assert list(body) == ["id", "ver", "params", "ets", "events"]
    assert body["id"] == "api.sunbird.telemetry"
    assert body["params"] == {"msgid": packed.msgid}
    assert body["events"] == [msgspec.to_builtins(event) for event in packed.events]
    device, channel, app = identity_of(packed.events[0])
    assert request.headers == {
        "Content-Type": "application/json", "dataType": "json", "x-device-id": device, "x-channel-id": channel,
        "x-app-id": app, "Authorization": f"Bearer {TOKEN}",
    }  # fmt: skip


def test_the_same_batch_is_the_same_bytes_compressed_too():
    """A batch that is sent again is the same to the byte."""
    packed = Packer("wire").pack(recorded())
    once, again = (Sunbird(compress="gzip").request(packed) for _ in range(2))

    assert once == again
    assert once.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(once.body) == Sunbird().request(packed).body


def test_who_is_unknown_is_not_named_and_odd_names_still_fit_into_headers():
    """An empty identity sends no header; what a header cannot carry is percent-encoded."""
    headers = Sunbird().request(BATCH._replace(identity=Identity("", "चैनल\n", "app"))).headers

    assert "x-device-id" not in headers
    assert headers["x-channel-id"].startswith("%E0%A4%9A")
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (stub.SUCCESS, "acked", ""),
        (stub.LOGIN, "unknown", "200 OK, but an HTML page: Sign in"),
        (stub.FAILED_INSIDE, "rejected", "200 OK, but CLIENT_ERROR in it: Bad batch"),
        ((200, "", b""), "unknown", "200 OK, but nothing in it"),
        ((204, "", b""), "unknown", "204 No Content, but nothing in it"),
        ((200, "", b"[1]"), "unknown", "200 OK, but no object in its JSON: [1]"),
        ((200, "", b"404 page"), "unknown", "200 OK, but no JSON: 404 page"),
        ((200, "", b"{}"), "unknown", "200 OK, but no responseCode in it"),
        ((200, "", b'{"a":1}'), "unknown", '200 OK, but no responseCode in it: {"a":1}'),
        ((200, "", b'{"message":"taken"}'), "unknown", "200 OK, but no responseCode in it: taken"),
        ((200, "", b"\xef\xbb\xbf" + stub.SUCCESS[2]), "acked", ""),
        (
            (200, "", b"\xef\xbb\xbf" + stub.FAILED_INSIDE[2]),
            "rejected",
            "200 OK, but CLIENT_ERROR in it: Bad batch",
        ),
        ((200, "", b"\xef\xbb\xbf"), "unknown", "200 OK, but nothing in it"),
        ((200, "", stub.SUCCESS[2] + b" OK"), "unknown", "200 OK, but more behind its JSON: OK"),
        (
            (200, "", stub.SUCCESS[2] + b"\0"),
            "unknown",
            "200 OK, but more behind its JSON: bytes that cannot be shown",
        ),
        *[
            (
                (200, "", TEXT.encode(encoding)),
                "unknown",
                f"200 OK, but its text is in {encoding[:6].upper()}, not UTF-8",
            )
            for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
        ],
        *[
            (
                (200, "", b'{"responseCode":%b}' % word),
                "unknown",
                f"200 OK, but responseCode is {shown}, not 'SUCCESS'",
            )
            for word, shown in (
                (b'"success"', "'success'"),
                (b'"Successful"', "'Successful'"),
                (b'"OK"', "'OK'"),
                (b'""', "''"),
                (b"200", "200"),
                (b"0", "0"),
                (b"true", "True"),
                (b"[]", "[]"),
            )
        ],
        (
            (200, "", b'{"responseCode":"success","params":{"err":"x"}}'),
            "unknown",
            "200 OK, but responseCode is 'success', not 'SUCCESS': x",
        ),
        (
            (200, "", b'{"responseCode":"success","params":{"status":"failed"}}'),
            "rejected",
            "200 OK, but params.status is 'failed', not 'SUCCESS'",
        ),
        ((200, "", b'{"responseCode":500}'), "rejected", "200 OK, but 500 in it"),
        ((200, "", b'{"responseCode":false}'), "rejected", "200 OK, but False in it"),
        ((200, "", b'{"error":"no mid"}'), "rejected", "200 OK, but no responseCode in it: no mid"),
        ((200, "", b'{"error":true}'), "rejected", "200 OK, but no responseCode in it: an error"),
        (
            (200, "", b'{"params":{"status":"FAILED"}}'),
            "rejected",
            "200 OK, but params.status is 'FAILED', not 'SUCCESS'",
        ),
        (stub.DOWN, "unknown", "500 Internal Server Error: Request failed"),
        (stub.MALFORMED, "rejected", "400 Bad Request: SyntaxError: Unexpected token"),
        (stub.TOO_LARGE, "rejected", "413 Request Entity Too Large"),
        (stub.GATEWAY, "unknown", "502 Bad Gateway"),
        (stub.LIMITED, "rejected", "429 Too Many Requests: API rate limit exceeded"),
        ((401, "", b'{"message":"Unauthorized"}'), "rejected", "401 Unauthorized"),
        ((400, "", STRICT), "rejected", "400 Bad Request: $.edata.pass wrong case; $.mid missing; …"),
        (
            (400, "", STRICT.replace(b"4 violations", b"write --form wire")),
            "rejected",
            "400 Bad Request: write --form wire, nothing of the batch is stored",
        ),
        ((400, "", b'{"violations":[1,{},{"path":7}]}'), "rejected", "400 Bad Request: 7"),
        ((302, "", b""), "rejected", "302 Found"),
        ((504, "", b"<title>504 Gateway Time-out</title>"), "unknown", "504 Gateway Timeout"),
        ((599, "", b"\x1b[31m\xff\n x"), "unknown", "599: [31m\ufffd x"),
        ((200, "", b"[" * 100_000), "unknown", f"200 OK, but no JSON: {'[' * 99}…"),
    ],
)
def test_every_answer_is_understood(answer, status, reason):
    """SUCCESS inside a 2xx is a success, words of failure reject, and all else is unknown; the reasons are short."""
    receipt = Sunbird().judge(Answer(answer[0], answer[2]))

    assert (receipt.status, receipt.reason) == (status, reason)


def test_only_what_was_read_and_refused_is_final():
    """Bytes that an endpoint has read and refused are not sent again; a failure of its own may pass."""
    final = {status for status in range(300, 600) if Sunbird().judge(Answer(status, b"")).final}

    assert final == {400, 413, 415, 422}


def test_a_token_is_never_shown():
    """Neither a contract's text nor a request's holds the token, nor does the error for a bad one."""
    contract = Sunbird(token=TOKEN)

    assert TOKEN not in repr(contract) + repr(contract.request(BATCH)) + str(contract.request(BATCH))
    with pytest.raises(UsageError) as error:
        Sunbird(token=f"{TOKEN}\r\nx-evil: 1")
    assert TOKEN not in str(error.value)


@pytest.mark.parametrize(
    "path",
    ["v1/telemetry", "", "/v1 telemetry", "//v1/telemetry", "/v1#telemetry", "/content-editor/telemetry"],
)
def test_a_path_that_cannot_be_is_refused(path):
    """A path begins with one slash and holds no space and no #, and is not an editor's, which takes another body."""
    with pytest.raises(UsageError, match="/v1/telemetry"):
        Sunbird(path)


def test_every_known_path_will_do():
    """The one API has many paths, by layer."""
    assert [Sunbird(path).path for path in PATHS] == list(PATHS)
