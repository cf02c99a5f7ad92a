"""Locust's own client, fitted so that its answers mean the same as those of any other transport."""

from typing import Any
from urllib.parse import urljoin

from geventhttpclient.useragent import ConnectionError as ClientError
from locust.contrib.fasthttp import FastHttpSession, FastRequest

_KEEPS_THE_BODY = frozenset((307, 308))
"""Redirects after which method and body are sent again; after any other one a GET would be."""
_MOST_REDIRECTS = 5


class UnfollowedError(ClientError):
    """A redirect to another origin, where the batch and its secrets are not sent; or one too many.

    Args:
        status: such as 307.
        location: where it points to, as an address.
    """

    def __init__(self, status: int, location: str) -> None:
        super().__init__(location)
        self.status, self.location = status, location


class _Request(FastRequest):
    """A request that follows redirects within its origin only."""

    redirects = 0

    def redirect(self, code: int, location: str) -> None:
        target = urljoin(self.url, location)
        self.redirects += 1
        if self.redirects > _MOST_REDIRECTS:
            raise UnfollowedError(code, location)
        super().redirect(code, location)
        if not self._is_same_origin():
            raise UnfollowedError(code, target)


def fit(session: FastHttpSession) -> None:
    """Let a client follow only redirects that keep method and body."""
    agent: Any = session.client
    agent.redirect_response_codes = _KEEPS_THE_BODY
    agent.request_type = _Request


def location_of(response: Any) -> str:
    """Return the address that an answer names in its Location; "" if there is none."""
    said = response.headers.get("location") if response.headers else None
    return said if isinstance(said, str) else ""
