"""The embedded endpoint: it speaks the telemetry service's HTTP, checks, and stores durably.

    connection   bytes of a client, bounded in size and time  → Request
    endpoint     the contract: which answer each request gets
    batch        a request's body → the events of a batch, their bytes as sent
    intake       what becomes of each event: accepted, rejected, duplicate  → Filing
    commit       group commit: one write and one fdatasync for all that wait, then their answers
    store        append-only segments, and the reader of them

Faults on request stand before these parts, and only where they are asked for: see `misbehaviour`.
"""

from generator.collector.process import CollectorProcess
from generator.collector.server import serve

__all__ = ["CollectorProcess", "serve"]
