"""A user's contract as a Python class: it is loaded and tried before anything is sent."""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from msgspec import UNSET

from generator.delivery.address import A_PATH, NO_DOLLAR, is_path
from generator.delivery.batch import Batch, Identity
from generator.delivery.contracts import Answer, Contract, Request
from generator.delivery.contracts.table import nearest
from generator.delivery.contracts.words import brief
from generator.delivery.receipt import Receipt
from generator.errors import FootfallError, ScenarioError, UsageError
from generator.scenarios.story import script_line
from generator.spec.envelope import Actor, Context, Event, Producer
from generator.spec.identity import make_mid, make_msgid
from generator.spec.rules import FORMS
from generator.system import watchdog

_NEEDED = ("form", "path", "largest", "request", "judge")
_START = 1_700_000_000_000
_ANSWERS = (Answer(200, b""), Answer(502, b"<html>"), Answer(400, b"{}"))
"""Answers that any gateway may give."""


def load_contract(reference: str, options: Mapping[str, Any]) -> Contract:
    """Load a class, make a contract of it, and try the contract.

    Args:
        reference: a file or a module, a colon and the name of the class: `own.py:Queue` or `my.contracts:Queue`.
        options: the arguments of its `__init__` by name, such as token.

    Raises:
        UsageError: if the class cannot be found or made, or is not a contract.
    """
    place, _, name = reference.rpartition(":")
    known = vars(_module(place))
    made = known.get(name)
    if not isinstance(made, type):
        classes = [one for one, value in known.items() if isinstance(value, type)]
        hint = nearest(name, classes, "give the name of a class, such as own.py:Queue")
        raise UsageError(f"{reference}: no class {name!r} in it; {hint}")
    return _Trial(reference, made, options).contract()


def _module(place: str) -> ModuleType:
    path = Path(place).absolute()
    is_file = place.endswith(".py")
    if is_file and not path.is_file():
        raise UsageError(f"{place}: file not found; write one, or give the path of another")
    if not is_file and not all(part.isidentifier() for part in place.split(".")):
        raise UsageError(f"{place!r} is neither a file that ends in .py nor a module; write own.py:Queue")
    try:
        watchdog.begin(watchdog.CONTRACT)
        return _of_file(path) if is_file else importlib.import_module(place)
    except ModuleNotFoundError as error:
        raise UsageError(f"{place}: {error}; install it, or give a file, such as own.py:Queue") from None
    except SyntaxError as error:
        raise UsageError(f"{place}:{error.lineno}: {error.msg}") from None
    except (Exception, SystemExit) as error:
        raise UsageError(f"{script_line(error, path)}: {_raised(error)}") from error
    finally:
        watchdog.end()


def _of_file(path: Path) -> ModuleType:
    name = f"footfall_contract_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # noqa: S101  a name that ends in .py has one
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class _Trial:
    """Tries a user's class.

    Args:
        reference: its name, for messages.
        made: the class.
        options: the arguments of its `__init__`; no message shows the token among them.
    """

    def __init__(self, reference: str, made: type, options: Mapping[str, Any]) -> None:
        self._reference, self._made, self._options = reference, made, options

    def contract(self) -> Contract:
        """Return a contract that has every attribute, writes a batch twice alike, and judges any answer."""
        with self._blamed("__init__()"):
            contract = self._made(**self._arguments())
        with self._blamed("its attributes"):
            self._check_attributes(contract)
            self._check_options(contract)
        self._check_request(contract)
        self._check_judge(contract)
        return cast("Contract", contract)

    def _arguments(self) -> dict[str, Any]:
        """Return the options that its `__init__` takes."""
        wanted = inspect.signature(self._made).parameters
        is_open = any(one.kind is one.VAR_KEYWORD for one in wanted.values())
        taken = {name: value for name, value in self._options.items() if is_open or name in wanted}
        if "token" in self._options and "token" not in taken:
            raise self._wrong(
                "it takes no token; give its __init__ the argument token, or unset FOOTFALL_TOKEN"
            )
        return taken

    def _wrong(self, why: str) -> UsageError:
        secret = self._options.get("token")
        return UsageError(f"{self._reference}: {why.replace(secret, '(hidden)') if secret else why}")

    @contextmanager
    def _blamed(self, doing: str) -> Iterator[None]:
        try:
            watchdog.begin(watchdog.CONTRACT)
            yield
        except (Exception, SystemExit) as error:
            if isinstance(error, FootfallError) and not isinstance(error, ScenarioError):
                raise  # the contract's own; a ScenarioError is the watchdog's
            place = script_line(error, Path(inspect.getfile(self._made)))
            # Without the cause, whose text may hold the token.
            raise self._wrong(f"{doing}: {_raised(error)} ({place})") from None
        finally:
            watchdog.end()

    def _check_options(self, contract: Any) -> None:
        for name, asked in self._options.items():
            has = getattr(contract, name, None)
            if name != "token" and has != asked:
                raise self._wrong(
                    f"{name} = {asked!r} is asked for, and it has {has!r}; let its __init__ take {name}, or do not ask"
                )

    def _check_attributes(self, contract: Any) -> None:
        missing = [name for name in _NEEDED if not hasattr(contract, name)]
        if missing:
            raise self._wrong(
                f"not a contract: it has no {', '.join(missing)}; a contract has {', '.join(_NEEDED)}"
            )
        form, path, largest = contract.form, contract.path, contract.largest
        if form not in FORMS:
            raise self._wrong(f"form = {form!r}: choose one of {', '.join(FORMS)}")
        if not is_path(path):
            raise self._wrong(f"path = {path!r}: {A_PATH}, such as /ingest")
        if "$" in path:
            raise self._wrong(f"path = {path!r}: {NO_DOLLAR}")
        if isinstance(largest, bool) or not isinstance(largest, int) or largest < 0:
            raise self._wrong(
                f"largest = {largest!r}: give the most events of one request, or 0 for no limit"
            )

    def _check_request(self, contract: Any) -> None:
        one, other = self._request(contract, 1), self._request(contract, 1)
        if contract.largest != 1:
            self._request(contract, 2)
        if one != other:
            raise self._wrong("request() writes one batch in two ways; let the batch alone decide")
        if "$" in one.path:
            raise self._wrong(f"its request goes to {one.path!r}: {NO_DOLLAR}")
        packed = one.headers.get("Content-Encoding", "none")
        if packed != getattr(contract, "compress", "none"):
            raise self._wrong(f"its requests are compressed; give it an attribute compress = {packed!r}")

    def _request(self, contract: Any, events: int) -> Request:
        some = "one event" if events == 1 else f"{events} events"
        with self._blamed(f"request() of a batch of {some}"):
            one = contract.request(_batch(events))
        if not _is_request(one):
            raise self._wrong(
                f"request() returns {type(one).__name__}; return Request(method, path, headers, body)"
            )
        return cast("Request", one)

    def _check_judge(self, contract: Any) -> None:
        for answer in _ANSWERS:
            call = f"judge(Answer(status={answer.status}, body={answer.body!r}))"
            with self._blamed(call):
                receipt = contract.judge(answer)
            if not isinstance(receipt, Receipt):
                raise self._wrong(f"{call} returns {type(receipt).__name__}; return a Receipt")


def _is_request(request: Any) -> bool:
    if not (
        isinstance(request, Request) and isinstance(request.headers, dict) and isinstance(request.body, bytes)
    ):
        return False
    texts = (request.method, request.path, *request.headers, *request.headers.values())
    return all(isinstance(text, str) for text in texts)


def _raised(error: BaseException) -> str:
    """Return what was raised: its name, and its text if it has one."""
    if isinstance(error, ScenarioError):
        return str(error)  # the watchdog's, which is a whole message
    reference = brief(str(error))
    return f"{type(error).__name__}: {reference}" if reference else type(error).__name__


def _batch(events: int = 1) -> Batch:
    """Make a batch of a few events, to try with."""
    context = Context(channel="channel1", pdata=Producer(id="app1"), env="home", sid="sid1", did="did1")
    edata = {"type": "TOUCH", "id": "next"}
    made = [
        Event(
            "INTERACT", _START, "3.0", make_mid("INTERACT", 0, 0, number), Actor("uid1", "User"), context, UNSET, UNSET,
            edata,
        )
        for number in range(events)
    ]  # fmt: skip
    return Batch(make_msgid(0, 0, 0), _START, made, Identity("did1", "channel1", "app1"))
