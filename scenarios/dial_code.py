"""A DIAL code in a book is scanned and leads to a video: the fifth of the Standard Telemetry Workflows."""

from generator import Chance, Learner, Story, scenario


@scenario(share=9, title="Scan the DIAL code of a book and watch what it leads to")
def dial_code(learner: Learner, t: Story, chance: Chance) -> None:
    code = learner.dial_code(chance)
    scanned = [{"type": "qr", "id": code}]
    service = learner.world.service("dial-service")
    dial = t.beside(service.config(cdata=scanned))
    dial.audit({"props": ["state"], "state": "Ready", "prevstate": "Stopped"}, object=service.object)

    t.impression({"type": "view", "pageid": "qr-code-scanner"})
    t.think(chance.lognormal(4, 0.5))
    found = [learner.choose_content(chance) for _ in range(chance.between(0, 2))]
    read(dial, chance, code, found)
    # V3 has no SCAN: the app tells it as a workflow about the code.
    scan = {"type": "workflow", "mode": "play", "stageid": "qr-code-scanner"}
    with t.start(learner.config("library", cdata=scanned), code, "1.0", scan, object={"type": "DialCode"}):
        t.impression({"type": "list", "pageid": "dial-code-scan-result"})
        for content in found:
            t.think(chance.lognormal(3, 0.5))
            t.interact({"type": "TOUCH", "subtype": "content-clicked", "id": content.id, "pageid": "dial-code-scan-result",
                        "extra": learner.touch(chance)})  # fmt: skip
            watch(learner, t, chance, content)
    dial.audit({"props": ["state"], "state": "Stopped", "prevstate": "Ready"}, object=service.object)


def read(dial, chance, code, found):
    """The DIAL service is asked for the code, and searches what belongs to it."""
    request = [{"type": "Request", "id": dial.new_id("request")}]
    dial.log({"type": "api_access", "level": "INFO", "message": "", "params": [
        {"url": "/v1/dialcode/read"}, {"method": "POST"}, {"status": 200}, {"duration": chance.noise.between(5, 300)},
    ]}, cdata=request)  # fmt: skip
    dial.search({"type": "content", "query": "", "filters": {"dialcodes": [code]}, "size": len(found),
                 "topn": [{"identifier": content.id} for content in found]}, cdata=request)  # fmt: skip


def watch(learner, t, chance, content):
    """Watch a video, with pauses, and sometimes a call that comes in."""
    player = learner.config(player=True, cdata=[{"type": "PlaySession", "id": t.new_id("play")}])
    start = {"type": "player", "mode": "play", "stageid": "videostage"}
    with t.start(player, content.id, content.ver, start, object=content.object) as visit:
        t.impression({"type": "workflow", "pageid": "videostage"})
        t.interact({"type": "LISTEN", "subtype": "PLAY", "id": "play", "pageid": "videostage"})
        for _ in range(chance.between(0, 3)):
            t.think(chance.lognormal(20, 0.7))
            t.interact({"type": "LISTEN", "subtype": "PAUSE", "id": "pause", "pageid": "videostage"})
            if chance.happens(0.1):
                t.interrupt({"type": learner.interruption(chance), "pageid": "videostage"})
                return visit.abandon()
            t.think(chance.lognormal(3, 0.7))
            t.interact({"type": "LISTEN", "subtype": "RESUME", "id": "play", "pageid": "videostage"})
        t.think(chance.lognormal(15, 0.6))
        visit.summarise(progress=chance.pick((100, 50, 25)))
    return None
