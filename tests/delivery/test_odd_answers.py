"""Unusual and invalid answers as they come over a connection: in parts, and one after another."""

import pytest

from generator.delivery.contracts import Answer
from generator.delivery.gevent_http.response_parser import ResponseParser
from generator.delivery.outcome import judge
from generator.delivery.reasons import InvalidHttpError
from generator.delivery.receipt import rejected, unknown
from tests.delivery.odd_answers import LENGTH, SAID, UNUSUAL, with_head

GOOD = Answer(200, SAID)


def read(reading, *parts):
    """Return the answer in some parts, of which the last one ends it."""
    reading.begin()
    for part in parts:
        assert not reading.is_whole
        reading.feed(part)
    return reading.answer()


@pytest.mark.parametrize("said", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_answer_is_read_however_it_is_divided(said):
    """The parts in which an answer comes change nothing, and the connection carries the next answer."""
    reading = ResponseParser()

    for place in range(1, len(said)):
        assert read(reading, said[:place], said[place:]) == GOOD
        assert reading.keeps
    assert read(reading, *(bytes([byte]) for byte in said)) == GOOD


class Strict:
    """A contract of a user that rejects whatever it cannot read."""

    def judge(self, answer):
        return rejected(f"{answer.status}, but no words")


def test_a_success_in_an_unknown_coding_is_rejected_by_no_contract():
    """A contract sees an empty body in that case, and its rejection would be of what nobody has read."""
    why = "200 OK, but its body is in zstd, which was not asked for"

    assert judge(Strict(), Answer(200, b"", coding="zstd")) == unknown(why)
    assert judge(Strict(), Answer(200, b"")) == rejected("200, but no words")
    assert judge(Strict(), Answer(413, b"", coding="zstd")) == rejected("413, but no words")


def test_different_lengths_are_refused_however_they_are_divided():
    """Neither of two lengths is taken, even if the body of one of them has come whole."""
    said = with_head(LENGTH, b"Content-Length: 1")

    for place in range(1, len(said) - len(SAID)):
        reading = ResponseParser()
        with pytest.raises(InvalidHttpError, match="two different lengths"):
            read(reading, said[:place], said[place:])


def test_headers_of_a_folded_line_and_of_a_repeated_length_are_kept():
    """What the head says besides its lengths is heard: here how long to wait."""
    reading = ResponseParser()
    read(reading, with_head(LENGTH, b"Retry-After:\r\n 7", LENGTH))

    assert reading.retry_after == 7.0
