"""The sessions that ledgers opened: columns, so that a million of them take some hundred megabytes."""

from array import array

from generator.ledger.record import SessionStart
from generator.spec.identity import SESSIONS

NONE = 0xFFFFFFFF
"""The place of what is not there."""
_UNTOLD = 0
"""The scenario of a session whose opening names none."""
_PAGE_BITS = 6
_PAGE = 1 << _PAGE_BITS


class Sessions:
    """Sessions by run and number, each at a place: 0, 1, 2 … as they were opened.

    Numbers that lie close together, as a worker's in its lane, take a few bytes each; scattered ones, as a
    replay's, some hundred.

    Attributes:
        number: by place, the session's number.
        ledger: by place, which ledger opened it.
    """

    def __init__(self) -> None:
        self.number, self.ledger = array("Q"), array("H")
        self._pages: dict[int, array[int]] = {}
        self._scenario, self._of, self._t0 = array("I"), array("Q"), array("q")
        self._scenarios: dict[str, int] = {"": _UNTOLD}
        self._names, self._ends = bytearray(), array("Q")

    def __len__(self) -> int:
        return len(self.number)

    def place(self, run: int, session: int) -> int:
        """Give a session's place; `NONE` where no ledger opened it."""
        key = run * SESSIONS + session
        page = self._pages.get(key >> _PAGE_BITS)
        return NONE if page is None else page[key % _PAGE]

    def add(self, run: int, ledger: int, opening: SessionStart) -> None:
        """Take down a session that is not there yet."""
        key = run * SESSIONS + opening.session
        page = self._pages.get(key >> _PAGE_BITS)
        if page is None:
            page = self._pages[key >> _PAGE_BITS] = array("I", [NONE]) * _PAGE
        page[key % _PAGE] = len(self.number)
        self.number.append(opening.session)
        self.ledger.append(ledger)
        self._scenario.append(self._scenarios.setdefault(opening.scenario, len(self._scenarios)))
        self._of.append(opening.number)
        self._t0.append(opening.t0)
        self._names += f"{opening.uid}\0{opening.did}".encode()
        self._ends.append(len(self._names))

    def scenario(self, place: int) -> str:
        """Give the name of its scenario; "" where its opening names none."""
        return list(self._scenarios)[self._scenario[place]]

    def template(self, place: int) -> tuple[int, int] | None:
        """Tell sessions of one template by: scenario and number; None where it was stamped from none."""
        scenario = self._scenario[place]
        return (scenario, self._of[place]) if scenario != _UNTOLD else None

    def opening(self, place: int) -> SessionStart:
        """Give its record back."""
        start = self._ends[place - 1] if place else 0
        uid, _, did = self._names[start : self._ends[place]].decode().partition("\0")
        scenario, number, t0 = self.scenario(place), self._of[place], self._t0[place]
        return SessionStart(self.number[place], scenario, number, uid, did, t0)
