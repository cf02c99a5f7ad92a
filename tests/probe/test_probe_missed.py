"""Defects of a small endpoint of another make, each of which one certain case finds."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler

import pytest
from probing import NAMED, SUCCESS, serving

from generator.probe.client import Client
from generator.probe.exchange import EventFactory
from generator.probe.properties import ProbeConfig
from generator.probe.report.script import ScriptOptions, script
from generator.probe.run import Probe
from generator.probe.sink import ProbeFileSink

BOM = b"\xef\xbb\xbf"


def small(path, defect):
    """Serve an endpoint that knows batches again by their msgid, and writes events to a file; give its URL."""
    known, lock = set(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            self.known = set() if defect == "dedup within a connection" else known

        def do_POST(self):
            status, _, text = SUCCESS
            with lock:
                status = self.take(self.rfile.read(int(self.headers["Content-Length"]))) or status
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def take(self, body):
            encoding, kind = self.headers.get("Content-Encoding", ""), self.headers["Content-Type"]
            if (defect == "no charset" and ";" in kind) or (
                defect == "gzip in lower case" and encoding == "GZIP"
            ):
                return 415
            body = gzip.decompress(body) if encoding else body
            if defect == "a mark is lost" and body.startswith(BOM):
                return None
            batch = json.loads(body.removeprefix(BOM))
            if batch["params"]["msgid"] in self.known:
                return None
            self.known.add(batch["params"]["msgid"])
            most = (
                15 if defect == "fifteen of gzip" and encoding else 150 if defect == "at most 150" else None
            )
            with path.open("a") as file:
                for event in batch["events"][:most]:
                    if defect == "int32" and "size" in event["edata"]:
                        event["edata"]["size"] = min(event["edata"]["size"], 2**31 - 1)
                    file.write(json.dumps(event) + "\n")
            return None

        def log_message(self, *_):
            pass

    return serving(Handler)


def found(tmp_path, defect, name):
    path = tmp_path / "sink.jsonl"
    path.touch()
    factory = EventFactory("wire", 7)
    with small(path, defect) as url, Client(url, factory.contract) as line:
        config = ProbeConfig("wire", sink=ProbeFileSink({"accepted": str(path)}))
        one = Probe(line, factory, config, max_examples=1, settle=0)
        greeting = one.detect_mode("sunbird")
        truth = NAMED[name]
        if name == "strange-body":
            truth = truth._replace(cases=lambda config: with_mark(config.form))
        (outcome,) = one.run([truth], greeting)
    return outcome


def with_mark(form):
    from generator.probe.cases import with_choices

    return with_choices(form, "a byte order mark")


@pytest.mark.parametrize(
    ("defect", "name", "events", "choice"),
    [
        ("at most 150", "valid-batch", 151, ""),
        ("fifteen of gzip", "gzip", 16, ""),
        ("int32", "valid-batch", 1, ""),
        ("no charset", "header-case", 1, "charset=utf-8"),
        ("gzip in lower case", "header-case", 1, "Content-Encoding: GZIP"),
        ("a mark is lost", "strange-body", 1, "a byte order mark"),
        ("dedup within a connection", "resent-batch", 1, "again over another connection"),
    ],
)
def test_a_defect_is_found_by_what_is_certain_to_be_tried(tmp_path, defect, name, events, choice):
    """It fails its property, with the smallest batch that shows it, and a healthy endpoint of that make passes."""
    outcome = found(tmp_path, defect, name)
    (tmp_path / "sink.jsonl").unlink()
    healthy = found(tmp_path, "none", name)

    assert outcome.status == "failed"
    assert len(outcome.trial.case.events) == events
    assert outcome.trial.case.choice == choice
    assert healthy.status == "passed", healthy.trial


def test_a_written_test_leaves_its_connection_where_the_probe_did(tmp_path):
    """What goes wrong over a new connection alone is repeated over a new one; and health is asked without a token."""
    outcome = found(tmp_path, "dedup within a connection", "resent-batch")
    options = ScriptOptions(
        "http://127.0.0.1:1", 1.0, False, ProbeFileSink({"accepted": str(tmp_path / "sink.jsonl")}), 0.0
    )
    written = script(outcome, options)

    assert written.count("HTTP.clear()") == 1
    assert 'if TOKEN and method == "POST":' in written
