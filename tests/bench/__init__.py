"""Measurements: the rows of the budget table, both sides of each ratio in one run. `make bench` prints them."""
