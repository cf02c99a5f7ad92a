"""Channels and schools: the organisations to which learners belong."""

from functools import cached_property

from generator.spec.envelope import Object, Rollup
from generator.world.words import Words


class Channel:
    """A tenant of the platform, such as a board of education.

    Attributes:
        index: its number in the world.
        id: 19 or 20 digits beginning with 012, or 32 hex digits, as root organisations have it.
        locale: the language its people read, such as `hi_IN`.
        rollup: the context's rollup, whose first level is the channel itself.
        tags: the events' tags, which are the channel alone.
    """

    def __init__(self, index: int, id: str, name: str | None, words: Words) -> None:  # noqa: A002  the field's word
        self.index = index
        self.id = id
        self.locale = words.locale
        self.rollup = Rollup(l1=id)
        self.tags = [id]
        self._words = words
        self._name = name

    @cached_property
    def name(self) -> str:
        """Its name: a board of education."""
        return self._name or self._words.board(self.index)

    @cached_property
    def object(self) -> Object:
        """The channel as an event's object."""
        return Object(id=self.id, type="Organisation", ver="1.0")

    def __repr__(self) -> str:
        return f"Channel({self.index}, {self.id!r})"


class School:
    """A school of a channel.

    Attributes:
        index: its number in the world.
        id: an organisation's id.
        channel: the tenant to which it belongs.
    """

    def __init__(self, index: int, id: str, channel: Channel, words: Words) -> None:  # noqa: A002  the field's word
        self.index = index
        self.id = id
        self.channel = channel
        self._words = words

    @cached_property
    def name(self) -> str:
        """Its name, in the channel's language."""
        return self._words.school(self.index)

    @cached_property
    def object(self) -> Object:
        """The school as an event's object."""
        return Object(id=self.id, type="Organisation", ver="1.0", rollup=Rollup(l1=self.channel.id))

    def __repr__(self) -> str:
        return f"School({self.index}, {self.id!r})"
