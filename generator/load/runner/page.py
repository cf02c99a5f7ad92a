"""Footfall on Locust's page: tabs of its own, the run so far as a report and as summary.json, and its form's checks.

A start with options that make no sense shows the error on the page, and starts nothing.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import gevent
import msgspec
from gevent.lock import BoundedSemaphore

from generator.errors import FootfallError, UsageError
from generator.load.monitor.run_snapshot import RunSnapshot
from generator.load.monitor.tables import TABLES, TextTable
from generator.load.plan import Plan
from generator.load.runner.echo import log
from generator.load.runner.preflight import check_files, check_replay, check_target
from generator.load.runner.run_controller import RunController
from generator.load.runner.run_monitor import RunMonitor
from generator.load.settings import Settings
from generator.load.sink_of_run import check_sink
from generator.load.summary import Summary
from generator.report.page import page as report
from generator.report.run import Run

_NONE_YET = "A run has not begun yet; start one."


def add_tabs(web: Any, monitor: RunMonitor) -> None:
    """Add the tabs, and the links below Download Data; Locust's own statistics carry their rows.

    Args:
        web: Locust's interface.
        monitor: has the figures.
    """
    web.template_args["extended_tabs"] = [{"title": one.title, "key": one.key} for one in TABLES]
    web.template_args["extended_tables"] = [{"key": one.key, "structure": _structure(one)} for one in TABLES]
    web.template_args["extended_csv_files"] = [
        {"href": f"./footfall/{name}", "title": title} for name, (title, _, _) in _FILES.items()
    ]
    web.app.after_request(_Rows(monitor).put)
    drawing = _Drawing(monitor)
    options = web.environment.parsed_options
    base = (options.web_base_path if options else None) or ""
    for name, (_, kind, make) in _FILES.items():
        answer = web.auth_required_if_enabled(drawing.of(kind, make))
        web.app.add_url_rule(f"{base}/footfall/{name}", f"footfall {name}", answer)


def _structure(table: TextTable) -> list[dict[str, str]]:
    return [{"key": _key(place), "title": title} for place, title in enumerate(table.columns)]


def _key(place: int) -> str:
    """Name a column; not `name`, by which Locust's page would sort the rows."""
    return f"cell{place}"


class _Rows:
    """The rows of all tabs, made once for each look.

    Args:
        monitor: has the figures.
    """

    def __init__(self, monitor: RunMonitor) -> None:
        self._monitor = monitor
        self._snapshot: RunSnapshot | None = None
        self._made: list[dict[str, Any]] = []

    def put(self, response: Any) -> Any:
        """Put them into Locust's statistics; not into its answer to a client that has not logged in."""
        from flask import request  # noqa: PLC0415  Locust's, and only where there is a page

        if request.endpoint == "locust.request_stats" and response.status_code == 200 and response.is_json:
            statistics = {**json.loads(response.get_data()), "extended_stats": self._rows()}
            response.set_data(json.dumps(statistics))
        return response

    def _rows(self) -> list[dict[str, Any]]:
        snapshot = self._monitor.snapshot
        if snapshot is not self._snapshot:
            self._snapshot = snapshot
            self._made = (
                [{"key": one.key, "data": _data(one, snapshot)} for one in TABLES] if snapshot else []
            )
        return self._made


def _data(table: TextTable, snapshot: RunSnapshot) -> list[dict[str, str]]:
    return [{_key(place): cell for place, cell in enumerate(cells)} for cells in table.rows(snapshot)]


def _page(summary: Summary) -> bytes:
    return report(msgspec.json.decode(summary.as_json(), type=Run)).encode()


_Make = Callable[[Summary], bytes]
_FILES: dict[str, tuple[str, str, _Make]] = {
    "report": ("Open Footfall's report of the run so far", "text/html; charset=utf-8", _page),
    "summary.json": (
        "Download Footfall's summary.json of the run so far",
        "application/json",
        Summary.as_json,
    ),
}
"""What is made of the run so far: its title, its kind, and how."""


class _Drawing:
    """Makes files in a thread, one at a time: an hour's run takes a second, in which the hub has to go on.

    Args:
        monitor: has the figures.
    """

    def __init__(self, monitor: RunMonitor) -> None:
        self._monitor = monitor
        self._turn = BoundedSemaphore(1)

    def of(self, kind: str, make: _Make) -> Callable[[], Any]:
        """Return what answers a request for a file of this kind."""

        def answer() -> Any:
            from flask import Response  # noqa: PLC0415  Locust's, and only where there is a page

            with self._turn:
                summary = self._monitor.summary()
                if summary is None:
                    return Response(_NONE_YET, 404, content_type="text/plain; charset=utf-8")
                made = gevent.get_hub().threadpool.apply(make, (summary,))
            headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
            return Response(made, content_type=kind, headers=headers)

        return answer


def guard_starts(web: Any, node: RunController) -> None:
    """Start a run from Locust's interface only if its options make sense; else its page shows why not.

    Args:
        web: Locust's interface.
        node: the process that would run it.
    """

    def refuse() -> Any:
        from flask import jsonify, request  # noqa: PLC0415  Locust's, and only where there is a page

        if request.endpoint != "locust.swarm":
            return None

        def judge() -> Any:
            why = refusal(node, request.form)
            if not why:
                return None
            log.error("%s", why)
            return jsonify({"success": False, "message": why, "host": node.environment.host})

        return web.auth_required_if_enabled(judge)()

    web.app.before_request(refuse)


def refusal(node: RunController, form: Mapping[str, str]) -> str:
    """Return why a run with the values of a form cannot start; "" if it can."""
    options = vars(node.environment.parsed_options) if node.environment.parsed_options else {}
    try:
        settings = Settings.of({**options, **_values(options, form)})
        plan = Plan(settings)
        plan.contract(os.environ)
        check_files(settings)
        check_replay(plan)
        own = node.target.embedded.url if node.target.embedded else ""
        host = check_target(plan, form.get("host", node.environment.host or ""), own)
        check_sink(settings, is_local=host in {"", own})
    except FootfallError as error:
        return str(error)
    return ""


def _values(options: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Return Footfall's options in a form, each in the type that it has.

    Raises:
        UsageError: for a text that is not a number.
    """
    values: dict[str, Any] = {}
    for name in {field.name for field in fields(Settings)} & form.keys() & options.keys():
        known, text = options[name], form[name]
        try:
            values[name] = text == "true" if isinstance(known, bool) else type(known)(text)
        except ValueError:
            option = name.replace("_", "-")
            raise UsageError(f"--{option} {text!r}: it is not a number. Write it as {known}.") from None
    return values
