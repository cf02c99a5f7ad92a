"""The files of a run: none that it writes is one that it reads, or that it writes for another option."""

import os
from itertools import permutations

import pytest

from generator.errors import UsageError
from generator.load.overwriting import check_overwriting
from generator.load.plan import Plan
from generator.load.settings import Settings

WRITTEN = ("summary", "report", "junit")
EVENT = '{"eid":"IMPRESSION","ets":1700000000000,"mid":"m1"}'


def check(**options):
    check_overwriting(Plan(Settings(**{name: str(value) for name, value in options.items()})))


@pytest.fixture
def dataset(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_text(EVENT)
    return path


@pytest.mark.parametrize("option", WRITTEN)
@pytest.mark.parametrize("replayed", ["data.jsonl", ".", "*.jsonl"])
def test_a_dataset_is_not_overwritten(tmp_path, dataset, option, replayed):
    """A file of the dataset that is replayed, named by itself, its folder or a pattern, is refused as a file to write."""
    (tmp_path / "link").symlink_to(dataset)
    for name in (dataset, tmp_path / "link", tmp_path / ".." / tmp_path.name / "data.jsonl"):
        with pytest.raises(UsageError, match=rf"--{option} .*also the file of --replay.* Name another file"):
            check(replay=tmp_path / replayed, **{option: name})


@pytest.mark.parametrize(("first", "second"), [*permutations(WRITTEN, 2)])
def test_two_results_are_two_files(tmp_path, monkeypatch, first, second):
    """One file for two results is refused, however it is named, and whether it is there or not."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="also the file of --"):
        check(**{first: "a", second: tmp_path / "a"})


def test_a_cursor_is_a_file_of_its_own(tmp_path, dataset):
    """The summary does not take the place of the cursor, from which a later run goes on."""
    with pytest.raises(UsageError, match=r"--summary .*also the file of --cursor"):
        check(replay=dataset, cursor=tmp_path / "c", summary=tmp_path / "c")


def read_by(option, folder):
    """Write a file that an option reads, and return the option's value and the file."""
    path = (
        folder
        / {"rate_file": "r.toml", "fault_file": "f.toml", "world": "users.csv", "contract": "c.toml"}[option]
    )
    path.write_text({
        "rate_file": 'rate = "5"', "fault_file": "missing_field = 0.1", "world": "id\nu1\n",
        "contract": 'path = "/x"\n[body]\nevents = "$events"\n',
    }[option])  # fmt: skip
    return (folder if option == "world" else path), path


@pytest.mark.parametrize("option", ["rate_file", "fault_file", "world", "contract"])
def test_what_a_run_reads_is_not_overwritten(tmp_path, option):
    """Each file that an option reads is refused as a file to write."""
    value, path = read_by(option, tmp_path)
    with pytest.raises(UsageError, match=f"also the file of --{option.replace('_', '-')}"):
        check(report=path, **{option: value})


def test_files_of_their_own_and_devices_are_allowed(tmp_path, dataset):
    """Different files next to what is read are written, and a device takes any number of results."""
    check(replay=dataset, **{name: tmp_path / name for name in (*WRITTEN, "cursor")})
    check(**dict.fromkeys(WRITTEN, os.devnull))
