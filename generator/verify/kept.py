"""What was made and is kept for a while, up to so many bytes."""

from collections import OrderedDict
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Kept(Generic[_Key, _Value]):
    """Keeps values by their keys; the one longest unused goes first, the last one stays however large it is.

    Args:
        most: bytes that are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[_Key, _Value] = OrderedDict()
        self._sizes: dict[_Key, int] = {}
        self._size = 0

    def get(self, key: _Key) -> _Value | None:
        """Give what is kept; None where nothing is."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def keep(self, key: _Key, value: _Value, size: int) -> None:
        """Keep a value of so many bytes."""
        self._values[key] = value
        self.grow(key, size)
        while self._size > self._most and len(self._values) > 1:
            oldest, _ = self._values.popitem(last=False)
            self._size -= self._sizes.pop(oldest)

    def grow(self, key: _Key, size: int) -> None:
        """Take down that a value has become larger by so many bytes."""
        self._sizes[key] = self._sizes.get(key, 0) + size
        self._size += size

    def __len__(self) -> int:
        return len(self._values)
