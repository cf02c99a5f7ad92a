"""Make ids, and read run, session and sequence back from them.

A mid has the form of the real web client's, `EID:` and 32 hex digits:

    INTERACT:0000000c5f3a9d10000000002a7be01c
             └──────┘└──────┘└────────┘└────┘
             sequence   run    session  check

Sequence (32 bits) counts the events of one play. Run (32), session (40) and check (24) are the *tail*,
one for the whole session; the check is a hash of run and session. So `read_mid` accepts one in 2**24 foreign
or altered tails, about 17 million. The check does not cover eid and sequence: the session's known length and
the event's own eid show that those were altered.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

RUNS, SESSIONS, SEQUENCES = 2**32, 2**40, 2**32

_MID = re.compile(r"([A-Z_]+):([0-9a-f]{8})([0-9a-f]{24})")
_MSGID = re.compile(r"([0-9a-f]{8})([0-9a-f]{24})")


class Mid(NamedTuple):
    """The parts of a mid that Footfall made."""

    eid: str
    sequence: int
    run: int
    session: int


class Msgid(NamedTuple):
    """The parts of a batch id that Footfall made: the batch's number in its session, the run and the session."""

    batch: int
    run: int
    session: int


def tail(run: int, session: int) -> str:
    """Make the last 24 hex digits of every id of one session."""
    if not 0 <= run < RUNS:
        raise ValueError(f"run {run} does not fit into 32 bits")
    if not 0 <= session < SESSIONS:
        raise ValueError(f"session {session} does not fit into 40 bits")
    body = b"%08x%010x" % (run, session)
    check = _CHECK.copy()
    check.update(body)
    return body.decode() + check.hexdigest()


# Copied for each tail: to set it up costs more than to hash 18 bytes.
_CHECK = blake2b(digest_size=3, person=b"footfall")


def make_mid(eid: str, sequence: int, run: int, session: int) -> str:
    """Make the mid of one event."""
    return f"{eid}:{sequence:08x}{tail(run, session)}"


def make_msgid(batch: int, run: int, session: int) -> str:
    """Make a batch's id: 32 hex digits, as the real web client's; it stays the same when resent."""
    return f"{batch:08x}{tail(run, session)}"


def _read_tail(text: str) -> tuple[int, int] | None:
    run, session = int(text[:8], 16), int(text[8:18], 16)
    return (run, session) if tail(run, session) == text else None


def read_mid(mid: str) -> Mid | None:
    """Read a mid back; return None if it is foreign or its tail was altered."""
    match = _MID.fullmatch(mid)
    owner = match and _read_tail(match[3])
    return Mid(match[1], int(match[2], 16), *owner) if match and owner else None


def read_msgid(msgid: str) -> Msgid | None:
    """Read a batch id back; return None if it is foreign or its tail was altered."""
    match = _MSGID.fullmatch(msgid)
    owner = match and _read_tail(match[2])
    return Msgid(int(match[1], 16), *owner) if match and owner else None


def _digest(size: int, parts: tuple[object, ...]) -> bytes:
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=size).digest()


def hex_id(digits: int, *parts: object) -> str:
    """Derive an id of a number of hex digits (at most 128) from its parts."""
    return _digest((digits + 1) // 2, parts).hex()[:digits]


def uuid_id(*parts: object) -> str:
    """Derive an id in the form of a UUID version 4 from its parts."""
    return _as_uuid(int.from_bytes(_digest(16, parts), "big"))


def _as_uuid(number: int) -> str:
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANTS[text[16]]}{text[17:20]}-{text[20:]}"


_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def user_id(world: object, index: int) -> str:
    """Derive the id of one user of a world: a UUID, as the platform's are."""
    return uuid_id("user", world, index)


DEVICE_DIGITS = {"web": 32, "mobile": 40, "desktop": 64}
"""The hex digits of a device id: a browser's fingerprint, a SHA-1 on Android, a SHA-256 on the desktop."""


def device_id(world: object, kind: str, index: int) -> str:
    """Derive the id of one device of a world, as long as its kind's ids are."""
    return hex_id(DEVICE_DIGITS[kind], "device", world, kind, index)


class PlayIds:
    """Makes the ids that belong to one play alone; two plays share no id, nor do two kinds.

    Numbers are mixed rather than hashed, since load makes them by the million.

    Args:
        run, session: the play's identity.
    """

    __slots__ = ("_base",)

    def __init__(self, run: int, session: int) -> None:
        mixed = (run << 40 | session) * _ODD & _WORD
        self._base = mixed ^ mixed >> 64

    def make(self, kind: str, ordinal: int) -> str:
        """Make an id of a kind, see `Story.new_id`.

        Args:
            kind: what it is the id of; a kind without a form of its own (play, attempt …) is 32 hex digits.
            ordinal: which of its kind it is.
        """
        salt, form = _kind(kind, ordinal)
        mixed = (self._base ^ salt) * _ODD & _WORD
        return form(mixed ^ mixed >> 64)


_WORD = (1 << 128) - 1
_ODD = 0x2D99787926D46932A4C1F32680F70C55
"""Any odd number: multiplication by it maps no two 128-bit numbers to one, nor does xor with the upper half."""


@lru_cache(4096)
def _kind(kind: str, ordinal: int) -> tuple[int, Callable[[int], str]]:
    return int.from_bytes(_digest(16, ("kind", kind, ordinal)), "big"), _FORMS.get(kind, _as_hex)


def _as_hex(number: int) -> str:
    return f"{number:032x}"


def _as_portal_session(number: int) -> str:
    """Write a number as the web portal's session ids are: 32 characters of A-Z a-z 0-9 - _."""
    return urlsafe_b64encode((number * _ODD).to_bytes(32, "big")[-24:]).decode()


def _as_draft(number: int) -> str:
    """Write a number as the platform's ids of new content are: `do_31` and 19 digits."""
    return f"do_31{number % 10**19:019d}"


def _as_device(number: int) -> str:
    """Write a number as a device's id of the longest kind; shorter ids are its beginning."""
    return f"{number:032x}{number * _ODD & _WORD:032x}"


_FORMS: dict[str, Callable[[int], str]] = {
    "learner": _as_uuid,
    "device": _as_device,
    "session": _as_uuid,
    "portal-session": _as_portal_session,
    "request": _as_uuid,
    "correlation": _as_uuid,
    "user": _as_uuid,
    "content": _as_draft,
}
