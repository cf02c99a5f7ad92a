"""The outbox and the transports: nothing is lost without a word."""

import logging
import os
import re
import socket
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from threading import Event as Signal
from time import monotonic

import pytest

import generator.delivery
from generator import Telemetry, check
from generator.delivery import FileDispatcher, HttpDispatcher, NullDispatcher, Receipt
from generator.delivery.address import check_address
from generator.delivery.contracts import Request
from generator.delivery.contracts.sunbird import Sunbird
from generator.delivery.http import Http
from generator.delivery.outbox import Outbox
from generator.delivery.reasons import DeadlineExceeded, not_connected
from generator.delivery.receipt import ACKED, rejected
from generator.errors import DeliveryError, UsageError
from tests.delivery import raw, stub
from tests.delivery.stub import serving, serving_bytes

CONFIG = {"uid": "u1", "did": "d1", "channel": "c1", "env": "home"}
README = Path(generator.delivery.__file__).with_name("README.md")


def say(telemetry, count=1):
    for _ in range(count):
        telemetry.interact(type="TOUCH", id="next")
    telemetry.flush()


class Endpoint:
    """A delivery in memory: the n-th attempt gets the n-th receipt, and the last one all further."""

    form = "wire"

    def __init__(self, *receipts, gate=None):
        self.receipts, self.tried, self.gate = list(receipts), [], gate

    def deliver(self, batch):
        self.tried.append(batch)
        if self.gate:
            self.gate.wait(20)
        return self.receipts.pop(0) if len(self.receipts) > 1 else self.receipts[0]


def test_the_example_program_sends_real_events():
    """The program in the README, run as it stands, sends START, IMPRESSION, INTERACT and END in one batch."""
    program = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)[1]
    assert len([line for line in program.splitlines() if line.strip()]) <= 11
    with serving(stub.SUCCESS) as endpoint:
        env = {**os.environ, "TELEMETRY_URL": endpoint.url, "FOOTFALL_TOKEN": "t1"}
        done = subprocess.run(
            [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False, timeout=60
        )

    assert (done.stdout, done.stderr) == ("Unsent(batches=0, events=0, reason='')\n", "")
    [(path, headers, _)] = endpoint.requests
    assert (path, headers["Authorization"], headers["x-device-id"]) == ("/v1/telemetry", "Bearer t1", "d1")
    [batch] = endpoint.batches
    assert [event["eid"] for event in batch["events"]] == ["START", "IMPRESSION", "INTERACT", "END"]
    assert [check(event, "wire") for event in batch["events"]] == [[], [], [], []]


def test_a_failed_batch_is_sent_again_unchanged():
    """What failed is resent with the same msgid, ets and bytes until it is taken."""
    with serving(stub.DOWN, stub.LIMITED, stub.CLOSE, stub.SUCCESS) as endpoint:
        telemetry = Telemetry(CONFIG, dispatcher=HttpDispatcher(endpoint.url, wait=0.01))
        say(telemetry)
        endpoint.wait_for(4)
        unsent = telemetry.close()

    assert unsent == (0, 0, "")
    assert len({body for _, _, body in endpoint.requests}) == 1
    assert len(endpoint.requests) == 4


def test_what_the_endpoint_read_and_refused_is_not_sent_again():
    """A malformed batch is given up at once, and close says why."""
    with serving(stub.MALFORMED) as endpoint:
        telemetry = Telemetry(CONFIG, dispatcher=HttpDispatcher(endpoint.url, wait=0.01))
        say(telemetry, 3)
        unsent = telemetry.close()

    assert unsent == (1, 3, "400 Bad Request: SyntaxError: Unexpected token (1)")
    assert len(endpoint.requests) == 1


def test_failed_batches_beyond_the_bound_are_counted():
    """At most `keep` failed batches are kept; whatever is let go is in close's answer."""
    endpoint = Endpoint(Receipt("unknown", "no answer"))
    outbox = Outbox(endpoint, keep=2, wait=60)
    telemetry = Telemetry(CONFIG, dispatcher=outbox)
    for _ in range(5):
        say(telemetry, 2)
    unsent = telemetry.close()

    assert (unsent.batches, unsent.events) == (5, 10)
    assert "dropped, as 2 failed batches are kept (unknown: no answer) (3)" in unsent.reason
    assert "unknown: no answer (2)" in unsent.reason


def test_a_slow_endpoint_does_not_hold_up_close():
    """A batch without an answer when the time is over counts as unknown, and those behind it as never tried."""
    gate = Signal()
    outbox = Outbox(Endpoint(ACKED, gate=gate))
    telemetry = Telemetry(CONFIG, dispatcher=outbox)
    for _ in range(3):
        say(telemetry)
    unsent = outbox.close(timeout=0.1)
    gate.set()

    assert (unsent.batches, unsent.events) == (3, 3)
    assert "no answer yet: unknown (1)" in unsent.reason
    assert "never tried: no time was left (2)" in unsent.reason
    assert outbox.close() == unsent


def test_what_waits_for_a_slow_endpoint_is_bounded(monkeypatch):
    """The queue has an end too, and what does not fit is counted."""
    monkeypatch.setattr("generator.delivery.outbox.QUEUED", 3)
    gate = Signal()
    endpoint = Endpoint(ACKED, gate=gate)
    telemetry = Telemetry(CONFIG, dispatcher=Outbox(endpoint))
    for _ in range(10):
        say(telemetry)
    gate.set()
    unsent = telemetry.close()

    assert unsent.batches == 10 - len(endpoint.tried)
    assert unsent.batches >= 6
    assert "dropped: 3 batches were waiting" in unsent.reason


def test_a_closed_dispatcher_says_so():
    """Events after close are refused aloud."""
    outbox = Outbox(Endpoint(ACKED))
    outbox.close()
    with pytest.raises(DeliveryError, match="closed"):
        outbox.dispatch([])


def test_a_program_that_forgets_to_close_is_told_in_its_log(caplog):
    """At the end of a program what is left is sent, and what could not be is logged."""
    outbox = Outbox(Endpoint(Receipt("rejected", "500 Internal Server Error", final=True)))
    say(Telemetry(CONFIG, dispatcher=outbox))
    with caplog.at_level(logging.WARNING, "footfall.delivery"):
        outbox._end_of_program()

    assert "1 batches (1 events) could not be sent: 500 Internal Server Error (1)" in caplog.text


def test_a_refused_connection_is_a_refusal_and_a_lost_one_is_not():
    """Rejected is only what surely never arrived; a connection lost after sending leaves it unknown."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        telemetry = Telemetry(CONFIG, dispatcher=HttpDispatcher(nobody, wait=60))
        say(telemetry)
        unsent = telemetry.close()
    assert unsent.reason == "rejected: not connected: connection refused (1)"

    with serving(stub.CLOSE) as endpoint:
        telemetry = Telemetry(CONFIG, dispatcher=HttpDispatcher(endpoint.url, wait=60))
        say(telemetry)
        unsent = telemetry.close()
    assert unsent.reason == "unknown: connection lost: closed without an answer (1)"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "not connected: connection refused"),
        (TimeoutError(110, "Connection timed out"), "not connected: connection timed out"),
        (TimeoutError("timed out"), "not connected: silence for 10 s"),
        (DeadlineExceeded(), "not connected: silence for 10 s"),
    ],
)
def test_a_missing_connection_is_told_in_the_system_s_words(error, reason):
    """The system's own cause is said, never a time that did not pass; silence is told with the time it lasted."""
    assert not_connected(error, 10.0) == rejected(reason)


def test_what_does_not_speak_http_or_tls_is_named_plainly():
    """No HTTP answer, or no TLS: in words that are no names of classes."""

    def reason(url):
        telemetry = Telemetry(CONFIG, dispatcher=HttpDispatcher(url, wait=60))
        say(telemetry)
        return telemetry.close().reason

    with serving_bytes([b"SSH-2.0-OpenSSH_9.2\r\n"]) as (url, _):
        assert reason(url) == "unknown: no HTTP answer (1)"
    with serving(stub.SUCCESS) as endpoint:
        assert "it does not speak TLS; does its address begin with" in reason(
            endpoint.url.replace("http", "https")
        )


def test_no_answer_in_time_is_unknown():
    """A time-out is never a refusal."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        telemetry = Telemetry(CONFIG, dispatcher=HttpDispatcher(url, timeout=0.05, wait=60))
        say(telemetry)
        unsent = telemetry.close()

    assert unsent.reason == "unknown: no answer within 0.05 s (1)"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "cert"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context


def test_certificates_are_verified_unless_told_otherwise(certificate):
    """A self-signed certificate is refused before anything is sent; `insecure=True` takes it, with a warning."""
    with serving(stub.SUCCESS, context=certificate) as endpoint:
        telemetry = Telemetry(CONFIG, dispatcher=HttpDispatcher(endpoint.url, wait=60))
        say(telemetry)
        assert "the certificate is not trusted" in telemetry.close().reason
        assert endpoint.requests == []


def test_a_file_takes_lines_and_nowhere_takes_all(tmp_path):
    """A file is appended to, event by event; a file that cannot be written is told by close."""
    path = tmp_path / "events.jsonl"
    for _ in range(2):
        telemetry = Telemetry(CONFIG, dispatcher=FileDispatcher(path))
        say(telemetry, 3)
        assert telemetry.close() == (0, 0, "")
    lines = path.read_bytes().splitlines()
    assert len(lines) == 6
    assert all(check(line) == [] for line in lines)

    telemetry = Telemetry(CONFIG, dispatcher=FileDispatcher(tmp_path / "none" / "x"))
    say(telemetry)
    assert telemetry.close() == (1, 1, f"{tmp_path}/none/x: no such file or directory (1)")
    telemetry = Telemetry(CONFIG, dispatcher=NullDispatcher())
    say(telemetry)
    assert telemetry.close() == (0, 0, "")


@pytest.mark.parametrize("url", ["localhost:9001", "ftp://h", "http://", "http://h?x=1", "http://h:x", ""])
def test_what_is_no_address_is_refused(url):
    """An address has a scheme and a host, and no query."""
    with pytest.raises(UsageError, match=r"is not an address|ends before"):
        check_address(url)


def test_a_password_in_an_address_is_refused_and_not_shown():
    """It would be shown in logs and reports."""
    with pytest.raises(UsageError) as error:
        check_address("https://user:hunter2@h")
    assert "hunter2" not in str(error.value)


def test_threads_that_post_at_once_have_connections_of_their_own():
    """One transport serves several threads, and keeps as many connections as it needed at once."""
    both = Barrier(2, timeout=20)

    def waits_for_the_other(peer):
        while peer.read_request():
            if peer.head.startswith(b"POST /v1"):
                both.wait()
            peer.say(raw.OK)

    with raw.serving(waits_for_the_other) as endpoint, ThreadPoolExecutor(2) as threads:
        http = Http(endpoint.url, Sunbird())
        request = Request("POST", "/v1", {}, b"{}")
        for _ in range(3):
            assert list(threads.map(http.ask, [request] * 2)) == [raw.GOOD] * 2
        http.close()

    assert endpoint.connections == 2


class Touchy(Sunbird):
    """A stranger's contract with a mistake: it cannot write its third batch, and cannot judge the fifth answer."""

    def __init__(self):
        super().__init__()
        self.written = self.judged = 0

    def request(self, batch):
        self.written += 1
        if self.written == 3:
            raise ZeroDivisionError("by none")
        return super().request(batch)

    def judge(self, answer):
        self.judged += 1
        if self.judged == 5:
            sys.exit("no more")
        return super().judge(answer)


def test_a_contract_that_raises_ends_that_batch_alone():
    """Of eight batches the one that could not be written and the one whose answer could not be judged are told; six arrive."""
    with serving(stub.SUCCESS) as endpoint:
        dispatcher = HttpDispatcher(endpoint.url, Touchy(), wait=60, resend_unknown=False)
        telemetry = Telemetry(CONFIG, dispatcher=dispatcher)
        for _ in range(8):
            say(telemetry)
        unsent = telemetry.close()

    assert len(endpoint.requests) == 7
    assert (unsent.batches, unsent.events) == (2, 2)
    assert "not sent: Touchy failed to write the batch: ZeroDivisionError: by none (1)" in unsent.reason
    assert "unknown: Touchy failed to judge 200: SystemExit: no more (1)" in unsent.reason


class Broken:
    """A delivery in memory that raises once."""

    form = "wire"

    def __init__(self):
        self.tried = 0

    def deliver(self, _):
        self.tried += 1
        if self.tried == 2:
            raise RuntimeError("out of order")
        return ACKED


def test_a_delivery_that_raises_ends_that_batch_alone():
    """Whatever delivers, its error is told for one batch, and the thread goes on with the next."""
    broken = Broken()
    telemetry = Telemetry(CONFIG, dispatcher=Outbox(broken, wait=60))
    for _ in range(4):
        say(telemetry)

    assert telemetry.close() == (1, 1, "Broken failed: RuntimeError: out of order (1)")
    assert broken.tried == 4


def test_the_limit_of_a_dispatcher_is_for_the_whole_answer():
    """An endpoint that says one byte now and then holds up no batch longer than the limit."""

    def trickles(peer):
        peer.read_request()
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not peer.ended.wait(0.005):
            peer.say(b"y")

    with raw.serving(trickles) as endpoint:
        telemetry = Telemetry(CONFIG, dispatcher=HttpDispatcher(endpoint.url, timeout=0.2, wait=60))
        say(telemetry)
        unsent = telemetry.close()

    assert unsent == (1, 1, "unknown: no answer within 0.2 s (1)")


@pytest.mark.parametrize(
    "asks",
    [
        ("Retry-After: 1",),
        ("Date: Thu, 01 Jan 2026 00:00:00 GMT", "Retry-After: Thu, 01 Jan 2026 00:00:01 GMT"),
    ],
    ids=["seconds", "date"],
)
def test_a_batch_is_not_sent_again_before_the_endpoint_wants_it(asks):
    """A Retry-After in seconds, or as a date by the endpoint's own clock, holds longer than the outbox's own wait."""
    at = []
    busy = raw.answer_with(b"", *asks).replace(b"200 OK", b"429 Too Many Requests")

    def script(peer):
        while peer.read_request():
            at.append(monotonic())
            peer.say(raw.answer_with(stub.SUCCESS[2]) if len(at) > 1 else busy)

    with raw.serving(script) as endpoint:
        dispatcher = HttpDispatcher(endpoint.url, wait=0.01)
        telemetry = Telemetry(CONFIG, dispatcher=dispatcher)
        say(telemetry)
        assert dispatcher.close(timeout=30) == (0, 0, "")

    assert at[1] - at[0] >= 1.0


def test_a_batch_that_is_taken_meanwhile_does_not_shorten_the_wait():
    """An acknowledgement of a newer batch ends the outbox's own wait, and not the one that the endpoint asked for."""
    asked = Receipt("rejected", "429 Too Many Requests", retry_after=600.0)
    endpoint = Endpoint(asked, ACKED)
    outbox = Outbox(endpoint, wait=0.0)
    telemetry = Telemetry(CONFIG, dispatcher=outbox)
    say(telemetry)
    say(telemetry)
    unsent = outbox.close(timeout=1.0)

    assert unsent == (1, 1, "rejected: 429 Too Many Requests (1)")
    assert len(endpoint.tried) == 2
