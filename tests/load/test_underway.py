"""A stamped session under way is the template's stamp, batch by batch, and its head that of any other session."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import World, find
from generator.delivery.contracts.obsrv import Obsrv
from generator.delivery.contracts.sunbird import Sunbird
from generator.delivery.gevent_http import Head
from generator.load.template.compile import TemplateRecipe, compile_session
from generator.load.template.stamp import StampIdentity
from generator.load.template.stamped_session import StampedSession
from generator.spec.identity import user_id

SCENARIOS = find()
URL = "http://127.0.0.1:9001"
T0 = 1_700_000_000_000
whos = st.builds(
    StampIdentity, st.integers(0, 2**32 - 1), st.integers(0, 2**40 - 1),
    st.sampled_from(["", *(user_id("uid", number) for number in range(3))]),
    st.sampled_from(["", *(f"{number:040x}" for number in range(3))]),
)  # fmt: skip


def template_of(name, contract, batch_size):
    script = SCENARIOS[name]
    return compile_session(
        TemplateRecipe(script, World(3).learner(5, script.device), (3,), 5, contract, batch_size)
    )


COMPILED = [("practice", Sunbird(token="t")), ("web_portal", Obsrv("d")), ("dial_code", Sunbird())]


@pytest.fixture(scope="module", params=COMPILED, ids=lambda param: param[0])
def template(request):
    """Compiled for contracts whose headers name the device, and for one whose headers do not."""
    return template_of(*request.param, 6)


@given(whos, st.integers(10**12, 2 * 10**12 - 1), st.data())
def test_its_batches_are_the_template_s(template, who, t0, data):
    """Asked for once or several times, each batch is to the byte what the template stamps, and tells the same beforehand."""
    session, stamped = StampedSession(template, who, t0, 1.5), template.stamp(who, t0)
    left = template.events
    for place, prepared in enumerate(stamped):
        assert (session.has_begun, session.is_over, session.left) == (place > 0, False, left)
        assert (session.events, session.due) == (prepared.events, prepared.due)
        assert [session.prepare() for _ in range(data.draw(st.integers(1, 2)))][-1] == prepared
        session.go_on()
        left -= prepared.events

    assert (session.has_begun, session.is_over, session.left) == (True, True, 0)
    assert (session.number, session.scenario, session.begun) == (who.session, template.scenario, 1.5)


@given(whos)
def test_its_head_is_made_of_its_model(template, who):
    """The model's head with other names in it is to the byte the head of the session's own request."""
    session = StampedSession(template, who, T0, 0.0)
    model, own = session.model(), session.request()
    made = Head(URL, model.request.method, model.request.path, model.request.headers).renamed(model.renames)

    assert made.of(5) == Head(URL, own.method, own.path, own.headers).of(5)
    assert own.body == model.request.body == b""


@given(whos, whos)
def test_sessions_of_one_template_have_one_model(template, one, other):
    """The model is known again by its key, whoever the session is of; another template's is not."""
    first, second = (StampedSession(template, who, T0, 0.0).model() for who in (one, other))
    strange = StampedSession(template_of("content_editor", Sunbird(), 20), one, T0, 0.0).model()

    assert first.key == second.key != strange.key
    assert first.request == second.request


def test_a_batch_that_was_sent_and_not_acknowledged_has_begun_its_session(template):
    """What is tried again was sent; going on forgets the tries."""
    session = StampedSession(template, StampIdentity(1, 2), T0, 0.0)
    session.tries = 1

    assert session.has_begun
    session.go_on()
    assert session.tries == 0
