"""A locustfile: the peer of the open model, one prebuilt body sent over and over as fast as the connections go.

It has the same transport, the same entry in Locust's statistics, and nothing else.
"""

import os
from time import perf_counter

from locust import User, task

from generator.delivery.gevent_http import KeepAlive

BODY = b'{"id":"api.sunbird.telemetry","ver":"3.0","events":[' + b"x" * int(os.environ["BENCH_BODY"]) + b"]}"


class Constant(User):
    """One connection."""

    def __init__(self, environment):
        super().__init__(environment)
        self.connection = KeepAlive(environment.host)
        self.head = self.connection.head("POST", "/v1/telemetry", {"Content-Type": "application/json"})

    @task
    def post(self):
        for _ in range(32):
            begun = perf_counter()
            answer = self.connection.post(self.head.of(len(BODY)), BODY)
            self.environment.events.request.fire(
                request_type="POST", name="/v1/telemetry", response_time=(perf_counter() - begun) * 1000,
                response_length=len(answer.body), exception=None, context={},
            )  # fmt: skip

    def wait_time(self):
        return 0
