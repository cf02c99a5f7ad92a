"""The content editor, with the platform's own events beside it: the third Standard Telemetry Workflow."""

from generator import Chance, Learner, Story, scenario

PLUGINS = ("org.ekstep.text", "org.ekstep.image", "org.ekstep.shape", "org.ekstep.questionset")


@scenario(share=4, title="Write content in the editor and submit it for review", device="web")
def content_editor(learner: Learner, t: Story, chance: Chance) -> None:
    draft = {"id": t.new_id("content"), "type": "Content", "ver": "1"}
    session = {"type": "UserSession", "id": t.sid}
    platform = t.beside(learner.world.service("content-service").config(cdata=[session]))

    t.start(
        learner.config("workspace"), t.sid, "1.0", {"type": "session", "mode": "", "stageid": "workspace"}
    )
    t.impression(
        {"type": "list", "pageid": "workspace-content-draft"}, wire={"uri": "/workspace/content/draft/1"}
    )
    t.think(chance.lognormal(5, 0.6))
    t.interact({"type": "TOUCH", "id": "create-content", "pageid": "workspace-content-draft"})
    platform.audit({"props": ["name", "status"], "state": "Draft", "prevstate": ""}, object=draft)

    with t.start(learner.config("generic-editor"), draft["id"], "1", {"type": "editor", "mode": "edit", "stageid": ""},
                 object=draft) as editor:  # fmt: skip
        changes = chance.between(1, 5)
        for _ in range(changes):
            chance.pick((add_asset, remove_plugin, save))(learner, t, chance, platform)
        t.think(chance.lognormal(6, 0.6))
        t.interact({"type": "TOUCH", "id": "submit-for-review", "pageid": "editor"})
        platform.audit({"props": ["status"], "state": "Review", "prevstate": "Draft"}, object=draft)
        editor.summarise(nodesModified=changes)


def add_asset(learner, t, chance, platform):
    """Browse the assets, which the platform searches, and put one in."""
    t.think(chance.lognormal(8, 0.6))
    t.interact({"type": "TOUCH", "id": "asset-browser", "pageid": "editor", "extra": learner.touch(chance)})
    result = t.new_id("correlation")
    platform.search({"type": "asset", "query": learner.query(chance), "correlationid": result,
                     "size": chance.noise.between(0, 200), "topn": []})  # fmt: skip
    plugin(t, chance, "select", cdata=[{"type": "SearchResult", "id": result}])


def remove_plugin(learner, t, chance, platform):  # noqa: ARG001  every change is called alike
    """Take something out again."""
    t.think(chance.lognormal(4, 0.6))
    plugin(t, chance, "remove")


def plugin(t, chance, lifecycle, cdata=()):
    """V3 has no PLUGIN_LIFECYCLE: an INTERACT carries it, and the wire names the plugin."""
    name = chance.pick(PLUGINS)
    t.interact({"type": "OTHER", "subtype": lifecycle, "id": name, "pageid": "editor"},
               cdata=list(cdata), wire={"plugin": {"id": name, "ver": "1.0", "category": "core"}})  # fmt: skip


def save(learner, t, chance, platform):
    """Save; V3 has no ACCESS: the platform's LOG of type api_access carries it."""
    t.think(chance.lognormal(3, 0.6))
    t.interact({"type": "TOUCH", "id": "save", "pageid": "editor", "extra": learner.touch(chance)})
    platform.log({"type": "api_access", "level": "INFO", "message": "", "params": [
        {"url": "/v1/content/update"}, {"method": "PATCH"}, {"status": 200}, {"duration": chance.noise.between(20, 900)},
    ]})  # fmt: skip
