"""Judgement: whether a run held what was asked of it, and whether its numbers can be trusted.

checks          what must hold
baseline        an earlier run's figures
windows         checks that must hold in every so many seconds
judging         all checks of a run, while it runs and at its end
saturation      whether the generator itself was the bottleneck
verdict         the exit code
"""
