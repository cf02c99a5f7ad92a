"""Options that have another name now: the old one is rejected with the new one."""

RENAMED = {
    "--alone": "--no-session-rules",
    "--allow-poison": "--allow-crashing-faults",
    "--faults": "--fault-file",
    "--flat-out": "--unpaced",
    "--into": "--output-dir",
    "--mark": "--no-run-tag",
    "--misbehave-seed": "--fault-seed",
    "--no-content": "--ids-only",
    "--process": "--arrival-process",
    "--resend": "--retries",
    "--scenarios": "--scenario-dir",
    "--settle": "--settle-time",
    "--sink": "--against",
    "--violations": "--max-violations",
    "--write": "--test-dir",
    "--yes-remote": "--allow-remote",
}
"""The new name of each option by its old one."""

RENAMED_VALUES = {
    "any-valid": "random-valid",
    "own": "embedded",
    "wrongly_accepted": "false_accepts",
    "wrongly_refused": "false_rejects",
}
"""The new name of each value of an option, or metric, by its old one."""
