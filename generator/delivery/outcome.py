"""The outcome of an attempt: the one place where an answer becomes a receipt, whichever client heard it."""

from http import HTTPStatus

from generator.delivery.contracts import Answer, Contract
from generator.delivery.contracts.words import brief, is_success, named
from generator.delivery.receipt import Receipt, rejected, unknown

_CONFLICT = "409"
_GATEWAYS = {502, 503, 504}


def judge(contract: Contract, answer: Answer) -> Receipt:
    """Judge an answer as its contract does, except for what no contract can know.

    A success that came before the whole batch was sent proves nothing. Nor does a success whose words were cut at
    the limit of what is read, and a contract that raises: both leave the batch unknown.
    """
    try:
        receipt: object = contract.judge(answer)  # a stranger's code returns anything
    except (Exception, SystemExit) as error:  # noqa: BLE001  a stranger's code raises anything
        return unknown(failed(contract, f"judge {answer.status}", error))
    if not isinstance(receipt, Receipt):
        kind = type(receipt).__name__
        return unknown(f"{named(answer.status)}, but {_name(contract)} judges it as {kind}: not a Receipt")
    if answer.proxy:
        receipt = _through(answer, receipt)
    if answer.is_early and receipt.status == "acked":
        return unknown(f"{named(answer.status)} before the whole batch was sent")
    if answer.is_cut and receipt.status == "rejected" and is_success(answer.status):
        size = len(answer.body)
        return unknown(
            f"{named(answer.status)}, but its answer is longer than the {size:,} bytes that are read"
        )
    return receipt


def _through(answer: Answer, receipt: Receipt) -> Receipt:
    """Name the proxy in what it may have said itself: that it wants a password, or reaches no endpoint."""
    if answer.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return rejected(f"{named(answer.status)}, from {answer.proxy}")
    if receipt.status == "acked" or answer.status not in _GATEWAYS:
        return receipt
    return receipt._replace(reason=f"{receipt.reason}, from {answer.proxy} or from behind it")


def has_read(receipt: Receipt) -> bool:
    """Return whether an endpoint rejected a batch for what it holds, as far as its answer tells.

    A redirect, a missing permission, an unknown path, too many requests, an overload and a missing connection say
    nothing of the batch. Any receipt but a rejection passes.
    """
    if receipt.status != "rejected" or receipt.final:
        return True
    status = receipt.reason[:3]
    is_error = status.isdecimal() and not status.startswith("2") and status != _CONFLICT
    return not (is_error or receipt.reason.startswith(("not connected: ", "not sent: ")))


def failed(contract: Contract, task: str, error: BaseException) -> str:
    """Return the reason for a batch whose contract raised."""
    return brief(f"{_name(contract)} failed to {task}: {type(error).__name__}: {error}")


def _name(contract: Contract) -> str:
    return type(contract).__name__
