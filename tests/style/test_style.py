"""The house style: nothing new that it forbids, and a list of what still stands which only becomes shorter."""

from pathlib import Path

import pytest

from tests.style.offences import PACKAGE, offences, place, sources, texts

KNOWN = Path(__file__).parent / "known.txt"
_HINT = "(words.toml names the word to use, offences.py the rules)"


@pytest.fixture(scope="module")
def found():
    return set(offences())


@pytest.fixture(scope="module")
def known():
    return set(KNOWN.read_text(encoding="utf-8").splitlines())


def test_nothing_new_offends_the_house_style(found, known):
    """Every offence against names, prose, cuts and room order is one of the known ones."""
    assert sorted(found - known) == [], _HINT


def test_what_is_mended_leaves_the_list_of_known_offences(found, known):
    """The list of known offences names only what still stands: `python -m tests.style --shrink` takes out the rest."""
    assert sorted(known - found) == []


def test_each_kind_of_offence_can_be_found(tmp_path, monkeypatch):
    """A file that breaks every rule has an offence of every kind: the rules look at what they claim."""
    monkeypatch.setattr("tests.style.offences.ROOT", tmp_path)
    monkeypatch.setattr("tests.style.offences.PACKAGE", tmp_path / "generator")
    room = tmp_path / "generator" / "spec"
    room.mkdir(parents=True)
    parameters = ", ".join(f"value_{number}" for number in range(8))
    body = "\n".join(f"    line_{number} = {number}" for number in range(401))
    text = (
        "from generator.cli import _private\n\n\nclass Twice:\n"
        f'    """Give it to nobody."""\n\n\ndef doctored({parameters}):\n{body}\n'
    )
    for number in range(16):
        (room / f"file_{number}.py").write_text(text, encoding="utf-8")
    (tmp_path / "generator" / "cli").mkdir()
    (tmp_path / "generator" / "cli" / "__init__.py").touch()
    for listed in (sources, texts):
        listed.cache_clear()
    try:
        kinds = {offence.split()[0] for offence in offences()}
    finally:
        for listed in (sources, texts):
            listed.cache_clear()

    assert kinds == {
        "class", "docstring", "function", "long", "name", "order", "parameters", "private", "prose", "room"
    }  # fmt: skip


def test_every_file_of_the_product_is_looked_at():
    """The rules read the files that Python would import."""
    assert place(PACKAGE / "telemetry.py") in {place(path) for path in sources()}
