"""The headers of a TOML contract, with its secrets."""

import re
from collections.abc import Mapping

from generator.delivery.batch import Identity
from generator.delivery.contracts.body import printable
from generator.delivery.contracts.envelope import IDENTITY, Placeholder, split
from generator.delivery.contracts.table import TomlTable
from generator.delivery.redact import register_secret

_THE_CLIENT_S = {"connection", "content-length", "host", "transfer-encoding"}
_KEYS_ABOVE = {"method", "path", "events", "form", "compress"}
_NAMES = ", ".join(f"${name}" for name in IDENTITY)


class Headers:
    """The headers of a file. No message shows their values: a value may be a secret.

    Args:
        table: text by name; `env:NAME` in it is a variable of the environment, `$did`, `$channel` and `$app`
            are the batch's identity.
        environ: the environment, which has the secrets.
    """

    def __init__(self, table: TomlTable, environ: Mapping[str, str]) -> None:
        self._table, self._environ = table, environ
        self.secrets: set[str] = set()
        self._values = {name: self._parts(name) for name in table}

    def fill(self, identity: Identity) -> dict[str, str]:
        """Return the headers of a batch, without those that are empty."""
        values = dict(zip(IDENTITY, identity, strict=True))
        filled = {
            name: "".join(
                printable(values[part.name]) if isinstance(part, Placeholder) else part for part in parts
            )
            for name, parts in self._values.items()
        }
        return {name: value for name, value in filled.items() if value}

    def _parts(self, name: str) -> list[str | Placeholder]:
        wrong = self._table.fault
        self._check_name(name)
        text = self._table.values[name]
        if not isinstance(text, str):
            raise wrong(name, "a header's value is a text; put it in quotes")
        if not (text.isascii() and text.isprintable()) or text != text.strip():
            raise wrong(name, "printable ASCII without space around it is needed (the value is not shown)")
        try:
            parts = list(split(text, IDENTITY))
        except ValueError:
            # The name is not shown: it could be a part of a secret.
            raise wrong(
                name, f"a $ in it stands for nothing; there are {_NAMES}, and $$ for a dollar"
            ) from None
        return [part if isinstance(part, Placeholder) else self._with_secrets(name, part) for part in parts]

    def _check_name(self, name: str) -> None:
        wrong = self._table.fault
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise wrong(name, "not the name of a header; letters, digits and - make one, such as X-Api-Key")
        if name in _KEYS_ABOVE:
            raise wrong(name, "not a header; the keys of the file itself stand above its first [table]")
        if name.lower() in _THE_CLIENT_S:
            raise wrong(name, "the client writes this header; remove it")
        if name.lower() == "content-encoding":
            raise wrong(name, 'remove it, and write compress = "gzip" above the first [table]')
        if any(other != name and other.lower() == name.lower() for other in self._table):
            raise wrong(name, "twice, in capitals and not; remove one of the two")

    def _with_secrets(self, name: str, text: str) -> str:
        return re.sub(r"(?<!\S)env:(\S*)", lambda match: self._secret(name, match[1]), text)

    def _secret(self, name: str, variable: str) -> str:
        wrong = self._table.fault
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
            raise wrong(name, "the name of a variable is needed after env:, such as env:INGEST_KEY")
        secret = self._environ.get(variable, "").strip()
        if not secret:
            raise wrong(name, f"the environment has no {variable}; export it first")
        if not (secret.isascii() and secret.isprintable()):
            raise wrong(name, f"{variable} must be printable ASCII, and is not (its value is not shown)")
        self.secrets.add(variable)
        return register_secret(secret)
