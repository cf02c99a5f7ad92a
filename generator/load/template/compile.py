"""Compile a session: play it twice, for two learners at two times, and take what differs as slots.

Both plays have the same chance, so all but identity and time is the same, and their bytes align: the ids and
the starts are chosen so that each is as long as its fellow. What differs and is neither an id that the story
gave nor an instant raises ScenarioError, since no stamp could write it for another session.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from generator.chance import SeededChance
from generator.delivery.batch import Batch, Identity, in_form
from generator.delivery.contracts import Contract, Request
from generator.delivery.outcome import write
from generator.errors import ScenarioError
from generator.load.template.gzip_body import compressor
from generator.load.template.stamp import DID, UID, BatchTemplate, ByteTemplate, StampIdentity, Template
from generator.scenarios.story import Scenario, Session, collector_held_off, play
from generator.spec.identity import tail, user_id
from generator.telemetry import ANONYMOUS
from generator.world import Learner

PLAIN = re.compile(r"[A-Za-z0-9_.:@+-]+")
"""What an id must look like to be a slot: it is written alike wherever it stands, in JSON inside JSON too."""

_STARTS = 1_500_000_000_000, 1_612_345_678_901
_RUNS = 0xA5C3_96E1, 0x5B2D_784F
_SESSIONS = 0x9E_3779_B97F, 0x61_C886_4A80
_INSTANT = rb"(?<![0-9])1[0-9]{12}(?![0-9])"
_SHOWN = 60

Token = bytes | int
"""Constant bytes, or the place of a slot's value."""


class _Rendition(NamedTuple):
    """One of the two plays: its requests, and what each of its ids is the value of."""

    session: Session
    requests: list[Request]
    slots: dict[bytes, int]
    start: int


class TemplateRecipe(NamedTuple):
    """What is compiled.

    Attributes:
        scenario: what is played.
        learner: who plays it.
        seed: what chance is seeded with; parts.
        number: which of the scenario's templates it becomes.
        contract: how an endpoint wants its batches.
        batch_size: events in a batch.
        is_marked: whether every event has the run's tag.
        cuts_at_end: whether a batch ends with each END.
    """

    scenario: Scenario
    learner: Learner
    seed: Sequence[object]
    number: int
    contract: Contract
    batch_size: int
    is_marked: bool = True
    cuts_at_end: bool = True


def compile_session(recipe: TemplateRecipe) -> Template:
    """Compile a session into a template.

    Raises:
        ScenarioError: if the script raises, or puts something into its events that no stamp can write for another session.
    """
    with collector_held_off():
        one, other = _take(recipe, 0), _take(recipe, 1)
    mismatch = _Mismatch(recipe.scenario.name)
    for take in (one, other):
        _check_alike(take, mismatch)
    if len(one.requests) != len(other.requests):
        mismatch.lengths(len(one.session.events), len(other.session.events))
    ids = [(mark.kind, mark.ordinal) for mark in one.session.marks]
    first_instant = DID + 1 + len(ids)
    tokenise = _Tokeniser(one, other, first_instant, mismatch)
    bodies = [tokenise(_inflated(a), _inflated(b)) for a, b in zip(one.requests, other.requests, strict=True)]
    headers = _headers(one, other, tokenise)
    path = _path(one, other, tokenise, recipe, mismatch)
    offsets = list(tokenise.offsets)
    blocks, joined = _share(bodies, first_instant, first_instant + len(offsets))
    return Template(
        recipe.scenario.name, recipe.number, _names(recipe.learner), ids, offsets, blocks,
        list(_patterns(recipe, one.session, joined)), headers, one.requests[0].method if one.requests else "POST",
        path, compressor(recipe.contract),
    )  # fmt: skip


def prove(template: Template, recipe: TemplateRecipe) -> None:
    """Compare what a template stamps for its own learner with what the contract writes for the same session.

    Raises:
        ScenarioError: they differ, as where a contract writes a length, a count or the time of day.
    """
    start, run, number = _STARTS[0] + 86_400_123, _RUNS[0] ^ _RUNS[1], _SESSIONS[0] ^ _SESSIONS[1]
    with collector_held_off():
        written = _take_as(recipe, recipe.learner, start, run, number)[1]
    who = StampIdentity(run, number)
    mismatch = _Mismatch(recipe.scenario.name)
    for prepared, request in zip(template.stamp(who, start), written, strict=True):
        stamped = Request(request.method, template.path_of(who), template.headers(who), prepared.body)
        one, other = _inflated(stamped), _inflated(request)
        if one != other:
            mismatch.differing(one, other)
        if stamped.path != request.path:
            mismatch.heads(stamped.path, request.path)
        if stamped.headers != request.headers:
            mismatch.heads(str(sorted(stamped.headers)), str(sorted(request.headers)))


def _check_alike(take: _Rendition, mismatch: "_Mismatch") -> None:
    """Raise ScenarioError for requests of one session that differ in more than their bodies: a template has one head."""
    for request in take.requests:
        first = take.requests[0]
        if (request.method, request.path) != (first.method, first.path):
            mismatch.heads(f"{first.method} {first.path}", f"{request.method} {request.path}")
        if request.headers != first.headers:
            differing = {*request.headers.items()} ^ {*first.headers.items()}
            mismatch.heads(*sorted(name for name, _ in differing)[:1] * 2)


# --- the two plays ---


def _names(learner: Learner) -> tuple[str, str]:
    return learner.uid, learner.device.id


def _stand_in(real: str, side: int, kind: str) -> str:
    """Return an id that stands for another one in a play; one that cannot be a slot stands for itself."""
    if real == ANONYMOUS or not PLAIN.fullmatch(real):
        return real
    return user_id(f"template {kind}", side)


def _take(recipe: TemplateRecipe, side: int) -> _Rendition:
    uid, did = _names(recipe.learner)
    names = _stand_in(uid, side, "uid"), _stand_in(did, side, "did")
    learner = recipe.learner.known_as(*names)
    run, number, start = _RUNS[side], _SESSIONS[side], _STARTS[side]
    session, requests = _take_as(recipe, learner, start, run, number)
    ends = tail(run, number)
    values = [ends, ends[:8], *names, *(mark.value for mark in session.marks)]
    same = {place for place, real in ((UID, uid), (DID, did)) if values[place] == real}
    slots = {value.encode(): place for place, value in enumerate(values) if place not in same}
    return _Rendition(session, requests, slots, start)


def _take_as(
    recipe: TemplateRecipe, learner: Learner, start: int, run: int, number: int
) -> tuple[Session, list[Request]]:
    """Play a session for a learner, at a time, and write its requests."""
    session = play(recipe.scenario, learner, start, SeededChance(*recipe.seed), run=run, session=number)
    if recipe.is_marked:
        session.add_tag(f"footfall:{run:08x}")
    identity = Identity(learner.device.id, learner.channel.id, learner.device.pdata.id)
    return session, list(_requests(session, recipe, identity))


def _requests(session: Session, recipe: TemplateRecipe, identity: Identity) -> Iterator[Request]:
    contract = recipe.contract
    for number, recorded in enumerate(session.batches(recipe.batch_size, at_end=recipe.cuts_at_end)):
        events = in_form(recorded, contract.form)
        batch = Batch(session.msgid(number), recorded[-1].event.ets, events, identity)
        yield write(contract, batch)


def _inflated(request: Request) -> bytes:
    if request.headers.get("Content-Encoding") == "gzip":
        return zlib.decompress(request.body, wbits=31)
    return request.body


# --- slots ---


class _Mismatch:
    """Raises the errors for what a stamp could not write for another session."""

    def __init__(self, scenario: str) -> None:
        self._scenario = scenario

    def lengths(self, one: int, other: int) -> None:
        raise ScenarioError(
            f"{self._scenario}: {one} events in one play and {other} in another of the same session: "
            "a script must take all that it decides by from `chance`"
        )

    def heads(self, one: str, other: str) -> None:
        raise ScenarioError(
            f"{self._scenario}: the requests of one session differ outside their bodies: {one} and {other}"
        )

    def differing(self, one: bytes, other: bytes, begin: int = 0) -> None:
        """Raise ScenarioError for two texts at the first byte from `begin` on that is not the same."""
        pairs = enumerate(zip(one[begin:], other[begin:], strict=False), begin)
        place = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
        self.at(place, one, other)

    def at(self, place: int, one: bytes, other: bytes) -> None:
        around = slice(max(0, place - _SHOWN), place + _SHOWN)
        raise ScenarioError(
            f"{self._scenario}: two plays of one session differ in …{_shown(one[around])}… and …{_shown(other[around])}…: "
            "only ids from t.new_id(kind) and instants from t.now may differ"
        )


def _shown(piece: bytes) -> str:
    return piece.decode(errors="replace")


class _Tokeniser:
    """Takes two texts that differ in identity and time alone to pieces.

    Args:
        one, other: the plays.
        first_instant: the place of the first instant's value.
        mismatch: what to do about any other difference.
    """

    def __init__(self, one: _Rendition, other: _Rendition, first_instant: int, mismatch: _Mismatch) -> None:
        self._slots, self._others = one.slots, {place: value for value, place in other.slots.items()}
        self._start, self._shift = one.start, other.start - one.start
        self._first_instant, self._refuse = first_instant, mismatch
        names = sorted(map(re.escape, one.slots), key=len, reverse=True)
        self._pattern = re.compile(b"|".join([*names, _INSTANT]))
        self.offsets: dict[int, int] = {}

    def __call__(self, one: bytes, other: bytes) -> list[Token]:
        """Return constants and slots in turn; the first and the last are constants."""
        tokens: list[Token] = []
        done = 0
        for match in self._pattern.finditer(one):
            begin, end = match.span()
            slot = self._slot(match[0], other[begin:end])
            if slot is not None:
                tokens += [self._constant(one, other, done, begin), slot]
                done = end
        if len(one) != len(other):
            self._differ(one, other, 0)
        return [*tokens, self._constant(one, other, done, len(one))]

    def _slot(self, one: bytes, other: bytes) -> int | None:
        place = self._slots.get(one)
        if place is not None:
            return place if self._others[place] == other else None
        if not other.isdigit() or int(other) - int(one) != self._shift:
            return None
        offset = int(one) - self._start
        return self.offsets.setdefault(offset, self._first_instant + len(self.offsets))

    def _constant(self, one: bytes, other: bytes, begin: int, end: int) -> bytes:
        if one[begin:end] != other[begin:end]:
            self._differ(one, other, begin)
        return one[begin:end]

    def _differ(self, one: bytes, other: bytes, begin: int) -> None:
        self._refuse.differing(one, other, begin)


# --- blocks, patterns, headers ---


def _pieces(tokens: Sequence[Token]) -> ByteTemplate:
    """Make pieces of constants and slots in turn."""
    slots = [token for token in tokens if isinstance(token, int)]
    parts = [token if isinstance(token, bytes) else b"" for token in tokens]
    if not slots:
        return ByteTemplate(parts, None)
    # With one place itemgetter gives the value alone: a slice gives it in a sequence.
    take = itemgetter(*slots) if len(slots) > 1 else itemgetter(slice(slots[0], slots[0] + 1))
    return ByteTemplate(parts, take)


def _share(
    bodies: Sequence[list[Token]], low: int, high: int
) -> tuple[list[ByteTemplate], list[list[Token]]]:
    """Make blocks of what several events share, and put them in the events' place.

    Args:
        bodies: constants and slots in turn.
        low: the place of the first instant's value; no block holds an instant.
        high: the place behind the last one's, which is the first block's.
    """
    ranges = [list(_block_ranges(tokens, low, high)) for tokens in bodies]
    used = Counter(
        tuple(tokens[begin:end]) for tokens, found in zip(bodies, ranges, strict=True) for begin, end in found
    )
    shared = [block for block, times in used.items() if times > 1]
    places = {block: high + number for number, block in enumerate(shared)}
    joined = [_replaced(tokens, found, places) for tokens, found in zip(bodies, ranges, strict=True)]
    return [_pieces([b"", *block, b""]) for block in shared], joined


def _block_ranges(tokens: Sequence[Token], low: int, high: int) -> Iterator[tuple[int, int]]:
    """Find where two slots or more stand between two instants: from the first to behind the last."""
    instants = [place for place in range(1, len(tokens), 2) if low <= _slot(tokens[place]) < high]
    for before, after in pairwise([-1, *instants, len(tokens)]):
        if after - before > 4:
            yield before + 2, after - 1


def _slot(token: Token) -> int:
    assert isinstance(token, int)  # noqa: S101  slots stand at odd places
    return token


def _replaced(
    tokens: Sequence[Token], found: Iterable[tuple[int, int]], places: dict[tuple[Token, ...], int]
) -> list[Token]:
    """Put blocks where they stand."""
    new: list[Token] = []
    done = 0
    for begin, end in found:
        place = places.get(tuple(tokens[begin:end]))
        if place is not None:
            new += [*tokens[done:begin], place]
            done = end
    return [*new, *tokens[done:]]


def _patterns(
    recipe: TemplateRecipe, session: Session, bodies: Sequence[Sequence[Token]]
) -> Iterator[BatchTemplate]:
    first = 0
    for number, recorded in enumerate(session.batches(recipe.batch_size, at_end=recipe.cuts_at_end)):
        eids = Counter(one.event.eid for one in recorded)
        due = (recorded[-1].event.ets - session.start) / 1000
        yield BatchTemplate(_pieces(bodies[number]), number, first, len(recorded), tuple(eids.items()), due)
        first += len(recorded)


def _headers(one: _Rendition, other: _Rendition, tokenise: _Tokeniser) -> dict[str, ByteTemplate]:
    """Take the headers to pieces; those of all requests of a session are the same."""
    if not one.requests:
        return {}
    pairs = zip(one.requests[0].headers.items(), other.requests[0].headers.values(), strict=True)
    return {
        name: _pieces(tokenise(value.encode("latin-1"), fellow.encode("latin-1")))
        for (name, value), fellow in pairs
    }


def _path(
    one: _Rendition, other: _Rendition, tokenise: _Tokeniser, recipe: TemplateRecipe, mismatch: _Mismatch
) -> ByteTemplate:
    """Take the path to pieces; that of all requests of a session is the same."""
    both = [take.requests[0].path if take.requests else recipe.contract.path for take in (one, other)]
    tokens = tokenise(*(path.encode("latin-1") for path in both))
    if not {token for token in tokens if isinstance(token, int)} <= {UID, DID}:
        mismatch.heads(*both)
    return _pieces(tokens)
