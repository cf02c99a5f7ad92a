"""The writer against killed processes, full disks and other threads."""

import errno
import os
import subprocess
import sys
import threading

import pytest

from generator.delivery.receipt import ACKED
from generator.errors import UsageError
from generator.ledger import EventLabel, LedgerWriter, Sent, SessionLease, SessionStart, read
from generator.ledger import writer as writer_module
from tests.delivery.written import HEADER

PREAMBLE = """
import itertools, os, sys
from pathlib import Path
from generator.ledger import EventLabel, LedgerWriter, SessionStart
from generator.delivery.receipt import ACKED
from tests.delivery.written import HEADER

writer = LedgerWriter(Path(sys.argv[1]), HEADER)
"""


def child(script, folder, **options):
    """Start a process that writes a ledger."""
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + script, str(folder)], stdout=subprocess.PIPE, text=True, **options
    )


def only(folder):
    (path,) = folder.glob("ledger-*.bin")
    return read(path)


def post(writer, session, batch=0):
    writer.sent(session, batch, 0, 20, 0, 1.0, 1.0, 2.0, ACKED)


class TestKilled:
    @pytest.mark.parametrize("leases", [1, 40])
    def test_leases_are_on_disk(self, tmp_path, leases):
        """Whenever a process is killed, every lease that returned is in its ledger, and all before it."""
        script = """
for number in itertools.count():
    writer.open(SessionStart(number, "practice", number, "u", "d", 0))
    writer.sent(number, 0, 0, 20, 0, 1.0, 1.0, 2.0, ACKED)
    if not number % 3:
        writer.flush()
    writer.lease(number, number)
    print(number, flush=True)
"""
        with child(script, tmp_path) as process:
            for _ in range(leases):
                leased = int(process.stdout.readline())
            process.kill()
            leased = max([leased, *map(int, process.stdout.read().split())])

        ledger = only(tmp_path)
        found = list(ledger.records())
        assert [record for record in found if isinstance(record, SessionLease)][leased] == SessionLease(
            leased, leased
        )
        kinds = [type(record) for record in found]
        assert kinds == ([SessionStart, Sent, SessionLease] * len(kinds))[: len(kinds)]
        assert not ledger.is_whole

    def test_what_was_not_flushed_is_gone_and_nothing_else(self, tmp_path):
        """What was only held when a process is killed is not in its ledger; what was flushed is."""
        script = """
writer.lease(0, 9)
writer.open(SessionStart(1, "practice", 0, "u", "d", 0))
writer.flush()
writer.open(SessionStart(2, "practice", 0, "u", "d", 0))
print("ready", flush=True)
input()
"""
        with child(script, tmp_path, stdin=subprocess.PIPE) as process:
            process.stdout.readline()
            process.kill()

        ledger = only(tmp_path)
        assert list(ledger.records()) == [SessionLease(0, 9), SessionStart(1, "practice", 0, "u", "d", 0)]
        assert (ledger.is_whole, ledger.torn) == (False, "")


class TestThreads:
    def test_another_thread_may_flush(self, tmp_path):
        """Whoever flushes and leases meanwhile, no record is lost, doubled or out of its order."""
        writer, over = LedgerWriter(tmp_path, HEADER), threading.Event()
        errors = []

        def flush():
            try:
                while not over.is_set():
                    writer.flush()
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=flush) for _ in range(2)]
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            for thread in threads:
                thread.start()
            for number in range(3000):
                writer.open(SessionStart(number, f"scenario {number % 50}", 0, "u", "d", 0))
                post(writer, number)
                if not number % 1000:
                    writer.lease(number, number + 999)
        finally:
            over.set()
            for thread in threads:
                thread.join()
            sys.setswitchinterval(before)
        writer.close()

        ledger = read(writer.path)
        found = [record for record in ledger.records() if isinstance(record, SessionStart | Sent)]
        assert errors == []
        assert [record.session for record in found] == [number for number in range(3000) for _ in range(2)]
        assert [record.scenario for record in found[::2]] == [
            f"scenario {number % 50}" for number in range(3000)
        ]
        assert ledger.is_whole

    def test_under_gevent_threads_and_the_hub_do_not_wait_for_ever(self, tmp_path):
        """In a process that gevent has patched, a native thread flushes while greenlets lease, and all comes to an end."""
        script = """
pool = gevent.get_hub().threadpool
flushing = [pool.spawn(writer.flush) for _ in range(50)]
def work(lane):
    for number in range(20):
        writer.lease(lane * 100 + number, lane * 100 + number)
        writer.sent(lane * 100 + number, 0, 0, 20, 0, 1.0, 1.0, 2.0, ACKED)
        pool.apply(writer.flush)
gevent.joinall([gevent.spawn(work, lane) for lane in range(3)], raise_error=True)
[one.get() for one in flushing]
pool.apply(writer.close)
"""
        patched = "import gevent; from gevent import monkey; monkey.patch_all()\n"
        command = [sys.executable, "-c", patched + PREAMBLE + script, str(tmp_path)]
        subprocess.run(command, check=True, timeout=120)

        ledger = only(tmp_path)
        assert sum(isinstance(record, Sent) for record in ledger.records()) == 60
        assert ledger.is_whole


class TestTrouble:
    def test_a_full_disk_is_an_error_and_nothing_is_lost(self, tmp_path):
        """Where the disk is full flush and lease fail, what is there can be read; when there is room again all is written."""
        script = """
import resource
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, limits[1]))
failed = 0
for number in range(4000):
    writer.open(SessionStart(number, "practice", number * 7919, f"uid-{number * 7919}", "d", number))
    if number % 100 == 99:
        try:
            (writer.flush if number % 200 == 99 else lambda: writer.lease(number, number))()
        except OSError:
            failed += 1
print(failed, flush=True)
input()
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
writer.close()
"""
        with child(script, tmp_path, stdin=subprocess.PIPE) as process:
            failed = int(process.stdout.readline())
            meanwhile = list(only(tmp_path).records())
            torn = only(tmp_path).torn
            process.communicate("go\n", timeout=120)

        ledger = only(tmp_path)
        found = list(ledger.records())
        assert failed > 10
        assert 0 < len(meanwhile) < len(found)
        assert (meanwhile, torn) == (found[: len(meanwhile)], "")
        assert [record.session for record in found if isinstance(record, SessionStart)] == list(range(4000))
        assert ledger.is_whole

    def test_half_a_block_is_taken_back(self, tmp_path, monkeypatch):
        """A disk that takes a part of a block and then no more leaves a ledger of whole blocks."""
        writer, pwrite, room = LedgerWriter(tmp_path, HEADER), os.pwrite, [30, 10]

        def nearly_full(file, data, at):
            if not room:
                raise OSError(errno.ENOSPC, "No space left on device")
            return pwrite(file, bytes(data[: room.pop()]), at)

        post(writer, 1)
        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", nearly_full)
            with pytest.raises(OSError, match="No space left"):
                writer.lease(0, 9)
        assert (list(read(writer.path).records()), read(writer.path).torn) == ([], "")

        writer.close()
        assert [type(record).__name__ for record in read(writer.path).records()] == [
            "Sent",
            "SessionLease",
            "LedgerEnd",
        ]

    def test_what_is_held_has_a_bound(self, tmp_path, monkeypatch):
        """Beyond the most that is held all that follows is forgotten; what is written then can be read, and is not whole."""
        writer = LedgerWriter(tmp_path, HEADER)
        monkeypatch.setattr(writer_module, "MOST_HELD", 10)
        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", _no_space)
            for number in range(30):
                post(writer, number)
                writer.label(EventLabel(number, 0, None, f"fault {number}"))
                with pytest.raises(OSError, match="No space"):
                    writer.flush()
        post(writer, 99)
        writer.close()

        ledger = read(writer.path)
        found = [record.session for record in ledger.records()]
        assert found == [0, 0, 1, 1, 2, 2, 3, 3][: len(found)]
        assert len(found) > 4
        assert not ledger.is_whole

    def test_a_file_that_was_removed_is_an_error(self, tmp_path):
        """What would be written to a file that nobody can find is not said to be written."""
        writer = LedgerWriter(tmp_path, HEADER)
        writer.path.unlink()
        post(writer, 1)

        for write in (writer.flush, lambda: writer.lease(0, 1), writer.close):
            with pytest.raises(FileNotFoundError):
                write()

    def test_a_close_that_fails_is_an_error_once(self, tmp_path, monkeypatch):
        """The end that could not be written is not there, and the file is let go."""
        writer = LedgerWriter(tmp_path, HEADER)
        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", _no_space)
            with pytest.raises(OSError, match="No space"):
                writer.close()
        writer.close()

        assert not read(writer.path).is_whole

    def test_closed_it_takes_nothing_more(self, tmp_path):
        """Once the end is written a record is a mistake that is heard; flush and close have nothing to do."""
        writer = LedgerWriter(tmp_path, HEADER)
        writer.close()

        writer.close()
        writer.flush()
        for late in (lambda: post(writer, 1), lambda: writer.lease(0, 1)):
            with pytest.raises(ValueError, match="is closed"):
                late()
        assert read(writer.path).is_whole

    def test_where_none_can_be_written_it_is_said(self, tmp_path, monkeypatch):
        """A folder that cannot be is an error with its name and the way out; no headless file is left."""
        (tmp_path / "file").write_text("mine")
        for folder in (tmp_path / "file", tmp_path / "file" / "folder", tmp_path / ("x" * 300)):
            with pytest.raises(UsageError, match=r"--ledger .*; name another folder"):
                LedgerWriter(folder, HEADER)

        monkeypatch.setattr(os, "pwrite", _no_space)
        with pytest.raises(UsageError, match="No space left"):
            LedgerWriter(tmp_path / "new", HEADER)
        assert list((tmp_path / "new").iterdir()) == []


def _no_space(*_):
    raise OSError(errno.ENOSPC, "No space left on device")
