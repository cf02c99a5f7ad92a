"""What becomes of a ledger's file: cut off, bent, put together anew, forged."""

import zlib
from contextlib import suppress
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import LedgerError
from generator.ledger import layout, read
from generator.ledger.frame import MARK, MOST_BYTES, compress, framed, seed_of
from tests.delivery.written import HEADER, ledger_of, run_of


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a ledger of several blocks."""
    return ledger_of(tmp_path_factory.mktemp("whole"), run_of(30)).read_bytes()


@pytest.fixture(scope="module")
def bent(tmp_path_factory):
    """Read bytes as a ledger: give it, and its records."""
    path = tmp_path_factory.mktemp("bent") / "ledger.bin"

    def reading(data):
        path.write_bytes(data)
        ledger = read(path)
        return ledger, list(ledger.records())

    return reading


def starts(data):
    """Give where blocks begin, the header's first, and where the last one ends."""
    found, place = [], data.find(MARK)
    while place >= 0:
        found.append(place)
        place = data.find(MARK, place + 1)
    return [*found, len(data)]


def pieces(data):
    """Give title and blocks."""
    places = [0, *starts(data)]
    return [data[begin:end] for begin, end in pairwise(places)]


class TestCutOff:
    def test_at_every_byte_whole_blocks_are_read(self, whole, bent):
        """Wherever it is cut off, the records of all blocks before are read, and it is said unless a block ends there."""
        _, said = bent(whole)
        ends = starts(whole)
        before = 0
        for size in range(ends[1], len(whole)):
            ledger, found = bent(whole[:size])

            assert found == said[: len(found)]
            assert len(found) > before if size in ends[2:] else len(found) == before
            assert bool(ledger.torn) == (size not in ends)
            assert not ledger.is_whole
            before = len(found)

    def test_in_its_header_it_says_that_nothing_was_sent(self, whole, bent):
        """Cut off in its header it is no ledger yet, and can be left out."""
        for size in range(starts(whole)[1]):
            with pytest.raises(LedgerError, match="leave it out"):
                bent(whole[:size])

    def test_how_much_is_left_out_is_said(self, whole, bent):
        """The place and the bytes left out are named."""
        last = starts(whole)[-2]

        assert (
            bent(whole[: last + 5])[0].torn
            == f"is cut off or corrupt at byte {last:,}: its last 5 bytes are left out"
        )

    def test_a_tail_of_zeros_is_a_torn_one(self, whole, bent):
        """What a file system leaves after a power cut, zeros in place of the last bytes, is left out."""
        ledger, found = bent(whole[: starts(whole)[-2]] + bytes(10_000))

        assert found == bent(whole)[1][: len(found)]
        assert "10,000 bytes" in ledger.torn


class TestBent:
    @given(data=st.data())
    def test_no_bent_byte_gives_another_record(self, whole, bent, data):
        """Any one byte that is another one: the rest is refused, or only the last block is left out."""
        _, said = bent(whole)
        place = data.draw(st.integers(0, len(whole) - 1))
        other = data.draw(st.integers(1, 255))
        doctored = bytearray(whole)
        doctored[place] ^= other
        last = starts(whole)[-2]

        if place < last:
            with pytest.raises(LedgerError):
                bent(bytes(doctored))
        else:
            ledger, found = bent(bytes(doctored))
            assert found == said[: len(found)]
            assert ledger.torn
            assert not ledger.is_whole

    def test_damage_before_the_end_is_named(self, whole, bent):
        """A bad block with good ones behind it is refused with its place: nothing can be judged."""
        place = starts(whole)[2]
        doctored = bytearray(whole)
        doctored[place + 20] ^= 1

        with pytest.raises(
            LedgerError, match=f"ledger.bin: is corrupt at byte {place:,}.* no verdict is possible"
        ):
            bent(bytes(doctored))

    def test_a_length_is_not_believed(self, whole, bent):
        """A block that says to be endless is a bad one, and found to be followed by good ones."""
        place = starts(whole)[1]
        doctored = whole[: place + 8] + b"\xff\xff\xff\x7f" + whole[place + 12 :]

        with pytest.raises(LedgerError, match="is corrupt"):
            bent(doctored)

    def test_a_header_that_is_bent_is_no_reason_to_leave_it_out(self, whole, bent):
        """Where blocks are behind a bad header, something may have been sent."""
        doctored = bytearray(whole)
        doctored[starts(whole)[0] + 9] ^= 1

        with pytest.raises(LedgerError, match="is corrupt in its header"):
            bent(bytes(doctored))

    def test_endless_false_marks_take_no_endless_time(self, whole, bent):
        """Whoever plants marks by the thousand behind a bad block has a damaged ledger, soon."""
        with pytest.raises(LedgerError, match="is corrupt"):
            bent(whole + (MARK + bytes(12)) * 5000)

    def test_bytes_behind_the_end_make_it_less_than_whole(self, whole, bent):
        """What is behind the end is nobody's word."""
        ledger, found = bent(whole + b"more")

        assert found == bent(whole)[1]
        assert (ledger.is_whole, "last 4 bytes" in ledger.torn) == (False, True)


class TestPutTogether:
    @pytest.mark.parametrize(
        "order",
        [
            (0, 1, 3, 4, 5), (0, 1, 2, 4, 3, 5), (0, 1, 2, 3, 3, 4, 5), (0, 1, 2, 3, 4, 5, 2),
        ],
        ids=["one-is-missing", "two-in-another-order", "one-twice", "one-again-at-the-end"],
    )  # fmt: skip
    def test_blocks_stand_in_their_order(self, whole, bent, order):
        """Good blocks that are missing, doubled or in another order are damage."""
        parts = pieces(whole)

        with pytest.raises(LedgerError, match="instead of block"):
            bent(b"".join(parts[number] for number in order))

    def test_a_block_of_another_ledger_is_none(self, tmp_path, whole, bent):
        """A block of another ledger is no good one here, even where its number fits."""
        ledger_of(tmp_path, [])
        foreign = pieces(ledger_of(tmp_path, run_of(30)).read_bytes())

        ledger, found = bent(b"".join([*pieces(whole)[:3], *foreign[3:]]))

        assert found == bent(whole)[1][: len(found)]
        assert ledger.torn


def forged(*blocks):
    """Give a ledger whose blocks hold anything, with the right checksums."""
    told = msgspec.json.encode(HEADER)
    frames = [framed(number, block, seed_of(told)) for number, block in enumerate(blocks, 1)]
    return b"".join([layout.FIRST_LINE, framed(0, told, 0), *frames])


TEXT = layout.text.pack(layout.TEXT, 1) + b"x"
END = layout.end.pack(layout.END, 0, 0, 0)


def sent(session=0, first=0, events=1, outcome=0):
    return layout.outcome.pack(layout.OUTCOME, 0, 0) + layout.sent.pack(
        layout.SENT, session, 0, first, events, 0, 0, 0, 0, outcome
    )


class TestForged:
    @pytest.mark.parametrize(
        "data",
        [
            b"\x00",
            b"\xff",
            layout.lease.pack(layout.LEASE, 5, 4),
            layout.lease.pack(layout.LEASE, 0, 2**40),
            layout.lease.pack(layout.LEASE, 0, 1)[:-1],
            layout.start.pack(layout.START, 0, 0, 0, 0, 0, 0),
            TEXT + layout.start.pack(layout.START, 2**40, 0, 0, 0, 0, 0),
            TEXT + layout.start.pack(layout.START, 0, 0, 0, 0, 9, 9) + b"short",
            layout.text.pack(layout.TEXT, 2) + b"\xff\xff",
            layout.text.pack(layout.TEXT, 200) + b"short",
            layout.outcome.pack(layout.OUTCOME, 3, 0),
            sent(session=2**40),
            sent(first=2**32 - 1, events=2),
            sent(outcome=1),
            sent()[:-1],
            TEXT + layout.label.pack(layout.LABEL, 0, 0, -2, 0),
            TEXT + layout.label.pack(layout.LABEL, 0, 0, 2**32, 0),
            layout.label.pack(layout.LABEL, 0, 0, 0, 0),
            END + TEXT,
        ],
        ids=range(19),
    )
    def test_records_that_no_writer_writes_are_damage(self, bent, data):
        """A right checksum makes no record good: what cannot be is refused, with the block's place."""
        place = len(forged())

        with pytest.raises(LedgerError, match=f"is corrupt at byte {place}, .*; no verdict is possible"):
            bent(forged(compress(data)))

    def test_a_record_behind_the_end_is_damage(self, bent):
        """Nothing follows the end, in its block or in another one."""
        with pytest.raises(LedgerError, match="follows the end"):
            bent(forged(compress(END), compress(layout.lease.pack(layout.LEASE, 0, 1))))

    @pytest.mark.parametrize(
        ("block", "words"),
        [
            (b"plain", "not compressed"),
            (compress(b"") + b"more", "larger"),
            (compress(END)[:-3], "larger"),
            (zlib.compress(bytes(2 * MOST_BYTES)), "larger"),
        ],
    )
    def test_a_block_holds_no_more_than_a_block_may(self, bent, block, words):
        """What is not compressed, not all of it, or would be huge, is refused."""
        with pytest.raises(LedgerError, match=words):
            bent(forged(block))

    def test_an_end_that_counts_otherwise_is_no_end(self, bent):
        """Where the end's counts are not what is there, it is said, and the ledger is not whole."""
        ledger, found = bent(forged(compress(sent(events=20) + layout.end.pack(layout.END, 0, 1, 21))))

        assert len(found) == 2
        assert not ledger.is_whole
        assert (
            "has 0 sessions, 1 batches and 20 events, but its end counts 0 sessions, 1 batches and 21 events"
            in ledger.torn
        )

    @given(data=st.binary(max_size=300))
    def test_any_bytes_are_records_or_damage(self, bent, data):
        """Whatever a block holds, it is read or refused, never anything else."""
        with suppress(LedgerError):
            bent(forged(compress(data)))
