"""Answers that come late and times without any: by a timer of the test's own."""

from collections import Counter
from types import SimpleNamespace

import pytest
from faulty_collector import HEAD, Sent

from generator.clock import StoryClock
from generator.collector.batch import ReceivedBatch
from generator.collector.endpoint import ReceivedRequest
from generator.collector.ingest import IngestOptions, check_batch
from generator.collector.message import HttpError, HttpResponse
from generator.collector.server_faults import ServerFaults
from generator.collector.server_faults.options import Pause
from generator.collector.server_faults.response_faults import ResponseFaults
from generator.collector.server_faults.stall import Stall
from generator.collector.stats import Stats

ANSWER = HttpResponse(200, "", b"")


class Timer:
    """A loop's timer that stands still until it is moved on."""

    def __init__(self):
        self.now, self.waiting = 0.0, []

    def call_later(self, delay, callback, *args):
        self.waiting.append((self.now + delay, len(self.waiting), callback, args))

    def move_to(self, instant):
        while self.waiting and min(self.waiting)[0] <= instant:
            first = min(self.waiting)
            self.waiting.remove(first)
            self.now = first[0]
            first[2](*first[3])
        self.now = instant


class AtOnce:
    """A write_queue and a handler that do at once what they are asked to."""

    def enqueue(self, write_batch, done):
        done(True)

    def open(self, head):
        return head

    def handle(self, request, reply):
        reply(ANSWER)

    def reject(self, error):
        return HttpResponse(error.status, "", b"")


def test_nothing_is_answered_while_it_stalls_and_all_of_it_afterwards():
    """From the 10th second to the 13th, and from the 20th on, answers are held back; they come in their order."""
    timer, heard = Timer(), []
    stall = Stall(AtOnce(), Pause(3, 10), timer)
    seen = {}
    for instant in (9, 10, 12.9, 13, 19, 20, 22.9, 23):
        timer.move_to(instant)
        stall.handle(ReceivedRequest(HEAD, b""), lambda _, at=instant: heard.append(at))
        seen[instant] = list(heard)

    assert seen[9] == seen[10] == seen[12.9] == [9]
    assert seen[13] == [9, 10, 12.9, 13]
    assert seen[19] == seen[20] == seen[22.9] == [9, 10, 12.9, 13, 19]
    assert seen[23] == [9, 10, 12.9, 13, 19, 20, 22.9, 23]


def test_a_stall_leaves_everything_but_answers_alone():
    """Bodies are read, and what is no request is refused, while it stalls; a hang-up waits as answers do."""
    timer, heard = Timer(), []
    silent = SimpleNamespace(open=AtOnce().open, handle=lambda _, reply: reply(None), reject=AtOnce().reject)
    stall = Stall(silent, Pause(1, 2), timer)
    timer.move_to(2)
    stall.handle(ReceivedRequest(HEAD, b""), heard.append)

    assert stall.open(HEAD) is HEAD
    assert stall.reject(HttpError(400, "bad")).status == 400
    assert heard == []
    timer.move_to(3)
    assert heard == [None]


def late(seed, delay, msgids):
    """Take one batch after the other; give how long the answer to each waited."""
    timer, waits = Timer(), []
    for msgid in msgids:
        ingest = ResponseFaults(
            ServerFaults(delay=delay, seed=seed), AtOnce(), Counter(), timer, Stats(), StoryClock(0),
            IngestOptions("sunbird", "wire"),
        )  # fmt: skip
        heard = []
        ingest.take(check_batch(ReceivedBatch(Sent(msgid, 2).body), "wire"), heard.append)
        assert heard == []
        began, due = timer.now, timer.waiting[-1][0]
        timer.move_to(due)
        assert heard == ["stored"]
        waits.append(due - began)
    return waits


def test_an_answer_waits_as_long_as_asked():
    """A batch is stored at once and answered later, each time after the same while where one is asked for."""
    assert late(1, "50ms", range(3)) == pytest.approx([0.05] * 3)


def test_a_wait_between_two_bounds_is_the_batchs_own():
    """Within the bounds each batch has a wait of its own, which the seed and its msgid decide."""
    waits = late(1, "10ms..50ms", range(50))

    assert all(0.01 <= wait <= 0.05 for wait in waits)
    assert len(set(waits)) == 50
    assert late(1, "10ms..50ms", range(49, -1, -1))[::-1] == pytest.approx(waits)
    assert late(2, "10ms..50ms", range(50)) != pytest.approx(waits)
