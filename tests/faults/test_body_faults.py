"""The damage to a batch on its way: the collector answers as the catalogue says the telemetry service does."""

import gzip
import http.client
from urllib.parse import urlsplit

import pytest

from generator.collector import CollectorProcess
from generator.collector.body import LIMIT as COLLECTORS_LIMIT
from generator.collector.store import read
from generator.delivery.batch import Batch, Identity
from generator.delivery.contracts.sunbird import Sunbird
from generator.faults import BODY_FAULTS, ExpectedOutcome, minimal_event
from generator.faults.body_faults import LIMIT

EACH = pytest.mark.parametrize("fault", BODY_FAULTS, ids=str)
PACKED = pytest.mark.parametrize("compress", ["none", "gzip"])


@pytest.fixture(scope="module")
def collector(tmp_path_factory):
    """Give a collector which answers as the telemetry service does."""
    with CollectorProcess(tmp_path_factory.mktemp("sunbird")) as process:
        yield process


def batch(name):
    """Make a batch of three valid events whose mids begin with a name."""
    events = [minimal_event("LOG", "wire") | {"mid": f"{name}:{number}"} for number in range(3)]
    return Batch(f"batch {name}", 1, events, Identity("device", "channel", "app"))


def post(collector, request, headers, body):
    connection = http.client.HTTPConnection(urlsplit(collector.url).netloc, timeout=20)
    try:
        connection.request(request.method, request.path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


@EACH
@PACKED
def test_the_answer_and_the_fate_are_those_that_are_named(collector, fault, compress):
    """The status is the one that is named, and only what is named harmless arrives whole."""
    contract = Sunbird(compress=compress)
    name = f"{BODY_FAULTS.index(fault)}{compress}é"
    request = contract.request(batch(name))
    status = post(collector, request, *fault.apply(request.headers, request.body))
    stored = read(collector.store, ("accepted",))
    taken = [each for each in stored if f'"{name}:'.encode() in each.event]

    assert status == fault.status
    assert (len(taken) == 3) == (fault.fate is ExpectedOutcome.TAKEN)
    assert not (taken and fault.fate is ExpectedOutcome.REFUSED)


@EACH
@PACKED
def test_what_is_given_stays_as_it_is(fault, compress):
    """The request that is damaged is another one, and the same one each time."""
    request = Sunbird(compress=compress).request(batch("x"))
    headers = dict(request.headers)
    damaged = fault.apply(request.headers, request.body)

    assert request.headers == headers
    assert damaged != (request.headers, request.body)
    assert damaged == fault.apply(request.headers, request.body)


@EACH
def test_header_names_are_found_in_any_case(fault):
    """A header that was spelt in small letters is replaced, not said twice."""
    request = Sunbird(compress="gzip").request(batch("x"))
    small = {name.lower(): value for name, value in request.headers.items()}
    damaged = fault.apply(small, request.body)

    assert len({name.lower() for name in damaged.headers}) == len(damaged.headers)
    assert damaged.body == fault.apply(request.headers, request.body).body


def test_the_limit_is_the_services():
    """What is sent at the limit and beyond it is that long after inflation, whether it is compressed or not."""
    assert LIMIT == COLLECTORS_LIMIT
    lengths = []
    for compress, inflate in (("none", bytes), ("gzip", gzip.decompress)):
        request = Sunbird(compress=compress).request(batch("x"))
        at_limit = [fault for fault in BODY_FAULTS if "5 MiB" in fault.name]
        lengths += [len(inflate(fault.apply(request.headers, request.body).body)) for fault in at_limit]

    assert lengths == [LIMIT + 1, LIMIT] * 2


def test_a_refusal_and_its_status_agree():
    """What is refused is a client's error, what is lost or taken was answered with 200; poison is never refused."""
    for fault in BODY_FAULTS:
        assert (fault.status >= 400) == (fault.fate is ExpectedOutcome.REFUSED)
        assert not (fault.is_poison and fault.fate is not ExpectedOutcome.LOST)
    assert [fault.name for fault in BODY_FAULTS if fault.is_poison] == [
        "events is an object",
        "events holds texts",
    ]
    assert len({fault.name for fault in BODY_FAULTS}) == len(BODY_FAULTS)
