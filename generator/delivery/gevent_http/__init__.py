"""Keep-alive posts for load runs and programs, at a small part of the cost of a whole client.

connection   KeepAlive: one connection to one endpoint, used by one greenlet; one attempt a post
head         a request's head, made once: to the byte what Locust's own client sends
wire         sends and receives bytes, plain or through TLS, on gevent's sockets
tunnel       the way through a proxy for TLS
deadline     one limit over a whole exchange, for greenlets
blocking     both for a program with threads
sending      sending, while reading what the endpoint answers
response_parser    the answers on a connection, parsed by llhttp
lengths      the head of an answer that states its length more than once
content_encoding    a compressed answer, decompressed as far as it is kept

It patches nothing, and works in a process that Locust has patched as in any other.
"""

from generator.delivery.gevent_http.connection import KeepAlive
from generator.delivery.gevent_http.head import Head

__all__ = ["Head", "KeepAlive"]
