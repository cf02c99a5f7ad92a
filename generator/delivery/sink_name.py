"""The name of a sink: where the events of a run are stored, and which stage or kind of event it holds."""

from difflib import get_close_matches
from glob import iglob
from pathlib import Path
from typing import NamedTuple, Self

from generator.errors import UsageError

STAGES = ("accepted", "ingest", "raw", "unique", "denorm")
"""In the order in which events pass through them."""
APART = ("rejected", "duplicate")
"""The contents of the files next to the file of the accepted events."""
_ROLES = (*STAGES, *APART)
_ADDRESSES = ("/", "~", "kafka://", "duckdb:")


class SinkName(NamedTuple):
    """A sink as an option names it.

    Attributes:
        role: a stage, or one of `APART`; "" if the option names none.
        place: the sink itself.
    """

    role: str
    place: str

    @classmethod
    def parse(cls, text: str, option: str) -> Self:
        """Parse `SINK` or `ROLE=SINK`.

        Args:
            text: the value of the option.
            option: its name, for messages.

        Raises:
            UsageError: if a word before `=` is not a role and the whole text cannot be a path, or no sink is named.
        """
        word, equals, rest = text.partition("=")
        if equals and word in _ROLES:
            if not rest:
                raise UsageError(f"{option} {text}: names no sink; write {word}=SINK")
            return cls(word, rest)
        if equals and _is_role_in_error(text, word, rest):
            near = get_close_matches(word.lower(), _ROLES, n=1)
            hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(_ROLES)}"
            raise UsageError(f"{option} {text}: {word} is not a stage of a pipeline; {hint}")
        return cls("", text)


def _is_role_in_error(text: str, word: str, rest: str) -> bool:
    """Return whether a word can only be meant as a role: a path may hold `=`, as `day=1/part.parquet` does."""
    if not word.isidentifier() or _exists(text):
        return False
    is_near = bool(get_close_matches(word.lower(), _ROLES, n=1))
    return is_near or rest.startswith(_ADDRESSES) or "/" not in rest


def _exists(text: str) -> bool:
    try:
        # A name may hold what a pattern reads otherwise.
        return Path(text).exists() or next(iglob(text, recursive=True), None) is not None  # noqa: PTH207  may be absolute
    except (OSError, ValueError):
        return False
