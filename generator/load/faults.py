"""Which faults a run injects, by its options, and whether its endpoint can be sent them."""

from pathlib import Path

from generator.delivery.kafka.message import NAMES
from generator.errors import UsageError
from generator.faults.kind import family_of
from generator.faults.plan import FaultPlan
from generator.spec.rules import Form

_NOT_SENT = ("missing_start", "missing_end")


def fault_plan(
    faults: str,
    file: str,
    contract: str,
    form: Form,
    largest: int,
    *,
    allow_crashing_faults: bool,
    replay: str = "",
) -> FaultPlan:
    """Read a run's plan of faults.

    Args:
        faults: one a line.
        file: TOML; "" for none.
        contract: its name.
        form: of the events.
        largest: the most events that the contract takes in a batch; 0 for any number.
        allow_crashing_faults: whether kinds may be chosen that are known to crash deployed pipelines.
        replay: what is replayed; "" for nothing.

    Raises:
        UsageError: for an invalid plan, and for faults that cannot be injected here.
    """
    plan = FaultPlan.of(
        faults.splitlines(),
        Path(file) if file else None,
        form=form,
        allow_crashing_faults=allow_crashing_faults,
    )
    plan.for_family(family_of(contract))
    if plan and replay:
        raise UsageError(
            f"--fault: --replay {replay} sends what stands there; make a faulty dataset with footfall generate --fault, "
            "and replay that"
        )
    for kind in plan.shares:
        if kind.level == "body" and contract.partition(":")[0] in NAMES:
            raise UsageError(
                f"--fault {kind.name}: it is a fault of a request, and a topic takes messages; leave it out"
            )
        if largest == 1 and kind.name in _NOT_SENT:
            raise UsageError(
                f"--fault {kind.name}: one event a request leaves nothing to send without it; choose another --contract"
            )
    return plan
