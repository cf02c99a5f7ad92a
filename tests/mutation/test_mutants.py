"""A sample of the mutation run; `make mutants` runs it whole."""

import subprocess
import sys
from pathlib import Path

from tests.mutation.table import table_mutants
from tests.mutation.trial import Verdict

ROOT = Path(__file__).parents[2]


def test_a_few_mutants_are_noticed():
    """Of five changes to the rule table, always the same, some test notices each."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutation", "--only", "rule_table:", "--sample", "5"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 mutants: 5 killed, 0 survived" in done.stdout


def test_what_nothing_notices_survives():
    """The run can say so: with nothing changed, the tests pass and the mutant is said to survive."""
    code = (
        "from tests.mutation.trial import *;"
        "((_, verdict),) = trials([unchanged('generator.spec.session')], 1, ('tests/spec/test_session.py',)); print(verdict)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == Verdict.SURVIVED


def test_every_row_of_the_table_has_a_mutant_without_it():
    """No rule is left out of the run, but that an event is an object at all."""
    from generator.spec.rule_table import RULES

    removed = [mutant for mutant in table_mutants() if mutant.change == "row removed"]
    shared = {
        (form, rule)
        for form, eids in RULES.items()
        for rule in eids["LOG"]
        if rule.path and not rule.path.startswith("edata")
    }
    own = [
        (form, eid, rule)
        for form, eids in RULES.items()
        for eid, rules in eids.items()
        for rule in rules
        if rule.path and (form, rule) not in shared
    ]

    # A documented START requires its object, and two fields of it.
    assert len([rule for _, _, rule in own if not rule.path.startswith("edata")]) == 3
    assert len(removed) == len(own) + len(shared)
