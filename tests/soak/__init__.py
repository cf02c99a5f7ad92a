"""A soak outside CI: random faults in server, network, sink, ledger and generator at once, and verdicts that must be true.

`python -m tests.soak --runs 200 --seed 1` prints a line a run, and what contradicts the test's own record.
"""
