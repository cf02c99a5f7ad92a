"""Contracts by name, as a command line says them."""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from generator.delivery.contracts import Contract
from generator.delivery.contracts.compression import Compression
from generator.delivery.contracts.layout import Layout
from generator.delivery.contracts.obsrv import Obsrv
from generator.delivery.contracts.plain import PlainContract
from generator.delivery.contracts.script import load_contract
from generator.delivery.contracts.sunbird import DEFAULT_PATH, Sunbird
from generator.delivery.contracts.table import nearest
from generator.delivery.contracts.toml_contract import TomlContract
from generator.delivery.kafka.message import NAMES, messages_named
from generator.errors import UsageError
from generator.spec.rules import Form

TOKEN = "FOOTFALL_TOKEN"  # noqa: S105  the variable's name
CONTRACTS = {
    "sunbird": "Sunbird's telemetry API",
    "obsrv:DATASET": "Obsrv's data-in API, an array a request",
    "obsrv-object:DATASET": "the same, one event a request",
    "array": "a JSON array of events",
    "ndjson": "one event a line",
    "single": "one event a request",
    "kafka[:KEY]": "messages of a Kafka topic, as the telemetry service writes them; KEY is mid, did or none",
    "kafka-event[:KEY]": "the same, one event a message",
    "PATH.toml": "an endpoint of one's own, told in ten lines",
    "FILE.py:Class": "the same as a Python class; MODULE:Class too",
}
"""What can be chosen."""

_LAYOUTS: dict[str, Layout] = {"array": "array", "ndjson": "lines", "single": "one"}
_OBSRV = ("obsrv", "obsrv-object")


def contract_named(
    said: str,
    *,
    path: str = "",
    token: str | None = None,
    compress: Compression = "none",
    form: Form | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Contract:
    """Make the contract that is asked for.

    Args:
        said: one of `CONTRACTS`.
        path: in place of the contract's own; "" where nothing was said.
        token: sent where the contract has a place for it; never shown.
        compress: none, or gzip in place of the contract's own.
        form: of the events; the contract's own where nothing was said, which is wire in all but the user's.
        environ: where the secrets of a TOML file are.

    Raises:
        UsageError: for a contract that is none, and an option which it cannot honour.
    """
    name, colon, rest = said.partition(":")
    options: dict[str, Any] = {"token": token, "compress": compress, "form": form or "wire"}
    if said == "sunbird":
        return Sunbird(path or DEFAULT_PATH, **options)
    if said in _LAYOUTS:
        return PlainContract(_LAYOUTS[said], path or "/", **options)
    if name in _OBSRV:
        return _obsrv(name, rest, path, options)
    if name in NAMES:
        return messages_named(said, path=path, **options)
    if said.lower().endswith(".toml"):
        return _own(said, path, compress, form, {**environ, TOKEN: token or environ.get(TOKEN, "")}, token)
    if colon:
        _refuse_misspelt(said, name)
        return load_contract(said, _given(path, token, compress, form))
    hint = nearest(said, [*_LAYOUTS, *_OBSRV, *NAMES, "sunbird"], f"choose one of {', '.join(CONTRACTS)}")
    raise UsageError(f"--contract {said!r}: {hint}")


def _obsrv(name: str, dataset: str, path: str, options: Mapping[str, Any]) -> Contract:
    if not dataset:
        raise UsageError(f"--contract {name!r}: name the dataset too, such as {name}:sb-telemetry")
    if path:
        raise UsageError(
            f"--path {path!r}: Obsrv's is /v2/data/in/{dataset}; what comes before it belongs to the address"
        )
    return Obsrv(dataset, data="object" if name == "obsrv-object" else "array", **options)


def _own(
    file: str, path: str, compress: Compression, form: Form | None, environ: Mapping[str, str], token: str | None
) -> Contract:  # fmt: skip
    packed: Compression | None = None if compress == "none" else compress
    own = TomlContract(file, path=path, compress=packed, form=form, environ=environ)
    if token and TOKEN not in own.secrets:
        raise UsageError(
            f'{TOKEN}: {file} has no place for it; write Authorization = "Bearer env:{TOKEN}" below its [headers], '
            "or unset it"
        )
    return own


def _given(path: str, token: str | None, compress: Compression, form: Form | None) -> dict[str, Any]:
    """Give the options that were said, by name."""
    packed = "" if compress == "none" else compress
    said = {"path": path, "token": token, "compress": packed, "form": form}
    return {name: value for name, value in said.items() if value}


def _refuse_misspelt(said: str, name: str) -> None:
    """Refuse `obsvr:dataset`, which would be looked for among Python's modules."""
    near = nearest(name, (*_OBSRV, *NAMES), "")
    if near and name.isidentifier() and find_spec(name) is None:
        raise UsageError(f"--contract {said!r}: {near}")
