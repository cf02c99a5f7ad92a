"""Done: which of a dataset's sessions were acknowledged whole, one bit for each."""

import binascii
import zlib
from base64 import b64decode, b64encode
from typing import Self


class CompletedSet:
    """A set of sessions' numbers.

    Attributes:
        count: how many are in it.
    """

    def __init__(self) -> None:
        self._bits = bytearray()
        self.count = 0

    def add(self, number: int) -> None:
        """Put a session in."""
        place, bit = divmod(number, 8)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits)))
        if not self._bits[place] >> bit & 1:
            self._bits[place] |= 1 << bit
            self.count += 1

    def __contains__(self, number: int) -> bool:
        place, bit = divmod(number, 8)
        return place < len(self._bits) and bool(self._bits[place] >> bit & 1)

    def __len__(self) -> int:
        return self.count

    @property
    def up_to(self) -> int:
        """The first session that is not in it."""
        for place, byte in enumerate(self._bits):
            if byte != 0xFF:
                return place * 8 + next(bit for bit in range(8) if not byte >> bit & 1)
        return len(self._bits) * 8

    @property
    def text(self) -> str:
        """The whole set in letters."""
        return b64encode(zlib.compress(self._bits)).decode()

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a set from its text.

        Raises:
            ValueError: for what is none.
        """
        done = cls()
        try:
            done._bits = bytearray(zlib.decompress(b64decode(text, validate=True)))
        except (binascii.Error, zlib.error) as error:
            raise ValueError(str(error)) from None
        done.count = int.from_bytes(done._bits, "big").bit_count()
        return done
