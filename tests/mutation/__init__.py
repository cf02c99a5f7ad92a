"""The mutation run over `generator/spec/`: each rule weakened, each line of its code bent, and whether a test notices.

A mutant is a module's source with one change. It is tried in a forked child which imports the changed source
instead of the file, and runs the tests of the specification until the first fails: as if the file had been
edited, and never editing it.

The tools that exist change what stands inside functions (mutmut 3) or start a fresh run for every mutant
(cosmic-ray); the rules are a table outside of any function, so the mutants are made here.
"""
