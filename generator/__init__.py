"""Footfall: Telemetry V3 traffic with the shape of real learners', and proof of what arrived."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.chance import Chance, SeededChance
    from generator.errors import FootfallError
    from generator.scenarios.loader import find
    from generator.scenarios.story import Scenario, Session, Story, play, scenario
    from generator.spec.check import check
    from generator.spec.envelope import Config, Event
    from generator.spec.schema import json_schema
    from generator.spec.session import check_session
    from generator.telemetry import Telemetry
    from generator.world import Learner, World

__version__ = "0.1.0"

# Loaded at first use: the command's --help needs none of them.
_HOMES = {
    "Chance": "chance",
    "Config": "spec.envelope",
    "Event": "spec.envelope",
    "FootfallError": "errors",
    "Learner": "world",
    "Scenario": "scenarios.story",
    "SeededChance": "chance",
    "Session": "scenarios.story",
    "Story": "scenarios.story",
    "Telemetry": "telemetry",
    "World": "world",
    "check": "spec.check",
    "check_session": "spec.session",
    "find": "scenarios.loader",
    "json_schema": "spec.schema",
    "play": "scenarios.story",
    "scenario": "scenarios.story",
}

__all__ = [
    "Chance", "Config", "Event", "FootfallError", "Learner", "Scenario", "SeededChance", "Session", "Story",
    "Telemetry", "World", "check", "check_session", "find", "json_schema", "play", "scenario",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"generator.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'generator' has no attribute {name!r}")
