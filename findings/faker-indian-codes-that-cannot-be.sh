#!/usr/bin/env bash
# Faker's Indian PIN codes start with 0 and 9, and its mobile numbers with 1 to 5.
#
# Guess: Faker('en_IN') gives codes and numbers that exist: a PIN code starts with 1 to 9 (a state's with its
#   circle), a mobile number has ten digits from 6 to 9 on.
# What happens: postcode() is six random digits, one in ten starts with 0; +91 numbers start with any digit.
#   Only postcode_in_state() knows the circles.
# Whom it hurts: Testers of receivers that check what learners type: about half of the synthetic numbers are
#   refused by a correct rule, and read as defects of the receiver.
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

import collections
import re

from faker import Faker

fake = Faker("en_IN")
fake.seed_instance(3)
codes = collections.Counter(fake.postcode()[0] for _ in range(5000))
numbers = [fake.phone_number() for _ in range(5000)]
firsts = collections.Counter(match[1] for match in (re.fullmatch(r"\+91(\d)\d{9}", number) for number in numbers) if match)
impossible = sum(count for digit, count in firsts.items() if digit in "012345") / sum(firsts.values())
print("first digit of PIN codes      ", sorted(codes.items()))
print("first digit after +91         ", sorted(firsts.items()))
print(f"+91 numbers that cannot be mobile ones: {impossible:.0%}")
confirm(codes["0"] > 300 and impossible > 0.4)
PY
