"""What the tests of the probe have in common: a probe inside this process, and endpoints of few words."""

import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from generator.probe.client import Client
from generator.probe.exchange import EventFactory
from generator.probe.properties import PROPERTIES, ProbeConfig
from generator.probe.run import Probe
from generator.probe.sink import ProbeStoreSink

NAMED = {one.name: one for one in PROPERTIES}


def probe(collector, *names, form="wire", sink=True, mode="auto", seed=1, examples=10, run=None, **config):
    """Probe a collector; give the outcomes by name."""
    run = seed if run is None else run
    factory = EventFactory(form, run)
    kept = ProbeStoreSink(collector.store) if sink else None
    with Client(collector.url, factory.contract) as line:
        one = Probe(line, factory, ProbeConfig(form, sink=kept, **config), seed=seed, max_examples=examples)
        greeting = one.detect_mode(mode)
        chosen = [NAMED[name] for name in names] or PROPERTIES
        return {outcome.truth.name: outcome for outcome in one.run(chosen, greeting)}


def pytest_of(script, url):
    """Run a written test against an endpoint, as pytest alone does, without any plugin; give the finished process."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", str(script)],
        env={"FOOTFALL_URL": url, "PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip


@contextmanager
def serving(handler):
    """Serve a handler at a free port; give the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def speaking(answer):
    """Serve what `answer(method, body)` gives, status, type and body, at a free port; give the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            said = answer(self.command, body)
            if said is None:
                self.close_connection = True
                return
            status, headers, text = said
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self):
            self.headers["Content-Length"] = "0"
            self.do_POST()

        def log_message(self, *_):
            pass

    return serving(Handler)


SUCCESS = (200, {"Content-Type": "application/json"}, b'{"id":"api.telemetry","responseCode":"SUCCESS"}')
