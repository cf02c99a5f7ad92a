"""Questions, each with every possible answer made in advance.

So an answer costs one decision, and ASSESS and RESPONSE contain the same choice.
"""

from itertools import combinations, permutations
from json import dumps
from typing import Any, Literal, NamedTuple

from generator.chance import Chance
from generator.spec import edata

Kind = Literal["mcq", "mtf", "ftb"]
"""Multiple choice, match the following, fill in the blank: `item.type` on the wire."""

_ANSWER_SHARE = 0.65
"""The median of an answer's time, as a share of the expected time."""


class Task(NamedTuple):
    """The text, options and answer of a question, before it has an id.

    Attributes:
        options: the options; of an ftb, the right answer first and then wrong ones.
        correct: the indexes of the right options; of an mtf, the option for each left side in turn.
        left: the left sides of the pairs; empty unless the kind is mtf.
    """

    kind: Kind
    title: str
    options: tuple[str, ...]
    correct: tuple[int, ...]
    left: tuple[str, ...] = ()


class ItemParameters(NamedTuple):
    """The parameters of a question in item response theory's three-parameter model.

    Attributes:
        difficulty: the ability at which half of the learners who do not guess are right.
        discrimination: the slope, which separates able learners from others.
        guessing: the share of right answers among learners who know nothing.
    """

    difficulty: float
    discrimination: float
    guessing: float


class AnswerOption(NamedTuple):
    """One possible answer to a question, with its score and its values in both events."""

    passed: Literal["Yes", "No"]
    score: float
    resvalues: list[dict[str, Any]]
    response: edata.Response


class Question:
    """One question of a set.

    Attributes:
        id: `do_31` and 19 to 22 digits; also the `qid` and the target of a response.
        kind: mcq, mtf or ftb.
        title: the text of the question.
        options, correct: see `Task`.
        difficulty, discrimination, guessing: see `ItemParameters`.
        exlength: the expected time, in whole seconds.
        maxscore: always 1, since the specification's scores lie between 0 and 1.
        answer_seconds: the median time of an answer by a learner of average speed for whom the question is
            neither hard nor easy.
        item: the specification's QUESTION, made once.
        right: the answer that passes.
        wrong: the answers that fail; partly right ones have a part of the score.
    """

    maxscore = 1

    def __init__(
        self, id: str, task: Task, measure: ItemParameters, subject: str, parent: edata.TargetParent,  # noqa: A002  the field's word
    ) -> None:  # fmt: skip
        self.id = id
        self.kind = task.kind
        self.title = task.title
        self.options = task.options
        self.correct = task.correct
        self.difficulty, self.discrimination, self.guessing = measure
        self.exlength = (
            max(4, round(8 + 2.5 * measure.difficulty)) + {"mcq": 0, "mtf": 8, "ftb": 3}[task.kind]
        )
        self.answer_seconds = self.exlength * _ANSWER_SHARE
        self.item = edata.AssessedItem(
            id=id, maxscore=1, exlength=self.exlength, params=_params(task), uri="", desc=subject,
            title=task.title, mmc=[], mc=[subject],
        )  # fmt: skip
        target = edata.Target(id=id, ver="1.0", type="AssessmentItem", parent=parent)
        outcomes = _OUTCOMES[task.kind](task, target)
        self.right = outcomes[0]
        self.wrong = outcomes[1:]
        self._reading = round(1.2 + 0.3 * len(task.title.split()) + 0.4 * len(task.options), 2)

    def reading_time(self, chance: Chance) -> float:
        """Draw the time of reading the question, in seconds."""
        return chance.lognormal(self._reading, 0.4)

    def outcome_of(self, resvalues: list[dict[str, Any]]) -> AnswerOption | None:
        """Return the answer with these `resvalues` in its ASSESS; None if this question has no such answer."""
        if resvalues == self.right.resvalues:
            return self.right
        for outcome in self.wrong:
            if outcome.resvalues == resvalues:
                return outcome
        return None

    def __repr__(self) -> str:
        return f"Question({self.id!r}, {self.title!r})"


def _json(value: Any) -> str:
    return dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(text: str) -> str:
    return _json({"text": text})


def _numbered(options: tuple[str, ...]) -> list[dict[str, str]]:
    return [{str(number): _text(option)} for number, option in enumerate(options, start=1)]


def _params(task: Task) -> list[dict[str, Any]]:
    """Return a task's params as real events have them: the options by number, then the answer, as JSON in text."""
    if task.kind == "ftb":
        return [*_numbered(task.options[:1]), {"eval": "order"}]
    numbers = [str(option + 1) for option in task.correct]
    if task.kind == "mtf":
        sides = {"lhs": [str(number) for number in range(1, len(task.left) + 1)], "rhs": numbers}
        left, right = _json(_numbered(task.left)), _json(_numbered(task.options))
        return [{"lhs": left}, {"rhs": right}, {"answer": _json(sides)}]
    return [*_numbered(task.options), {"answer": _json({"correct": numbers})}]


def _outcome(score: float, resvalues: list[dict[str, Any]], response: edata.Response) -> AnswerOption:
    if score == 1:
        return AnswerOption("Yes", 1, resvalues, response)
    return AnswerOption("No", round(score, 2) or 0, resvalues, response)


def _response(
    target: edata.Target, kind: Literal["CHOOSE", "MATCH", "INPUT"], values: list[dict[str, Any]]
) -> edata.Response:
    return edata.Response(target=target, qid=target.id, type=kind, values=values)


def _choices(task: Task, target: edata.Target) -> tuple[AnswerOption, ...]:
    """Every choice of as many options as are right, or fewer: part of the score if none of them is wrong."""
    numbered, right = _numbered(task.options), set(task.correct)
    chosen = [task.correct]
    for size in range(1, len(right) + 1):
        chosen += [some for some in combinations(range(len(task.options)), size) if set(some) != right]
    outcomes = []
    for some in chosen:
        values = [{f"option{index + 1}": task.options[index]} for index in some]
        score = len(some) / len(right) if right.issuperset(some) else 0
        outcomes.append(
            _outcome(score, [numbered[index] for index in some], _response(target, "CHOOSE", values))
        )
    return tuple(outcomes)


def _matches(task: Task, target: edata.Target) -> tuple[AnswerOption, ...]:
    """Every way to match: each right pair has its part of the score."""
    numbered, left = _numbered(task.options), _json(_numbered(task.left))
    others = [order for order in permutations(range(len(task.options))) if order != task.correct]
    outcomes = []
    for order in [task.correct, *others]:
        values = []
        for number, index in enumerate(order, start=1):
            values += [{"lhs": f"option{number}"}, {"rhs": f"option{index + 1}"}]
        score = sum(map(int.__eq__, order, task.correct)) / len(order)
        resvalues = [{"lhs": left}, {"rhs": _json([numbered[index] for index in order])}]
        outcomes.append(_outcome(score, resvalues, _response(target, "MATCH", values)))
    return tuple(outcomes)


def _inputs(task: Task, target: edata.Target) -> tuple[AnswerOption, ...]:
    """The right word or number, then some wrong ones."""
    return tuple(
        _outcome(index == 0, [{"1": _text(option)}], _response(target, "INPUT", [{"ans1": option}]))
        for index, option in enumerate(task.options)
    )


_OUTCOMES = {"mcq": _choices, "mtf": _matches, "ftb": _inputs}
