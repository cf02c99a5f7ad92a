"""The user's own contract as a Python class: found, tried, and refused where it is none."""

import sys

import pytest

from generator.delivery.contracts.choose import contract_named
from generator.errors import UsageError
from generator.system.watchdog import VARIABLE, Watchdog

GOOD = """
import os
from generator.delivery.contracts import Answer, Request
from generator.delivery.receipt import ACKED
from generator.errors import UsageError

class Queue:
    form = "wire"
    path = "/in"
    largest = 0

    def __init__(self):
        pass

    def request(self, batch):
        return Request("POST", self.path, {}, batch.events[0].mid.encode())

    def judge(self, answer):
        return ACKED
"""
TOKEN = "t0p-secret"
INIT = "def __init__(self):\n        pass"


@pytest.fixture
def load(tmp_path):
    """Load a class of a script."""

    def load(text, name="Queue", **options):
        path = tmp_path / "own.py"
        path.write_text(text, encoding="utf-8")
        return contract_named(f"{path}:{name}", **options)

    yield load
    sys.modules.pop("footfall_contract_own", None)


def test_a_class_is_a_contract(load):
    """A class with the five attributes is made and given; it needs neither a base nor a registration."""
    contract = load(GOOD)

    assert (type(contract).__name__, contract.path, contract.form, contract.largest) == (
        "Queue",
        "/in",
        "wire",
        0,
    )


def test_a_class_of_an_installed_module_is_found():
    """MODULE:Class is imported as any module is; what has options of its own is told those that were given."""
    contract = contract_named(
        "generator.delivery.contracts.plain:PlainContract", path="/x", compress="gzip", token=TOKEN
    )

    assert repr(contract) == "Plain('array', '/x', token=(hidden), compress='gzip', form='wire')"


def test_options_are_told_to_the_class(load):
    """An option goes to the argument of its name; one that the class has already as it is asked for may be asked for."""
    text = GOOD.replace(
        INIT, "def __init__(self, path, token=None):\n        self.path, self.token = path, token"
    )
    contract = load(text, path="/other", token=TOKEN, form="wire")

    assert (contract.path, contract.token, contract.form) == ("/other", TOKEN, "wire")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"path": "/x"}, "path = '/x' is asked for, and it has '/in'; let its __init__ take path"),
        ({"form": "documented"}, "form = 'documented' is asked for, and it has 'wire'"),
        ({"compress": "gzip"}, "compress = 'gzip' is asked for, and it has None"),
        (
            {"token": TOKEN},
            "it takes no token; give its __init__ the argument token, or unset FOOTFALL_TOKEN",
        ),
    ],
)
def test_an_option_that_a_class_cannot_honour_is_refused(load, options, said):
    """Nothing that was asked for is passed over in silence."""
    with pytest.raises(UsageError) as error:
        load(GOOD, **options)

    assert said in str(error.value)
    assert TOKEN not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    largest = 0\n", "", "it has no largest; a contract has form, path, largest, request, judge"),
        ("judge(", "judges(", "it has no judge"),
        ("largest = 0", "largest = -1", "largest = -1: give the most events"),
        ("largest = 0", "largest = True", "largest = True: give the most events"),
        ('form = "wire"', 'form = "raw"', "form = 'raw': choose one of documented, wire"),
        ('form = "wire"', "form = ['wire']", r"form = \['wire'\]: choose one of"),
        ('path = "/in"', 'path = "in"', "path = 'in': a path begins with a slash"),
        ('path = "/in"', "path = None", "path = None: a path begins with a slash"),
        ('path = "/in"', "path = property(lambda self: 1 / 0)", "its attributes: ZeroDivisionError"),
        (
            INIT,
            "def __init__(self, host):\n        pass",
            "__init__.*missing 1 required positional argument: 'host'",
        ),
        (INIT, "def __init__(self):\n        raise UsageError('QUEUE: set it')", "^QUEUE: set it$"),
        (
            "[0].mid",
            "[0].mdi",
            r"request\(\) of a batch of one event: AttributeError.*own.py:16, `return Request",
        ),
        ("[0].mid", "[7].mid", r"request\(\) of a batch of one event: IndexError"),
        (".encode()", "", r"request\(\) returns Request; return Request\(method, path, headers, body\)"),
        ("{}", "{'A': 1}", r"request\(\) returns Request; return"),
        ("{}", "[]", r"request\(\) returns Request; return"),
        ("return Request(", "return tuple(", "TypeError"),
        ("batch.events[0].mid.encode()", "os.urandom(8)", r"request\(\) writes one batch in two ways"),
        (
            "{}",
            "{'Content-Encoding': 'gzip'}",
            "its requests are compressed; give it an attribute compress = 'gzip'",
        ),
        ("return ACKED", "return True", r"judge\(.*returns bool; return a Receipt"),
        (
            "return ACKED",
            "return answer.body[0] and ACKED",
            r"judge\(Answer\(status=200, body=b''\)\): IndexError",
        ),
        (
            "class Queue",
            "raise OSError('no\\nqueue')\nclass Queue",
            "own.py:7, `raise OSError.*OSError: no queue",
        ),
        ("class Queue", "raise SystemExit(3)\nclass Queue", "SystemExit: 3"),
        (
            INIT,
            "def __init__(self):\n        raise SystemExit",
            r"__init__\(\): SystemExit \(own.py:13, `raise",
        ),
        ("[0].mid", "[exit(4)].mid", r"batch of one event: SystemExit: 4 \(own.py:16, `return"),
        ("[0].mid", "[len(batch.events) - 1 and exit(5)].mid", r"batch of 2 events: SystemExit: 5"),
        ('path = "/in"', "path = property(lambda self: exit(6))", "its attributes: SystemExit: 6"),
        (
            "return ACKED",
            "return ACKED if answer.body else exit()",
            r"judge\(Answer\(status=200, body=b''\)\): SystemExit: None \(own.py:19, `return ACKED if",
        ),
        ("class Queue", "class Queue Queue", "own.py:7: "),
        ("import os", "import no_such_module", "No module named 'no_such_module'"),
        ("class Queue", "class Queues", "no class 'Queue' in it; did you mean Queues?"),
        ("class Queue", "Queue = 5\nclass Other", "no class 'Queue' in it"),
    ],
)
def test_what_is_no_contract_is_refused_before_anything_is_sent(load, old, new, said):
    """A class is tried with a batch and with answers as gateways give them: what fails is named, with its line."""
    assert GOOD.count(old) >= 1
    with pytest.raises(UsageError, match=said) as error:
        load(GOOD.replace(old, new, 1))

    assert "\n" not in str(error.value)


def test_a_token_is_hidden_in_what_a_class_says(load):
    """A class that puts the token into its error does not have it shown."""
    text = GOOD.replace(INIT, "def __init__(self, token):\n        raise ValueError(f'bad token {token}')")
    with pytest.raises(UsageError, match=r"ValueError: bad token \(hidden\)") as error:
        load(text, token=TOKEN)

    assert error.value.__cause__ is None


LOOP = "while True:\n            pass"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("class Queue", "while True:\n    pass\nclass Queue", r"own\.py:[78], `"),
        (INIT, f"def __init__(self):\n        {LOOP}", r"__init__\(\): .*own\.py:1[34], `"),
        ("return Request(", f"{LOOP}\n        return Request(", r"request\(\) of a batch.*own\.py:1[67], `"),
        ("return ACKED", f"{LOOP}\n        return ACKED", r"judge\(.*own\.py:(19|20), `"),
    ],
)
def test_a_contract_that_does_not_end_is_refused_with_its_line(load, old, new, said):
    """A call that does not end is ended after its time, and the refusal names the line and the way to more time."""
    with Watchdog(limit=0.1, every=0.05), pytest.raises(UsageError, match=said) as error:
        load(GOOD.replace(old, new, 1))

    assert "the contract has not ended its call after 0.1 s of processor time" in str(error.value)
    assert VARIABLE in str(error.value)
