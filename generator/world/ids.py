"""Ids of things, in the form of the platform's ids (of sessions, users and devices: `spec.identity`)."""

from generator.spec.identity import hex_id
from generator.world.traits import Traits

_DO_DIGITS = (23,) * 72 + (24,) * 13 + (22,) * 12 + (21,) * 3
_ORGANISATION_DIGITS = (19,) * 5 + (20,) * 3
_CODE_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def _digits(count: int, *parts: object) -> str:
    return f"{int(hex_id(32, *parts), 16) % 10**count:0{count}}"


def content_id(*parts: object) -> str:
    """Derive the id of a piece of content, textbook, course or question: `do_31` and 19 to 22 digits."""
    digits = Traits("do", *parts).pick(_DO_DIGITS)
    return "do_31" + _digits(digits - 2, "do", *parts)


def organisation_id(*parts: object) -> str:
    """Derive the id of an organisation or a batch: 19 or 20 digits, of which the first are 012."""
    digits = Traits("organisation", *parts).pick(_ORGANISATION_DIGITS)
    return "012" + _digits(digits - 3, "organisation", *parts)


def dial_code_id(*parts: object) -> str:
    """Derive a DIAL code: exactly six characters of A-Z and 0-9, the first a letter."""
    traits = Traits("dial", *parts)
    return _CODE_ALPHABET[traits.below(26)] + "".join(traits.pick(_CODE_ALPHABET) for _ in range(5))
