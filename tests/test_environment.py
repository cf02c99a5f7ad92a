"""Misspelt environment variables are named with what was meant; those of other programs are left alone."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from generator.system.environment import NAMES, misspelt

PACKAGE = Path(__file__).parent.parent / "generator"
KNOWN = {
    *NAMES,
    "LOCUST_RATE",
    "LOCUST_CHECK",
    "LOCUST_REPORT",
    "LOCUST_RUN_TIME",
    "LOCUST_HOST",
    "LOCUST_MASTER_NODE_PORT",
}
MEANT = {
    "LOCUST_RAET": "LOCUST_RATE", "LOCUST_CHEKC": "LOCUST_CHECK", "LOCUST_RUNTIME": "LOCUST_RUN_TIME",
    "LOCUST_CHECKS": "LOCUST_CHECK", "locust_rate": "LOCUST_RATE", "LOCUTS_RATE": "LOCUST_RATE",
    "FOOTFALL_RATE": "LOCUST_RATE", "LOCUST_TOKEN": "FOOTFALL_TOKEN", "FOOTFALL_TOEKN": "FOOTFALL_TOKEN",
    "FOTFALL_TOKEN": "FOOTFALL_TOKEN", "FOOTFALL_KAFKACONFIG": "FOOTFALL_KAFKA_CONFIG",
}  # fmt: skip
OTHERS = {
    "PATH": "/bin", "HOST": "me", "RATE": "5", "TOKEN": "x", "LOCUST": "1", "LOCUST_": "1", "LOCUST_COLOUR": "blue",
    "FOOTFALL_INGEST_PASSWORD": "x", "LOCALE_RATE": "1", "LOCUST_PORT": "tcp://10.0.0.1:5557", "LOCUST_SERVICE_HOST": "10.0.0.1",
    "LOCUST_PORT_5557_TCP_PORT": "5557", "_FOOTFALL_COMPLETE": "bash_source",
}  # fmt: skip


@pytest.mark.parametrize(("name", "meant"), MEANT.items())
def test_a_misspelt_variable_is_named_with_the_nearest_name_and_without_its_value(name, meant):
    """The warning has both names; the value, perhaps a secret, is left out."""
    [line] = misspelt({name: "s3cret", **OTHERS}, KNOWN)

    assert line == f"warning: {name}: no environment variable of this name is known. Did you mean {meant}?"


def test_right_names_and_those_of_others_are_left_alone():
    """No known name, none of another program, and none that a cluster sets for a service called locust is warned of."""
    assert misspelt({**dict.fromkeys(KNOWN, "x"), **OTHERS}, KNOWN) == []


def test_every_variable_that_is_read_is_known():
    """The list of names has each one that the code names."""
    named = {
        name for path in PACKAGE.rglob("*.py") for name in re.findall(r"\bFOOTFALL_[A-Z_]+", path.read_text())
    }

    assert named == NAMES


@pytest.mark.parametrize(
    ("command", "name", "meant"),
    [
        (("-m", "locust", "-f", "locustfiles/session.py", "--headless", "--rate", "nonsense"), "LOCUST_RAET", "LOCUST_RATE"),
        (("-m", "locust", "-f", "locustfiles/session.py", "--headless", "--rate", "nonsense"), "FOOTFALL_TOEKN", "FOOTFALL_TOKEN"),
        (("-m", "generator.cli", "schema"), "FOOTFALL_TOEKN", "FOOTFALL_TOKEN"),
    ],
)  # fmt: skip
def test_every_command_warns_once(command, name, meant):
    """A load run and each command say it once, on stderr, without the value."""
    done = subprocess.run(
        [sys.executable, *command], cwd=PACKAGE.parent, env={**os.environ, name: "s3cret"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stderr.count(f"footfall: warning: {name}: ") == 1
    assert f"Did you mean {meant}?" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
