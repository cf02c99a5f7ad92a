#!/usr/bin/env bash
# Faker's Gujarati and Odia learners live in Pennsylvania.
#
# Guess: Faker('gu_IN') and Faker('or_IN') give Indian places and telephone numbers, or raise for what they do
#   not have.
# What happens: Both locales have names only. Everything else comes from en_US without a warning: states of
#   the United States, five-digit ZIP codes, and cities that glue a Gujarati or Odia name to an English
#   ending.
# Whom it hurts: Makers of synthetic learners: a population that looks right by its names has addresses in
#   another country.
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

from faker import Faker

american = Faker("en_US")
states = {american.state() for _ in range(2000)}
seen = []
for locale in ("gu_IN", "or_IN"):
    fake = Faker(locale)
    fake.seed_instance(1)
    rows = [(fake.name(), fake.city(), fake.state(), fake.postcode()) for _ in range(200)]
    print(locale, *rows[:3], sep="\n  ")
    foreign = all(state in states and len(code) == 5 for _, _, state, code in rows)
    glued = any(not city.isascii() and any("a" <= letter <= "z" for letter in city) for _, city, _, _ in rows)
    seen.append(foreign and glued and not rows[0][0].isascii())
confirm(seen == [True, True])
PY
