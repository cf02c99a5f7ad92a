"""Rates: how much is offered, when.

units           rates and durations as people write them
curve           a piecewise-linear rate over time, its integral and the inverse of that
shape           ramp, steps, spike, soak, breakpoint, day …
profile         shapes one after the other, in one line
profile_file    the same in a TOML file
arrivals        when the next thing is due: by chance or evenly
"""
