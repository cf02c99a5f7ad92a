"""Learners who play whole sessions at a human pace.

    locust -f locustfiles/session.py                           # against an endpoint of its own
    locust -f locustfiles/session.py --host https://dev.sunbird.example.org --path /api/data/v1/telemetry
    locust -f locustfiles/session.py --headless -u 100 -r 10 -t 1m --speed 60 --scenario practice

`locust -f locustfiles/session.py --footfall-help` lists Footfall's options. A token comes from FOOTFALL_TOKEN.
"""

from generator.load.runner import FootfallUser, install_listeners

__all__ = ["FootfallUser"]

install_listeners()
