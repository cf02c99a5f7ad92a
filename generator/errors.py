"""The errors that a user can meet; each names the value, the place and the next step.

    FootfallError
    ├── PayloadError      a payload that the specification forbids, with the path of the bad value
    ├── SequenceError     a call out of order: END without START, an event after abandon
    ├── ScenarioError     a scenario that cannot be found, loaded or played
    ├── WorldError        a file of the user's own world that cannot be read
    ├── DeliveryError     an endpoint that cannot be reached or spoken to
    ├── ContractError     a contract that cannot write a batch
    └── UsageError        an invalid option or file
        └── LedgerError   a ledger that cannot be read, or is corrupt
            └── CutLedgerError   a ledger that ends in its header

One clause catches everything that Footfall raises on purpose:

    try:
        telemetry.interact({"type": "TOUCH"})
    except FootfallError as error:
        print(error)        # INTERACT: $.id is missing, and it is required
"""


class FootfallError(Exception):
    """The root of the tree; its text is one line with a next step."""


class PayloadError(FootfallError):
    """A payload that the specification forbids.

    Attributes:
        path: the place of the bad value, such as `$.item.id`.
    """

    def __init__(self, message: str, path: str = "$") -> None:
        super().__init__(message)
        self.path = path


class SequenceError(FootfallError):
    """A call out of order, such as END without an open START."""


class ScenarioError(FootfallError):
    """A scenario that cannot be found, loaded or played."""


class WorldError(FootfallError):
    """A file of the user's own world that cannot be read."""


class DeliveryError(FootfallError):
    """An endpoint that cannot be reached or spoken to."""


class ContractError(FootfallError):
    """A contract that cannot write a batch.

    Attributes:
        why: the text of what it raised.
    """

    def __init__(self, why: str, place: str = "") -> None:
        super().__init__(f"{why} ({place})" if place else why)
        self.why = why


class UsageError(FootfallError):
    """An invalid option or file."""


class LedgerError(UsageError):
    """A ledger that cannot be read, or is corrupt: no verdict is possible."""


class CutLedgerError(LedgerError):
    """A ledger that ends in its header: it does not show what its worker sent."""
