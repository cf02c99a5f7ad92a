"""Assessments mean something: ability, difficulty, score, pass, time and choice agree."""

import json
from math import exp
from statistics import fmean, median

import msgspec
import pytest

from generator.chance import SeededChance
from generator.spec.edata import Assess, Response
from generator.world import World


@pytest.fixture(scope="module")
def world():
    """The default world."""
    return World(0)


@pytest.fixture(scope="module")
def questions(world):
    """The questions of its first 120 sets."""
    return [question for index in range(120) for question in world.question_set(index).questions]


@pytest.fixture(scope="module")
def learners(world):
    """Its first 300 learners, the least able first."""
    return sorted((world.learner(index) for index in range(300)), key=lambda one: one.ability)


def share_right(learners, questions, attempt=1):
    """Tell which share of the answers to these questions is right."""
    chance = SeededChance("right")
    answers = [one.answer(question, chance, attempt) for one in learners for question in questions]
    return fmean(answer.passed == "Yes" for answer in answers)


def test_answers_are_valid_payloads(world, questions):
    """Every ASSESS and RESPONSE passes the specification's own types after a journey through JSON."""
    chance = SeededChance("valid")
    for number, question in enumerate(questions):
        learner = world.learner(number)
        answer = learner.answer(question, chance)
        response = learner.response(question, answer)

        assert msgspec.convert(msgspec.to_builtins(answer), Assess) == answer
        assert msgspec.convert(msgspec.to_builtins(response), Response) == response
        assert msgspec.json.decode(msgspec.json.encode(answer), type=Assess) == answer


def test_score_and_pass_agree(world, questions):
    """Yes goes with 1; No goes with less; part of the score is given to matches and multiple choices alone."""
    chance = SeededChance("agree")
    partial = 0
    for question in questions:
        for index in range(20):
            answer = world.learner(index).answer(question, chance)

            assert (answer.passed == "Yes") == (answer.score == 1)
            assert (answer.passed == "Yes") == (answer.resvalues == question.right.resvalues)
            assert 0 <= answer.score <= question.maxscore
            if answer.score not in (0, 1):
                partial += 1
                assert question.kind == "mtf" or len(question.correct) > 1

    assert partial > 0


def test_the_response_tells_the_choice_of_the_answer(world, questions):
    """RESPONSE and ASSESS name the same question and the same options."""
    chance = SeededChance("same")
    types = {"mcq": "CHOOSE", "mtf": "MATCH", "ftb": "INPUT"}
    for question in questions:
        answer = world.learner(1).answer(question, chance)
        response = world.learner(1).response(question, answer)

        assert answer.item.id == response.qid == response.target.id == question.id
        assert response.type == types[question.kind]
        if question.kind == "mcq":
            chosen = {f"option{number}" for value in answer.resvalues for number in value}
            assert chosen == {key for value in response.values for key in value}
        if question.kind == "ftb":
            assert json.loads(answer.resvalues[0]["1"])["text"] == response.values[0]["ans1"]
        if question.kind == "mtf":
            matched = [next(iter(one)) for one in json.loads(answer.resvalues[1]["rhs"])]
            assert [f"option{number}" for number in matched] == [
                value["rhs"] for value in response.values if "rhs" in value
            ]


def test_a_foreign_answer_has_no_response(world, questions):
    """An answer to another question is refused, by the id of the question that was asked."""
    answer = Assess(item=questions[0].item, passed="No", score=0, resvalues=[{"9": "x"}], duration=1)

    with pytest.raises(ValueError, match=questions[0].id):
        world.learner(0).response(questions[0], answer)


def test_the_able_are_right_more_often(learners, questions):
    """The share of right answers grows with ability."""
    shares = [share_right(learners[start : start + 30], questions[:60]) for start in (0, 135, 270)]

    assert shares[0] + 0.1 < shares[1] < shares[2] - 0.1


def test_hard_questions_are_answered_less_and_more_slowly(learners, questions):
    """The share of right answers falls with difficulty, and the time grows."""
    singles = sorted((one for one in questions if one.kind == "mcq"), key=lambda one: one.difficulty)
    easy, hard = singles[:40], singles[-40:]
    chance = SeededChance("slow")

    def seconds(asked):
        return median(one.answer(question, chance).duration for one in learners[:50] for question in asked)

    assert share_right(learners[100:150], easy) > share_right(learners[100:150], hard) + 0.2
    assert seconds(hard) > 1.5 * seconds(easy)


def test_another_attempt_is_better(learners, questions):
    """A further attempt at the same questions finds more right answers; a hundredth breaks nothing."""
    first, third = (share_right(learners[100:160], questions[:60], attempt) for attempt in (1, 3))

    assert third > first + 0.05
    assert share_right(learners[100:110], questions[:10], 100) >= first


def test_right_answers_follow_the_three_parameter_model(world, questions):
    """Over many tries the share of right answers is c + (1 - c) / (1 + exp(-a (ability - b)))."""
    chance = SeededChance("3PL")
    for question in questions[:6]:
        learner = world.learner(17)
        a, b, c = question.discrimination, question.difficulty, question.guessing
        expected = c + (1 - c) / (1 + exp(-a * (learner.ability - b)))
        right = fmean(learner.answer(question, chance).passed == "Yes" for _ in range(4000))

        assert right == pytest.approx(expected, abs=0.03)


def test_answers_take_seconds_as_real_ones_do(learners, questions):
    """The median answer takes about six seconds, and times have three digits after the point at most."""
    chance = SeededChance("time")
    times = sorted(one.answer(chance.pick(questions), chance).duration for one in learners for _ in range(30))

    assert 4 < median(times) < 9
    assert times[0] > 0.1
    assert times[int(len(times) * 0.95)] < 30
    assert all(round(time, 3) == time for time in times)


def test_sets_have_three_to_ten_different_questions(world):
    """A set asks 3 to 10 questions, none of them twice."""
    for index in range(150):
        titles = [question.title for question in world.question_set(index).questions]

        assert 3 <= len(titles) <= 10
        assert len(set(titles)) == len(titles)


def test_the_arithmetic_is_right(questions):
    """What a question calls correct is correct."""
    signs = {"\N{MULTIPLICATION SIGN}": "*", "\N{DIVISION SIGN}": "//", "+": "+", "-": "-"}
    reckoned = 0
    for question in questions:
        words = question.title.rstrip("?").split()
        sign = next((word for word in words if word in signs), None)
        if question.kind != "mcq" or sign is None:
            continue
        at = words.index(sign)
        result = eval(f"{words[at - 1]} {signs[sign]} {words[at + 1]}")
        assert question.options[question.correct[0]] == str(result), question.title
        reckoned += 1

    assert reckoned > 100


def test_params_tell_options_and_answer_as_real_events_do(questions):
    """The options by number and the answer stand in `params`, each as JSON in text."""
    for question in questions:
        *options, answer = question.item.params
        if question.kind == "mcq":
            texts = [
                json.loads(option[str(number)])["text"] for number, option in enumerate(options, start=1)
            ]
            assert tuple(texts) == question.options
            assert json.loads(answer["answer"])["correct"] == [str(index + 1) for index in question.correct]
        if question.kind == "mtf":
            assert sorted(json.loads(answer["answer"])["rhs"]) == ["1", "2", "3"]
            assert list(options[0]) + list(options[1]) == ["lhs", "rhs"]


def test_all_three_kinds_occur(questions):
    """Multiple choice is the most frequent; matching and blanks occur."""
    kinds = [question.kind for question in questions]

    assert kinds.count("mcq") > kinds.count("mtf") > 0
    assert kinds.count("ftb") > 0
    assert all(len(set(question.options)) == len(question.options) for question in questions)
