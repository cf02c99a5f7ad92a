"""How a batch is written as a message, and by which key it goes to its partition."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import msgspec
from msgspec import UNSET, Struct, UnsetType

from generator.delivery.batch import Batch
from generator.delivery.contracts import Answer, Request
from generator.delivery.contracts.compression import Compression, check_compression
from generator.delivery.contracts.headers import printable
from generator.delivery.contracts.layout import only
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
"""As the telemetry service names it."""
_KEY = "key"
_ID = re.compile(rb'\{"id":"([^"\\]+)"')


class _Params(Struct):
    msgid: str


class _Message(Struct, kw_only=True):
    """A client's batch with what the telemetry service writes onto it, in the order in which it does."""

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

    A batch has the service's stamps: did, channel and pid where they are known, mid, dataset and syncts, and its
    id is the mid too. Where the service takes the clock and a fresh id, here syncts is the batch's own time and
    mid its msgid: the same batch is the same bytes. A single event has none of the extractor's stamps.

    Args:
        unit: what a message holds, a batch or one event.
        key: mid, did or none. By default the batch's mid, as the service has it, and none for a single event, as
            the extractor has it. As a key, a did that is no printable ASCII is percent-encoded.
        dataset: the dataset of a batch.
        compress: none or gzip: how the producer compresses. Messages themselves are never compressed.
        form: the form of the events.
    """

    method, path = "SEND", "/"
    """Of its requests, which say no more than message and key: the topic belongs to the address."""

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
        said = only(batch.events) if self._unit == "event" else self._stamped(batch)
        return Request(self.method, self.path, headers, _encoder.encode(said))

    def _stamped(self, batch: Batch) -> _Message:
        who, msgid = batch.identity, batch.msgid
        return _Message(
            id=msgid, ver="3.0", params=_Params(msgid), ets=batch.ets, events=batch.events, did=who.device or UNSET,
            channel=who.channel or UNSET, pid=who.app or UNSET, mid=msgid, syncts=batch.ets, dataset=self._dataset,
        )  # fmt: skip

    def key(self, headers: Mapping[str, str], body: bytes) -> bytes | None:
        """Give a message's key: of what its request says of all of a session's, and of what is in it."""
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
            return None  # damaged on purpose: any partition will do
        return None if mid is UNSET else mid.encode()

    def judge(self, answer: Answer) -> Receipt:
        """Judge an answer of HTTP: a delivery report has none, and says itself what became of a message."""
        return refused(answer)

    def __repr__(self) -> str:
        return f"Messages({self._unit!r}, {self._key!r}, dataset={self._dataset!r}, form={self.form!r})"


NAMES: dict[str, Unit] = {"kafka": "batch", "kafka-event": "event"}


def messages_named(
    said: str,
    *,
    path: str = "",
    token: str | None = None,
    compress: Compression = "none",
    form: Form = "wire",
) -> Messages:
    """Make what a command line names: `kafka`, `kafka:did`, `kafka-event:mid` ….

    Raises:
        UsageError: for a key that is none, and an option which Kafka has no place for.
    """
    name, colon, key = said.partition(":")
    for known in KEYS:
        if key == known or not colon:
            break
    else:
        hint = nearest(key, KEYS, f"choose one of {', '.join(f'{name}:{one}' for one in KEYS)}")
        raise UsageError(f"--contract {said!r}: {key!r} is no key; {hint}")
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
