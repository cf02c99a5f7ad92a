"""Steps: a session written down as data, to be kept as JSON and performed again by anybody, at any time.

    steps = [Start("do_1", {"type": "player", "mode": "play", "stageid": ""}), Say("HEARTBEAT", pause=31), End()]
    session = play(scenario_of([steps], "mine"), world.learner(7), start, SeededChance(1))

Steps hold what a script would say: the recorder makes the events of them, and what it makes unique (mids, the
ids of sessions) is so in each performance. Every id that stands in the steps themselves stays as it is.
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
"""The name of a session that no script made: of any valid nesting."""

Seconds = Annotated[float, Meta(ge=0, lt=10**9)]
Number = Annotated[int, Meta(ge=0)]


class _Step(Struct, tag_field="do", tag=str.lower, omit_defaults=True, forbid_unknown_fields=True):
    """What all steps have."""


class Start(_Step):
    """Begin a visit.

    Attributes:
        content_id, content_ver: the content, or the app's or session's own id.
        data: START's type, mode and stageid.
        config: what overrides the source's config until the visit's END.
        options: what a call takes beside its data: `wire`, `object`, `cdata`.
        pause: seconds of story time before it.
        source: who speaks: 0 for the learner, 1 for the first source that was opened beside, and so on.
    """

    content_id: str
    data: dict[str, Any]
    content_ver: str = "1.0"
    config: dict[str, Any] = {}
    options: dict[str, Any] = {}
    pause: Seconds = 0
    source: Number = 0


class Say(_Step):
    """Record any of the other events but END; pause, source and options as in `Start`.

    Attributes:
        eid: which.
        data: its documented arguments; what a SUMMARY counts is filled in where it is not given.
    """

    eid: str
    data: dict[str, Any] = {}
    options: dict[str, Any] = {}
    pause: Seconds = 0
    source: Number = 0


class End(_Step):
    """End a visit: END. Pause, source and options as in `Start`.

    Attributes:
        out: how many open visits stand inside it; they are left, with no END.
        data: END's arguments; contentId and type are its START's, and duration is always counted.
    """

    out: Number = 0
    data: dict[str, Any] = {}
    options: dict[str, Any] = {}
    pause: Seconds = 0
    source: Number = 0


class Leave(_Step):
    """Leave a visit, and the visits inside it, with no END; `out` as in `End`, pause and source as in `Start`."""

    out: Number = 0
    pause: Seconds = 0
    source: Number = 0


class Beside(_Step):
    """Open a second source (another pdata) on the same clock and numbering.

    Attributes:
        config: who speaks there; a session id of its own is made where none is given.
    """

    config: dict[str, Any]


Step = Start | Say | End | Leave | Beside
"""One step of a session."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(list[Step])


def as_json(steps: Sequence[Step]) -> bytes:
    """Write steps down: one line of JSON, without its end."""
    return _ENCODER.encode(steps)


def from_json(line: bytes | str) -> list[Step]:
    """Read steps that were written down.

    Raises:
        ScenarioError: for what are no steps.
    """
    try:
        return _DECODER.decode(line)
    except msgspec.DecodeError as error:
        raise ScenarioError(f"these are no steps: {error}") from None


class _Source(NamedTuple):
    """Who speaks, and the visits that are open there, the innermost last."""

    story: Story
    open: list[Visit]


def perform(steps: Iterable[Step], t: Story) -> None:
    """Perform steps, as a scenario's script does.

    Raises:
        ScenarioError: for a step that cannot be done: of a source or a visit that is not open, or with data
            that the specification refuses.
    """
    sources = [_Source(t, [])]
    for place, step in enumerate(steps):
        try:
            if isinstance(step, Beside):
                sources.append(_Source(t.beside(step.config), []))
            else:
                t.think(step.pause)
                _do(step, sources[step.source])
        except IndexError:
            raise ScenarioError(f"step {place}, {step}: there is no such source or open visit") from None
        except (FootfallError, msgspec.ValidationError) as error:
            raise ScenarioError(f"step {place}, {step}: {error}") from None


def _do(step: Start | Say | End | Leave, source: _Source) -> None:
    story, open_ = source
    match step:
        case Start():
            config = step.config or None
            open_.append(story.start(config, step.content_id, step.content_ver, step.data, **step.options))
        case Say():
            _method(step.eid)(story, step.data, **step.options)
        case End():
            if step.out:
                open_[-step.out].abandon()
            _close(open_, step.out)
            story.end(step.data, **step.options)
        case Leave():
            _close(open_, step.out).abandon()


_METHODS: dict[str, Callable[..., None]] = {
    eid: getattr(Story, eid.lower()) for eid in EIDS if eid not in {"START", "END"}
}


def _method(eid: str) -> Callable[..., None]:
    if eid in _METHODS:
        return _METHODS[eid]
    raise ScenarioError(
        f"eid {eid!r}: choose one of {', '.join(_METHODS)}; Start and End are steps of their own"
    )


def _close(open_: list[Visit], out: int) -> Visit:
    """Take a visit and those inside it off the open ones, and give it."""
    visit = open_[-1 - out]
    del open_[-1 - out :]
    return visit


def scenario_of(
    pool: Sequence[Sequence[Step]], name: str, *, title: str = "", share: float = 1, device: str = "mobile"
) -> Scenario:
    """Make a scenario that performs one of many written sessions, each as often as the others.

    Args:
        pool: the sessions.
        name: by which the scenario is chosen.
        title: what happens in it.
        share: how often it is played beside other scenarios.
        device: what it is played on: mobile, web or desktop.
    """

    def script(_: Learner, t: Story, chance: Chance) -> None:
        perform(chance.pick(pool), t)

    return Scenario(name, title or name, share, device, script, Path(__file__))
