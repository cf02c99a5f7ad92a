"""The outcome of an attempt: the one place that writes a request and judges an answer, for every client.

A user's contract may raise, exit or loop in both.
"""

import inspect
from http import HTTPStatus
from pathlib import Path

from generator.delivery.batch import Batch
from generator.delivery.contracts import Answer, Contract, Request
from generator.delivery.contracts.success import unreadable
from generator.delivery.contracts.words import brief, is_success, named
from generator.delivery.receipt import Receipt, rejected, unknown
from generator.errors import ContractError
from generator.scenarios.story import script_line
from generator.system import watchdog

_CONFLICT = "409"
_GATEWAYS = {502, 503, 504}


def write(contract: Contract, batch: Batch) -> Request:
    """Write a batch as its contract does.

    Raises:
        ContractError: if the contract raises, with its line, or writes no request.
    """
    events = len(batch.events)
    size = f"a batch of {events:,} event{'' if events == 1 else 's'}"
    try:
        watchdog.begin(watchdog.CONTRACT)
        request: object = contract.request(batch)  # foreign code returns anything
    except (Exception, SystemExit) as error:
        why = failed(contract, "write the batch", error)
        raise ContractError(why, ", ".join(filter(None, (_line(contract, error), size)))) from error
    finally:
        watchdog.end()
    if not isinstance(request, Request) or not isinstance(request.body, bytes):
        why = f"{_name(contract)} failed to write the batch: it returns no Request whose body is bytes"
        raise ContractError(why, size)
    return request


def judge(contract: Contract, answer: Answer) -> Receipt:
    """Judge an answer as its contract does, except for what no contract can know.

    The batch stays unknown in four cases. A success came before the whole batch was sent. A success is longer than
    the limit of what is read. It came in an unknown coding. The contract raises.
    """
    try:
        watchdog.begin(watchdog.CONTRACT)
        receipt: object = contract.judge(answer)  # foreign code returns anything
    except (Exception, SystemExit) as error:  # noqa: BLE001  foreign code raises anything
        return unknown(failed(contract, f"judge {answer.status}", error))
    finally:
        watchdog.end()
    if not isinstance(receipt, Receipt):
        kind = type(receipt).__name__
        return unknown(f"{named(answer.status)}, but {_name(contract)} judges it as {kind}: not a Receipt")
    if answer.proxy:
        receipt = _through(answer, receipt)
    if answer.is_early and receipt.status == "acked":
        return unknown(f"{named(answer.status)} before the whole batch was sent")
    is_unread = answer.is_cut or bool(answer.coding)
    if is_unread and receipt.status == "rejected" and is_success(answer.status):
        return unknown(f"{named(answer.status)}, but {unreadable(answer)}")
    return receipt


def _through(answer: Answer, receipt: Receipt) -> Receipt:
    """Name the proxy in an answer that may be its own: it wants a password, or reaches no endpoint."""
    if answer.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return rejected(f"{named(answer.status)}, from {answer.proxy}")
    if receipt.status == "acked" or answer.status not in _GATEWAYS:
        return receipt
    return receipt._replace(reason=f"{receipt.reason}, from {answer.proxy} or from behind it")


def has_read(receipt: Receipt) -> bool:
    """Return whether an endpoint rejected a batch because of its content, as far as the answer shows.

    A redirect, a missing permission, an unknown path, too many requests, an overload and a missing connection state
    nothing about the batch. Any receipt other than a rejection passes.
    """
    if receipt.status != "rejected" or receipt.final:
        return True
    status = receipt.reason[:3]
    is_error = status.isdecimal() and not status.startswith("2") and status != _CONFLICT
    return not (is_error or receipt.reason.startswith(("not connected: ", "not sent: ")))


def failed(contract: Contract, task: str, error: BaseException) -> str:
    """Return the reason for a batch whose contract raised."""
    return brief(f"{_name(contract)} failed to {task}: {type(error).__name__}: {error}")


def _line(contract: Contract, error: BaseException) -> str:
    """Return the line of the contract at which it raised; "" if its source is missing."""
    try:
        source = Path(inspect.getfile(type(contract)))
    except (TypeError, OSError):
        return ""
    return script_line(error, source)


def _name(contract: Contract) -> str:
    return type(contract).__name__
