"""Server faults: an endpoint that loses, repeats, alters and stalls as requested, and records what it did.

    options          what is requested: shares, durations and a seed
    draw             what happens to an event or a batch: a function of the seed and its id alone
    response_faults  before the ingest: batches that fail, connections closed after reading, late answers
    storage_faults   between ingest and group commit: events lost, stored twice, altered, stored in another order
    altered_event    one changed value of an event
    stall            before the endpoint: times in which nothing is answered
    fault_record     what was done, one JSON object a line
    journal          before the store: records are on disk before the events that they are about
    reader           the records, read back

Each stands before a healthy part of the collector, and exists only if it is requested.
"""

from generator.collector.server_faults.fault_record import Did, FaultRecord
from generator.collector.server_faults.options import HEALTHY, ServerFaults
from generator.collector.server_faults.reader import read

__all__ = ["HEALTHY", "Did", "FaultRecord", "ServerFaults", "read"]
