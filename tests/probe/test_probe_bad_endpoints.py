"""Bad endpoints of another make: the probe fails each within its default settings, and passes the good ones."""

import gzip
import json
import threading
from copy import deepcopy
from http.server import BaseHTTPRequestHandler

import pytest
from probing import NAMED, SUCCESS, pytest_of, serving

from generator.collector.ingest import LARGEST_EVENT, STAMP
from generator.probe import run
from generator.probe.client import Client
from generator.probe.exchange import EventFactory
from generator.probe.properties import ProbeConfig
from generator.probe.report.script import ScriptOptions, script
from generator.probe.run import Probe
from generator.probe.sink import ProbeFileSink

LIMIT = 5 * 2**20


class Endpoint:
    """A good endpoint: it knows batches again by their msgid and events by their mid, and writes events to a file."""

    def __init__(self, path):
        self.path = path
        self.known = set()
        self.events = {}

    def read(self, request):
        """Read a body, of known length or in chunks."""
        if request.headers.get("Transfer-Encoding") != "chunked":
            return request.rfile.read(int(request.headers["Content-Length"]))
        return b"".join(iter(lambda: self.read_chunk(request.rfile), b""))

    def read_chunk(self, file):
        """Read a chunk; b"" is the last."""
        data = file.read(self.length(file.readline()))
        file.readline()
        return data

    def length(self, line):
        return int(line, 16)

    def inflate(self, body, headers):
        return gzip.decompress(body) if headers.get("Content-Encoding", "").lower() == "gzip" else body

    def decode(self, body, headers):
        return body.decode("utf-8-sig")

    def answer(self, request):
        """Take a request, and return the status of the answer."""
        body = self.inflate(self.read(request), request.headers)
        if len(body) > LIMIT:
            return 413
        batch = json.loads(self.decode(body, request.headers))
        is_known = batch["params"]["msgid"] in self.known
        self.known.add(batch["params"]["msgid"])
        changed = self.change(deepcopy(batch["events"]), request.headers, is_known)
        for event in changed or []:
            self.store(event)
        return 500 if changed is None else 200

    def change(self, events, headers, is_known):
        """Return what is stored of a batch; None for an error."""
        return [] if is_known else events

    def store(self, event):
        if len(json.dumps(event, separators=(",", ":"))) <= LARGEST_EVENT - STAMP:
            self.events.setdefault(event["mid"], event)

    def write(self):
        self.path.write_text("".join(json.dumps(event) + "\n" for event in self.events.values()))


def depth(value):
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth, inside), default=0)


def mapped(value, change):
    """Change every value of JSON, the innermost first."""
    if isinstance(value, dict):
        value = {key: mapped(inner, change) for key, inner in value.items()}
    elif isinstance(value, list):
        value = [mapped(inner, change) for inner in value]
    return change(value)


def changing(change):
    """Make an endpoint that changes each event that it stores."""

    class Changes(Endpoint):
        def change(self, events, headers, is_known):
            return [change(event) for event in super().change(events, headers, is_known)]

    return Changes


def changing_values(change):
    """Make an endpoint that changes each value of a payload."""
    return changing(lambda event: event | {"edata": mapped(event["edata"], change)})


def failing(condition):
    """Make an endpoint that answers 500 to some events."""

    class Fails(Endpoint):
        def change(self, events, headers, is_known):
            return None if any(map(condition, events)) else super().change(events, headers, is_known)

    return Fails


class EmptiesGzip(Endpoint):
    """It empties `edata` of every event of a batch in gzip."""

    def change(self, events, headers, is_known):
        is_gzip = headers.get("Content-Encoding", "").lower() == "gzip"
        stored = super().change(events, headers, is_known)
        return [event | {"edata": {}} for event in stored] if is_gzip else stored


class ReadsOneChunk(Endpoint):
    """It takes the first chunk for the whole body, and answers with success."""

    def read(self, request):
        if request.headers.get("Transfer-Encoding") != "chunked":
            return super().read(request)
        first = self.read_chunk(request.rfile)
        while self.read_chunk(request.rfile):
            pass
        return first

    def answer(self, request):
        try:
            return super().answer(request)
        except ValueError:
            return 200


class ReadsNoChunks(Endpoint):
    """It takes a body without a length for an empty one."""

    def read(self, request):
        request.close_connection = True
        return super().read(request) if "Content-Length" in request.headers else b""

    def answer(self, request):
        try:
            return super().answer(request)
        except ValueError:
            return 400


class KeepsFraming(Endpoint):
    """It loses a byte between two chunks."""

    def read_chunk(self, file):
        data = super().read_chunk(file)
        return data[:-1] if 1 < len(data) < 8 else data

    def answer(self, request):
        try:
            return super().answer(request)
        except ValueError:
            return 400


class DecodesLatin(Endpoint):
    """It reads a body as Latin-1 if the charset is given."""

    def decode(self, body, headers):
        return (
            body.decode("latin-1") if "charset" in headers["Content-Type"] else super().decode(body, headers)
        )


class EmptiesResent(Endpoint):
    """It puts an empty event in the place of one that is sent again."""

    def change(self, events, headers, is_known):
        return [event | {"edata": {}} for event in events] if is_known else events

    def store(self, event):
        self.events[event["mid"]] = event


class EmptiesRepeated(Endpoint):
    """It puts an event without its context in the place of one whose mid came before."""

    def store(self, event):
        is_new = event["mid"] not in self.events
        self.events[event["mid"]] = (
            event if is_new else event | {"context": {"channel": "", "pdata": {"id": ""}}}
        )


class EmptiesLarge(Endpoint):
    """It drops the payloads of a large body."""

    def answer(self, request):
        self.is_large = int(request.headers.get("Content-Length", 0)) > 2**20
        return super().answer(request)

    def change(self, events, headers, is_known):
        stored = super().change(events, headers, is_known)
        return [event | {"edata": {}, "eid": ""} for event in stored] if self.is_large else stored


class EmptiesWithMark(Endpoint):
    """It loses the tags of a body with a byte order mark."""

    def decode(self, body, headers):
        self.has_mark = body.startswith(b"\xef\xbb\xbf")
        return super().decode(body, headers)

    def change(self, events, headers, is_known):
        stored = super().change(events, headers, is_known)
        return [event | {"tags": []} for event in stored] if self.has_mark else stored


class LosesTail(Endpoint):
    """It keeps 64 KiB of a body in chunks."""

    def read(self, request):
        self.is_cut = request.headers.get("Transfer-Encoding") == "chunked"
        return super().read(request)

    def change(self, events, headers, is_known):
        stored = super().change(events, headers, is_known)
        return stored[:150] if self.is_cut else stored


BAD = {
    "empties the payloads of gzip": (EmptiesGzip, "gzip"),
    "cuts texts after 8,000 characters": (
        changing_values(lambda value: value[:8000] if isinstance(value, str) else value), "long-text"),
    "cuts texts after 8,000 characters, of a large event": (
        changing_values(lambda value: value[:8000] if isinstance(value, str) else value), "largest-event"),
    "cuts texts after 65,535 bytes": (
        changing_values(
            lambda value: value.encode()[:65535].decode(errors="ignore") if isinstance(value, str) else value
        ), "long-text"),
    "fails at a long text": (failing(lambda event: len(json.dumps(event)) > 20_000), "long-text"),
    "fails at more than 7 levels": (failing(lambda event: depth(event) > 7), "nested-json"),
    "fails at more than 20 levels": (failing(lambda event: depth(event) > 20), "nested-json"),
    "empties what is nested": (
        changing(lambda event: event | {"edata": {
            key: {} if isinstance(value, dict) and depth(value) > 1 else value
            for key, value in event["edata"].items()
        }}), "nested-json"),
    "drops null": (
        changing_values(
            lambda value: {key: inner for key, inner in value.items() if inner is not None}
            if isinstance(value, dict) else value
        ), "nested-json"),
    "rounds numbers": (
        changing_values(lambda value: round(value, 3) if isinstance(value, float) else value), "nested-json"),
    "keeps 16 keys": (
        changing_values(lambda value: dict(list(value.items())[:16]) if isinstance(value, dict) else value),
        "nested-json"),
    "replaces dots in keys": (
        changing_values(
            lambda value: {key.replace(".", "_"): inner for key, inner in value.items()}
            if isinstance(value, dict) else value
        ), "nested-json"),
    "reads one chunk": (ReadsOneChunk, "chunked-body"),
    "reads no chunks": (ReadsNoChunks, "chunked-body"),
    "loses a byte between chunks": (KeepsFraming, "chunked-body"),
    "loses the end of a long body in chunks": (LosesTail, "chunked-body"),
    "decodes as Latin-1 if a charset is given": (DecodesLatin, "header-case"),
    "empties what is sent again": (EmptiesResent, "resent-batch"),
    "empties what comes at once": (EmptiesResent, "concurrent-batches"),
    "takes the context of a repeated mid": (EmptiesRepeated, "repeated-mid"),
    "empties a large body": (EmptiesLarge, "largest-body"),
    "loses the tags of a body with a mark": (EmptiesWithMark, "strange-body"),
    "empties lists of one event": (
        changing_values(lambda value: [] if isinstance(value, list) else value), "valid-batch"),
    "loses the tags": (changing(lambda event: event | {"tags": []}), "one-event"),
    "keeps the actor's id in small letters": (
        changing(lambda event: event | {"actor": event["actor"] | {"id": event["actor"]["id"].lower()}}),
        "valid-batch"),
}  # fmt: skip


def stamping(event):
    return event | {"syncts": 1, "@timestamp": "now", "flags": {"pp_validation_processed": True}}


class WantsLength(Endpoint):
    """It answers 411 to a body without a length."""

    def answer(self, request):
        if "Content-Length" in request.headers:
            return super().answer(request)
        super().read(request)
        return 411


def served(endpoint):
    """Serve an endpoint at a free port; return the URL."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            with lock:
                try:
                    status = endpoint.answer(self)
                except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError):
                    status = 400
            text = SUCCESS[2]
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    return serving(Handler)


class WrittenWhenRead(ProbeFileSink):
    """The file of an endpoint, which writes it when it is read."""

    def __init__(self, endpoint):
        super().__init__({"accepted": str(endpoint.path)})
        self.endpoint = endpoint

    def read(self, run):
        self.endpoint.write()
        return super().read(run)


def tried(tmp_path, make, *names):
    """Probe an endpoint with default settings; return the outcomes by name."""
    endpoint = make(tmp_path / "sink.jsonl")
    factory = EventFactory("wire", 7)
    with served(endpoint) as url, Client(url, factory.contract) as line:
        config = ProbeConfig("wire", sink=WrittenWhenRead(endpoint), producer="footfall.portal")
        one = Probe(line, factory, config, settle=0)
        return {o.truth.name: o for o in one.run([NAMED[name] for name in names], one.detect_mode("sunbird"))}


@pytest.mark.parametrize("defect", BAD)
def test_a_bad_endpoint_fails_within_default_settings(tmp_path, monkeypatch, defect):
    """An endpoint that ruins what it stores, or fails at what is valid, fails the property that says so."""
    monkeypatch.setattr(run, "ROUNDS", 0)  # whether it fails is asked here, not how small that can be shown
    make, name = BAD[defect]
    outcome = tried(tmp_path, make, name)[name]

    assert outcome.status == "failed", (outcome.status, outcome.why)


NAMES = sorted({name for _, name in BAD.values()})
GOOD = {
    "plain": (Endpoint, NAMES),
    "stamping": (changing(stamping), ["one-event", "long-text", "nested-json"]),
    "asking for a length": (WantsLength, ["chunked-body", "long-text"]),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_endpoint_passes_what_bad_ones_fail(tmp_path, kind):
    """No property accuses an endpoint that does well, adds fields of its own, or asks for a length."""
    outcomes = tried(tmp_path, GOOD[kind][0], *GOOD[kind][1])
    unjudged = {"chunked-body"} if kind == "asking for a length" else set()

    assert {name: one.trial.problem for name, one in outcomes.items() if one.status == "failed"} == {}
    assert {name for name, one in outcomes.items() if one.status == "skipped"} == unjudged


@pytest.mark.parametrize(
    "defect", ["reads one chunk", "empties a large body", "loses the tags of a body with a mark"]
)
def test_a_written_test_fails_while_content_is_ruined_and_passes_when_it_is_kept(tmp_path, defect):
    """The written test sends chunks as the probe did, and compares contents of bodies that are no plain batch."""
    make, name = BAD[defect]
    outcome = tried(tmp_path, make, name)[name]
    options = ScriptOptions(
        "http://127.0.0.1:1", 10.0, False, ProbeFileSink({"accepted": str(tmp_path / "sink.jsonl")}), 0.0
    )
    path = tmp_path / "test_written.py"
    path.write_text(script(outcome, options))

    assert passes(path, make) is False
    assert passes(path, Endpoint) is True


def passes(path, make):
    """Run a written test against an endpoint that writes each event at once."""

    class Writes(make):
        def answer(self, request):
            try:
                return super().answer(request)
            finally:
                self.write()

    with served(Writes(path.parent / "sink.jsonl")) as url:
        done = pytest_of(path, url)
    assert done.returncode in {0, 1}, done.stdout
    return done.returncode == 0
