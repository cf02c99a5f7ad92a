"""Checks: whether a run met its limits, and whether its figures are valid.

check           a threshold on a metric
baseline        an earlier run's figures
windows         checks that must hold in every window of a length
runner          all checks of a run, while it runs and at its end
saturation      whether the generator itself was the bottleneck
verdict         the exit code
"""
