"""Services: the parts of the platform that send their own events, with System actors."""

from difflib import get_close_matches
from functools import cached_property
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from generator.errors import WorldError
from generator.spec.envelope import Actor, Config, CorrelationData, Object, Producer
from generator.world.channel import Channel


class _Entry(NamedTuple):
    producer: str
    env: str
    endpoints: tuple[str, ...]


_SERVICES = {
    "learner-service": _Entry(
        "staging.sunbird.learning.service",
        "learner-service",
        ("/v1/user/read", "/v1/user/update", "/v1/user/create", "/v1/org/read", "/v1/course/enroll",
         "/v1/user/courses/list", "/v1/content/state/read", "/v1/content/state/update"),
    ),
    "content-service": _Entry(
        "staging.sunbird.learning.platform",
        "content-service",
        ("/v1/content/read", "/v1/content/create", "/v1/content/update", "/v1/content/upload",
         "/v1/content/review", "/v1/content/publish", "/v1/course/hierarchy"),
    ),
    "search-service": _Entry(
        "staging.sunbird.learning.platform", "search", ("/v3/search", "/v3/count", "/v1/composite/search")
    ),
    "dial-service": _Entry(
        "staging.sunbird.learning.platform",
        "dialcode",
        ("/v1/dialcode/read", "/v1/dialcode/search", "/v1/dialcode/list", "/v1/dialcode/update"),
    ),
}  # fmt: skip
_VERSION = "1.0"


class Service:
    """One service of the platform.

    Attributes:
        name: learner-service, content-service, search-service or dial-service.
        env: the environment its events name.
        endpoints: the paths that it serves, for the params of an api_access LOG; the most frequent first.
        pdata: its id, its name as pid, and the platform's version.
        actor: the service itself, of type System.
        channel: the channel in its events.
    """

    def __init__(self, name: str, channel: Channel) -> None:
        entry = _SERVICES[name]
        self.name = name
        self.env = entry.env
        self.endpoints = entry.endpoints
        self.pdata = Producer(id=entry.producer, pid=name, ver=_VERSION)
        self.actor = Actor(id=name, type="System")
        self.channel = channel

    @cached_property
    def object(self) -> Object:
        """The service as an event's object."""
        return Object(id=self.name, type="Service", ver=_VERSION)

    def config(self, env: str | None = None, *, cdata: list[CorrelationData] | UnsetType = UNSET) -> Config:
        """Return the config of its telemetry client: a System actor, without session and device."""
        return Config(
            actor=self.actor, channel=self.channel.id, env=env or self.env, pdata=self.pdata, cdata=cdata,
            rollup=self.channel.rollup, tags=self.channel.tags,
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"Service({self.name!r})"


def check_service(name: str) -> str:
    """Return a service's name unchanged; raise `WorldError` if it does not exist."""
    if name in _SERVICES:
        return name
    near = get_close_matches(name, _SERVICES, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_SERVICES)}"
    raise WorldError(f"no service is called {name!r}; {hint}")
