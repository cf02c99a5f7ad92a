"""A backend service, from Ready to Stopped: the fourth of the Standard Telemetry Workflows."""

from generator import Chance, Learner, Story, scenario

STATUSES = (200, 404, 500)


@scenario(share=2, title="A backend service answers requests", device="web")
def backend_service(learner: Learner, t: Story, chance: Chance) -> None:
    service = learner.world.service(chance.pick(("learner-service", "content-service")))
    backend = t.beside(service.config())
    backend.audit({"props": ["state"], "state": "Ready", "prevstate": "Stopped"}, object=service.object)
    served = chance.between(1, 12)
    slowest = 0
    for _ in range(served):
        t.think(chance.lognormal(0.8, 1))
        slowest = max(slowest, request(backend, chance, service))
        if chance.happens(0.1):
            backend.metrics({"requests": served, "maxApiTime": slowest})
    backend.metrics({"requests": served, "maxApiTime": slowest})
    backend.audit({"props": ["state"], "state": "Stopped", "prevstate": "Ready"}, object=service.object)


def request(backend, chance, service):
    """Answer one request; its LOGs share the request's id. Give its milliseconds."""
    milliseconds = round(chance.lognormal(60, 0.9))
    status = chance.pick(STATUSES, (96, 3, 1))
    cdata = [{"type": "Request", "id": backend.new_id("request")}]
    # V3 has no ACCESS: a LOG of type api_access carries it.
    backend.log({"type": "api_access", "level": "INFO", "message": "", "params": [
        {"url": chance.pick(service.endpoints)}, {"method": "POST"}, {"protocol": "HTTP/1.1"}, {"status": status},
        {"duration": milliseconds}, {"size": chance.noise.between(100, 40_000)},
    ]}, cdata=cdata)  # fmt: skip
    if status != 200:
        backend.log(
            {"type": "api_call", "level": "ERROR", "message": f"downstream answered {status}"}, cdata=cdata
        )
    return milliseconds
