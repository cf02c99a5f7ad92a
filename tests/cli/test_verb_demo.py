"""`footfall demo`: a short run for real, and the folders it leaves alone."""

import json

from generator.cli.demo import _is_good, _verdict


class TestDemo:
    def test_a_short_demo_ends_with_a_verdict(self, footfall, tmp_path):
        """What was acknowledged is what is stored, and a second demo replaces the first."""
        for _ in range(2):
            done = footfall("demo", "--seconds", "2", "--users", "8", "--into", str(tmp_path / "demo"))
            assert done.returncode == 0, done.stderr
            assert b"All that was acknowledged is stored, once." in done.stdout
            assert b"Counted, not yet proven" in done.stdout
        summary = json.loads((tmp_path / "demo" / "summary.json").read_text())
        stored = len((tmp_path / "demo" / "store" / "accepted-000001.jsonl").read_text().splitlines())

        assert stored == summary["events"] == summary["acked_events"] > 0

    def test_a_folder_with_other_things_is_left_alone(self, footfall, tmp_path):
        """What is not a demo's is not taken away."""
        (tmp_path / "mine.txt").write_text("x")
        done = footfall("demo", "--into", str(tmp_path))

        assert done.returncode == 2
        assert b"holds something else than a demo" in done.stderr
        assert (tmp_path / "mine.txt").exists()

    def test_a_difference_is_said(self, tmp_path):
        """A verdict over counts that differ says so."""
        summary = {
            "sessions": 1, "finished": 1, "by_scenario": {}, "by_eid": {"LOG": 2}, "events": 2, "batches": 1, "acked": 1,
            "rejected": 0, "unknown": 0, "reasons": {}, "bytes": 9, "percentiles": {}, "acked_events": 2,
        }  # fmt: skip
        stats = {"batches": {"acknowledged": 1}}
        lost = {"accepted": 1, "rejected": 0, "duplicate": 0, "mids": 1}

        assert not _is_good(summary, lost)
        assert "DIFFER" in "\n".join(_verdict(summary, stats, lost, tmp_path))
