"""How a batch reaches an endpoint, and what became of it.

batch        recorded events → Batch: id, time, events in one form, identity
contracts/   how an endpoint wants a batch (Request), and what its answer means (Receipt)
receipt      acked, rejected or unknown
http, file, null    deliver(batch) → Receipt: the lower seam, one attempt
failure      plain words for what went wrong on the way
sink_name    where events are stored, as an option names it
ledger/      what was sent and what became of it, on disk: the only word on it
kafka/       batches as messages of a topic
outbox       the upper seam, a telemetry client's Dispatcher: a thread, and failed batches sent again
"""

from generator.delivery.batch import Batch, Identity
from generator.delivery.file import FileDispatcher
from generator.delivery.http import HttpDispatcher
from generator.delivery.null import NullDispatcher
from generator.delivery.receipt import Receipt

__all__ = ["Batch", "FileDispatcher", "HttpDispatcher", "Identity", "NullDispatcher", "Receipt"]
