"""Blocks in frames, which show whether a block is cut off, corrupt, missing or from another ledger.

mark (4 bytes)   by which the next block is found behind a corrupt one
number (4)       from 0, which is the header's
length (4)       of what follows
crc32 (4)        of number, length and what follows; it continues that of the header's JSON
…                the header as JSON, the other blocks compressed by zlib
"""

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import IO, NamedTuple

MARK = b"\xf7\x8eLB"
MOST_BYTES = 1 << 20
"""The largest block, before it is compressed as well as after."""
_LOOKED_AT = 1000
"""Marks to try behind a corrupt block: a writer makes only its own, but an attacker could make millions."""
_numbered = Struct("<II")
_crc = Struct("<I")
_HEAD = len(MARK) + _numbered.size + _crc.size


class BlockFrame(NamedTuple):
    """A block whose checksum is right.

    Attributes:
        number: its number in the ledger.
        payload: its contents.
        end: the offset of the next one.
    """

    number: int
    payload: bytes
    end: int


def framed(number: int, payload: bytes, seed: int) -> bytes:
    """Return a block in its frame.

    Args:
        number: its number in the ledger.
        payload: its contents.
        seed: `seed_of` the header's JSON; 0 for the header itself.
    """
    numbered = _numbered.pack(number, len(payload))
    return b"".join((MARK, numbered, _crc.pack(_checksum(numbered, payload, seed)), payload))


def seed_of(header: bytes) -> int:
    """Return the start value of the checksums, which differs between ledgers."""
    return zlib.crc32(header)


def read_frame(file: IO[bytes], at: int, seed: int) -> BlockFrame | None:
    """Read the block at an offset; return None if it is cut off or corrupt."""
    file.seek(at)
    head = file.read(_HEAD)
    numbered = head[len(MARK) : -_crc.size]
    if len(head) < _HEAD or not head.startswith(MARK):
        return None
    number, length = _numbered.unpack(numbered)
    (crc,) = _crc.unpack(head[-_crc.size :])
    if length > MOST_BYTES:
        return None
    payload = file.read(length)
    if len(payload) < length or _checksum(numbered, payload, seed) != crc:
        return None
    return BlockFrame(number, payload, at + _HEAD + length)


def is_followed(file: IO[bytes], at: int, seed: int) -> bool:
    """Return whether a good block follows a bad one: then the bad one is corrupt, not cut off at the end."""
    places = enumerate(_marks(file, at + 1))
    return any(tried == _LOOKED_AT or read_frame(file, place, seed) for tried, place in places)


def is_marked(file: IO[bytes], at: int) -> bool:
    """Return whether any block, good or bad, begins at an offset or behind it."""
    return any(True for _ in _marks(file, at))


def compress(data: bytes) -> bytes:
    """Compress the contents of a block, to half their size: ids are digits, and most bytes of a number are zero."""
    # Twice as fast as zlib's fastest level, and as good because only ids repeat.
    stream = zlib.compressobj(1, strategy=zlib.Z_RLE)
    return stream.compress(data) + stream.flush()


def decompress(payload: bytes) -> bytes:
    """Return the contents of a block, at most `MOST_BYTES` of them.

    Raises:
        ValueError: if it is not compressed, or too large.
    """
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(payload, MOST_BYTES)
    except zlib.error:
        raise ValueError("its bytes are not compressed") from None
    if not stream.eof or stream.unused_data:
        raise ValueError("it is larger than a block may be")
    return data


def _checksum(numbered: bytes, payload: bytes, seed: int) -> int:
    return zlib.crc32(payload, zlib.crc32(numbered, seed))


def _marks(file: IO[bytes], at: int) -> Iterator[int]:
    """Yield the offsets of marks; the file is read in pieces that overlap by all but one byte of a mark."""
    overlap = len(MARK) - 1
    while True:
        file.seek(at)
        piece = file.read(MOST_BYTES)
        place = piece.find(MARK)
        while place >= 0:
            yield at + place
            place = piece.find(MARK, place + 1)
        if len(piece) <= overlap:
            return
        at += len(piece) - overlap
