"""OpenTelemetry: Locust's own --otel carries what Footfall posts."""

import json
from itertools import groupby

import pytest

from tests.delivery import stub
from tests.delivery.stub import Stub, serving_as

pytest.importorskip(
    "opentelemetry.sdk.metrics", reason="--otel needs OpenTelemetry; pip install 'locust[otel]'"
)

CONSOLE = {
    "OTEL_METRICS_EXPORTER": "console", "OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
    "OTEL_METRIC_EXPORT_INTERVAL": "500",
}  # fmt: skip


def exported(out):
    """Read what the console exporter printed: JSON objects one after the other, among other lines."""
    decoder, place = json.JSONDecoder(), 0
    while (place := out.find('{\n    "resource_metrics"', place)) >= 0:
        said, place = decoder.raw_decode(out, place)
        for resource in said["resource_metrics"]:
            for scope in resource["scope_metrics"]:
                yield from scope["metrics"]


@pytest.mark.parametrize("client", ["footfall", "locust"])
def test_every_answered_batch_is_in_the_histogram(swarm, client):
    """The histogram of request durations counts each answer under the contract's path, refusals apart."""
    cycle = [stub.SUCCESS, stub.SUCCESS, stub.LIMITED]
    endpoint = Stub(lambda place: cycle[place % len(cycle)])
    with serving_as(endpoint):
        options = ("--host", endpoint.url, "--rate", "2k for 2s", "--http-client", client, "--otel")
        done = swarm(*options, **CONSOLE)
    by_name = {
        name: list(found)[-1]
        for name, found in groupby(
            sorted(exported(done.out), key=lambda one: one["name"]), lambda one: one["name"]
        )
    }
    points = by_name["locust.client.duration"]["data"]["data_points"]
    counts = {point["attributes"].get("error.type"): point["count"] for point in points}

    assert {point["attributes"]["name"] for point in points} == {"/v1/telemetry"}
    assert counts.pop(None) == done.summary["acked"] > 0
    assert sum(counts.values()) == done.summary["rejected"] > 0
    assert all(0 < point["sum"] < 60 for point in points)
