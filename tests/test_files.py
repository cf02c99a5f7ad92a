"""Files that are written whole: what was there survives every failure, and nothing is left next to it."""

import errno
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from generator.system.files import check_writable, decode_text, is_stream, replacing, write_file
from tests.report.runs import healthy

# Each writes FILE and must leave what was there, if it cannot write all of it.
COMMANDS = {
    "schema": ["schema", "-o", "FILE"],
    "scenarios": ["scenarios", "--scenario-dir", "FOLDER", "--new", "new_story"],
    "generate": ["generate", "--sessions", "20", "-o", "FILE.jsonl"],
    "report": ["report", "summary.json", "-o", "FILE"],
}


def names(folder):
    return {path.name for path in folder.iterdir()}


def write_half(stream):
    stream.write(b"half")
    raise OSError(errno.ENOSPC, "No space left on device")


def full_after(size):
    """Let a process write files of at most `size` bytes, which looks to it like a full disk."""

    def limit():
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_a_file_is_replaced_whole(tmp_path):
    """The new bytes take the place of the old ones, with the old permissions, and nothing is left next to them."""
    path = tmp_path / "page.html"
    path.write_text("old")
    path.chmod(0o640)
    write_file(path, b"new")

    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert names(tmp_path) == {"page.html"}


def test_an_error_in_the_middle_leaves_the_old_file(tmp_path):
    """A file that could not be finished does not exist: the old one is there, and no part of the new one."""
    path = tmp_path / "page.html"
    path.write_text("old")
    with pytest.raises(OSError, match="device"), replacing(path) as stream:
        write_half(stream)

    assert path.read_text() == "old"
    assert names(tmp_path) == {"page.html"}


def test_a_link_is_followed(tmp_path):
    """A link stays a link, and the file that it points to is replaced."""
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link", b"new")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_what_can_be_written_later_is_left_as_it_is(tmp_path):
    """A check whether a file can be written neither makes nor changes it."""
    (tmp_path / "there").write_text("old")
    check_writable(tmp_path / "there")
    check_writable(tmp_path / "missing")
    with pytest.raises(OSError, match="No such file"):
        check_writable(tmp_path / "no" / "folder")

    assert names(tmp_path) == {"there"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/dev/stdout", True), ("/dev/null", True), ("/dev/fd/1", True), ("/dev/shm", False)],
)
def test_a_device_is_a_stream(path, expected):
    """What cannot be replaced by a rename is written to directly."""
    assert is_stream(Path(path)) is expected


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_leaves_the_old_file(name, tmp_path):
    """Every command that writes a file leaves the old one whole and nothing next to it, and ends with 2."""
    (tmp_path / "summary.json").write_text(json.dumps(healthy(5)))
    target = tmp_path / ("FILE.jsonl" if name == "generate" else "FILE")
    if name != "scenarios":
        target.write_text("old")
    before = names(tmp_path)
    arguments = [argument.replace("FOLDER", str(tmp_path)) for argument in COMMANDS[name]]
    done = subprocess.run(
        [sys.executable, "-m", "generator.cli", *arguments],
        cwd=tmp_path, capture_output=True, text=True, preexec_fn=full_after(512), check=False,
    )  # fmt: skip

    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr
    assert names(tmp_path) == before
    assert name == "scenarios" or target.read_text() == "old"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_a_byte_order_mark_says_how_text_is_read(encoding):
    """Text that an editor or shell of Windows wrote is the same text."""
    mark = "\ufeff" if encoding == "utf-16-be" else ""

    assert decode_text((mark + "rate = '100k' # ü\n").encode(encoding)) == "rate = '100k' # ü\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_settings_files_are_read_whatever_their_mark(tmp_path, encoding):
    """A contract, a rate profile, a list of faults, Kafka's settings and a run's summary are read with any mark."""
    from generator.delivery.contracts.table import read_table
    from generator.delivery.kafka.client import CONFIG, properties
    from generator.faults.plan import FaultPlan
    from generator.load.rates.profile_file import read_profile
    from generator.report.run import read_run

    path = tmp_path / "file.toml"
    path.write_text("path = '/x'", encoding=encoding)
    assert dict(read_table(path).values) == {"path": "/x"}
    path.write_text("rate = '100'", encoding=encoding)
    assert read_profile(path).offered == "rate"
    path.write_text("missing_field = 0.5", encoding=encoding)
    assert FaultPlan.of((), path, form="wire", allow_crashing_faults=False)
    path.write_text("linger.ms=5", encoding=encoding)
    assert properties({CONFIG: str(path)}) == {"linger.ms": "5"}
    path.write_text(json.dumps(healthy(5)), encoding=encoding)
    assert read_run(path).batches
