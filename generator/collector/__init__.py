"""The embedded endpoint: it speaks the telemetry service's HTTP, checks, and stores durably.

    connection    bytes of a client, bounded in size and time  → Request
    endpoint      the contract: which answer each request gets
    batch         a request's body → the events of a batch, their bytes as sent
    ingest        what becomes of each event: accepted, rejected, duplicate  → WriteBatch
    group_commit  one write and one fdatasync for all that wait, then their answers
    store         append-only segments, and the reader of them

Server faults stand before these parts, only if they are requested: see `server_faults`.
"""

from generator.collector.process import CollectorProcess
from generator.collector.server import ServerOptions, serve

__all__ = ["CollectorProcess", "ServerOptions", "serve"]
