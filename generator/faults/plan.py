"""A plan of damage: which kinds, and how much of each."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from generator.errors import UsageError
from generator.faults.kind import Family, FaultKind, Level
from generator.faults.kinds import KINDS, PRESETS, kind_named
from generator.spec.rules import Form
from generator.system.toml_file import read_toml

_LARGEST = 64 * 1024
# What is drawn together: a batch and its request are one thing to be hit.
_DRAWN: dict[str, tuple[Level, ...]] = {
    "event": ("event",),
    "batch": ("batch", "body"),
    "session": ("session",),
}


class Shares:
    """The kinds of which one thing gets one at most, each with its share.

    Args:
        shares: of each kind, from 0 to 1, together 1 at most.

    Attributes:
        total: all shares together.
    """

    def __init__(self, shares: Mapping[FaultKind, float]) -> None:
        self._kinds = [kind for kind, share in shares.items() if share]
        self._edges = [*accumulate(shares[kind] for kind in self._kinds)]
        self.total = self._edges[-1] if self._edges else 0.0

    def at(self, drawn: float) -> FaultKind | None:
        """Give the kind that a draw from 0 to 1 hits; each is hit as often as its share says."""
        return self._kinds[bisect_right(self._edges, drawn)] if drawn < self.total else None


class FaultPlan:
    """Which kinds of damage are done, and to what share of their candidates.

    Args:
        shares: by kind, from 0 to 1.
        named: the kinds that were asked for by their own names; all unless given.

    Attributes:
        events, batches, sessions: the shares of what is drawn for each.

    Raises:
        UsageError: shares of one level are more than 1 together, so that no draw could give each its own.
    """

    def __init__(self, shares: Mapping[FaultKind, float], named: Iterable[FaultKind] | None = None) -> None:
        self.shares = {kind: share for kind, share in shares.items() if share}
        self.named = frozenset(self.shares if named is None else named) & self.shares.keys()
        for name, levels in _DRAWN.items():
            of_it = {kind: share for kind, share in self.shares.items() if kind.level in levels}
            total = sum(of_it.values())
            if total > 1 + 1e-9:
                said = " + ".join(f"{kind.name} {share:g}" for kind, share in of_it.items())
                raise UsageError(
                    f"--fault: the shares for one {name} come to {total:g} ({said[:120]}); 1 is the most, ask for less"
                )
        self.events, self.batches, self.sessions = (
            Shares({kind: share for kind, share in self.shares.items() if kind.level in levels})
            for levels in _DRAWN.values()
        )

    def __bool__(self) -> bool:
        return bool(self.shares)

    @classmethod
    def of(
        cls, faults: Iterable[str] = (), file: Path | None = None, *, form: Form, allow_crashing_faults: bool = False
    ) -> "FaultPlan":  # fmt: skip
        """Read a plan as a command line says it.

        Args:
            faults: each a kind with its share, `missing_field=0.01`, or a preset, `dirty`; what is said here
                outdoes the file, and a kind outdoes a preset.
            file: TOML: a kind and its share a line, and `preset = "dirty"`.
            form: of the events; kinds of a preset that are no damage in it are left out.
            allow_crashing_faults: whether kinds may be chosen that are known to crash deployed pipelines.

        Raises:
            UsageError: for a kind that there is none of, at least in this form, and a share that is none.
        """
        presets, shares = _of_file(file) if file else ([], {})
        said: dict[FaultKind, float] = {}
        for text in faults:
            name, equals, share = (part.strip() for part in text.partition("="))
            if name in PRESETS and not equals:
                presets.append(name)
                continue
            kind = kind_named(_kind_not_preset(name, f"--fault {text}"), f"--fault {text}")
            if kind in said:
                raise UsageError(f"--fault {text}: {kind.name} was given before; give each kind once")
            said[kind] = _share(share, f"--fault {text}", kind)
        asked = {**shares, **said}
        _refuse_other_forms(asked, form)
        plan = cls({**_of_presets(presets, form), **asked}, asked)
        if not allow_crashing_faults:
            plan.refuse_poison()
        return plan

    def refuse_poison(self) -> None:
        """Refuse kinds that are known to crash deployed pipelines."""
        for kind in self.shares:
            if kind.is_poison:
                raise UsageError(
                    f"--fault {kind.name}: deployed pipelines are known to crash at it; where nobody else "
                    "uses the endpoint, add --allow-crashing-faults"
                )

    def refuse_requests(self) -> None:
        """Refuse damage to requests, where there are none: in a dataset."""
        for kind in self.shares:
            if kind.level == "body":
                raise UsageError(
                    f"--fault {kind.name}: that is damage to a request, and a dataset has none; leave it for a load run"
                )

    def for_family(self, family: Family) -> "FaultPlan":
        """Check that all of it can be done to requests of a family.

        Raises:
            UsageError: for damage to an envelope which the endpoint has not.
        """
        for kind in self.shares:
            if family not in kind.families:
                raise UsageError(
                    f"--fault {kind.name}: that is damage to the telemetry service's envelope, which "
                    "this contract has not; leave it out"
                )
        return self

    def options(self) -> list[str]:
        """Say the plan as `--fault` options, in one order: what a header, a summary or a manifest keeps."""
        return sorted(f"{kind.name}={_written(share)}" for kind, share in self.shares.items())


def _of_presets(names: Iterable[str], form: Form) -> dict[FaultKind, float]:
    shares = {KINDS[kind]: share for name in names for kind, share in PRESETS[name].items()}
    return {kind: share for kind, share in shares.items() if form in kind.verdicts}


def _refuse_other_forms(shares: Iterable[FaultKind], form: Form) -> None:
    for kind in shares:
        if form not in kind.verdicts:
            raise UsageError(f"--fault {kind.name}: that is no damage in the {form} form; leave it out")


def _written(share: float) -> str:
    return repr(share) if share % 1 else str(int(share))


def _kind_not_preset(name: str, place: str) -> str:
    if name in PRESETS:
        raise UsageError(f"{place}: {name} is a preset and brings its own shares; write --fault {name}")
    return name


def _share(said: Any, place: str, kind: FaultKind) -> float:
    try:
        share = math.nan if isinstance(said, bool | None) else float(said)
    except (TypeError, ValueError, OverflowError):
        share = math.nan
    if not 0 <= share <= 1:
        what = "a share is missing" if said == "" else f"{str(said)[:20]}: a share is from 0 to 1"
        raise UsageError(f"{place}: {what}; write {kind.name}=0.02 for one in fifty")
    return share


def _of_file(path: Path) -> tuple[list[str], dict[FaultKind, float]]:
    place, example = f"--fault-file {path}", "missing_field = 0.01"
    table = read_toml(path, "--fault-file", largest=_LARGEST, kind="a list of faults", example=example)
    presets = table.pop("preset", [])
    presets = [presets] if isinstance(presets, str) else presets
    _check_presets(presets, place)
    kinds = {name: kind_named(_kind_not_preset(name, place), place) for name in table}
    return [*presets], {kind: _share(table[name], f"{place}: {name}", kind) for name, kind in kinds.items()}


def _check_presets(presets: Any, place: str) -> None:
    if not isinstance(presets, Sequence) or not all(
        isinstance(each, str) and each in PRESETS for each in presets
    ):
        raise UsageError(f"{place}: preset = {presets!r}: there are {', '.join(PRESETS)}"[:200])
