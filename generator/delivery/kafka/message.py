"""How a batch is written as a message, and which key chooses its partition."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

from generator.delivery.batch import Batch
from generator.delivery.contracts import Answer, Request
from generator.delivery.contracts.body import Compression, check_compression, only, printable
from generator.delivery.contracts.table import nearest
from generator.delivery.contracts.words import refused
from generator.delivery.receipt import Receipt
from generator.errors import UsageError
from generator.spec.rules import Form

Unit = Literal["batch", "event"]
Key = Literal["mid", "did", "none"]
UNITS: tuple[Unit, ...] = get_args(Unit)
KEYS: tuple[Key, ...] = get_args(Key)
DATASET = "sb-telemetry"
"""The telemetry service's name for it."""
_KEY = "key"
_ID = re.compile(rb'\{"id":"([^"\\]+)"')


class _Params(Struct):
    msgid: str


class _Message(Struct, kw_only=True):
    """A client's batch with the fields that the telemetry service adds, in that service's order."""

    id: str
    ver: str
    params: _Params
    ets: int
    events: Sequence[Any]
    did: str | UnsetType = UNSET
    channel: str | UnsetType = UNSET
    pid: str | UnsetType = UNSET
    mid: str
    syncts: int
    dataset: str


class _Event(Struct):
    mid: str | UnsetType = UNSET


_encoder = msgspec.json.Encoder()
_event = msgspec.json.Decoder(_Event)


class Messages:
    """A contract: batches as the telemetry service puts them into its topic, or single events as the extractor does.

    A batch has the service's stamps: did, channel and pid if they are known, mid, dataset and syncts; its id is the
    mid too. The service takes the clock and a new id; here syncts is the batch's own time and mid its msgid, so that
    the same batch is the same bytes. A single event has none of the extractor's stamps.

    Args:
        unit: the contents of a message, a batch or one event.
        key: mid, did or none. By default the batch's mid, as in the service, and none for a single event, as in the
            extractor. A did that is not printable ASCII is percent-encoded as a key.
        dataset: the dataset of a batch.
        compress: none or gzip: how the producer compresses. Messages themselves are never compressed.
        form: the form of the events.
    """

    method, path = "SEND", "/"
    """Of its requests, which hold only message and key: the topic belongs to the address."""

    def __init__(
        self, unit: Unit = "batch", key: Key | None = None,
        *, dataset: str = DATASET, compress: Compression = "none", form: Form = "wire",
    ) -> None:  # fmt: skip
        if unit not in UNITS:
            raise UsageError(f"unit={unit!r}: choose one of {', '.join(UNITS)}")
        self._unit: Unit = unit
        self._key: Key = key or ("mid" if unit == "batch" else "none")
        if self._key not in KEYS:
            raise UsageError(f"key={key!r}: choose one of {', '.join(KEYS)}")
        self.form: Form = form
        self.largest = 1 if unit == "event" else 0
        self.codec: Compression = check_compression(compress)
        self._dataset = dataset

    def request(self, batch: Batch) -> Request:
        """Write a batch as a message."""
        headers = {_KEY: printable(batch.identity.device)} if self._key == "did" else {}
        value = only(batch.events) if self._unit == "event" else self._stamped(batch)
        return Request(self.method, self.path, headers, _encoder.encode(value))

    def _stamped(self, batch: Batch) -> _Message:
        who, msgid = batch.identity, batch.msgid
        return _Message(
            id=msgid, ver="3.0", params=_Params(msgid), ets=batch.ets, events=batch.events, did=who.device or UNSET,
            channel=who.channel or UNSET, pid=who.app or UNSET, mid=msgid, syncts=batch.ets, dataset=self._dataset,
        )  # fmt: skip

    def key(self, headers: Mapping[str, str], body: bytes) -> bytes | None:
        """Return a message's key, from the headers of its session's requests or from its body."""
        if self._key == "did":
            return headers.get(_KEY, "").encode() or None
        return self._mid(body) if self._key == "mid" else None

    def _mid(self, body: bytes) -> bytes | None:
        if self._unit == "batch":
            found = _ID.match(body)
            return found[1] if found else None
        try:
            mid = _event.decode(body).mid
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None  # an injected fault: any partition is right
        return None if mid is UNSET else mid.encode()

    def judge(self, answer: Answer) -> Receipt:
        """Judge an answer of HTTP, for the protocol only: Kafka answers with delivery reports."""
        return refused(answer)

    def __repr__(self) -> str:
        return f"Messages({self._unit!r}, {self._key!r}, dataset={self._dataset!r}, form={self.form!r})"


NAMES: dict[str, Unit] = {"kafka": "batch", "kafka-event": "event"}


def messages_named(
    value: str,
    *,
    path: str = "",
    token: str | None = None,
    compress: Compression = "none",
    form: Form = "wire",
) -> Messages:
    """Return the contract of a name: `kafka`, `kafka:did`, `kafka-event:mid` ….

    Raises:
        UsageError: if the key is unknown, or Kafka has no place for an option.
    """
    name, colon, key = value.partition(":")
    for known in KEYS:
        if key == known or not colon:
            break
    else:
        hint = nearest(key, KEYS, f"choose one of {', '.join(f'{name}:{one}' for one in KEYS)}")
        raise UsageError(f"--contract {value!r}: {key!r} is not a key; {hint}")
    if path:
        raise UsageError(
            f"--path {path!r}: a topic has none; its name stands in the address, --host kafka://127.0.0.1:9092/{path.strip('/')}"
        )
    if token:
        raise UsageError(
            "FOOTFALL_TOKEN: Kafka takes no token; unset it, and write users and passwords into the file that "
            "FOOTFALL_KAFKA_CONFIG names"
        )
    return Messages(NAMES[name], known if colon else None, compress=compress, form=form)
