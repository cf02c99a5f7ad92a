"""The naked truth of a run: what the wire saw, against what the sink holds, by the plainest means."""

from collections import Counter, defaultdict
from typing import NamedTuple

from generator.spec.check import check


class Truth(NamedTuple):
    """What became of a run's events.

    Attributes:
        acked: mids of valid events in batches whose whole answer said yes.
        lost: of these, the ones that the sink does not hold.
        duplicated: mids that it holds more than once.
        altered: mids that it holds otherwise than they were sent.
        rejected_yet_stored: mids that it holds, of which every answer said no.
        unexpected: mids of the run that were never sent.
    """

    acked: set
    lost: set
    duplicated: set
    altered: set
    rejected_yet_stored: set
    unexpected: set

    @property
    def has_fault(self):
        return any(self[1:])


def truth_of(exchanges, stored):
    """Return the truth.

    Args:
        exchanges: what the wire saw.
        stored: the events that the sink holds as accepted.
    """
    sent, statuses = defaultdict(list), defaultdict(set)
    for exchange in exchanges:
        for event in exchange.events:
            if not isinstance(event.get("mid"), str) or check(event, "wire"):
                continue
            sent[event["mid"]].append(event)
            statuses[event["mid"]].add(exchange.status)
    acked = {mid for mid, seen in statuses.items() if 200 in seen}
    found = Counter(event["mid"] for event in stored)
    return Truth(
        acked,
        {mid for mid in acked if mid not in found},
        {mid for mid, count in found.items() if count > 1},
        {event["mid"] for event in stored if event["mid"] in sent and event not in sent[event["mid"]]},
        {mid for mid in found if mid in statuses and not statuses[mid] & {200, None, 500, 502, 503, 504}},
        {mid for mid in found if mid not in sent},
    )
