"""A row of values as a line of little bars."""

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int) -> str:
    """Draw the last values, the greatest of them as a full bar; what is 0 is the lowest bar.

    Args:
        values: none below 0.
        width: how many are drawn at most.
    """
    shown = values[-width:] if width > 0 else []
    top = max(shown, default=0)
    steps = len(BARS) - 1
    # What is little is not nothing: it is drawn above the line.
    return "".join(BARS[max(value > 0, round(steps * value / top)) if top else 0] for value in shown)
