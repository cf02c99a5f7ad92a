"""Run the mutants and report those that no test noticed; exit 1 where one is not known to be harmless."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from time import monotonic

from tests.mutation.code import code_mutants
from tests.mutation.harmless import HARMLESS
from tests.mutation.mutant import Mutant
from tests.mutation.table import FIELDS, table_mutants
from tests.mutation.trial import TESTS, Verdict, trials, unchanged


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="children at a time (default 2)")
    parser.add_argument("--sample", type=int, help="so many mutants, always the same, instead of all")
    parser.add_argument("--only", default="", help="only the mutants whose name contains this")
    parser.add_argument("--list", action="store_true", help="name the mutants and run nothing")
    return parser.parse_args()


def chosen(mutants: Iterable[Mutant], only: str, sample: int | None) -> list[Mutant]:
    """Pick the mutants to run: a sample is spread over all by the hash of their names."""
    named = [mutant for mutant in mutants if only in str(mutant)]
    if sample is None:
        return named
    return sorted(named, key=lambda mutant: blake2b(str(mutant).encode()).digest())[:sample]


def main() -> int:
    """Run what is asked for."""
    said = arguments()
    mutants = [*table_mutants(), *code_mutants()]
    if gone := HARMLESS.keys() - set(map(str, mutants)):
        print("harmless, and no mutant any more:", *sorted(gone), sep="\n  ")
        return 2
    mutants = chosen(mutants, said.only, said.sample)
    if said.list:
        print(*mutants, sep="\n")
        return 0
    # The whole suite runs a sample, and the tests of the specification by themselves.
    tests = TESTS if said.sample is None else (FIELDS,)
    ((_, healthy),) = trials([unchanged("generator.spec.rule_table")], 1, tests)
    if healthy is not Verdict.SURVIVED:
        print("the tests fail without any mutant: mend them first")
        return 2
    return report(mutants, said.jobs)


def report(mutants: list[Mutant], jobs: int) -> int:
    """Run mutants and print the survivors as they come, then the figure."""
    started = monotonic()
    counts: Counter[str] = Counter()
    for mutant, verdict in trials(mutants, jobs):
        said = "harmless" if verdict is Verdict.SURVIVED and str(mutant) in HARMLESS else verdict
        counts[said] += 1
        if said is not Verdict.KILLED:
            print(f"{said}: {mutant}", flush=True)
    figures = ", ".join(f"{counts[said]} {said}" for said in (*Verdict, "harmless"))
    print(f"{len(mutants)} mutants: {figures}, in {monotonic() - started:.0f} s")
    return int(bool(counts[Verdict.SURVIVED]))


sys.exit(main())
