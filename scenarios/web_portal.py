"""The web portal: the second of the Standard Telemetry Workflows, and a course taken there."""

from generator import Chance, Learner, Story, scenario


@scenario(share=20, title="Search and read on the web portal", device="web")
def web_portal(learner: Learner, t: Story, chance: Chance) -> None:
    if chance.happens(0.1):
        welcome(learner, t)
    portal = t.start(
        learner.config("home"), t.sid, "1.0", {"type": "session", "mode": "", "stageid": "home"},
        wire={"uaspec": learner.device.uaspec},
    )  # fmt: skip
    t.impression({"type": "list", "subtype": "Paginate", "pageid": "library"}, wire={"uri": "/resources"})
    for _ in range(chance.between(1, 3)):
        search(learner, t, chance)
    if chance.happens(0.1):
        portal.end()  # people close the tab; few log out
    else:
        portal.abandon()


def welcome(learner, t):
    """Create the user: the one AUDIT that a portal session may begin with."""
    t.audit({"props": ["firstName", "status"], "state": "Created", "prevstate": ""}, object=learner.object)
    t.think(1.2)


def search(learner, t, chance):
    """Search, look at what was found, read some of it, perhaps pass it on."""
    query = learner.query(chance)
    t.think(chance.lognormal(6, 0.6))
    t.interact({"type": "TOUCH", "id": "search-button", "pageid": "library", "extra": learner.touch(chance)})
    found = [learner.choose_content(chance) for _ in range(chance.between(0, 3))]
    t.search({
        "type": "content", "query": query, "filters": {"subject": [found[0].subject]} if found else {}, "sort": {},
        "correlationid": t.new_id("correlation"), "size": len(found), "topn": [{"identifier": c.id} for c in found],
    })  # fmt: skip
    t.impression({"type": "search", "pageid": "home-search"}, wire={"uri": "/search/Library/1"})
    for content in found:
        read(learner, t, chance, content)


def read(learner, t, chance, content):
    """Read one piece of content in the player."""
    t.think(chance.lognormal(3, 0.6))
    t.interact({"type": "TOUCH", "id": "content-card", "pageid": "home-search"}, object=content.object)
    player = learner.config(player=True, cdata=[{"type": "PlaySession", "id": t.new_id("play")}])
    start = {"type": "player", "mode": "play", "stageid": "START_PAGE"}
    with t.start(player, content.id, content.ver, start, object=content.object) as visit:
        t.impression({"type": "workflow", "pageid": "START_PAGE"})
        t.think(learner.reads(content, chance))
        if chance.happens(0.03):
            t.error(learner.error(chance))
            return visit.abandon()
        t.interact({"type": "TOUCH", "id": "zoom_clicked", "pageid": "1", "extra": learner.touch(chance)})
        t.think(learner.reads(content, chance))
        t.summary({"type": "content", "mode": "play"})
        visit.summarise(progress=100)
    if chance.happens(0.2):
        t.feedback({"contentId": content.id, "rating": learner.rating(chance), "comments": learner.comment(chance)},
                   object=content.object)  # fmt: skip
    if chance.happens(0.1):
        share(learner, t, chance, content)
    return None


def share(learner, t, chance, content):
    """Pass content on to somebody else."""
    t.share({"dir": "Out", "type": "Link", "items": [{
        "obj": {"id": content.id, "type": content.type, "ver": content.ver},
        "params": [{"transfers": 0, "size": 0}],
        "origin": {"id": learner.device.id, "type": "Device"},
        "to": learner.share_to(chance),
    }]}, object=content.object)  # fmt: skip
