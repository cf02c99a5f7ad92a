"""Keep-alive posts on gevent sockets: what a load run sends with, at a small part of a whole client's cost.

connection   KeepAlive: one connection to one endpoint, used by one greenlet; one attempt a post
head         a request's head, made once: to the byte what Locust's own client sends
wire         the bytes' way there and back, plain or through TLS
deadline     one limit over a whole exchange
reading      the answers on a connection, parsed by llhttp
coding       a compressed answer, inflated as far as it is kept

It patches nothing, and works in a process that Locust has patched as in any other.
"""

from generator.delivery.keepalive.connection import KeepAlive
from generator.delivery.keepalive.head import Head

__all__ = ["Head", "KeepAlive"]
