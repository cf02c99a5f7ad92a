"""The mobile app, from opening it to leaving it: the first of the Standard Telemetry Workflows."""

from generator import Chance, Learner, Story, scenario

TABS = ("home", "courses", "library", "search", "downloads", "profile")


@scenario(share=25, title="Open the mobile app, look around and play content")
def mobile_app(learner: Learner, t: Story, chance: Chance) -> None:
    app = learner.device.pdata
    start = {"type": "app", "mode": "", "stageid": "splash"}
    with t.start(
        learner.config("home"), app.pid, app.ver, start, wire={"dspec": learner.device.dspec}
    ) as visit:
        t.think(chance.lognormal(2, 0.4))
        t.impression({"type": "view", "pageid": "home"})
        if chance.happens(0.04):
            t.log(
                {
                    "type": "app_update",
                    "level": "INFO",
                    "message": "app updated",
                    "params": [{"ver": app.ver}],
                }
            )
        if chance.happens(0.03):
            t.error(learner.error(chance))
        with t.start(learner.config("sdk"), t.sid, "1.0", {"type": "session", "mode": "", "stageid": "home"}):
            t.exdata({"type": "partnerdata", "data": t.new_id("partner")})
            for _ in range(chance.between(1, 3)):
                look_around(learner, t, chance)
                play_document(learner, t, chance)
        if chance.happens(0.7):
            return visit.abandon()  # the exit dialog is rarely answered
        if chance.happens(0.3):
            t.feedback(
                {"contentId": app.pid, "rating": learner.rating(chance), "comments": learner.comment(chance)}
            )
    return None


def look_around(learner, t, chance):
    """Tap a tab and scroll through what it shows."""
    tab = chance.pick(TABS)
    t.think(chance.lognormal(3, 0.6))
    t.interact(
        {
            "type": "TOUCH",
            "subtype": "tab-clicked",
            "id": tab,
            "pageid": "home",
            "extra": learner.touch(chance),
        }
    )
    t.impression({"type": "view", "pageid": tab}, wire={"visits": []})
    for _ in range(chance.between(0, 3)):
        t.think(chance.lognormal(4, 0.7))
        t.interact({"type": "SCROLL", "id": tab, "pageid": tab})


def play_document(learner, t, chance):
    """Open a document, turn its pages, come back to where it was opened."""
    content = learner.choose_content(chance)
    t.impression({"type": "detail", "pageid": "content-detail"}, object=content.object)
    t.think(chance.lognormal(4, 0.6))
    t.interact({"type": "TOUCH", "subtype": "content-clicked", "id": "play-button", "pageid": "content-detail"},
               object=content.object)  # fmt: skip
    player = learner.config(player=True, cdata=[{"type": "PlaySession", "id": t.new_id("play")}])
    start = {"type": "player", "mode": "play", "stageid": ""}
    with t.start(
        player, content.id, content.ver, start, object=content.object, wire={"duration": 1.83}
    ) as visit:
        for page in range(1, content.pages + 1):
            t.impression({"type": "workflow", "pageid": str(page)})
            t.think(learner.reads(content, chance))
            t.interact(
                {"type": "TOUCH", "id": "next_clicked", "pageid": str(page), "extra": learner.touch(chance)}
            )
            if learner.gives_up(chance):
                visit.summarise(progress=100 * page // content.pages)
                break
        else:
            visit.summarise(progress=100)
    t.impression({"type": "view", "pageid": "content-detail"}, object=content.object)
