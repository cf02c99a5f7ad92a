"""The user's own contract in TOML: what a file can say, and every mistake in one."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.delivery.batch import Batch, Identity
from generator.delivery.contracts import Answer
from generator.delivery.contracts.choose import contract_named
from generator.delivery.contracts.toml_contract import TomlContract
from generator.errors import UsageError

BATCH = Batch(
    "ab" * 16, 1_700_000_000_000, [{"eid": "START"}, {"eid": "END"}], Identity("did1", "channel1", "app1")
)
ONE = BATCH._replace(events=BATCH.events[1:])
SECRET = "s3cret-value"
ENVIRON = {"KEY": SECRET, "EMPTY": " ", "ODD": f"{SECRET}\r\nx: 1", "FOREIGN": f"{SECRET}é"}


@pytest.fixture
def own(tmp_path):
    """Make a contract of a file's text."""

    def make(text, **options):
        path = tmp_path / "own.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return TomlContract(path, **{"environ": ENVIRON, **options})

    return make


def body(contract, batch=BATCH):
    return json.loads(contract.request(batch).body)


def test_a_path_is_enough(own):
    """All but the path has a default: POST, a JSON array in the wire form, any 2xx."""
    contract = own('path = "/in"')
    request = contract.request(BATCH)

    assert (request.method, request.path, request.headers) == (
        "POST",
        "/in",
        {"Content-Type": "application/json"},
    )
    assert json.loads(request.body) == BATCH.events
    assert (contract.form, contract.compress, contract.largest) == ("wire", "none", 0)
    assert [contract.judge(Answer(status, b"")).status for status in (200, 299, 300)] == [
        "acked",
        "acked",
        "rejected",
    ]


def test_what_is_asked_for_goes_before_the_file(own):
    """Path, compression and form of the command line stand in place of the file's; without one the file's hold."""
    text = 'path = "/in"\nform = "documented"\ncompress = "gzip"\nmethod = "PUT"'

    assert repr(own(text)) == "Own('own.toml', PUT /in, compress='gzip', form='documented')"
    assert (
        repr(own(text, path="/x", compress="none", form="wire"))
        == "Own('own.toml', PUT /x, compress='none', form='wire')"
    )
    assert own("", path="/x").path == "/x"


def test_an_envelope_keeps_the_types_of_its_values(own):
    """Numbers, booleans, lists and tables of TOML are those of JSON; $ets alone is a number, in a text its digits."""
    contract = own(r"""path = "/in"
        [body]
        "a \"key\" with $msgid" = [1, -0.5, true, { deep = "$ets" }]
        text = "${msgid}/$ets costs $$5 \u0001"
        inner.events = "$events"
    """)

    assert body(contract) == {
        'a "key" with $msgid': [1, -0.5, True, {"deep": BATCH.ets}],
        "text": f"{BATCH.msgid}/{BATCH.ets} costs $5 \x01", "inner": {"events": BATCH.events},
    }  # fmt: skip


def test_lines_and_single_events_have_an_envelope_each(own):
    """With lines each line is the body with one event in it; with one the request is."""
    text = 'path = "/in"\nevents = "{}"\n[body]\nid = "$msgid"\nevent = "$event"'
    request = own(text.format("lines")).request(BATCH)
    single = own(text.format("one"))

    assert [json.loads(line) for line in request.body.splitlines()] == [
        {"id": BATCH.msgid, "event": event} for event in BATCH.events
    ]
    assert request.headers["Content-Type"] == "application/x-ndjson"
    assert (single.largest, body(single, ONE)) == (1, {"id": BATCH.msgid, "event": {"eid": "END"}})


def test_headers_hold_constants_secrets_and_the_identity(own):
    """env:NAME is the environment's, also behind a word; an empty header is left out, and the type can be another."""
    contract = own("""path = "/in"
        [headers]
        content-type = "application/vnd.own+json"
        Authorization = "Bearer env:KEY"
        X-From = "$app at ${channel}, $$5"
        X-Device = "$did"
    """)
    odd = BATCH._replace(identity=Identity("", "चैनल", "app1"))

    assert contract.request(BATCH).headers == {
        "content-type": "application/vnd.own+json", "Authorization": f"Bearer {SECRET}",
        "X-From": "app1 at channel1, $5", "X-Device": "did1",
    }  # fmt: skip
    assert "X-Device" not in contract.request(odd).headers
    assert contract.request(odd).headers["X-From"].startswith("app1 at %E0%A4")
    assert contract.secrets == {"KEY"}


def test_a_secret_with_a_dollar_is_sent_as_it_is(own):
    """What the environment holds is no text of the file: nothing in it is a placeholder."""
    contract = own('path = "/in"\n[headers]\nX-Key = "env:KEY"', environ={"KEY": "$did$$ env:KEY"})

    assert contract.request(BATCH).headers["X-Key"] == "$did$$ env:KEY"


def test_a_token_needs_a_place_in_the_file(tmp_path):
    """A token that the file has no place for is refused, with the line to write; with that line it is sent."""
    path = tmp_path / "own.toml"
    path.write_text('path = "/in"')
    with pytest.raises(UsageError, match=r"Authorization = \"Bearer env:FOOTFALL_TOKEN\"") as error:
        contract_named(str(path), token=SECRET, environ={})
    path.write_text('path = "/in"\n[headers]\nAuthorization = "Bearer env:FOOTFALL_TOKEN"')

    assert SECRET not in str(error.value)
    sent = contract_named(str(path), token=SECRET, environ={}).request(BATCH).headers
    assert sent["Authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    ("accepted", "answer", "status", "reason"),
    [
        ("status = [202]", (202, ""), "acked", ""),
        ("status = [202]", (200, ""), "unknown", "200 OK, and accepted is 202"),
        ("status = [202]", (204, ""), "unknown", "204 No Content, and accepted is 202"),
        ("status = [202]", (200, '{"error":"full"}'), "rejected", "200 OK, and accepted is 202"),
        ("status = [200, 409]", (409, ""), "acked", ""),
        ("status = [504]", (504, ""), "acked", ""),
        ("status = [202]", (504, ""), "unknown", "504 Gateway Timeout"),
        ("status = [202]", (400, '{"message":"no id"}'), "rejected", "400 Bad Request: no id"),
        ('where = "a.1.b"\nis = "ok"', (200, '{"a":[0,{"b":"ok"}]}'), "acked", ""),
        ('where = "a.1.b"\nis = "ok"', (200, '{"a":[0]}'), "unknown", '200 OK, but a.1.b is missing, not "ok"'),
        ('where = "a.1.b"\nis = "ok"', (200, '{"error":"full"}'), "rejected", '200 OK, but a.1.b is missing, not "ok": full'),
        ('status = [200, 409]\nwhere = "s"\nis = "ok"', (409, ""), "rejected", "409 Conflict, but nothing in it"),
        ('status = [504]\nwhere = "s"\nis = 1', (504, '{"s":2}'), "unknown", "504 Gateway Timeout, but s is 2, not 1"),
        (f'where = "{"9" * 5000}"\nis = 1', (200, "[1]"), "unknown", None),
        ('where = "n"\nis = 0', (200, '{"n":0.0}'), "acked", ""),
        ('where = "n"\nis = 0', (200, '{"n":false}'), "unknown", "200 OK, but n is false, not 0"),
        ('where = "n"\nis = 0', (200, '{"n":3}'), "rejected", "200 OK, but n is 3, not 0"),
        ('where = "n"\nis = 0', (200, '{"n":"0"}'), "unknown", '200 OK, but n is "0", not 0'),
        ('where = "n"\nis = true', (200, '{"n":false}'), "rejected", "200 OK, but n is false, not true"),
        ('where = "n"\nis = true', (200, '{"n":"True"}'), "unknown", '200 OK, but n is "True", not true'),
        ('where = "n"\nis = true', (200, '{"n":"no"}'), "rejected", '200 OK, but n is "no", not true'),
        ('where = "errors"\nis = false', (200, '{"errors":false}'), "acked", ""),
        ('where = "errors"\nis = false', (200, '{"errors":0}'), "unknown", "200 OK, but errors is 0, not false"),
        ('where = "errors"\nis = false', (200, '{"errors":true}'), "rejected", "200 OK, but errors is true, not false"),
        ('where = "s"\nis = "ok"', (200, '{"s":"a\\nb","error":"x"}'), "rejected", '200 OK, but s is "a\\nb", not "ok": x'),
        ('where = "s"\nis = "ok"', (200, '\ufeff{"s":"ok"}'), "acked", ""),
        ('where = "s"\nis = "ok"', (200, '{"s":"full"}'), "rejected", '200 OK, but s is "full", not "ok"'),
        ('where = "s"\nis = "ok"', (200, '{"s":"OK"}'), "unknown", '200 OK, but s is "OK", not "ok"'),
        ('where = "s"\nis = "ok"', (200, '{"s":"success"}'), "unknown", '200 OK, but s is "success", not "ok"'),
        ('where = "s"\nis = "ok"', (200, '{"s":null}'), "unknown", '200 OK, but s is null, not "ok"'),
        ('where = "s"\nis = "ok"', (200, '{"s":{"ok":1}}'), "unknown", '200 OK, but s is {"ok": 1}, not "ok"'),
        ('where = "s"\nis = "ok"', (200, '{"s":"ok"}}'), "unknown", "200 OK, but more behind its JSON: }"),
        ('where = "s"\nis = "ok"', (200, "<html>Sign in"), "unknown", "200 OK, but an HTML page: <html>Sign in"),
        ('where = "s"\nis = "ok"', (200, ""), "unknown", "200 OK, but nothing in it"),
        ('where = "s"\nis = "ok"', (200, "[" * 9999), "unknown", None),
    ],
)  # fmt: skip
def test_accepted_is_what_the_file_says(own, accepted, answer, status, reason):
    """A status of the list, and where asked the value in the JSON; another value rejects, and no value leaves it unknown."""
    receipt = own(f'path = "/in"\n[accepted]\n{accepted}').judge(Answer(answer[0], answer[1].encode()))

    assert receipt.status == status
    assert reason is None or receipt.reason == reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "path: missing; give one"),
        ("path = 5", "path = 5: a text is needed"),
        ('path = "in"', 'path = "in": a path begins with a slash'),
        ('path = "/i n"', 'path = "/i n": a path begins with a slash'),
        ('pth = "/in"', "pth: no such key; did you mean path?"),
        ('"a\\nb" = 1', "a b: no such key; the keys are method, path"),
        ('method = "GET"', 'method = "GET": choose one of POST, PUT, PATCH'),
        ('method = "post"', 'method = "post": did you mean POST?'),
        ('events = "line"', 'events = "line": did you mean lines?'),
        ('events = ["array"]', 'events = ["array"]: a text is needed'),
        ('form = "wired"', 'form = "wired": did you mean wire?'),
        ('compress = "zstd"', 'compress = "zstd": choose one of none, gzip'),
        ("compress = true", "compress = true: a text is needed"),
        (f"compress = 0x{'f' * 9999}", "compress = …: a text is needed"),
        ('headers = "X: 1"', 'headers = "X: 1": a table is needed: a line [headers]'),
        ("body = 1", "body = 1: a table is needed"),
        ("accepted = 200", "accepted = 200: a table is needed"),
        # the table of the body
        ('[body]\nid = "$msgid"', 'body: "$events" stands in it 0 times; once is needed'),
        ('[body]\na = "$events"\nb = ["$events"]', 'body: "$events" stands in it 2 times'),
        ('[body]\na = "$event"', "body.a: $event stands for nothing; did you mean $events?"),
        ('events = "one"\n[body]\na = "$events"', "body.a: $events stands for nothing; did you mean $event?"),
        (
            '[body]\na = "$events"\nb = ["$mesgid"]',
            "body.b[0]: $mesgid stands for nothing; did you mean $msgid?",
        ),
        ('[body]\na = "$events"\nb.c = "5 $"', "body.b.c: a lone $ stands for nothing; write $$"),
        ('[body]\na = "all $events"', "body.a: $events is not a text; let it stand alone"),
        ('[body]\na = "$events"\nb = "env:KEY"', "body.b: a secret may stand in [headers] only"),
        ('[body]\na = "$events"\nb = nan', "body.b: NaN is not a value of JSON"),
        ('[body]\na = "$events"\nb = -inf', "body.b: -Infinity is not a value"),
        (
            '[body]\na = "$events"\nb = 2020-01-01',
            'body.b: "2020-01-01" is not a value of JSON; put it in quotes',
        ),
        (f'[body]\na = "$events"\nb = 0x{"f" * 9999}', "body.b: … is not a value"),
        (f"[body]\n{'a.' * 3000}a = 1", "body: nested too deeply"),
        ("[body]", 'body: "$events" stands in it 0 times'),
        # the table of what is accepted
        ("[accepted]\nstatus = 200", "accepted.status = 200: a list of statuses is needed"),
        ("[accepted]\nstatus = []", "accepted.status = []: a list of statuses is needed"),
        (
            "[accepted]\nstatus = [500]\n[rejected]\nstatus = [502, 500]",
            "rejected.status = [502, 500]: 500 is among the accepted",
        ),
        (
            "[rejected]\nstatus = [302]",
            "rejected.status = [302]: 302 is not the status of a rejection; choose from 400",
        ),
        ("[rejected]\nstatuses = [500]", "rejected.statuses: no such key"),
        ("[accepted]\nstatus = [true]", "accepted.status = [true]: true is not the status of an answer"),
        ("[accepted]\nstatus = [200, 20]", "accepted.status = [200, 20]: 20 is not the status of an answer"),
        ('[accepted]\nstatus = ["200"]', 'accepted.status = ["200"]: "200" is not the status of an answer'),
        ("[accepted]\nstatuses = [200]", "accepted.statuses: no such key; did you mean status?"),
        (
            '[accepted]\nmethod = "PUT"',
            "accepted.method: no such key; the keys are status, where, is; keys of the file",
        ),
        ('[accepted]\nwhere = "a"', 'accepted.where = "a": is is missing'),
        ('[accepted]\nis = "a"', 'accepted.is = "a": where is missing'),
        ('[accepted]\nwhere = "a..b"\nis = 1', 'accepted.where = "a..b": names with dots'),
        ('[accepted]\nwhere = ""\nis = 1', 'accepted.where = "": names with dots'),
        ("[accepted]\nwhere = 3\nis = 1", "accepted.where = 3: a text is needed"),
        ('[accepted]\nwhere = "a"\nis = [1]', "accepted.is = [1]: a text, a number, true or false"),
        # the table of headers
        ("[headers]\nA = 5", "headers.A: a header's value is a text"),
        ('[headers]\n"A b" = "1"', "headers.A b: not the name of a header"),
        ('[headers]\n"A:" = "1"', "headers.A:: not the name of a header"),
        ('[headers]\n"" = "1"', "headers: not the name of a header"),
        ('[headers]\nA = "1"\na = "2"', "headers.A: twice"),
        (
            '[headers]\nevents = "lines"',
            "headers.events: not a header; the keys of the file itself stand above",
        ),
        ('[headers]\ncontent-Length = "1"', "headers.content-Length: the client writes this header"),
        ('[headers]\nHost = "a"', "headers.Host: the client writes this header"),
        (
            '[headers]\nContent-Encoding = "gzip"',
            'headers.Content-Encoding: remove it, and write compress = "gzip"',
        ),
        (
            '[headers]\nA = "$msgid"',
            "headers.A: a $ in it stands for nothing; there are $did, $channel, $app",
        ),
        ('[headers]\nA = "env:"', "headers.A: the name of a variable is needed"),
        ('[headers]\nA = "Bearer env:no-name"', "headers.A: the name of a variable is needed"),
        ('[headers]\nA = "env:NOWHERE"', "headers.A: the environment has no NOWHERE; export it first"),
        ('[headers]\nA = "env:EMPTY"', "headers.A: the environment has no EMPTY"),
        ('[headers]\nA = "env:ODD"', "headers.A: ODD must be printable ASCII"),
        ('[headers]\nA = "env:FOREIGN"', "headers.A: FOREIGN must be printable ASCII"),
        # no TOML
        ("path", "not TOML: "),
        ('path = "a"\npath = "b"', "not TOML: Cannot overwrite a value"),
        ("[headers]\n[headers]", "not TOML: Cannot declare"),
        (b'path = "\xff"', "not UTF-8"),
        (f"path = {'[' * 5000}", "not TOML that can be read: nested too deeply"),
        (f"path = {'9' * 5000}", "not TOML: Exceeds the limit"),
    ],
)
def test_every_mistake_is_named(own, text, said):
    """File, key, value and the way out, in one line, whatever is wrong in the file."""
    if not isinstance(text, bytes) and not said.startswith(("path", "not TOML")):
        text = f'path = "/in"\n{text}'
    with pytest.raises(UsageError) as error:
        own(text)

    assert str(error.value).startswith(f"own.toml: {said}")
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    "value", [f"{SECRET}\\n", f" {SECRET}", f"{SECRET}é", f"{SECRET}$", f"$x{SECRET}", f"env:-{SECRET}", "env:ODD", "env:FOREIGN"]
)  # fmt: skip
def test_no_error_shows_what_a_header_says(own, value):
    """A secret may stand in the file in the open: what is wrong with a header is said without its value."""
    with pytest.raises(UsageError, match=r"headers\.A") as error:
        own(f'path = "/in"\n[headers]\nA = "{value}"')

    assert SECRET not in str(error.value)


@pytest.mark.parametrize("place", ["", "\0.toml", "a" * 300 + ".toml"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, place):
    """A folder, an impossible name and one too long are no files."""
    with pytest.raises(UsageError, match=r"file not found|cannot be read"):
        TomlContract(tmp_path / place)


ANY = st.recursive(
    st.sampled_from(['"$events"', '"$msgid"', '"x"', '"$"', "1", "true", "nan", "1e9", "2020-01-01", '"ok"', '"/in"', '"env:KEY"']),
    lambda inside: st.lists(inside, max_size=2).map(lambda values: f"[{', '.join(values)}]")
    | inside.map(lambda value: f"{{ a = {value} }}"),
    max_leaves=3,
)  # fmt: skip
KEYS = st.sampled_from(
    ["path", "method", "events", "form", "compress", "headers.A", "body.a", "body.b", "accepted.status", "accepted.where",
     "accepted.is", "headers", "body", "x"]
)  # fmt: skip


def made(path):
    """Make a contract, or give what is wrong with the file."""
    try:
        return TomlContract(path, environ=ENVIRON), ""
    except UsageError as error:
        return None, str(error)


@settings(max_examples=150, deadline=None)
@given(said=st.dictionaries(KEYS, ANY, max_size=4))
def test_any_file_is_a_contract_or_a_mistake(tmp_path_factory, said):
    """Whatever a file says: it is refused in one line, or it makes requests and judges answers."""
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text("".join(f"{key} = {value}\n" for key, value in {"path": '"/in"', **said}.items()))
    contract, said = made(path)

    assert said.isprintable()
    if contract:
        json.loads(contract.request(ONE).body)
        contract.judge(Answer(200, b"{}"))


ODD = Identity("a/b c", "01$é?", "prod.portal")


@pytest.mark.parametrize(
    ("path", "filled"),
    [
        ("/v1/$channel/in", "/v1/01%24%C3%A9%3F/in"),
        ("/d/${did}x/in?app=$app&of=$did", "/d/a%2Fb%20cx/in?app=prod.portal&of=a%2Fb%20c"),
        ("/odata/$$batch?$$top=1", "/odata/$batch?$top=1"),
        ("/odata/%24batch", "/odata/%24batch"),
    ],
)
def test_a_path_is_filled_with_the_identity_of_its_batch(own, path, filled):
    """Path and query take what headers take, written such that no value leaves its place; $$ is a dollar."""
    contract = own(f'path = "{path}"')
    instead = own('path = "/in"', path=path)

    assert contract.path == instead.path == path
    assert [one.request(BATCH._replace(identity=ODD)).path for one in (contract, instead)] == [filled] * 2


@pytest.mark.parametrize("channel", ["", ".", ".."])
def test_a_value_that_would_name_another_resource_is_refused(own, channel):
    """A channel without text, or of dots, leads elsewhere in a path; in a query it is a value as any other."""
    batch = BATCH._replace(identity=Identity("did1", channel, "app1"))

    with pytest.raises(UsageError, match=r"\$channel of this batch is '.*', which makes no part of a path"):
        own('path = "/v1/$channel/in"').request(batch)
    assert own('path = "/in?channel=$channel"').request(batch).path == f"/in?channel={channel}"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/in/$token", r"\$token stands for nothing; there are \$did, \$channel, \$app"),
        ("/in/$msgid", r"\$msgid stands for nothing; did you mean \$did\?"),
        ("/in?a=$chanel", r"\$chanel stands for nothing; did you mean \$channel\?"),
        ("/in/$", r"a lone \$ stands for nothing; write \$\$ for a dollar"),
        ("/in?key=env:KEY", r"a secret may stand in \[headers\] only: reports show the path"),
    ],
)
def test_what_a_path_cannot_hold_is_refused(own, path, why):
    """A $ that stands for nothing, and a secret in a path, are refused in the file and in the option."""
    with pytest.raises(UsageError, match=rf"own\.toml: path = .*: {why}"):
        own(f'path = "{path}"')
    with pytest.raises(UsageError, match=rf"path='.*': {why}"):
        own('path = "/in"', path=path)


@pytest.mark.parametrize("name", ["sunbird", "array", "ndjson", "single"])
def test_a_dollar_in_a_path_that_nothing_fills_is_refused(name):
    """A contract that fills no path refuses a $ in it; %24 is sent as it is."""
    with pytest.raises(UsageError, match=r"path='/in/\$did': a \$ in a path .*; write %24 for a dollar"):
        contract_named(name, path="/in/$did")
    assert contract_named(name, path="/in/%24did").path == "/in/%24did"
