"""A course on the web portal: module after module, click after click, with the player's heartbeat."""

from generator import Chance, Learner, Story, scenario


@scenario(share=10, title="Take some modules of a course on the web portal", device="web")
def course(learner: Learner, t: Story, chance: Chance) -> None:
    course = learner.choose_course(chance)
    cdata = [{"type": "Course", "id": course.id}, {"type": "CourseBatch", "id": course.batch}]
    uri = f"/learn/course/{course.id}/batch/{course.batch}"
    workflow = {"type": "workflow", "mode": "play", "stageid": "course-details"}
    visit = t.start(
        learner.config("Course", cdata=cdata), course.id, course.ver, workflow, object=course.object
    )
    t.impression({"type": "detail", "pageid": "course-details"}, wire={"uri": uri})
    modules = course.resources[: chance.between(1, 6)]
    for module in modules:
        t.think(chance.lognormal(1.4, 0.8))
        t.interact(
            {"type": "TOUCH", "id": "next-button", "pageid": "course-consumption"}, object=module.object
        )
        t.think(chance.lognormal(0.22, 0.3))
        t.impression({"type": "workflow", "pageid": "course-read"}, object=module.object,
                     wire={"uri": f"{uri}?contentId={module.id}"})  # fmt: skip
        watch(learner, t, chance, module)
        if learner.gives_up(chance):
            return visit.abandon()
    visit.summarise(progress=100 * len(modules) // len(course.resources))
    return visit.end(pageid="course-details")


def watch(learner, t, chance, module):
    """Watch a module; the player's heartbeat is heard while nobody touches it."""
    start = {"type": "player", "mode": "play", "stageid": "videostage"}
    with t.start(learner.config(player=True), module.id, module.ver, start, object=module.object):
        t.interact({"type": "LISTEN", "subtype": "PLAY", "id": "play", "pageid": "videostage"})
        for _ in range(chance.between(0, 3)):
            t.think(30)
            t.heartbeat()
        t.think(chance.lognormal(12, 0.5))
        t.interact({"type": "LISTEN", "subtype": "PAUSE", "id": "pause", "pageid": "videostage",
                    "extra": {"values": [chance.noise.between(1, 90)]}})  # fmt: skip
