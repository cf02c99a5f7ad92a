"""Hypothesis profiles: `pytest --hypothesis-profile footfall-ci`, or `settings.load_profile("footfall-ci")`.

Hypothesis itself calls `register`, whenever and wherever it is imported: it is an entry point of the group
`hypothesis`. So the profiles are always there, and cost nothing if Hypothesis is not used.
"""


def register() -> None:
    """Register `footfall-ci` and `footfall-deep`."""
    from hypothesis import settings  # noqa: PLC0415  it is being imported, and calls this at its end

    default = settings.get_profile("default")
    # The same examples every time: a red build is the change's fault, and any machine repeats it.
    settings.register_profile(
        "footfall-ci", default, max_examples=200, derandomize=True, deadline=None, print_blob=True
    )
    settings.register_profile(
        "footfall-deep", default, max_examples=5_000, stateful_step_count=100, deadline=None, print_blob=True
    )
