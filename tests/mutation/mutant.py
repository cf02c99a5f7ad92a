"""A mutant: one module's source with one change in it."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """One change that the tests must notice; its text names it, whatever line it stands on.

    Attributes:
        module: the module that is changed: `generator.spec.session`.
        place: where: a function or a class, or the path of a rule.
        change: what, in a few words.
        source: the module's whole source, changed.
        likely: the arguments of pytest for the tests that probably notice it; they are run first.
    """

    module: str
    place: str
    change: str
    source: str
    likely: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.module.rpartition('.')[2]}:{self.place}: {self.change}"
