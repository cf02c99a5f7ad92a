"""Recorded steps: a session as data, which can be stored as JSON and performed again.

    player = {"type": "player", "mode": "play", "stageid": ""}
    steps = [StartVisit("do_1", player), RecordEvent("HEARTBEAT", pause=31), EndVisit()]
    session = play(scenario_of([steps], "mine"), world.learner(7), start, SeededChance(1))

Steps hold the calls that a script would make. The recorder makes the events of them, with new mids and session
ids in each performance. An id in the steps themselves stays as it is.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from generator.chance import Chance
from generator.errors import FootfallError, ScenarioError
from generator.scenarios.story import Scenario, Story
from generator.spec.rules import EIDS
from generator.telemetry import Visit
from generator.world import Learner

RANDOM_VALID = "random-valid"
"""The name of a session of any valid nesting, which no script made."""

Seconds = Annotated[float, Meta(ge=0, lt=10**9)]
Number = Annotated[int, Meta(ge=0)]


class _Step(Struct, tag_field="do", omit_defaults=True, forbid_unknown_fields=True):
    """The base of all steps."""


class StartVisit(_Step, tag="start"):
    """Start a visit: START.

    Attributes:
        content_id, content_ver: the content, or the app's or session's own id.
        data: START's type, mode and stageid.
        config: overrides the source's config until the visit's END.
        options: the options of the call: `wire`, `object`, `cdata`.
        pause: seconds of story time before the step.
        source: 0 for the learner, 1 for the first source that was added, and so on.
    """

    content_id: str
    data: dict[str, Any]
    content_ver: str = "1.0"
    config: dict[str, Any] = {}
    options: dict[str, Any] = {}
    pause: Seconds = 0
    source: Number = 0


class RecordEvent(_Step, tag="say"):
    """Record one event other than START and END; pause, source and options as in `StartVisit`.

    Attributes:
        eid: the method.
        data: its documented arguments; the recorder fills in the counts of a SUMMARY that are not given.
    """

    eid: str
    data: dict[str, Any] = {}
    options: dict[str, Any] = {}
    pause: Seconds = 0
    source: Number = 0


class EndVisit(_Step, tag="end"):
    """End a visit: END. Pause, source and options as in `StartVisit`.

    Attributes:
        out: how many open visits are inside it; they are left without END.
        data: END's arguments; contentId and type are its START's, and duration is always counted.
    """

    out: Number = 0
    data: dict[str, Any] = {}
    options: dict[str, Any] = {}
    pause: Seconds = 0
    source: Number = 0


class LeaveVisit(_Step, tag="leave"):
    """Leave a visit, and the visits inside it, without END; `out` as in `EndVisit`, the rest as in `StartVisit`."""

    out: Number = 0
    pause: Seconds = 0
    source: Number = 0


class AddSource(_Step, tag="beside"):
    """Add a source (another pdata) on the same clock and numbering.

    Attributes:
        config: the source's config; the recorder makes a session id if it has none.
    """

    config: dict[str, Any]


Step = StartVisit | RecordEvent | EndVisit | LeaveVisit | AddSource
"""One step of a session."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(list[Step])


def as_json(steps: Sequence[Step]) -> bytes:
    """Return steps as one line of JSON, without a newline."""
    return _ENCODER.encode(steps)


def from_json(line: bytes | str) -> list[Step]:
    """Read steps from a line of JSON.

    Raises:
        ScenarioError: if the line does not contain steps.
    """
    try:
        return _DECODER.decode(line)
    except msgspec.DecodeError as error:
        raise ScenarioError(f"the line does not contain recorded steps: {error}") from None


class _Source(NamedTuple):
    """A source's story, and its open visits, the innermost last."""

    story: Story
    open: list[Visit]


def perform(steps: Iterable[Step], t: Story) -> None:
    """Perform steps, as a scenario's script does.

    Raises:
        ScenarioError: if a step names a source or a visit that is not open, or has data that the
            specification forbids.
    """
    sources = [_Source(t, [])]
    for place, step in enumerate(steps):
        try:
            if isinstance(step, AddSource):
                sources.append(_Source(t.beside(step.config), []))
            else:
                t.think(step.pause)
                _do(step, sources[step.source])
        except IndexError:
            raise ScenarioError(f"step {place}, {step}: its source or visit is not open") from None
        except (FootfallError, msgspec.ValidationError) as error:
            raise ScenarioError(f"step {place}, {step}: {error}") from None


def _do(step: StartVisit | RecordEvent | EndVisit | LeaveVisit, source: _Source) -> None:
    story, open_ = source
    match step:
        case StartVisit():
            config = step.config or None
            open_.append(story.start(config, step.content_id, step.content_ver, step.data, **step.options))
        case RecordEvent():
            _method(step.eid)(story, step.data, **step.options)
        case EndVisit():
            if step.out:
                open_[-step.out].abandon()
            _close(open_, step.out)
            story.end(step.data, **step.options)
        case LeaveVisit():
            _close(open_, step.out).abandon()


_METHODS: dict[str, Callable[..., None]] = {
    eid: getattr(Story, eid.lower()) for eid in EIDS if eid not in {"START", "END"}
}


def _method(eid: str) -> Callable[..., None]:
    if eid in _METHODS:
        return _METHODS[eid]
    raise ScenarioError(
        f"eid {eid!r}: choose one of {', '.join(_METHODS)}; StartVisit and EndVisit are separate steps"
    )


def _close(open_: list[Visit], out: int) -> Visit:
    """Remove a visit and those inside it from the open ones, and return it."""
    visit = open_[-1 - out]
    del open_[-1 - out :]
    return visit


def scenario_of(
    pool: Sequence[Sequence[Step]], name: str, *, title: str = "", share: float = 1, device: str = "mobile"
) -> Scenario:
    """Return a scenario that performs one of many recorded sessions, each equally often.

    Args:
        pool: the recorded sessions.
        name: the name of the scenario.
        title: what happens in it.
        share: how often it is played relative to other scenarios.
        device: the kind of device on which it is played: mobile, web or desktop.
    """

    def script(_: Learner, t: Story, chance: Chance) -> None:
        perform(chance.pick(pool), t)

    return Scenario(name, title or name, share, device, script, Path(__file__))
