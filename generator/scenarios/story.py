"""The story: the `t` of a scenario script, and how a script is played into a session.

    @scenario(share=40, title="Practise a question set on the phone")
    def practice(learner, t, chance): ...

    session = play(practice, world.learner(7), start, SeededChance(1))

A script never sleeps, and takes time and randomness from its arguments alone: it is played whole, in story
time. Every id and every instant comes from the story (`t.new_id(kind)`, `t.now`). The story remembers them,
so that a compiled session knows its slots.
"""

import gc
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from inspect import iscoroutinefunction, isgeneratorfunction, signature
from pathlib import Path
from typing import Any, NamedTuple, overload

import msgspec
from msgspec import UNSET, structs

from generator.chance import Chance
from generator.clock import StoryClock
from generator.errors import FootfallError, ScenarioError, SequenceError
from generator.scenarios.event_text import event_text, pause_text
from generator.spec.check import check
from generator.spec.envelope import Config, Event
from generator.spec.identity import PlayIds, make_msgid
from generator.spec.rules import Form, check_form
from generator.spec.wire import to_wire
from generator.system import watchdog
from generator.telemetry import Recorded, Recorder, Telemetry, is_cut
from generator.world import Learner

_MAX_THOUGHTS = 1_000_000
MAX_EVENTS = 100_000
"""The most events in one play; a script that records more loops for ever."""


class Mark(NamedTuple):
    """An id that belongs to one play alone, with its kind and its number among the ids of that kind."""

    kind: str
    ordinal: int
    value: str


class _LimitReached(BaseException):
    """Ends a script from inside; an `except Exception` in the script does not catch it."""


class _StoryRecorder(Recorder):
    """The recorder of a play: it stores the events in the order in which they are recorded."""

    __slots__ = ("_ids", "events", "made", "marks", "max_events", "wire")

    def __init__(self, start: int, run: int, session: int, max_events: int) -> None:
        super().__init__(StoryClock(start), run, session)
        self.events: list[Event] = []
        self.wire: dict[int, Mapping[str, Any]] = {}
        self.marks: list[Mark] = []
        self.made: dict[str, int] = {}
        self._ids = PlayIds(run, session)
        self.max_events = max_events

    def new_id(self, kind: str) -> str:
        ordinal = self.made.get(kind, 0)
        self.made[kind] = ordinal + 1
        value = self._ids.make(kind, ordinal)
        self.marks.append(Mark(kind, ordinal, value))
        return value


class Story(Telemetry):
    """The `t` of a scenario script: the 17 methods, and `think`, `beside`, `abandon`, `now` and `new_id`."""

    def __init__(self, config: Config, recorder: _StoryRecorder) -> None:
        if config.sid is UNSET:
            on_web = config.pdata is not UNSET and config.pdata.id.endswith(".portal")
            config = structs.replace(config, sid=recorder.new_id("portal-session" if on_web else "session"))
        super().__init__(config, recorder=recorder)
        self._story: _StoryRecorder = recorder
        self._clock = recorder.clock
        self._keep = recorder.events.append
        self._room = recorder.max_events
        self._abandoned = False
        self._thoughts = 0

    @property
    def sid(self) -> str:
        """The id of this source's session, which a START of type session is about."""
        return self._speaker.config.sid or ""

    @property
    def has_begun(self) -> bool:
        """Whether any source of the play has recorded an event."""
        return self._recorder.sequence > 0

    def think(self, seconds: float) -> None:
        """Advance story time by a number of seconds."""
        self._thoughts += 1
        if self._thoughts > _MAX_THOUGHTS:
            raise ScenarioError(
                f"thinks more than {_MAX_THOUGHTS:,} times in one session; does it loop for ever?"
            )
        self._clock.advance(seconds)  # type: ignore[attr-defined]

    def new_id(self, kind: str) -> str:
        """Make an id that belongs to this play alone.

        Args:
            kind: play, attempt, content, request, correlation, session, user … The ids of requests,
                correlations, sessions and users are UUIDs. Those of contents begin with do_31. All others are
                32 hex digits.
        """
        return self._story.new_id(kind)

    def beside(self, config: Config | Mapping[str, Any]) -> "Story":
        """Open a second source (another pdata, actor, sid, did) on the same clock and numbering."""
        if not isinstance(config, Config | Mapping):
            raise ScenarioError(
                f"beside({config!r}): a config is expected, such as learner.world.service('search-service').config()"
            )
        return Story(msgspec.convert(config, Config), self._story)

    def abandon(self) -> None:
        """Leave the whole story: open visits stay without END, and no further event may be recorded."""
        if self._visits:
            self._visits[0].abandon()
        self._abandoned = True
        self._room = 0

    def _keep_wire(self, wire: Mapping[str, Any]) -> None:
        self._story.wire[self._recorder.sequence] = wire

    def _no_room(self, eid: str) -> None:
        if self._abandoned:
            raise SequenceError(f"{eid}: the story was abandoned; nothing more may be recorded")
        raise _LimitReached


Script = Callable[[Learner, Story, Chance], object]


class Scenario(NamedTuple):
    """A scenario: a script, and when it is played.

    Attributes:
        name: the script's function name, by which it is chosen.
        title: what happens in it, in a few words.
        share: how often it is played relative to the others, in any unit.
        device: the kind of device on which it is played: mobile, web or desktop.
        script: the function itself.
        source: the file that contains it.
    """

    name: str
    title: str
    share: float
    device: str
    script: Script
    source: Path

    def __call__(self, learner: Learner, t: Story, chance: Chance) -> object:
        """Run the script; scenarios may play parts of each other."""
        return self.script(learner, t, chance)


DEVICES = ("mobile", "web", "desktop")


@overload
def scenario(script: Script, /) -> Scenario: ...
@overload
def scenario(*, share: float = ..., title: str = ..., device: str = ...) -> Callable[[Script], Scenario]: ...
def scenario(
    script: Script | None = None, /, *, share: float = 1, title: str = "", device: str = "mobile"
) -> Scenario | Callable[[Script], Scenario]:
    """Make a scenario of a function `(learner, t, chance)`.

    Args:
        script: the function, if the decorator is used without arguments.
        share: how often it is played relative to the others, in any unit; 0 for never unless it is named.
        title: what happens in it; the docstring's first line by default.
        device: the kind of device on which it is played: mobile, web or desktop.
    """
    if not share >= 0:
        raise ScenarioError(f"share={share!r}: a share is 0 or more")
    if device not in DEVICES:
        raise ScenarioError(f"device={device!r}: choose one of {', '.join(DEVICES)}")

    def made(function: Script) -> Scenario:
        if isgeneratorfunction(function) or iscoroutinefunction(function):
            raise ScenarioError(
                f"{function.__name__}: a scenario is a plain function; without yield, async and await"
            )
        try:
            signature(function).bind(None, None, None)
        except TypeError:
            raise ScenarioError(
                f"{function.__name__}{signature(function)}: a scenario takes (learner, t, chance)"
            ) from None
        text = title or (function.__doc__ or function.__name__).strip().splitlines()[0]
        path = Path(function.__code__.co_filename)
        return Scenario(function.__name__, text, share, device, function, path)

    return made(script) if script else made


class Session:
    """A scenario played once.

    Attributes:
        scenario: the scenario's name.
        run, number: the identity in every mid.
        start: the first instant of the story, in milliseconds since 1970.
        events: the recorded events, in documented form and in order.
        extras: the fields that only the wire form has, by the event's place in `events`.
        marks: the ids that belong to this play alone.
    """

    __slots__ = ("events", "extras", "marks", "number", "run", "scenario", "start")

    def __init__(self, scenario: str, recorder: _StoryRecorder, start: int) -> None:
        self.scenario = scenario
        self.run, self.number = recorder.run, recorder.session
        self.start = start
        self.events: list[Event] = recorder.events
        self.extras: dict[int, Mapping[str, Any]] = recorder.wire
        self.marks: list[Mark] = recorder.marks

    def __repr__(self) -> str:
        """Return the story event by event, with its pauses and counts, to explain a failing example."""
        texts = _event_texts(self.events[:_MOST_IN_TEXT])
        more = f" … {len(self.events) - _MOST_IN_TEXT} more" if len(self.events) > _MOST_IN_TEXT else ""
        return f"<Session {self.number} of run {self.run:08x}, {self.scenario}: {' '.join(texts)}{more}>"

    def add_tag(self, tag: str) -> None:
        """Add a tag to every event, by which it can be found again."""
        for event in self.events:
            # A new list: the old one belongs to the learner's channel.
            event.tags = [*(event.tags or ()), tag]

    def in_form(self, form: Form) -> list[Event]:
        """Return the events in one of the two forms."""
        if check_form(form) == "documented":
            return self.events
        return [to_wire(event, self.extras.get(place)) for place, event in enumerate(self.events)]

    def as_json(self, form: Form = "documented") -> list[dict[str, Any]]:
        """Return the events as JSON readers see them: dictionaries."""
        return [msgspec.json.decode(line) for line in self.lines(form).splitlines()]

    def lines(self, form: Form = "documented") -> bytes:
        """Return the events as JSON, one a line.

        Raises:
            ScenarioError: if an event contains a lone surrogate, which JSON cannot carry.
        """
        try:
            return _ENCODER.encode_lines(self.in_form(form))
        except UnicodeEncodeError:
            raise self._encoding_error() from None

    def _encoding_error(self) -> ScenarioError:
        for place, event in enumerate(self.events):
            for violation in check(event):
                return ScenarioError(f"{self.scenario}: event {place} ({event.eid}): {violation}")
        raise AssertionError("an event that cannot be encoded is not valid")  # pragma: no cover

    def batches(self, batchsize: int, *, at_end: bool = True) -> Iterator[list[Recorded]]:
        """Cut the session as the real web client does: at each END, or when a batch is full.

        Args:
            batchsize: events in a full batch.
            at_end: whether to cut at END too. Phones do not: they store their events until they are synced.
        """
        batch: list[Recorded] = []
        for place, event in enumerate(self.events):
            batch.append(Recorded(event, self.extras.get(place)))
            if is_cut(event.eid, len(batch), batchsize) and (at_end or len(batch) >= batchsize):
                yield batch
                batch = []
        if batch:
            yield batch

    def msgid(self, batch: int) -> str:
        """Return the id of one of its batches; a batch that is sent again has the same id."""
        return make_msgid(batch, self.run, self.number)


def _event_texts(events: Sequence[Event]) -> Iterator[str]:
    """Yield the text of each event, preceded by the time that passed and followed by its source if it is not the first."""
    sources: dict[Any, str] = {}
    for place, event in enumerate(events):
        if place and event.ets != events[place - 1].ets:
            yield pause_text(event.ets - events[place - 1].ets)
        pdata = event.context.pdata
        source = sources.setdefault(pdata and pdata.id, f"@{len(sources) + 1}" if sources else "")
        yield f"{event_text(event.eid, event.edata)}{source}"


_ENCODER = msgspec.json.Encoder()
_MOST_IN_TEXT = 60


@contextmanager
def collector_held_off() -> Iterator[None]:
    """Pause the cyclic garbage collector: a play makes many objects and no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def script_line(error: BaseException, source: Path) -> str:
    """Return the line of a script that raised an error: `practice.py:12, quiz.questions[9]`."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == str(source):
            return f"{source.name}:{frame.lineno}, `{frame.line}`"
    return source.name


def _problem(error: BaseException) -> str:
    """Return the text of a script's error, with the nearest name if one was misspelt."""
    if isinstance(error, FootfallError):
        return str(error)
    if isinstance(error, AttributeError) and error.name:
        near = get_close_matches(
            error.name, [name for name in dir(error.obj) if not name.startswith("_")], n=1
        )
        if near:
            return f"{type(error.obj).__name__} has no {error.name!r}; did you mean {near[0]!r}?"
    return f"{type(error).__name__}: {error}"


def play(
    scenario: Scenario, learner: Learner, start: int, chance: Chance,
    *, run: int = 0, session: int = 0, max_events: int | None = None,
) -> Session:  # fmt: skip
    """Play a scenario whole, in story time.

    Args:
        scenario: the scenario to play.
        learner: the learner who plays it.
        start: the first instant, in milliseconds since 1970.
        chance: the source of all decisions.
        run: the run in every mid, 32 bits.
        session: the session in every mid, 40 bits.
        max_events: the most events to record; the story is abandoned after them.

    Raises:
        ScenarioError: if the script raises an error, with the script's own line.
    """
    recorder = _StoryRecorder(start, run, session, MAX_EVENTS if max_events is None else max_events)
    story = Story(learner.config(), recorder)
    watchdog.begin()
    try:
        scenario.script(learner, story, chance)
    except _LimitReached:
        if max_events is None:
            raise ScenarioError(
                f"{scenario.name}: more than {MAX_EVENTS:,} events in one session; does it loop for ever?"
            ) from None
    except (Exception, SystemExit) as error:
        if type(error).__module__.partition(".")[0] == "hypothesis":
            raise  # Hypothesis ends an example in this way
        raise ScenarioError(f"{script_line(error, scenario.source)}: {_problem(error)}") from error
    finally:
        watchdog.end()
    return Session(scenario.name, recorder, start)
