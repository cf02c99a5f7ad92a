"""The healthy collector raises no alarm, whatever the seed, the mode, the form, and with a sink or without one."""

import pytest
from probing import probe

from generator.collector import CollectorProcess
from generator.spec.rules import FORMS


@pytest.fixture(scope="module", params=["sunbird", "strict"])
def mode(request):
    return request.param


@pytest.fixture(scope="module", params=["wire", "documented"])
def form(request):
    return request.param


@pytest.fixture(scope="module")
def healthy(tmp_path_factory, mode, form):
    """A collector without a defect, of each mode and form."""
    with CollectorProcess(tmp_path_factory.mktemp("healthy"), mode=mode, form=form) as collector:
        yield collector


@pytest.mark.parametrize(
    ("form", "seed"), [(FORMS[seed // 2 % 2], seed) for seed in range(1, 9)], indirect=["form"]
)
def test_no_false_alarm(healthy, mode, form, seed):
    """Nothing fails and nothing remains unjudged that can be judged; what can not is skipped, and never passed."""
    sink = seed % 2 == 0
    outcomes = probe(healthy, form=form, sink=sink, seed=seed, examples=1, poison=True)

    assert {name: one.trial.problem for name, one in outcomes.items() if one.status == "failed"} == {}
    assert sum(outcome.unjudged for outcome in outcomes.values()) == 0
    skipped = {name for name, outcome in outcomes.items() if outcome.status == "skipped"}
    needs_sink = {"resent-batch", "concurrent-batches", "repeated-mid"}
    needs_check = set() if mode == "strict" else {"invalid-event", "largest-event"}
    assert skipped == (set() if sink else needs_sink | needs_check)
