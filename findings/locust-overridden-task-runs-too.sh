#!/usr/bin/env bash
# In Locust the task that a subclass overrides still runs.
#
# Guess: class Gzip(Plain) with its own send() runs its own send() alone, as methods do.
# What happens: The decorated method of the parent stays in the list of tasks: half of the requests are the
#   parent's. A subclass that overrides it without the decorator runs only the parent's.
# Whom it hurts: People who derive a sender from another: half of the batches go out in the old form, and the
#   names in the statistics are the same.
# Seen: locust 2.47.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check locust==2.47.0
timeout 120 venv/bin/python - locust <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

from locust import User, task


class Plain(User):
    @task
    def send(self):
        """Send plain."""


class Gzip(Plain):
    @task
    def send(self):
        """Send gzip."""


class Undecorated(Plain):
    def send(self):
        """Send gzip."""


seen = {kind.__name__: [job.__doc__ for job in kind.tasks] for kind in (Plain, Gzip, Undecorated)}
print(seen)
confirm(seen == {"Plain": ["Send plain."], "Gzip": ["Send plain.", "Send gzip."], "Undecorated": ["Send plain."]})
PY
