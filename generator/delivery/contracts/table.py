"""A table of a TOML file, read key by key: each message names file, key, value and the next step."""

import json
import tomllib
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from generator.delivery.contracts.words import brief
from generator.errors import UsageError
from generator.system.files import decode_text

_SHOWN = 60
_LARGEST = 1 << 20

Chosen = TypeVar("Chosen", bound=str)


def shown(value: Any) -> str:
    """Format a value nearly as in the file; only its beginning if it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return "…"  # a number of thousands of digits, or a table thousands deep
    return brief(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def nearest(text: str, known: Collection[str], otherwise: str) -> str:
    """Return a question for the nearest known name; `otherwise` if none is near."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(text.lower(), by_lower, n=1)
    return f"did you mean {by_lower[near[0]]}?" if near else otherwise


class TomlTable:
    """A table of a file.

    Args:
        file: the file's name, for messages.
        values: the values of the table, by key.
        place: the name of the table in the file; "" for the file itself.
    """

    def __init__(self, file: str, values: Mapping[str, Any], place: str = "") -> None:
        self.file, self.values, self._place = file, values, place

    def key(self, name: str) -> str:
        """Return a key's dotted name from the top of the file; "" is the table itself."""
        return brief(".".join(filter(None, (self._place, name))))

    def mistake(self, name: str, why: str) -> UsageError:
        """Return the error for the value of a key, which the message shows."""
        return UsageError(f"{self.file}: {self.key(name)} = {shown(self.values[name])}: {why}")

    def fault(self, name: str, why: str) -> UsageError:
        """Return the error for a key whose value is missing or secret."""
        return UsageError(f"{self.file}: {self.key(name)}: {why}")

    def only(self, known: Collection[str]) -> None:
        """Raise UsageError for an unknown key, with the nearest known one."""
        for name in self.values:
            if name not in known:
                hint = nearest(name, known, f"the keys are {', '.join(known)}")
                if self._place:
                    hint += "; keys of the file itself stand above its first [table]"
                raise self.fault(name, f"no such key; {hint}")

    def text(self, name: str, default: str = "") -> str:
        """Return the text of a key."""
        value = self.values.get(name, default)
        if not isinstance(value, str):
            raise self.mistake(name, "a text is needed; put it in quotes")
        return value

    def choice(self, name: str, known: Collection[Chosen], default: Chosen) -> Chosen:
        """Return the text of a key, which is one of several."""
        value = self.text(name, default)
        for one in known:
            if one == value:
                return one
        raise self.mistake(name, nearest(value, known, f"choose one of {', '.join(known)}"))

    def table(self, name: str) -> "TomlTable":
        """Return a table in the table; an empty one if it is missing."""
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            raise self.mistake(name, f"a table is needed: a line [{self.key(name)}], and its keys below")
        return TomlTable(self.file, value, self.key(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)


def read_table(path: Path) -> TomlTable:
    """Read a TOML file.

    Raises:
        UsageError: if it is missing, or is not TOML; with the line.
    """
    try:
        if not path.is_file():
            raise UsageError(f"{path}: file not found; write one, or give the path of another")
        with path.open("rb") as file:
            text = file.read(_LARGEST)
        return TomlTable(path.name, tomllib.loads(decode_text(text)))
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {(error.strerror or 'it is not a file').lower()}"
        ) from None
    except RecursionError:
        raise UsageError(f"{path.name}: not TOML that can be read: nested too deeply") from None
    except ValueError as error:
        if isinstance(error, UnicodeDecodeError):
            raise UsageError(f"{path.name}: not UTF-8; save it as UTF-8") from None
        raise UsageError(f'{path.name}: not TOML: {error}; a line is name = "value" or [table]') from None
