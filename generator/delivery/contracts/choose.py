"""Contracts by name, as a command line names them."""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from generator.delivery.contracts import Contract
from generator.delivery.contracts.body import Compression, Layout
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
    "PATH.toml": "your own endpoint, described in ten lines",
    "FILE.py:Class": "the same as a Python class; MODULE:Class too",
}
"""What each name makes."""

_LAYOUTS: dict[str, Layout] = {"array": "array", "ndjson": "lines", "single": "one"}
_OBSRV = ("obsrv", "obsrv-object")


def contract_named(
    text: str,
    *,
    path: str = "",
    token: str | None = None,
    compress: Compression = "none",
    form: Form | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Contract:
    """Return the contract of a name.

    Args:
        text: one of `CONTRACTS`.
        path: instead of the contract's own; "" for that one.
        token: sent if the contract has a place for it; no message shows it.
        compress: none, or gzip instead of the contract's own.
        form: of the events; None for the contract's own, which is wire except in a user's contract.
        environ: the environment, which has the secrets of a TOML file.

    Raises:
        UsageError: if the name is unknown, or the contract cannot honour an option.
    """
    name, colon, rest = text.partition(":")
    options: dict[str, Any] = {"token": token, "compress": compress, "form": form or "wire"}
    if text == "sunbird":
        return Sunbird(path or DEFAULT_PATH, **options)
    if text in _LAYOUTS:
        return PlainContract(_LAYOUTS[text], path or "/", **options)
    if name in _OBSRV:
        return _obsrv(name, rest, path, options)
    if name in NAMES:
        return messages_named(text, path=path, **options)
    if text.lower().endswith(".toml"):
        return _own(text, path, compress, form, {**environ, TOKEN: token or environ.get(TOKEN, "")}, token)
    if colon:
        _check_spelling(text, name)
        return load_contract(text, _given(path, token, compress, form))
    hint = nearest(text, [*_LAYOUTS, *_OBSRV, *NAMES, "sunbird"], f"choose one of {', '.join(CONTRACTS)}")
    raise UsageError(f"--contract {text!r}: {hint}")


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
    """Return the given options, by name."""
    packed = "" if compress == "none" else compress
    given = {"path": path, "token": token, "compress": packed, "form": form}
    return {name: value for name, value in given.items() if value}


def _check_spelling(text: str, name: str) -> None:
    """Raise UsageError for `obsvr:dataset`, which would be looked up as a Python module."""
    near = nearest(name, (*_OBSRV, *NAMES), "")
    if near and name.isidentifier() and find_spec(name) is None:
        raise UsageError(f"--contract {text!r}: {near}")
