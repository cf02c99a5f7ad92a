#!/usr/bin/env bash
# Faker's Firefox user agents contain a date and time of day, up to the year 9999.
#
# Guess: user_agent() looks like a browser's; a Gecko token is a short build date or 20100101.
# What happens: About a third of them contain tokens like "Gecko/9681-06-11 20:34:47.549561": a full timestamp
#   with a space in it and a year from 1 to 9999.
# Whom it hurts: Makers of synthetic uaspec.raw values: parsers that split at spaces read the time of day as a
#   product, and a share of the devices is recognisable as generated.
# Seen: faker 40.63.0; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check faker==40.63.0
timeout 120 venv/bin/python - faker <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import re

from faker import Faker

fake = Faker()
fake.seed_instance(5)
agents = [fake.user_agent() for _ in range(3000)]
odd = [agent for agent in agents if re.search(r"Gecko/\d{1,4}-\d\d-\d\d \d\d:\d\d:\d\d", agent)]
years = {int(re.search(r"Gecko/(\d+)", agent)[1]) for agent in odd}
print(*odd[:2], sep="\n")
print(f"{len(odd)} of {len(agents)}, years {min(years)} to {max(years)}")
confirm(len(odd) > 300 and max(years) > 2100)
PY
