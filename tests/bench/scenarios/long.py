"""A long evening of practice: one session that fills batches of any size, which the bundled ones do not."""

from generator import scenario

QUESTIONS = 400


@scenario(title="Practise for a long time", device="web")
def long(learner, t, chance):
    quiz = learner.choose_question_set(chance)
    start = {"type": "assessment", "mode": "play", "stageid": "START_PAGE"}
    play = [{"type": "PlaySession", "id": t.new_id("play")}]
    with t.start(learner.config(player=True, cdata=play), quiz.id, quiz.ver, start, object=quiz.object):
        for page in range(QUESTIONS):
            question = quiz.questions[page % len(quiz.questions)]
            t.impression({"type": "workflow", "pageid": str(page)})
            t.think(learner.reads(question, chance))
            t.interact(
                {"type": "TOUCH", "id": "option_clicked", "pageid": str(page), "extra": learner.touch(chance)}
            )
            answer = learner.answer(question, chance)
            t.think(answer.duration)
            t.response(learner.response(question, answer))
            t.assess(answer, wire={"index": page})
            t.interact({"type": "TOUCH", "id": "next_clicked", "pageid": str(page)})
