"""Footfall: Telemetry V3 traffic with the shape of real learners', and proof of what arrived."""

__version__ = "0.1.0"
