"""Secrets: what a process was given is written down nowhere, also where an endpoint repeats it."""

import json

import pytest

from generator.delivery.contracts import Answer
from generator.delivery.contracts.choose import contract_named
from generator.delivery.redact import redact

SECRET = "s3cret-of-this-test"
OWN = 'path = "/in"\n[headers]\n"x-key" = "env:INGEST_KEY"\n'


@pytest.mark.parametrize("name", ["sunbird", "array", "obsrv:telemetry", "own"])
@pytest.mark.parametrize("status", [200, 401])
def test_an_endpoint_that_repeats_the_secret_gets_it_hidden(tmp_path, name, status):
    """The reason of a refusal holds the endpoint's words, and no secret that is among them."""
    said, token = name, SECRET
    if name == "own":
        (tmp_path / "own.toml").write_text(OWN + '[accepted]\nwhere = "state"\nis = "done"\n')
        said, token = str(tmp_path / "own.toml"), None
    contract = contract_named(said, token=token, environ={"INGEST_KEY": SECRET})
    body = json.dumps({"message": f"no credentials for {SECRET}", "responseCode": SECRET}).encode()
    receipt = contract.judge(Answer(status, body))
    page = contract.judge(Answer(403, f"<title>no {SECRET} here</title>".encode()))

    assert SECRET not in receipt.reason + page.reason
    if status == 401:
        assert "no credentials for (hidden)" in receipt.reason


def test_what_is_no_secret_stays(tmp_path):
    """Only what was given is hidden."""
    assert redact("no credentials for somebody") == "no credentials for somebody"
