import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

FOOTFALL = [str(Path(sys.executable).with_name("footfall"))]


class TestServerFaults:
    def test_injects_the_requested_faults_and_warns(self, tmp_path):
        """The warning comes first, the URL answers as asked, and the store says how it was told to."""
        process = subprocess.Popen(
            [*FOOTFALL, "serve", "--port", "0", "--store", "my-store", "--fail", "1", "--fault-seed", "7"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        )  # fmt: skip
        with process:
            url = process.stdout.readline().decode().strip()
            process.send_signal(signal.SIGTERM)
            err = process.stderr.read().decode()
        begun = json.loads((tmp_path / "my-store" / "faults-000001.jsonl").read_bytes())

        assert url.startswith("http://127.0.0.1:")
        assert process.returncode == 0
        assert err.startswith("footfall: warning: injects server faults: --fail 1.0 --fault-seed 7; ")
        assert begun["how"] == "--fail 1.0 --fault-seed 7"

    @pytest.mark.parametrize(
        ("option", "value", "words"),
        [
            ("--lose", "2", "Write 0.02 for one in fifty"),
            ("--close-after-read", "some", "--close-after-read some: a share is from 0 to 1"),
            ("--delay", "50", "Write 50ms or 10ms..50ms"),
            ("--stall", "3s", "Write 3s@10s"),
            ("--fault-seed", "x", "--fault-seed x: a seed is a whole number"),
        ],
    )
    def test_what_makes_no_sense_is_one_line(self, said, option, value, words):
        """A wrong option is named with its value and the way out; exit is 2."""
        status, _, err = said("serve", option, value)

        assert status == 2
        assert words in err
        assert err.count("\n") == 1

    def test_a_healthy_one_is_not_warned_of(self, said):
        """Without any of these options nothing is said of them."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            err = said("serve", "--port", taken.getsockname()[1], "--fault-seed", 3)[2]

        assert "injects" not in err
