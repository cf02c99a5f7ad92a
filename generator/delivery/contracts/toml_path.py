"""The path of a TOML contract, which may hold the batch's identity."""

import re
from collections.abc import Mapping
from itertools import chain
from urllib.parse import quote

from generator.delivery.address import A_PATH, is_path
from generator.delivery.batch import Identity
from generator.delivery.contracts.envelope import IDENTITY, Placeholder, split
from generator.errors import UsageError

_EXAMPLE = "/ingest"
_SECRET = re.compile(r"(?<![^/?&=])env:[A-Za-z_]")


class Path:
    """A path and its query, filled for each batch.

    Args:
        text: the path; `$did`, `$channel` and `$app` in it are the batch's identity, and `$$` is a dollar.

    Raises:
        ValueError: if the text is not such a path; with the next step.

    Attributes:
        text: the path as it was given: one name for all requests in statistics.
    """

    def __init__(self, text: str) -> None:
        if not is_path(text):
            raise ValueError(f"{A_PATH}, such as {_EXAMPLE}")
        if _SECRET.search(text):
            raise ValueError("a secret may stand in [headers] only: reports show the path")
        self.text = text
        place, mark, query = text.partition("?")
        self._segments = [_split(segment) for segment in place.split("/")]
        self._query = _split(mark + query)
        parts = (*chain(*self._segments), *self._query)
        self._is_filled = any(isinstance(part, Placeholder) for part in parts)
        self._fixed = "" if self._is_filled else self._joined({})

    def fill(self, identity: Identity) -> str:
        """Return the path of a batch.

        Raises:
            UsageError: if a part of the identity would name another resource.
        """
        if not self._is_filled:
            return self._fixed
        values = dict(zip(IDENTITY, identity, strict=True))
        for segment in self._segments:
            named = [part.name for part in segment if isinstance(part, Placeholder)]
            if named and _joined(segment, values) in {"", ".", ".."}:
                raise UsageError(
                    f"path {self.text}: ${named[0]} of this batch is {values[named[0]]!r}, which makes no part of a path"
                )
        return self._joined(values)

    def _joined(self, values: Mapping[str, str]) -> str:
        place = "/".join(_joined(segment, values) for segment in self._segments)
        return place + _joined(self._query, values)


def _split(text: str) -> list[str | Placeholder]:
    return list(split(text, IDENTITY))


def _joined(parts: list[str | Placeholder], values: Mapping[str, str]) -> str:
    return "".join(
        quote(values[part.name], safe="") if isinstance(part, Placeholder) else part for part in parts
    )
