"""Proxies, certificates and mix-ups of TLS: both clients, the dispatcher's transport and the preflight."""

import json
import subprocess
import sys

import pytest

from generator.delivery.batch import Batch, Identity
from generator.delivery.http import Http
from generator.delivery.proxy import proxy_for
from generator.delivery.reachable import check_reachable
from generator.delivery.receipt import Receipt
from generator.delivery.redact import redact
from generator.errors import UsageError
from tests.delivery.authority import Authority
from tests.delivery.endpoints import ROWS
from tests.delivery.row import CONTRACTS, Fixed
from tests.delivery.ways import ACKED, WAYS, arrivals, environment, played

BATCH = Batch("m", 0, [], Identity("", "", ""))


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority")).make()


@pytest.fixture(scope="module")
def through_locust(authority):
    done = subprocess.run(
        [sys.executable, "-m", "tests.delivery.ways_through_locust", authority.folder],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def told(way):
    return [way.outcome, list(way.asked), arrivals(way)]


@pytest.mark.parametrize("client", ["footfall", "locust"])
@pytest.mark.parametrize("name", WAYS)
def test_each_way_has_one_outcome_through_either_client(through_locust, name, client):
    """What a load run's clients say of a way is true, and the proxy is asked for what it has to be asked for."""
    way = WAYS[name]
    outcome, asked, times = through_locust[f"{name} / {client}"]

    if way.script is None:
        assert [outcome, asked, times] == told(way)
    else:
        assert [outcome, asked] == told(way)[:2]


@pytest.mark.parametrize("client", ["footfall", "locust"])
def test_the_embedded_endpoint_is_reached_without_a_proxy(through_locust, client):
    """Whatever the environment says, an endpoint that a run has started itself is asked directly."""
    assert through_locust[f"embedded / {client}"] == [ACKED, [], 1]


@pytest.mark.parametrize("name", WAYS)
def test_each_way_has_one_outcome_for_the_dispatcher(authority, name):
    """A program's own client and the probe say the same as a load run's."""
    way = WAYS[name]

    def post(url, way):
        http = Http(url, Fixed(ROWS["200 SUCCESS"]), timeout=way.seconds, insecure=way.insecure)
        receipt = http.deliver(BATCH)
        http.close()
        return receipt

    outcome, asked, times = played(way, authority, post)
    is_late = way.outcome == "unknown: no answer in time"
    expected = way.outcome.replace("in time", f"within {way.seconds:g} s") if is_late else way.outcome

    assert [outcome, asked] == [expected, list(way.asked)]
    assert times == arrivals(way) or way.script


@pytest.mark.parametrize("name", ["http through http_proxy", "https through https_proxy"])
def test_a_connection_through_a_proxy_is_kept(authority, name):
    """A tunnel is opened once for many requests, and one connection carries many that the proxy passes on."""
    way, receipts = WAYS[name], []

    def post(url, way):
        http = Http(url, Fixed(ROWS["200 SUCCESS"]), timeout=way.seconds)
        receipts.extend(http.deliver(BATCH).status for _ in range(3))
        http.close()
        return Receipt("acked")

    _, asked, times = played(way, authority, post)

    assert (receipts, times) == (["acked"] * 3, 3)
    assert asked == list(way.asked) * (1 if way.is_tls else 3)


@pytest.mark.parametrize("name", WAYS)
def test_what_the_preflight_can_see_is_seen_without_a_request(authority, name):
    """A connection, a tunnel and a handshake show what is in the way; no request is sent for that."""
    way, said = WAYS[name], []

    def look(url, way):
        said.append(check_reachable(url, insecure=way.insecure, seconds=way.seconds))
        return Receipt("acked")

    _, asked, times = played(way, authority, look)
    is_seen = way.outcome.startswith("rejected: not connected: ")

    assert bool(said[0]) == is_seen
    assert times == 0 or way.script
    assert all(line.startswith("CONNECT ") for line in asked)
    if is_seen:
        words = way.outcome.removeprefix("rejected: not connected: ").split("(")[0].split("PROXY")[0]
        assert words.rstrip() in said[0]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("socks5://u:s3cret@h:1080", r"a proxy of socks5:// is not supported"),
        ("https://h:3128", r"a proxy of https:// is not supported"),
        ("http://", r"not the address of a proxy"),
        ("http://u:s3cret@h:port", r"not the address of a proxy"),
        ("http://h x:1", r"not the address of a proxy"),
        ("http://[::1", r"not the address of a proxy"),
    ],
)
def test_a_proxy_that_no_client_can_use_is_refused_by_the_name_of_its_variable(value, why):
    """The variable and the way out are named, its value is not: it may hold a password."""
    with environment({"HTTPS_PROXY": value}), pytest.raises(UsageError, match=why) as error:
        Http("https://telemetry.test", CONTRACTS["sunbird"])

    assert str(error.value).startswith("HTTPS_PROXY: ")
    assert "NO_PROXY" in str(error.value)
    assert "s3cret" not in str(error.value)


def test_a_proxy_s_password_is_shown_nowhere():
    """Neither a proxy's text nor what an endpoint repeats shows the password or its header."""
    proxy = proxy_for("http://telemetry.test", {"http_proxy": "http://someone:tops3cret@h:3128"})

    assert (str(proxy), "tops3cret" in repr(proxy)) == ("the proxy h:3128 (http_proxy)", False)
    assert proxy.authorization == "Basic c29tZW9uZTp0b3BzM2NyZXQ="
    assert "authorization" not in repr(proxy)
    assert redact("got tops3cret and c29tZW9uZTp0b3BzM2NyZXQ=") == "got (hidden) and (hidden)"


@pytest.mark.parametrize(
    ("url", "spared", "is_spared"),
    [
        ("http://telemetry.test", "telemetry.test", True),
        ("http://a.telemetry.test", "telemetry.test", True),
        ("http://a.telemetry.test", ".telemetry.test", True),
        ("http://A.Telemetry.test", "*.TELEMETRY.test", True),
        ("http://nottelemetry.test", "telemetry.test", False),
        ("http://telemetry.test", "telemetry.test:80", True),
        ("http://telemetry.test", "telemetry.test:8080", False),
        ("https://telemetry.test", "telemetry.test:443", True),
        ("http://10.1.2.3", "10.0.0.0/8", True),
        ("http://11.1.2.3", "10.0.0.0/8", False),
        ("http://[fd00::1]:80", "fd00::1", True),
        ("http://[fd00::1]:81", "[fd00::1]:81", True),
        ("http://telemetry.test", "a b,,  telemetry.test", True),
        ("http://telemetry.test", " , ", False),
        ("http://telemetry.test", "*", True),
    ],
)
def test_no_proxy_names_hosts_as_curl_and_urllib_read_it(url, spared, is_spared):
    """Names with their subdomains, addresses and networks, ports, and a star for all."""
    environ = {"ALL_PROXY": "http://h:3128", "NO_PROXY": spared}

    assert (proxy_for(url, environ) is None) == is_spared


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_mistake_in_ssl_cert_file_is_named(tmp_path, text):
    """A file that is missing or holds no certificate is named; TLS itself passes over it in silence."""
    file = tmp_path / "authority.pem"
    if text is not None:
        file.write_text(text)
    with environment({"SSL_CERT_FILE": str(file)}):
        said = check_reachable("https://127.0.0.1:1")

    assert said.startswith(f"SSL_CERT_FILE={file}: ")
    assert check_reachable("https://127.0.0.1:1", insecure=True).startswith("no answer at 127.0.0.1, port 1")
