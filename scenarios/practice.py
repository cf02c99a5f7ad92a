"""Practise: Start → Impression → Response → Assess → … → Summary → End, or giving up on the way."""

from generator import Chance, Learner, Story, scenario


@scenario(share=40, title="Practise a question set on the phone")
def practice(learner: Learner, t: Story, chance: Chance) -> None:
    quiz = learner.choose_question_set(chance)
    attempt = 1
    while practise_once(learner, t, chance, quiz, attempt) and attempt < 3 and chance.happens(0.2):
        t.think(chance.lognormal(8, 0.5))
        attempt += 1


def practise_once(learner, t, chance, quiz, attempt):
    """Go through the questions; tell whether the learner reached the end."""
    right = 0
    config = learner.config(player=True, cdata=[
        {"type": "AttemptId", "id": t.new_id("attempt")},
        {"type": "PlaySession", "id": t.new_id("play")},
    ])  # fmt: skip
    with t.start(
        config,
        quiz.id,
        quiz.ver,
        {"type": "assessment", "mode": "play", "stageid": "START_PAGE"},
        object=quiz.object,
    ) as visit:
        t.impression({"type": "workflow", "pageid": "START_PAGE", "stageto": "1"})
        for page, question in enumerate(quiz.questions, start=1):
            t.think(learner.reads(question, chance))
            t.interact(
                {"type": "TOUCH", "id": "option_clicked", "pageid": str(page), "extra": learner.touch(chance)}
            )
            answer = learner.answer(question, chance, attempt)
            t.think(answer.duration)
            t.response(learner.response(question, answer))
            t.assess(answer, wire={"index": page})
            right += answer.passed == "Yes"
            if chance.happens(0.03):
                t.interrupt({"type": learner.interruption(chance), "pageid": str(page)})
                t.think(chance.lognormal(40, 0.9))
            if learner.gives_up(chance):
                visit.abandon()
                return False
            t.think(chance.lognormal(1.2, 0.6))
            t.interact({"type": "TOUCH", "id": "next_clicked", "pageid": str(page)})
            t.impression({"type": "workflow", "pageid": str(page + 1), "itype": "SWIPE"})
        t.summary({"type": "assessment", "mode": "play"})
        visit.summarise(progress=100, score=right)
    return True
