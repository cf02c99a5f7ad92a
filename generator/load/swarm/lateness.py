"""The lateness of senders by their own fault: what a saturated generator is told by."""


class Lateness:
    """How late the senders here are by their own fault, since it was last asked."""

    def __init__(self) -> None:
        self._worst: float | None = None
        self.senders = self.busy = 0

    def add(self, seconds: float) -> None:
        """Take the lateness of a batch that was not its endpoint's fault."""
        if self._worst is None or seconds > self._worst:
            self._worst = seconds

    def ask(self) -> tuple[float | None, int]:
        """Give the worst in milliseconds, None where nothing was sent, and how many senders have nothing to do."""
        worst, self._worst = self._worst, None
        # Where there is none at all, nobody is held up.
        return None if worst is None else worst * 1000, max(1, self.senders) - self.busy
