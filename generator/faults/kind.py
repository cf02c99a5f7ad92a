"""A kind of damage that is done to traffic on purpose: its name, and what a correct endpoint makes of it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct

from generator.chance import Chance
from generator.spec.rules import Form

Verdict = Literal["accepted", "rejected", "refused", "duplicate", "nowhere"]
"""What becomes of an event at a correct endpoint.

It is accepted; rejected behind the answer; refused at the answer with its whole batch; known already, so that it
is accepted once; or nowhere to be found, since it was not sent, or was acknowledged and lost.
"""
Family = Literal["sunbird", "strict", "obsrv", "plain"]
"""Who judges: the telemetry service with the pipeline behind it; an endpoint that refuses bad batches whole, as
the collector does in strict mode; Obsrv with the pipeline's schema for its dataset; any other endpoint."""
FAMILIES: tuple[Family, ...] = ("sunbird", "strict", "obsrv", "plain")
Point = Literal["answer", "extraction", "validation", "end"]
"""Where damage is judged: at the answer; where the pipeline takes batches apart; where it validates events; or
behind all of its stages that are known here."""
Level = Literal["event", "batch", "body", "session"]
"""What is damaged: one event, a batch, the bytes of a request, or a session as a whole."""

Change = Callable[[dict[str, Any], Form, Chance], list[Any] | None]
"""Damages one valid event: gives what stands in its place, the event itself where that is untouched; None where
it is no candidate. What is given stays as it is."""

_NONE: Mapping[Family, Verdict | None] = MappingProxyType({})


class FaultKind(Struct, frozen=True, eq=False):
    """A kind of damage; its text is a sentence.

    Attributes:
        name: by which it is chosen.
        what: what is done, and to which of its candidates.
        level: what is damaged.
        verdicts: what the telemetry service and the pipeline make of it, by the forms in which it is damage at
            all; None where deployed ones differ.
        others: what the other families make of it, where that does not follow.
        families: where it can be done at all.
        is_poison: whether a deployed pipeline is known to crash at it.
        is_sized: whether it is judged by its size, which is measured before anything is validated.
        may_be_dropped: whether a late stage of the pipeline drops it for its date.
        changes: whether the event that is sent is another one than the session has.
        keeps_id: whether an event can still be found by its mid.
    """

    name: str
    what: str
    level: Level
    verdicts: Mapping[Form, Verdict | None]
    others: Mapping[Family, Verdict | None] = _NONE
    families: tuple[Family, ...] = FAMILIES
    is_poison: bool = False
    is_sized: bool = False
    may_be_dropped: bool = False
    changes: bool = True
    keeps_id: bool = True

    def __str__(self) -> str:
        """Say name and damage in one line."""
        return f"{self.name}: {self.what}"

    def verdict(self, family: Family, form: Form) -> Verdict | None:
        """Say what a correct endpoint makes of it; None where its contract leaves that open.

        Args:
            family: the endpoint's.
            form: of the events; one in which it is damage.
        """
        if family in self.others:
            return self.others[family]
        verdict = self.verdicts[form]
        if family == "strict" and verdict in {"rejected", "nowhere"}:
            return "refused"
        return verdict if family != "plain" or verdict == "accepted" else None

    def must_be_kept(self, family: Family, form: Form) -> bool:
        """Return whether an endpoint that acknowledges the event must keep it, at least once.

        An open contract frees no endpoint from keeping a valid event that it has acknowledged.
        """
        verdict = self.verdict(family, form)
        return (self.verdicts[form] if verdict is None else verdict) in {"accepted", "duplicate"}

    def judged_at(self, family: Family, form: Form) -> Point:
        """Return where a correct endpoint of a family judges it: before that point nothing can be said."""
        verdict = self.verdict(family, form)
        if verdict == "rejected":
            return "extraction" if self.level == "body" or self.is_sized else "validation"
        if verdict != "duplicate" or family == "strict":
            return "answer"
        if family == "obsrv":
            return "validation"
        return "extraction" if self.level == "batch" else "end"


def family_of(contract: str) -> Family:
    """Give the family of a contract by its name, as a command line says it; no contract tells of strict mode."""
    name = contract.partition(":")[0]
    if name in {"sunbird", "kafka"}:
        return "sunbird"
    return "obsrv" if name in {"obsrv", "obsrv-object"} else "plain"


def for_both_forms(verdict: Verdict | None) -> dict[Form, Verdict | None]:
    """Give one verdict for both forms."""
    return {"documented": verdict, "wire": verdict}


def set_path(event: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Copy an event along a dotted path of objects, and put a value there."""
    name, _, rest = path.partition(".")
    return {**event, name: set_path(event[name], rest, value) if rest else value}


def get_path(event: Any, path: str) -> Any:
    """Give what stands at a dotted path of objects; None where nothing does."""
    for name in path.split("."):
        event = event.get(name) if isinstance(event, Mapping) else None
    return event
