"""Keep-alive posts: what a load run sends with, at a small part of a whole client's cost, and what a program does.

connection   KeepAlive: one connection to one endpoint, used by one greenlet; one attempt a post
head         a request's head, made once: to the byte what Locust's own client sends
wire         the bytes' way there and back, plain or through TLS, on gevent's sockets
tunnel       the way through a proxy for TLS
deadline     one limit over a whole exchange, for greenlets
blocking     both for a program with threads
sending      sending, with an ear on the endpoint
reading      the answers on a connection, parsed by llhttp
lengths      the head of an answer that gives its length more than once
coding       a compressed answer, inflated as far as it is kept

It patches nothing, and works in a process that Locust has patched as in any other.
"""

from generator.delivery.gevent_http.connection import KeepAlive
from generator.delivery.gevent_http.head import Head

__all__ = ["Head", "KeepAlive"]
