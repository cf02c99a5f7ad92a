"""The Makefile on machines that lack something: one line that says what, and no half-made environment."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            'case "$*" in *version_info*) exit 1;; *) echo Python 3.9.18;; esac',
            "Python 3.9.18 is too old; Python 3.11 or newer",
        ),
        (
            'case "$*" in *ensurepip*) exit 1;; esac',
            "has no venv module: install it (Debian: apt install python3-venv)",
        ),
    ],
)
def test_what_is_missing_is_named(tmp_path, script, said):
    """A Python that is too old, or has no venv, is answered with the way out."""
    (tmp_path / "Makefile").symlink_to(ROOT / "Makefile")
    (tmp_path / "pyproject.toml").symlink_to(ROOT / "pyproject.toml")
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    done = subprocess.run(
        ["make", f"PYTHON={python}", "demo"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_help_lists_every_command():
    """`make` alone says what there is."""
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)

    for target in ("demo", "test", "check", "lint", "bench", "mutants", "clean"):
        assert f"make {target}" in done.stdout
