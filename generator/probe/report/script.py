"""A failure as a test of its own: it needs pytest and urllib3, not Footfall."""

import re
from pprint import pformat
from typing import Any, NamedTuple

from generator.delivery.batch import Batch
from generator.probe.exchange import Event, Exchange, Expected, Step
from generator.probe.report.curl import inflated
from generator.probe.run import PropertyResult
from generator.probe.sink import ProbeSink

_SECRET = "authorization"  # noqa: S105  the header's name

_ASSERTIONS: dict[Expected, str] = {
    "accepted": "assert is_success(answer), (answer.status, answer.data)",
    "rejected": "assert 400 <= answer.status < 500, (answer.status, answer.data)",
    "too large": "assert answer.status == 413, (answer.status, answer.data)",
    "answered": "assert answer.status < 500, (answer.status, answer.data)",
    "healthy": "assert answer.status == 200, (answer.status, answer.data)",
}

_HEAD = '''\
"""{truth}

Footfall's probe found a failure at {url}:
{problem}

    pytest {name}

It fails until the endpoint is fixed. FOOTFALL_URL names another endpoint, FOOTFALL_TOKEN holds its token{sink}.
"""

{imports}
import urllib3

URL = os.environ.get("FOOTFALL_URL", {url!r})
TOKEN = os.environ.get("FOOTFALL_TOKEN", "")
HTTP = urllib3.PoolManager(8, maxsize=8, retries=False, timeout={timeout!r}{certificates})
'''

_BATCH = '''

def batch(events):
    """Write a batch; its events are given ids and times that were never used before."""
    fresh = []
    for event in events:
        event = dict(event)
        if event.get("mid") == "(fresh)":
            event["mid"] = f"{event.get('eid')}:{uuid.uuid4().hex}"
        if event.get("ets") == "(now)":
            event["ets"] = int(time.time() * 1000)
        fresh.append(event)
    return again({"events": fresh})


def again(batch):
    """Write a batch with the same events and an id of its own."""
    envelope = {"id": "api.sunbird.telemetry", "ver": "3.0", "params": {"msgid": uuid.uuid4().hex}}
    return {**envelope, "ets": int(time.time() * 1000), "events": batch["events"]}
'''

_POST = '''

def send(method, path, headers, body, chunk=0):
    """Send a batch, or bytes as they are, in chunks of `chunk` bytes if it is not 0."""
    if TOKEN and method == "POST":
        headers = {**headers, "Authorization": f"Bearer {TOKEN}"}
    if isinstance(body, dict):
        body = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        if {name.lower(): value for name, value in headers.items()}.get("content-encoding", "").lower() == "gzip":
            body = gzip.compress(body)
    if chunk:
        headers = {**headers, "Transfer-Encoding": "chunked"}
        body = [body[start : start + chunk] for start in range(0, len(body), chunk)]
    return HTTP.request(method, URL + path, headers=headers, body=body or None, redirect=False)


def is_success(answer):
    """Return whether an answer is the service's success."""
    try:
        return 200 <= answer.status < 300 and json.loads(answer.data)["responseCode"] == "SUCCESS"
    except (ValueError, KeyError, TypeError):
        return False
'''

_RENEWED = '''

def renewed(body):
    """Put ids that were never used into bytes that are sent as they are."""
    for old, new in FRESH.items():
        body = body.replace(old.encode(), new.encode())
    return body
'''

_SINK = '''

def stored(kind, mid):
    """Return the events of a mid that the sink holds."""
    found = []
    paths = sorted(glob.glob(SINK[kind], recursive=True))
    if kind == "accepted" and not paths:
        raise FileNotFoundError(f"{SINK[kind]}: no file of the sink found; name the files in SINK")
    for path in paths:
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
            for line in file:
                if mid.encode() in line and line.endswith(b"\\n"):
                    value = json.loads(line)
                    events = value.get("events", [value.get("event", value)])
                    found += [event for event in events if isinstance(event, dict) and event.get("mid") == mid]
    return found


def differs(sent, found):
    """Return whether a stored event differs from the sent one; fields added at the top are allowed."""
    return {name: found.get(name) for name in sent} != sent
'''

_RUN = re.compile(r"(.)\1{199,}", re.DOTALL)


class ScriptOptions(NamedTuple):
    """How a test reaches endpoint and sink.

    Attributes:
        url: the endpoint's address.
        settle: seconds until the sink shows what was sent.
    """

    url: str
    timeout: float
    insecure: bool
    sink: ProbeSink | None
    settle: float


def file_name(outcome: PropertyResult) -> str:
    """Name the file of a failure's test."""
    return f"footfall_probe_{outcome.truth.name.replace('-', '_')}.py"


def script(outcome: PropertyResult, options: ScriptOptions) -> str:
    """Write the test of a failure."""
    assert outcome.again  # noqa: S101  a failure has one
    assert outcome.trial  # noqa: S101  as above
    exchange = outcome.again
    uses_sink = options.sink is not None and bool(exchange.owed or exchange.barred or exchange.rejected)
    writer = _Writer(exchange)
    body = list(writer.steps())
    if uses_sink and options.sink:
        body += [*(["", f"time.sleep({options.settle})"] if options.settle else [""]), *writer.sink()]
    head = _HEAD.format(
        truth=outcome.truth.truth, problem=_quoted(outcome.trial.problem), url=options.url, name=file_name(outcome),
        timeout=options.timeout, certificates=', cert_reqs="CERT_NONE"' if options.insecure else "",
        imports="".join(f"{each}\n" for each in _imports(exchange, uses_sink=uses_sink)),
        sink=", and the files of SINK are read" if uses_sink else "",
    )  # fmt: skip
    parts = [head]
    if uses_sink and options.sink:
        parts += [f"SINK = {pformat(options.sink.globs())}\n"]
    parts += [
        *writer.literals(),
        *([_RENEWED] if writer.ids else []),
        _BATCH,
        _POST,
        *([_SINK] if uses_sink else []),
    ]
    name = outcome.truth.name.replace("-", "_")
    lines = [f'    """{outcome.truth.truth}"""', *(f"    {line}" if line else "" for line in body)]
    return "".join(parts) + f"\n\ndef test_{name}():\n" + "\n".join(lines) + "\n"


def _imports(exchange: Exchange, *, uses_sink: bool) -> list[str]:
    threads = any(step.at_once > 1 for step in exchange.steps_under_test)
    return [
        *(["import glob"] if uses_sink else []),
        *(f"import {name}" for name in ("gzip", "json", "os", "time", "uuid")),
        *(["from concurrent.futures import ThreadPoolExecutor"] if threads else []),
    ]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''")


class _Writer:
    """Writes the steps of an exchange as Python; batches are variables, their events literals."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._batches: dict[str, str] = {}
        self._events: dict[str, str] = {}
        self._headers: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self.ids: list[str] = []

    def steps(self) -> list[str]:
        """Write what is sent, and what each answer must be."""
        return [line for step in self._exchange.steps_under_test for line in self._step(step)]

    def sink(self) -> list[str]:
        """Write what must be found in the sink."""
        lines = []
        for event in self._exchange.owed:
            mid, sent = self._mid_and_event(event)
            lines += [f"found = stored('accepted', {mid})", "assert len(found) == 1, found"]
            lines += [f"assert not differs({sent}, found[0]), found"]
        for event in (*self._exchange.barred, *self._exchange.rejected):
            lines += [f"assert not stored('accepted', {self._mid_and_event(event)[0]})"]
        for event in self._exchange.rejected:
            lines += [f"assert 'rejected' not in SINK or stored('rejected', {self._mid_and_event(event)[0]})"]
        return lines

    def literals(self) -> list[str]:
        """Write the headers and the events that are sent."""
        named = (*self._headers.items(), *self._events.items())
        literals = [f"\n{name} = {literal}\n" for literal, name in named]
        if self.ids:
            literals += [f"\nFRESH = {{old: old[:-32] + uuid.uuid4().hex for old in {pformat(self.ids)}}}\n"]
        return literals

    def _step(self, step: Step) -> list[str]:
        request = step.request
        headers = {name: value for name, value in request.headers.items() if name.lower() != _SECRET}
        lines, body = self._body(step)
        sent_headers = _named(self._headers, "HEADERS", pformat(headers, width=100, sort_dicts=False))
        chunk = f", chunk={step.chunk}" if step.chunk else ""
        call = f"send({request.method!r}, {request.path!r}, {sent_headers}, {body}{chunk})"
        if step.is_apart:
            lines += ["HTTP.clear()"]
        if step.at_once == 1:
            return [*lines, f"answer = {call}", _ASSERTIONS[step.expected]]
        return [
            *lines,
            f"with ThreadPoolExecutor({step.at_once}) as threads:",
            f"    answers = [threads.submit(lambda: {call}) for _ in range({step.at_once})]",
            "for answer in [answer.result() for answer in answers]:",
            f"    {_ASSERTIONS[step.expected]}",
        ]

    def _body(self, step: Step) -> tuple[list[str], str]:
        if step.is_faulty or step.batch is None:
            return [], self._faulty(step)
        batch = step.batch
        if batch.msgid in self._batches:
            return [], self._batches[batch.msgid]
        name = self._batches[batch.msgid] = f"batch_{len(self._batches) + 1}"
        owner = next((self._owners[key] for key in _mids(batch) if key in self._owners), "")
        if owner:
            return [f"{name} = again({owner})"], name
        self._owners |= dict.fromkeys(_mids(batch), name)
        literal = _events_literal([*batch.events])
        events = _named(self._events, "EVENTS", literal)
        return [f"{name} = batch({events})"], name

    def _faulty(self, step: Step) -> str:
        """Write bytes that are not a batch any more; their ids are renewed if they can be found."""
        plain = inflated(step.request)
        body = step.request.body if plain is None else plain
        # A msgid may be the end of a mid: the longer ones first.
        ids = [*_mids(step.batch), step.batch.msgid] if step.batch else []
        known = [
            each for each in dict.fromkeys(ids) if each.encode() in body and _OURS.fullmatch(f":{each[-32:]}")
        ]
        self.ids += [each for each in known if each not in self.ids]
        literal = f"renewed({_bytes(body)})" if known else _bytes(body)
        return literal if plain is None else f"gzip.compress({literal})"

    def _mid_and_event(self, event: Event) -> tuple[str, str]:
        """Name an event's mid and the event: of a batch that is written here, or as it is within faulty bytes."""
        for step in self._exchange.steps_under_test:
            if step.batch and not step.is_faulty and event in step.batch.events:
                place = list(step.batch.events).index(event)
                owner = self._owners.get(str(event.get("mid")), self._batches[step.batch.msgid])
                sent = f"{owner}['events'][{place}]"
                return f"{sent}['mid']", sent
        mid = event["mid"]
        if mid not in self.ids:
            return repr(mid), _short(event)
        return f"FRESH[{mid!r}]", f"{{**{_short(event)}, 'mid': FRESH[{mid!r}]}}"


def _named(known: dict[str, str], name: str, literal: str) -> str:
    """Return the name of a literal, a new one for a new literal."""
    return known.setdefault(literal, f"{name}_{len(known) + 1}" if known else name)


def _mids(batch: Batch) -> list[str]:
    return [
        event["mid"]
        for event in batch.events
        if isinstance(event, dict) and isinstance(event.get("mid"), str)
    ]


def _events_literal(events: list[Any]) -> str:
    return _shortened(pformat([_anonymous(event) for event in events], width=100, sort_dicts=False))


def _anonymous(event: Any) -> Any:
    """Take an event's identity out: what is wrong with it stays."""
    if not isinstance(event, dict):
        return event
    mid, ets = event.get("mid"), event.get("ets")
    fresh = {"mid": "(fresh)"} if isinstance(mid, str) and _OURS.fullmatch(mid) else {}
    now = {"ets": "(now)"} if type(ets) is int and 10**12 < ets < 10**13 else {}
    return {**event, **fresh, **now}


_OURS = re.compile(r".*:[0-9a-f]{32}", re.DOTALL)


def _short(event: Event) -> str:
    return _shortened(pformat(event, width=10_000, sort_dicts=False))


def _shortened(literal: str) -> str:
    """Write long runs of one letter as a product; they stand alone in their text, or at the end of it."""
    return _RUN.sub(
        lambda run: f"' + {run[1]!r} * {len(run[0])} + '" if run[1] not in "\\'\"" else run[0], literal
    )


def _bytes(body: bytes) -> str:
    text = body.decode("latin-1")
    parts, at = [], 0
    for run in _RUN.finditer(text):
        parts += [repr(body[at : run.start()]), f"{body[run.start() : run.start() + 1]!r} * {len(run[0])}"]
        at = run.end()
    rest = [repr(body[at:])] if at < len(body) or not parts else []
    return " + ".join([part for part in parts if part != "b''"] + rest)
