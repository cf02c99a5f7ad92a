"""The sink of a run: what `--verify` names is checked at the start, and `embedded` stands behind a stage too."""

from pathlib import Path

import pytest

from generator.errors import UsageError
from generator.load.settings import Settings
from generator.load.sink_of_run import check_sink, sink_of

STORE = Path("my-store")


@pytest.mark.parametrize(
    ("verify", "sink"),
    [
        ("embedded", "my-store"), ("ingest=embedded", "ingest=my-store"), ("accepted=embedded", "accepted=my-store"),
        ("raw=out.jsonl", "raw=out.jsonl"), ("out.jsonl", "out.jsonl"), ("day=1/*.jsonl", "day=1/*.jsonl"),
        ("kafka://127.0.0.1:9/t", "kafka://127.0.0.1:9/t"),
    ],
)  # fmt: skip
def test_own_is_the_store_of_the_embedded_endpoint_also_behind_a_stage(verify, sink):
    """`embedded` is replaced by the store, a stage before it stays, and any other sink is passed on unchanged."""
    check_sink(Settings(verify=verify, ledger="ledger"), is_local=True)

    assert sink_of(verify, STORE) == sink


@pytest.mark.parametrize(
    ("verify", "is_local", "words"),
    [
        (
            "foo=embedded",
            True,
            "--verify foo=embedded: foo is not a stage of a pipeline; choose one of accepted",
        ),
        ("foo=x", True, "foo is not a stage"),
        ("ingets=embedded", True, "did you mean ingest"),
        ("ingest=", True, "names no sink"),
        ("embedded", False, "that is the store of the embedded endpoint, and --host names another one"),
        (
            "ingest=embedded",
            False,
            "that is the store of the embedded endpoint, and --host names another one",
        ),
        ("rejected=embedded", True, "compared with the accepted events"),
        ("duplicate=x.jsonl", False, "compared with the accepted events"),
    ],
)
def test_a_sink_that_cannot_be_verified_is_refused_before_the_run(verify, is_local, words):
    """A stage that does not exist and a store that is not there are found at the start, not after the whole run."""
    with pytest.raises(UsageError, match=words):
        check_sink(Settings(verify=verify, ledger="ledger"), is_local=is_local)


def test_a_run_without_a_sink_has_nothing_to_check():
    """Without `--verify` no sink is asked for."""
    check_sink(Settings(), is_local=False)
