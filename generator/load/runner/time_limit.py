"""The time limit of a run: `--run-time`, counted from when sending starts.

Locust counts it from when it sends the workers the start, and they may compile templates for seconds by then. So
Locust's own limit is taken away, and kept here.
"""

import logging
from collections.abc import Callable
from typing import Any

import gevent
from locust.env import Environment

_NO_LIMIT = "No run time limit set"


class TimeLimit:
    """The limit of one process's runs.

    Args:
        environment: Locust's; its `--run-time` is taken away if Locust would start a run by itself.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment, self._seconds = environment, None
        options = environment.parsed_options
        if options and options.run_time and not environment.shape_class and self._starts_by_itself:
            self._seconds, options.run_time = options.run_time, None
            logging.getLogger("locust.main").addFilter(self._correct)

    def _correct(self, record: logging.LogRecord) -> bool:
        """Replace Locust's own line by the limit that holds."""
        if record.getMessage().startswith(_NO_LIMIT):
            record.msg, record.args = "Run time limit set to %s seconds of sending", (self._seconds,)
        return True

    @property
    def _starts_by_itself(self) -> bool:
        options = self._environment.parsed_options
        return bool(options and (options.headless or options.autostart))

    def take(self) -> float | None:
        """Return the seconds of the run that begins now, and stop what Locust's page would end it by."""
        web: Any = self._environment.web_ui
        timer = getattr(web, "_run_time_greenlet", None)
        if timer is not None:
            timer.kill(block=False)
            return float(getattr(self._environment.parsed_options, "run_time", 0))
        seconds, self._seconds = self._seconds, None if web else self._seconds
        return seconds

    def end(self, end: Callable[[], None]) -> None:
        """End a run whose time is over, as Locust does: `--autoquit` ends the page too.

        Args:
            end: ends the run alone.
        """
        end()
        options = self._environment.parsed_options
        web: Any = self._environment.web_ui
        if web and options and options.autostart and options.autoquit != -1 and self._environment.runner:
            gevent.sleep(options.autoquit)
            self._environment.runner.quit()
            web.stop()
