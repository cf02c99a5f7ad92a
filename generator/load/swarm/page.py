"""A tab of Footfall's own on Locust's page: events and bytes, and what became of the batches."""

import json
from collections.abc import Iterator
from time import time
from typing import Any

from generator.load.swarm.node import Node

_KEY = "footfall"
_COLUMNS = [{"key": "what", "title": "What"}, {"key": "count", "title": "Count"}]


def add_tab(node: Node) -> None:
    """Add the tab where there is a page; Locust's own statistics carry its rows."""
    page: Any = node.environment.web_ui
    if not page:
        return
    page.template_args["extended_tabs"] = [{"title": "Footfall", "key": _KEY}]
    page.template_args["extended_tables"] = [{"key": _KEY, "structure": _COLUMNS}]

    def with_rows(response: Any) -> Any:
        from flask import request  # noqa: PLC0415  Locust's, and only where there is a page

        if request.endpoint == "locust.request_stats":
            said = json.loads(response.get_data())
            rows = [{"what": what, "count": f"{count:,.0f}"} for what, count in _rows(node)]
            response.set_data(json.dumps({**said, "extended_stats": [{"key": _KEY, "data": rows}]}))
        return response

    page.app.after_request(with_rows)


def _rows(node: Node) -> Iterator[tuple[str, float]]:
    """Give the counts of all workers, as they last reported them."""
    if node.test is None:
        return
    tally = node.test.merged()
    yield "sessions begun", tally.sessions
    yield "events sent", tally.events
    yield "events a second, since the start", tally.events / max(time() - node.test.started, 1)
    yield "events in acknowledged batches", tally.acked_events
    yield "bytes sent", tally.bytes
    yield "batches acknowledged", tally.acked
    yield "batches refused", tally.rejected
    yield "batches without an answer", tally.unknown
    yield from ((f"events {eid}", count) for eid, count in tally.by_eid.most_common())
    yield from ((f"sessions {name}", count) for name, count in tally.by_scenario.most_common())
    yield from ((reason, count) for reason, count in tally.reasons.most_common(20))
