"""The form on Locust's page: a start with options that make no sense shows the error there, and starts nothing."""

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from generator.errors import FootfallError, UsageError
from generator.load.plan import Plan
from generator.load.runner.echo import log
from generator.load.runner.preflight import check_files, check_replay, check_target
from generator.load.runner.run_controller import RunController
from generator.load.settings import Settings
from generator.load.sink_of_run import check_sink


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
