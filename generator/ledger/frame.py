"""Blocks in frames, so that what is cut off, damaged, missing or another ledger's is found out.

mark (4 bytes)   by which the next block is found behind a damaged one
number (4)       from 0, which is the header's
length (4)       of what follows
crc32 (4)        of number, length and what follows; it goes on from that of the header's JSON
…                the header as JSON, the other blocks as zlib has them
"""

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import IO, NamedTuple

MARK = b"\xf7\x8eLB"
MOST_BYTES = 1 << 20
"""The largest block, before it is compressed as well as after."""
_LOOKED_AT = 1000
"""Marks behind a bad block that are tried: a writer makes none but its own, a villain might make millions."""
_numbered = Struct("<II")
_crc = Struct("<I")
_HEAD = len(MARK) + _numbered.size + _crc.size


class BlockFrame(NamedTuple):
    """A block that is as it was written.

    Attributes:
        number: which one of the ledger's it is.
        payload: what it holds.
        end: where the next one begins.
    """

    number: int
    payload: bytes
    end: int


def framed(number: int, payload: bytes, seed: int) -> bytes:
    """Put a block into its frame.

    Args:
        number: which one of the ledger's it is.
        payload: what it holds.
        seed: `seed_of` the header's JSON; 0 for the header itself.
    """
    numbered = _numbered.pack(number, len(payload))
    return b"".join((MARK, numbered, _crc.pack(_checksum(numbered, payload, seed)), payload))


def seed_of(header: bytes) -> int:
    """Give where the checksums begin, so that no block is taken for one of another ledger."""
    return zlib.crc32(header)


def read_frame(file: IO[bytes], at: int, seed: int) -> BlockFrame | None:
    """Read the block that begins at an offset; None where there is none that is whole and undamaged."""
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
    """Tell whether a good block comes anywhere behind a bad one: then it was not the end that was cut off."""
    places = enumerate(_marks(file, at + 1))
    return any(tried == _LOOKED_AT or read_frame(file, place, seed) for tried, place in places)


def is_marked(file: IO[bytes], at: int) -> bool:
    """Tell whether any block, good or bad, begins at an offset or behind it."""
    return any(True for _ in _marks(file, at))


def compress(data: bytes) -> bytes:
    """Compress what a block holds, to half of it: ids are digits, and most bytes of a number are naught."""
    # Twice as fast as zlib's fastest level, and as good where nothing but ids comes again.
    stream = zlib.compressobj(1, strategy=zlib.Z_RLE)
    return stream.compress(data) + stream.flush()


def decompress(payload: bytes) -> bytes:
    """Give back what a block holds, however much its bytes pretend to be.

    Raises:
        ValueError: it is not compressed, or too much.
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
    """Yield where marks stand, in pieces that overlap by all but one byte of a mark."""
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
