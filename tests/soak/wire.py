"""The wire between generator and endpoint: it records each exchange, and breaks some of them on purpose."""

import asyncio
import json
from collections import Counter
from random import Random
from threading import Event, Thread
from urllib.parse import urlsplit

SHARE = 0.08
"""Of the requests, how many meet a fault."""


class Exchange:
    """One request: its events, and whether its whole answer was passed on, and with which status."""

    def __init__(self, body):
        self.events = _events(body)
        self.status = None


def _events(body):
    try:
        return [event for event in json.loads(body)["events"] if isinstance(event, dict)]
    except (ValueError, KeyError, TypeError):
        return []


class Wire:
    """A proxy on a port of its own, in a thread of its own.

    Args:
        target: the endpoint's address.
        fault: which fault happens now and then, see `trial.NETWORK`.
        seed: decides to which requests.

    Attributes:
        url: where it listens.
        exchanges: all requests, in the order in which they came.
    """

    def __init__(self, target, fault, seed):
        self._target, self._fault, self._random = urlsplit(target), fault, Random(seed)
        self.exchanges = []
        self.url = ""
        self._ready = Event()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    def statuses(self):
        return Counter(one.status for one in self.exchanges)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self):
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._client, "127.0.0.1", 0, backlog=1024)
        port = server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._ready.set()
        await self._stop.wait()
        server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for one in rest:
            one.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _client(self, reader, writer):
        there = None
        try:
            there = await asyncio.open_connection(self._target.hostname, self._target.port)
            while await self._exchange(reader, writer, *there):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # a broken connection is what this is about; what was passed on is recorded
        finally:
            for one in (writer, there and there[1]):
                if one:
                    one.transport.abort()

    async def _exchange(self, reader, writer, answers, requests):
        head, body = await _message(reader)
        if not head:
            return False
        fault = self._fault if self._random.random() < SHARE else "healthy"
        exchange = Exchange(body)
        if head.startswith(b"POST"):
            self.exchanges.append(exchange)
        if fault == "resets before":
            return False
        requests.write(head + body)
        await requests.drain()
        if fault == "delays":
            await asyncio.sleep(self._random.uniform(0.05, 0.4))
        answer, text = await _message(answers)
        if fault == "resets after" or not answer:
            return False
        whole = answer + text
        if fault == "cuts answers":
            writer.write(whole[: self._random.randrange(1, len(whole))])
            await writer.drain()
            return False
        # Before the bytes go: the client must not know more than this record.
        exchange.status = int(answer.split(b" ", 2)[1])
        writer.write(whole)
        await writer.drain()
        return b"connection: close" not in answer.lower()


async def _message(reader):
    """Read a head and a body of a known length; nothing at the end of the stream."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b"", b""
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        ),
        0,
    )
    return head, await reader.readexactly(length)
