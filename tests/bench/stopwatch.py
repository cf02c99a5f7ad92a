"""How the bench measures: processor time, the best of a few rounds, the garbage collector as it is."""

from collections.abc import Callable
from time import process_time


def rate(work: Callable[[], int], rounds: int = 5) -> float:
    """Give units of work a second of processor time: the best of some rounds, after one to warm up."""
    work()
    best = 0.0
    for _ in range(rounds):
        started = process_time()
        done = work()
        best = max(best, done / (process_time() - started))
    return best
