"""How often each of very many events was found, at a few bits an event."""

from collections.abc import Iterable

from pyroaring import BitMap


class Copies:
    """Counts copies by event number, in binary: the first bitmap holds the ones, the next the twos, and so on."""

    def __init__(self) -> None:
        self._digits = [BitMap()]

    def add(self, start: int, end: int) -> None:
        """Count one more copy of each event of a stretch, its end excluded."""
        ones = self._digits[0]
        if not ones.range_cardinality(start, end):
            ones.add_range(start, end)
            return
        carried, place = BitMap(range(start, end)), 0
        while carried:
            if place == len(self._digits):
                self._digits.append(BitMap())
            both = self._digits[place] & carried
            self._digits[place] ^= carried
            carried, place = both, place + 1

    @property
    def seen(self) -> BitMap:
        """Every event that was found."""
        return BitMap.union(*self._digits) if len(self._digits) > 1 else self._digits[0]

    @property
    def repeated(self) -> BitMap:
        """Every event that was found more than once."""
        return BitMap.union(BitMap(), *self._digits[1:])

    def count(self, among: BitMap) -> int:
        """Count the copies of some events."""
        return sum((digit & among).__len__() << place for place, digit in enumerate(self._digits))

    def exceeding(self, among: BitMap, allowed: "Copies") -> tuple[BitMap, int]:
        """Return which of some events have more copies than one and those allowed, and how many are too many.

        Args:
            among: events with more than one copy.
            allowed: further copies of each.
        """
        within = among & allowed.seen
        surplus = self.count(among - within) - len(among - within)
        beyond = BitMap()
        for event in within:
            more = self.of(event) - 1 - allowed.of(event)
            if more > 0:
                beyond.add(event)
                surplus += more
        return (among - within) | beyond, surplus

    def among(self, start: int, end: int) -> int:
        """Count those events of a stretch, its end excluded, that were found."""
        if len(self._digits) == 1:
            return int(self._digits[0].range_cardinality(start, end))
        return sum(event in self for event in range(start, end))

    def of(self, event: int) -> int:
        """Count the copies of one event."""
        return sum((event in digit) << place for place, digit in enumerate(self._digits))

    def __contains__(self, event: int) -> bool:
        return any(event in digit for digit in self._digits)


def bitmap_of(ranges: Iterable[tuple[int, int]]) -> BitMap:
    """Make a set of stretches, each with its end excluded."""
    made = BitMap()
    for start, end in ranges:
        made.add_range(start, end)
    return made
