"""A private authority for tests, and certificates that it vouches for."""

import ssl
import subprocess

NAMES = {
    "good": ("2", "DNS:telemetry.test,DNS:localhost,IP:127.0.0.1"),
    "expired": ("-1", "DNS:telemetry.test,IP:127.0.0.1"),
    "another": ("2", "DNS:another.test"),
}
"""Certificates by name: how many days they hold, and for whom."""


class Authority:
    """An authority in a folder; `file` is its certificate."""

    def __init__(self, folder):
        self.folder, self.file = folder, folder / "authority.pem"

    def make(self):
        """Make the authority and its certificates."""
        self._openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Authority",
            "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", "authority.key", "-out", "authority.pem",
        )  # fmt: skip
        self._openssl(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=endpoint",
            "-keyout",
            "key",
            "-out",
            "request",
        )
        for name, (days, names) in NAMES.items():
            (self.folder / "names").write_text(f"subjectAltName={names}\n")
            self._openssl(
                "x509", "-req", "-in", "request", "-CA", "authority.pem", "-CAkey", "authority.key",
                "-days", days, "-extfile", "names", "-out", f"{name}.pem",
            )  # fmt: skip
        return self

    def _openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def server(self, name="good"):
        """Return the TLS context of an endpoint with a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / "key")
        return context
