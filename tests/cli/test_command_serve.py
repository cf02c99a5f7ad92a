import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

FOOTFALL = [str(Path(sys.executable).with_name("footfall"))]


class TestServe:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_serves_until_it_is_told_to_stop(self, tmp_path, number):
        """Its first line is its URL, which answers; a signal ends it with 0."""
        process = subprocess.Popen(
            [*FOOTFALL, "serve", "--port", "0", "--store", "my-store"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        )  # fmt: skip
        with process:
            url = process.stdout.readline().decode().strip()
            with urllib.request.urlopen(f"{url}/health", timeout=10) as answer:
                assert answer.status == 200
            process.send_signal(number)
            err = process.stderr.read().decode()

        assert process.returncode == 0
        assert "my-store" in err
        assert "Traceback" not in err

    def test_a_port_in_use_is_one_line(self, said):
        """The port is named, and exit is 2."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            status, _, err = said("serve", "--port", port)

        assert status == 2
        assert str(port) in err
        assert err.count("\n") == 1

    def test_a_public_address_is_warned_of(self, said):
        """Whoever listens beyond the loopback is told so."""
        with socket.create_server(("0.0.0.0", 0)) as taken:
            err = said("serve", "--host", "0.0.0.0", "--port", taken.getsockname()[1])[2]

        assert "open to the network" in err

    def test_an_address_of_another_machine_is_not_warned_of(self, said):
        """What cannot be served at is refused, and nothing is said of what it would be open to."""
        status, _, err = said("serve", "--host", "203.0.113.4")

        assert status == 2
        assert "not an address of this machine" in err
        assert "open to the network" not in err
