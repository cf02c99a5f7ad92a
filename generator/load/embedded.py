"""The embedded endpoint of a load run: started where no host is given."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from generator.collector import CollectorProcess
from generator.errors import FootfallError
from generator.spec.rules import Form


class Embedded:
    """A collector of this run's own.

    Args:
        store: the folder in which it stores; a fresh temporary one where it is "".
        form: the form in which it checks events.

    Raises:
        UsageError: when it does not start, with its own words.
    """

    def __init__(self, store: str, form: Form) -> None:
        self._is_temporary = not store
        folder = Path(store) if store else Path(tempfile.mkdtemp(prefix="footfall-"))
        try:
            self._process = CollectorProcess(folder, form=form).start()
        except BaseException:
            # Also an interruption: this folder was not reported yet.
            if self._is_temporary:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        self.url = self._process.url
        self.store = folder

    def stats(self) -> dict[str, Any] | None:
        """Return what it counted; nothing where it no longer answers."""
        try:
            return self._process.stats()
        except (OSError, ValueError, FootfallError):
            return None

    def stop(self, *, keep: bool) -> str:
        """End it; whatever it acknowledged is on disk.

        Args:
            keep: whether a temporary store stays too.

        Returns:
            What became of a temporary store; "" where the user named the folder.
        """
        self._process.stop()
        if not self._is_temporary:
            return ""
        if keep:
            return f"what the endpoint stored is kept in {self.store}"
        shutil.rmtree(self.store, ignore_errors=True)
        return f"the temporary store {self.store} is removed; --store DIR keeps one"
