"""The way out that is named for a failure: each names an option or a variable that the contract has."""

import pytest

from generator.delivery.address import check_address
from generator.delivery.contracts.choose import contract_named
from generator.delivery.http import Http
from generator.delivery.path_once import check_path_once
from generator.errors import UsageError
from generator.load.way_out import way_out

NGINX = "400 Bad Request: 400 The plain HTTP request was sent to HTTPS port"
GO = "400 Bad Request: Client sent an HTTP request to an HTTPS server."
APACHE = "400 Bad Request: You're speaking plain HTTP to an SSL-enabled server port."
DISTRUST = "not connected: the certificate is not trusted ({})"
TABLE = [
    ("404 Not Found: DATASET_NOT_FOUND", "obsrv:x", "name a published dataset: --contract obsrv:NAME"),
    ("404 Not Found: DATASET_NOT_FOUND", "obsrv-object:x", "name a published dataset: --contract obsrv-object:NAME"),
    ("404 Not Found: Cannot POST /v2/data/in/x", "obsrv:x", "correct --host: it ends before /v2"),
    ("404 Not Found", "sunbird", "correct --path"),
    ("405 Method Not Allowed", "array", "correct --path"),
    ("404 Not Found", "in.toml", "correct --path, or path in in.toml"),
    ("400 Bad Request: missing", "obsrv:x", "correct --form or --contract"),
    ("400 Bad Request: missing", "sunbird", "correct --path or --form"),
    ("413 Request Entity Too Large", "ndjson", "lower --batch-size"),
    ("413 Request Entity Too Large", "single", "raise the endpoint's own limit: a request holds one event already"),
    ("401 Unauthorized", "obsrv:x", "put a valid token into FOOTFALL_TOKEN"),
    ("403 Forbidden", "in.toml", "put a valid token into the variable that the [headers] of in.toml take"),
    (NGINX, "sunbird", "write https:// in --host"),
    (GO, "sunbird", "write https:// in --host"),
    (APACHE, "sunbird", "write https:// in --host"),
    ("it speaks TLS; does its address begin with https://?", "obsrv:x", "write https:// in --host"),
    ("not connected: it does not speak TLS; does its address begin with http://?", "array", "write http:// in --host"),
    (
        DISTRUST.format("self-signed certificate"), "array",
        "name its authority's certificate in SSL_CERT_FILE, or take any with --insecure",
    ),
    (DISTRUST.format("certificate has expired"), "array", "renew the certificate, or take any with --insecure"),
    (
        DISTRUST.format("Hostname mismatch, certificate is not valid for 'h'."), "array",
        "write the name that the certificate holds, or take any with --insecure",
    ),
    (
        "301 Moved Permanently: redirects to https://h/in", "sunbird",
        "correct --host or --path: give the place to which it redirects",
    ),
    (
        "not connected: the proxy h:1 (HTTP_PROXY): connection refused", "sunbird",
        "start the proxy, correct that variable, or name the endpoint's host in NO_PROXY",
    ),
    *[
        (said, "sunbird", "write user and password into the proxy's address, as http://USER:PASSWORD@HOST:PORT")
        for said in (
            "not connected: the proxy h:1 (HTTPS_PROXY) answers 407 Proxy Authentication Required",
            "407 Proxy Authentication Required, from the proxy h:1 (HTTP_PROXY)",
        )
    ],
    (
        "invalid HTTP answer: it gives two different lengths", "array",
        "see the endpoint and the gateways before it: an answer breaks a rule of HTTP",
    ),
    ("connection lost: connection reset by peer", "sunbird", "see its log; write https:// in --host if it speaks TLS"),
    *[
        (said, "sunbird", "correct --host, --path or --contract: another service answers")
        for said in ("200 OK, but an HTML page: Sign in", "200 OK, but no JSON: taken", "204 No Content, but nothing in it")
    ],
    ("not connected: connection refused", "sunbird", "see that the endpoint runs, and correct --host"),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "contract", "way"), TABLE)
def test_the_way_out_fits_the_failure_and_the_contract(reason, contract, way):
    """An option that a contract refuses, such as --path for Obsrv's, is not named as its way out."""
    assert way_out(reason, contract) == way


@pytest.mark.parametrize(
    ("host", "options", "instead"),
    [
        ("http://h/v1/telemetry", {}, "http://h"),
        ("http://h:9/x/v1/telemetry/", {}, "http://h:9/x"),
        ("https://h/data/v1/telemetry", {}, "https://h --path /data/v1/telemetry"),
        ("https://h/content/data/v1/telemetry", {}, "https://h --path /content/data/v1/telemetry"),
        ("https://h/data/v1/telemetry", {"path": "/data/v1/telemetry"}, "https://h"),
        ("http://h/v2/data/in/set", {"text": "obsrv:set"}, "http://h"),
        ("http://h/in", {"text": "ndjson", "path": "/in?a=1"}, "http://h"),
    ],
)
def test_a_host_that_holds_the_path_is_refused(host, options, instead):
    """The path would be sent twice; the line names what to write."""
    contract = contract_named(**{"text": "sunbird", **options})
    with pytest.raises(UsageError) as error:
        check_path_once(check_address(host), contract.path, "--host")
    with pytest.raises(UsageError, match=r"would follow it\. Write http"):
        Http(host, contract)

    assert str(error.value).endswith(f"Write --host {instead}.")


@pytest.mark.parametrize(
    ("host", "options"),
    [
        ("http://h", {}),
        ("http://h/api", {}),
        ("http://h/v1", {}),
        ("http://h/telemetry", {"text": "array"}),
        ("http://v1/x", {"text": "array", "path": "/v1"}),
        ("http://h/in", {"text": "array", "path": "/x/in"}),
    ],
)
def test_a_host_with_a_path_of_its_own_is_taken(host, options):
    """What a gateway puts before the contract's path belongs to the address."""
    contract = contract_named(**{"text": "sunbird", **options})
    check_path_once(host, contract.path)
    Http(host, contract).close()
