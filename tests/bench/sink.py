"""A sink that costs next to nothing: it reads posts, believes their Content-Length, and says SUCCESS.

`python -m tests.bench.sink` prints its port, and ends when its standard input does.
"""

import re
import select
import socket
import sys

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 91\r\n\r\n"
    b'{"id":"api.telemetry","ver":"1.0","ets":1767571200000,"params":{},"responseCode":"SUCCESS"}'
)
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_CHUNK = 1 << 20


def main() -> None:
    """Serve until standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    listener.setblocking(False)
    poll = select.epoll()
    poll.register(listener.fileno(), select.EPOLLIN)
    poll.register(sys.stdin.fileno(), select.EPOLLIN | select.EPOLLHUP)
    clients: dict[int, socket.socket] = {}
    left: dict[int, int] = {}
    print(listener.getsockname()[1], flush=True)
    buffer = bytearray(_CHUNK)
    view = memoryview(buffer)
    while True:
        for number, _ in poll.poll():
            if number == sys.stdin.fileno():
                return
            if number == listener.fileno():
                client, _ = listener.accept()
                client.setblocking(False)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[client.fileno()], left[client.fileno()] = client, 0
                poll.register(client.fileno(), select.EPOLLIN)
                continue
            try:
                size = clients[number].recv_into(buffer)
            except BlockingIOError:
                continue
            except ConnectionError:
                size = 0
            if not size:
                poll.unregister(number)
                clients.pop(number).close()
                continue
            awaited = left[number]
            if not awaited:
                # A head comes whole: clients write it in one piece with the beginning of its body.
                head = bytes(view[: min(size, 2000)])
                end = head.index(b"\r\n\r\n") + 4
                found = _LENGTH.search(head, 0, end)
                awaited = end + int(found[1]) if found else end
            awaited -= size
            left[number] = awaited
            if not awaited:
                clients[number].send(ANSWER)


if __name__ == "__main__":
    main()
