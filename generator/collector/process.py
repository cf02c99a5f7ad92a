"""A collector in a child process, which ends with its parent."""

import http.client
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from generator.collector.ingest import Mode
from generator.collector.server_faults import HEALTHY, ServerFaults
from generator.errors import UsageError
from generator.spec.rules import Form

_TAIL = 2000
_STOP_SECONDS = 30


class CollectorProcess:
    """A collector in a child process, answering once the block is entered.

        with CollectorProcess(Path("store")) as collector:
            post(f"{collector.url}/v1/telemetry", ...)

    Args:
        store: the directory it stores in.
        port: 0 takes a free one.
        server_faults: which faults the endpoint injects; `server_faults.read(store)` yields its fault records.

    Attributes:
        url: where it answers, without a slash at the end.
    """

    def __init__(
        self,
        store: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        mode: Mode = "sunbird",
        form: Form = "wire",
        server_faults: ServerFaults = HEALTHY,
    ) -> None:
        self.store = Path(store)
        self.url = ""
        self._command = [
            sys.executable, "-m", "generator.collector", "--with-parent", "--host", host, "--port", str(port),
            "--store", str(self.store), "--mode", mode, "--form", form, *server_faults.options(),
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process which holds the port."""
        return self._child().pid

    def start(self) -> Self:
        """Start it and wait until it answers.

        Raises:
            UsageError: it did not start; the text has the end of its stderr.
        """
        # A file rather than a pipe, which would fill and block the child.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        # Its standard input is a pipe that is never written to: it ends when this process does, however it dies.
        self._process = subprocess.Popen(  # noqa: S603
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr
        )
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            # Also an interruption: what was started must not stay behind.
            self.stop()
            self._stderr.close()
            raise
        return self

    def _wait_until_ready(self, child: "subprocess.Popen[bytes]") -> None:
        line = child.stdout.readline() if child.stdout else b""
        if not line.startswith(b"ready "):
            self.stop()
            last = self.stderr_tail().strip().removeprefix("footfall: ")
            raise UsageError(f"the collector did not start: {last or 'it printed nothing'}")
        self.url = line.decode().removeprefix("ready ").strip()
        self._get("/health")

    def stats(self) -> dict[str, Any]:
        """Return the answer to GET /stats."""
        stats: dict[str, Any] = json.loads(self._get("/stats"))
        return stats

    def stderr_tail(self) -> str:
        """Return the end of what it wrote to stderr."""
        size = self._stderr.seek(0, 2)
        self._stderr.seek(max(0, size - _TAIL))
        return self._stderr.read().decode(errors="replace")

    def stop(self) -> int:
        """End it as SIGTERM does, everything acknowledged on disk; return its exit status."""
        child = self._child()
        child.terminate()
        return self._reap(child)

    def kill(self) -> None:
        """End it as `kill -9` does."""
        child = self._child()
        child.kill()
        self._reap(child)

    def _reap(self, child: "subprocess.Popen[bytes]") -> int:
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
        try:
            return child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()

    def _child(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise UsageError("the collector was not started: use it in a with block")
        return self._process

    def _get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_STOP_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        finally:
            connection.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._stderr.close()
