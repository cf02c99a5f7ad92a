"""How a batch reaches an endpoint, and its receipt.

batch        recorded events → Batch: id, time, events in one form, identity
contracts/   how an endpoint wants a batch (Request), and what its answer means (Receipt)
receipt      acked, rejected or unknown
http, file, direct    deliver(batch) → Receipt: the lower seam, one attempt
reasons      a missing answer becomes a receipt, in plain words
sink_name    where events are stored, as an option names it
kafka/       batches as messages of a topic
outbox       the upper seam, a telemetry client's Dispatcher: a thread, and failed batches sent again
"""

from generator.delivery.batch import Batch, Identity
from generator.delivery.direct import NullDispatcher
from generator.delivery.file import FileDispatcher
from generator.delivery.http import HttpDispatcher
from generator.delivery.receipt import Receipt

__all__ = ["Batch", "FileDispatcher", "HttpDispatcher", "Identity", "NullDispatcher", "Receipt"]
