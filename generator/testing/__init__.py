"""Tests of other people's code: a pytest plugin, a state machine, and a probe of live endpoints."""
