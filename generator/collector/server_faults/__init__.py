"""Faults on request: an endpoint that loses, repeats, spoils and stalls as asked, and writes down what it did.

    misbehaviour   what is asked for: shares, durations and a seed
    draw           what happens to an event or a batch: a function of the seed and its id alone
    unreliable     before the intake: batches that fail, connections closed after reading, answers that come late
    doctor         between intake and commit: events lost, stored twice, altered, stored in another order
    alteration     one changed value of an event
    stall          before the endpoint: times in which nothing is answered
    deed           what was done, one JSON object a line
    journal        before the store: deeds are on disk before the events that they are about
    reading        what it did, read back

Each stands before a healthy part of the collector, and is there only when it is asked for.
"""

from generator.collector.server_faults.fault_record import Did, FaultRecord
from generator.collector.server_faults.options import HEALTHY, ServerFaults
from generator.collector.server_faults.reader import read

__all__ = ["HEALTHY", "Did", "FaultRecord", "ServerFaults", "read"]
