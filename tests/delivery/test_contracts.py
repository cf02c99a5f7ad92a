"""Contracts: what each writes a server-side reader gets back, what each answer means, and what is refused."""

import gzip
import json
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import generator.delivery
from generator.delivery.batch import Batch, Identity, Packer
from generator.delivery.contracts import Answer
from generator.delivery.contracts.choose import CONTRACTS, contract_named
from generator.delivery.contracts.obsrv import Obsrv
from generator.delivery.contracts.plain import PlainContract
from generator.delivery.contracts.sunbird import Sunbird
from generator.delivery.http import Http
from generator.errors import UsageError
from generator.strategies import batches
from tests.delivery.stub import serving
from tests.delivery.test_sunbird_contract import recorded

README = Path(generator.delivery.__file__).with_name("README.md").read_text(encoding="utf-8")
TOKEN = "t0p-secret"
KEY = {"INGEST_KEY": "k3y-secret"}
MSGID = "ab" * 16
BATCH = Batch(MSGID, 1_700_000_000_000, [{"eid": "END"}], Identity("did1", "channel1", "app1"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the two contracts of the README."""
    folder = tmp_path_factory.mktemp("contracts")
    [toml] = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    script = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[-1]
    (folder / "own.toml").write_text(toml, encoding="utf-8")
    (folder / "topic.py").write_text(script, encoding="utf-8")
    return folder


def lines(body):
    assert body.endswith(b"\n")
    return [json.loads(line) for line in body.split(b"\n")[:-1]]


def all_contracts(folder, **options):
    """One contract of each kind, with what a server-side reader does to have the events of a body back."""
    named = {
        "sunbird": lambda body: json.loads(body)["events"],
        "obsrv:sb-telemetry": lambda body: json.loads(body)["data"],
        "obsrv-object:sb-telemetry": lambda body: [json.loads(body)["data"]],
        "array": json.loads,
        "ndjson": lines,
        "single": lambda body: [json.loads(body)],
        "kafka": lambda body: json.loads(body)["events"],
        "kafka-event:did": lambda body: [json.loads(body)],
        f"{folder}/own.toml": lambda body: json.loads(body)["records"],
        f"{folder}/topic.py:Topic": lambda body: [one["value"] for one in json.loads(body)["records"]],
    }
    assert len(named) == len(CONTRACTS)
    return [(contract_named(said, environ=KEY, **options), read) for said, read in named.items()]


def cut(batch, largest):
    """Cut a batch into requests that a contract takes."""
    size = largest or len(batch.events) or 1
    return [
        batch._replace(events=batch.events[at : at + size]) for at in range(0, len(batch.events) or 1, size)
    ]


@settings(max_examples=60, deadline=None)
@given(batch=batches(max_size=4))
def test_a_reader_has_back_what_was_written(folder, batch):
    """Whatever valid events a batch holds, every contract's reader gets them all, in order and unchanged."""
    for contract, read in all_contracts(folder):
        requests = [contract.request(one) for one in cut(batch, contract.largest)]

        assert [event for request in requests for event in read(request.body)] == batch.events


@settings(max_examples=60, deadline=None)
@given(texts=st.tuples(*[st.text(st.characters(codec="utf-8"))] * 4), ets=st.integers(10**12, 4 * 10**12))
def test_no_identity_breaks_the_json_around_it(folder, texts, ets):
    """Quotes, backslashes, dollars and control characters in a msgid or an identity stay text."""
    msgid, *identity = texts
    batch = BATCH._replace(msgid=msgid, ets=ets, identity=Identity(*identity))
    for contract, _ in all_contracts(folder):
        request = contract.request(batch)
        json.loads(request.body)

        assert all(value.isascii() and value.isprintable() for value in request.headers.values())
    own = json.loads(contract_named(f"{folder}/own.toml", environ=KEY).request(batch).body)["batch"]
    assert own == {"id": msgid, "sentAt": ets, "source": f"{identity[2]} in {identity[1]}"}


def test_the_same_batch_is_the_same_request(folder):
    """Every contract is pure, and made anew it writes the same; recorded events and their mappings alike."""
    packed = Packer("wire").pack(recorded()[:1])
    as_mappings = packed._replace(events=[msgspec.to_builtins(event) for event in packed.events])
    for (contract, _), (again, _) in zip(all_contracts(folder), all_contracts(folder), strict=True):
        request = contract.request(packed)

        assert request == contract.request(packed) == again.request(packed) == again.request(as_mappings)


def test_only_identity_and_time_differ_between_two_batches(folder):
    """With msgid, time and identity put back, the requests of two batches are the same, to the byte."""
    other = BATCH._replace(
        msgid="cd" * 16, ets=1_712_345_678_901, identity=Identity("did2", "channel2", "app2")
    )
    for contract, _ in all_contracts(folder):
        one, two = repr(tuple(contract.request(BATCH))), repr(tuple(contract.request(other)))
        for new, old in [("cd" * 16, MSGID), ("1712345678901", "1700000000000"), ("did2", "did1"),
                         ("channel2", "channel1"), ("app2", "app1")]:  # fmt: skip
            two = two.replace(new, old)

        assert one == two


@pytest.mark.parametrize("said", ["sunbird", "obsrv:d", "obsrv-object:d", "own.toml"])
def test_an_envelope_holds_msgid_and_time_as_they_are(folder, said):
    """The 32 digits of a msgid and the 13 of a time stand in the body once each: whoever compiles it finds them."""
    said = said.replace("own.toml", f"{folder}/own.toml")
    body = contract_named(said, environ=KEY).request(BATCH).body

    assert (body.count(MSGID.encode()), body.count(b"1700000000000")) == (1, 1)


def test_compressed_is_the_same_body(folder):
    """Compression changes a header and the body's form, and nothing else; a contract tells that it compresses."""
    for said in ("sunbird", "obsrv:d", "array", "ndjson", "single", f"{folder}/own.toml"):
        plain, packed = (
            contract_named(said, compress=compress, environ=KEY) for compress in ("none", "gzip")
        )
        headers = packed.request(BATCH).headers

        assert gzip.decompress(packed.request(BATCH).body) == plain.request(BATCH).body
        assert headers == {**plain.request(BATCH).headers, "Content-Encoding": "gzip"}
        assert (plain.compress, packed.compress) == ("none", "gzip")


def test_obsrv_s_envelope_is_its_api_s():
    """The id and the ver are the API's, ts is a text, params hold a msgid alone, the token has a header of its own."""
    request = Obsrv("sb-telemetry", token=TOKEN).request(BATCH)

    assert (request.method, request.path) == ("POST", "/v2/data/in/sb-telemetry")
    assert request.headers == {"Content-Type": "application/json", "x-user-token": TOKEN}
    assert json.loads(request.body) == {
        "id": "api.data.in", "ver": "v2", "ts": "1700000000000", "params": {"msgid": MSGID}, "data": BATCH.events,
    }  # fmt: skip


def test_a_plain_contract_says_what_it_sends():
    """An array and a single event are JSON, lines are NDJSON; a token is a bearer's."""
    kinds = {
        layout: PlainContract(layout, token=TOKEN).request(BATCH).headers
        for layout in ("array", "lines", "one")
    }

    assert kinds == {
        layout: {"Content-Type": kind, "Authorization": f"Bearer {TOKEN}"}
        for layout, kind in [
            ("array", "application/json"), ("lines", "application/x-ndjson"), ("one", "application/json"),
        ]
    }  # fmt: skip


def test_what_takes_one_event_says_so_and_refuses_more():
    """A contract of one event a request has 1 as its largest, and refuses a batch of two, and of none."""
    named = ("sunbird", "obsrv:d", "obsrv-object:d", "array", "ndjson", "single")
    assert [contract_named(said).largest for said in named] == [0, 0, 1, 0, 0, 1]
    for said in ("obsrv-object:d", "single"):
        for count in (0, 2):
            with pytest.raises(UsageError, match=f"{count} events.*--batch-size 1"):
                contract_named(said).request(BATCH._replace(events=BATCH.events * count))


OK = b'{"id":"api.data.in","params":{"status":"SUCCESS","msgid":"m"},"responseCode":"OK"}'
NO_STATUS = 'no params.status in it: {"responseCode":"OK","params":[]}'
BAD = b"""{"params":{"status":"FAILED"},"responseCode":"BAD_REQUEST","error":{"code":"DATA_INGESTION_INVALID_INPUT",
"message":"#required must have required property 'id'","trace":""}}"""


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        ((200, OK), "acked", ""),
        ((200, OK.replace(b"OK", b"SERVER_ERROR")), "rejected", "200 OK, but SERVER_ERROR in it"),
        ((200, OK.replace(b"SUCCESS", b"FAILED")), "rejected", "200 OK, but params.status is 'FAILED', not 'SUCCESS'"),
        ((200, OK.replace(b"SUCCESS", b"success")), "unknown", "200 OK, but params.status is 'success', not 'SUCCESS'"),
        ((200, OK.replace(b"OK", b"ok")), "unknown", "200 OK, but responseCode is 'ok', not 'OK'"),
        ((200, b"\xef\xbb\xbf" + OK), "acked", ""),
        ((200, OK + OK), "unknown", f"200 OK, but more behind its JSON: {OK.decode()}"),
        ((200, b'{"responseCode":"OK","params":[]}'), "unknown", f"200 OK, but {NO_STATUS}"),
        ((200, b'{"responseCode":"OK","error":{"code":"E1"}}'), "rejected", "200 OK, but no params.status in it: E1"),
        ((200, b'{"responseCode":"SUCCESS"}'), "unknown", "200 OK, but responseCode is 'SUCCESS', not 'OK'"),
        ((200, b"<title>Sign in</title>"), "unknown", "200 OK, but no JSON: Sign in"),
        ((200, b""), "unknown", "200 OK, but nothing in it"),
        ((204, b""), "unknown", "204 No Content, but nothing in it"),
        (
            (400, BAD),
            "rejected",
            "400 Bad Request: DATA_INGESTION_INVALID_INPUT: #required must have required property 'id'",
        ),
        ((404, b'{"error":{"code":"DATASET_NOT_FOUND"}}'), "rejected", "404 Not Found: DATASET_NOT_FOUND"),
        ((410, b'{"error":"moved\\u001b"}'), "rejected", "410 Gone: moved"),
        ((500, b'{"error":{"code":7,"message":null}}'), "unknown", "500 Internal Server Error: 7"),
        ((504, b""), "unknown", "504 Gateway Timeout"),
        ((302, OK), "rejected", "302 Found"),
    ],
)  # fmt: skip
def test_every_answer_of_obsrv_is_understood(answer, status, reason):
    """OK and SUCCESS inside a 2xx are success; the API's own words are the reason, and no words leave it unknown."""
    receipt = Obsrv("d").judge(Answer(*answer))

    assert (receipt.status, receipt.reason) == (status, reason)


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        ((200, b""), "acked", ""), ((204, b""), "acked", ""), ((299, b"<taken/>"), "acked", ""),
        ((200, b"\xef\xbb\xbf <!-- a --><HTML lang=en><title>Sign in</title>"), "unknown", "200 OK, but an HTML page: Sign in"),
        ((301, b""), "rejected", "301 Moved Permanently"),
        ((400, b'{"error":"no array"}'), "rejected", "400 Bad Request: no array"),
        ((429, b'{"message":"slow down"}'), "rejected", "429 Too Many Requests: slow down"),
        ((503, b"<title>Error</title><pre>down<br>"), "rejected", "503 Service Unavailable: down"),
        ((504, b""), "unknown", "504 Gateway Timeout"),
    ],
)  # fmt: skip
def test_a_2xx_is_success_for_a_plain_contract(answer, status, reason):
    """Without an envelope there is nothing but the status to go by; failures have words all the same."""
    receipt = PlainContract().judge(Answer(*answer))

    assert (receipt.status, receipt.reason) == (status, reason)


@given(status=st.integers(100, 600), body=st.binary(max_size=50))
def test_any_answer_has_a_receipt(folder, status, body):
    """Whatever bytes come back, every contract judges them; its reason is one short printable line."""
    for contract, _ in all_contracts(folder):
        reason = contract.judge(Answer(status, body)).reason

        assert reason.isprintable()
        assert len(reason) < 300


def test_only_what_was_read_and_refused_is_final(folder):
    """Bytes that an endpoint has read and refused are not sent again, whichever contract it has."""
    for contract, _ in all_contracts(folder):
        final = {status for status in range(200, 600) if contract.judge(Answer(status, b"{}")).final}

        assert final == {400, 413, 415, 422}


def test_the_example_in_toml_is_sent_and_judged(folder):
    """The README's TOML, over a real connection: its headers and its body arrive, its answers are understood."""
    contract = contract_named(f"{folder}/own.toml", environ=KEY)
    kinds = [
        (202, '{"result":{"status":"ok"}}'),
        (200, '{"result":{"status":"full"},"message":"disk"}'),
        (204, ""),
    ]
    with serving(*[(status, "application/json", body.encode()) for status, body in kinds]) as endpoint:
        receipts = [Http(endpoint.url, contract).deliver(BATCH) for _ in kinds]

    (path, headers, body), *_ = endpoint.requests
    assert (path, headers["X-Api-Key"], headers["X-Device"]) == ("/v1/records", "k3y-secret", "did1")
    assert json.loads(body) == {
        "batch": {"id": MSGID, "sentAt": 1_700_000_000_000, "source": "app1 in channel1"}, "records": BATCH.events,
    }  # fmt: skip
    assert [receipt.reason for receipt in receipts] == [
        "", '200 OK, but result.status is "full", not "ok": disk', "204 No Content, and accepted is 200, 202",
    ]  # fmt: skip
    assert [receipt.status for receipt in receipts] == ["acked", "rejected", "unknown"]


def test_the_example_in_python_is_sent_and_judged(folder):
    """The README's class, over a real connection: a 200 with errors inside is none, its path can be chosen."""
    contract = contract_named(f"{folder}/topic.py:Topic", path="/topics/raw")
    kinds = [
        (200, '{"offsets":[{"partition":0,"offset":1,"error":null}]}'),
        (200, '{"offsets":[{"error":"too large"}]}'), (200, "<html>"), (404, '{"message":"Topic not found"}'),
    ]  # fmt: skip
    with serving(*[(status, "application/json", body.encode()) for status, body in kinds]) as endpoint:
        receipts = [Http(endpoint.url, contract).deliver(BATCH) for _ in kinds]

    assert [request[0] for request in endpoint.requests] == ["/topics/raw"] * 4
    assert [receipt.reason for receipt in receipts] == [
        "", "1 records: too large", "200 OK, but no offsets in it", "404 Not Found: Topic not found",
    ]  # fmt: skip
    assert [receipt.status for receipt in receipts] == ["acked", "rejected", "unknown", "rejected"]


def test_every_name_is_told():
    """The README's table of contracts is the list of those that can be named."""
    assert [name for name in CONTRACTS if f"`{name}`" not in README] == []


def test_options_reach_the_contract():
    """Path, token, compression and form are the contract's; wire unless another form is asked for."""
    sunbird = contract_named("sunbird", path="/data/v1/telemetry", token=TOKEN, compress="gzip")
    array = contract_named("array", path="/ingest", form="documented")

    assert repr(sunbird) == repr(Sunbird("/data/v1/telemetry", token=TOKEN, compress="gzip"))
    assert repr(array) == "Plain('array', '/ingest', compress='none', form='documented')"
    assert {contract_named(said).form for said in ("sunbird", "obsrv:d", "array", "ndjson", "single")} == {
        "wire"
    }


@pytest.mark.parametrize(
    ("said", "options", "why"),
    [
        ("", {}, "choose one of sunbird, obsrv:DATASET"),
        ("sunbrid", {}, "did you mean sunbird?"),
        ("nd-json", {}, "did you mean ndjson?"),
        ("obsrv", {}, "obsrv:sb-telemetry"),
        ("obsrv-object:", {}, "obsrv-object:sb-telemetry"),
        ("obsvr:telemetry", {}, "did you mean obsrv?"),
        ("obsrv:a/b", {}, "dataset='a/b'"),
        ("obsrv:..", {}, "dataset='..'"),
        ("obsrv:d", {"path": "/x"}, r"--path '/x'.*address"),
        ("array", {"path": "ingest"}, "path='ingest'.*/ingest"),
        ("array", {"compress": "zstd"}, "compress='zstd'"),
        ("array", {"token": "a b"}, "token: .*not shown"),
        ("nowhere.toml", {}, "nowhere.toml: file not found"),
        ("nowhere.py:Queue", {}, "nowhere.py: file not found"),
        ("no.such.module:Queue", {}, "no.such.module: No module named 'no'"),
        (":Queue", {}, "'' is neither a file that ends in .py nor a module"),
        (".a:Queue", {}, "'.a' is neither"),
    ],
)
def test_what_cannot_be_is_refused(said, options, why):
    """A name that is none, and an option which the contract cannot honour, are refused with the way out."""
    with pytest.raises(UsageError, match=why) as error:
        contract_named(said, **options)

    assert "\n" not in str(error.value)


@pytest.mark.parametrize("wrong", [lambda: PlainContract("rows"), lambda: Obsrv("d", data="list")])
def test_a_layout_that_is_none_is_refused(wrong):
    """What neither a plain contract nor Obsrv's knows is refused, with what there is."""
    with pytest.raises(UsageError, match="choose one of array"):
        wrong()


def test_no_secret_is_shown(folder):
    """Neither a contract's text nor a request's holds a token or a key of the environment."""
    secrets = {TOKEN, KEY["INGEST_KEY"]}
    contracts = [contract_named(said, token=TOKEN) for said in ("sunbird", "obsrv:d", "array")]
    for contract in [*contracts, contract_named(f"{folder}/own.toml", environ=KEY)]:
        request = contract.request(BATCH)
        shown = f"{contract!r}{contract}{request!r}{request}"

        assert any(secret in value for value in request.headers.values() for secret in secrets)
        assert not any(secret in shown for secret in secrets)
