"""Hypothesis strategies: what is valid, drawn and shrunk; and the same scenarios, played on Hypothesis' choices.

    @given(sessions("practice"))
    def test_my_parser_survives(session):
        parse(session.lines("wire"))

Decisions are what Hypothesis draws and shrinks, the simplest first; noise comes from one seed per session.
"""

from generator.strategies.chance import DrawnChance
from generator.strategies.sessions import sessions

__all__ = ["DrawnChance", "sessions"]
