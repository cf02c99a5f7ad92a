from hypothesis import settings

# A busy machine is no failure: no test asserts how long anything takes.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
