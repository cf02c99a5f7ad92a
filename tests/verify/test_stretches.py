"""Files read in stretches: whatever stands in one, the verdict is that of looking at each event by itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from small_run import (
    RUN,
    STARTED,
    MadeLedger,
    SessionLease,
    all_of,
    event,
    findings,
    opened,
    sent,
    simple,
)

from generator.ledger.record import EventLabel
from generator.spec.identity import make_msgid, tail
from generator.verify import presence
from generator.verify.looking import Looking
from generator.verify.presence import Presence
from generator.verify.sink import lines
from generator.verify.sink.files import FileSink
from generator.verify.sink.sink import Text
from generator.verify.sink.store import StoreSink


class Singly:
    """A sink of which each event is looked at by itself, whatever its neighbours are."""

    def __init__(self, sink):
        self._sink = sink
        self.described = sink.described

    def chunks(self):
        number = 1
        for part in self._sink.chunks():
            if not isinstance(part, Text):
                yield part
                continue
            number = 1 if part.is_first else number
            for line in part.data.split(b"\n")[:-1]:
                yield part.part(line + b"\n", number)
                number += 1


def verdicts(ledger, sink, **how):
    """Give what is found in stretches, and what is found event by event."""
    fast = findings(ledger, sink, **how)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Looking, "_neighbours", lambda *_: 0)
        patch.setattr(Presence, "_run", lambda *_: None)
        slow = findings(ledger, Singly(sink), **how)
    return fast, slow


def in_order(found):
    """Leave out in which order unreadable places were met: it depends on how many lines are read at once."""
    first = {name: getattr(found, name).partition(": ")[0] for name in ("why_missing", "why_unknown")}
    return structs.replace(found, unread=sorted(found.unread), **first)


def head(session, batch):
    return b'{"received":%d,"msgid":"%b","event":' % (
        STARTED + 1600 + batch,
        make_msgid(batch, RUN, session).encode(),
    )


@st.composite
def runs(draw):
    """Draw a run: its ledger's records, the sizes of its batches, and each event's session, batch and sequence."""
    sizes = st.lists(st.integers(1, 6), min_size=1, max_size=3)
    sessions = draw(st.lists(sizes, min_size=1, max_size=3) | sizes.map(lambda drawn: [drawn] * 3))
    # Of every sixth session the events are alike, as those of one template are.
    numbered = {place * draw(st.sampled_from([1, 6])): sizes for place, sizes in enumerate(sessions)}
    records, places = [SessionLease(0, 50)], []
    for session, batches in numbered.items():
        records.append(opened(session, sum(batches)))
        first = 0
        for batch, size in enumerate(batches):
            if not draw(st.integers(0, 4)):
                records.append(
                    EventLabel(session, batch, first + draw(st.integers(0, size - 1)), "missing_field")
                )
            # A learner who is stopped sends the beginning of a batch.
            short = draw(st.integers(1, size)) if batch == len(batches) - 1 else size
            records.append(sent(session, batch, first, short, draw(st.sampled_from(["acked", "unknown"]))))
            places += [(session, batch, first + at) for at in range(size)]
            first += size
    return records, numbered, places


WAYS = {
    "windows": lambda line, _: line + b"\r",
    "blanks": lambda line, _: json.dumps(json.loads(line)).encode(),
    "other order": lambda line, _: json.dumps(dict(reversed(json.loads(line).items()))).encode(),
    "cut off": lambda line, at: line[: at % len(line)],
    "cut off, and closed": lambda line, at: line[: at % len(line)] + b"}}",
    "longer": lambda line, at: line + line[at % len(line) :],
    "twice": lambda line, _: line + b"\n" + line,
    "foreign before": lambda line, _: event(0, 0, RUN + 1) + b"\n" + line,
    "nothing before": lambda line, _: b"\n  \n" + line,
    "no event before": lambda line, _: b'oops\n{"a":1}\n' + line,
    "gone": lambda _, __: None,
    "in one line": lambda line, _: b"[%b,%b]" % (line, line),
    "ends in between": lambda line, at: line[: at % len(line)] + b"\n" + line[at % len(line) :],
    "another time": lambda line, at: line.replace(b'"received":1', b'"received":%d' % (at % 9 + 1)),
    "a second mid": lambda line, at: line.replace(b'"edata"', b'"mid":"LOG:%032x","edata"' % at),
}


def with_a_byte(line, at, byte):
    at %= len(line)
    return line[:at] + bytes([byte]) + line[at + 1 :]


changes = st.one_of(
    st.tuples(st.sampled_from(sorted(WAYS)), st.integers(0, 400)).map(
        lambda drawn: lambda line: WAYS[drawn[0]](line, drawn[1])
    ),
    st.tuples(st.integers(0, 400), st.integers(0, 255)).map(
        lambda drawn: lambda line: with_a_byte(line, *drawn)
    ),
)


@given(
    run=runs(),
    changed=st.dictionaries(st.integers(0, 30), changes, max_size=4),
    order=st.none() | st.randoms(use_true_random=False),
    in_store=st.booleans(),
    is_ended=st.booleans(),
    block=st.sampled_from([1, 300, 1000, 100_000]),
    contents=st.booleans(),
)
def test_stretches_and_single_events_give_one_verdict(
    run, changed, order, in_store, is_ended, block, contents, tmp_path_factory
):
    """Cut off, doubled, altered at any byte, foreign or broken lines between: read in stretches or event by event."""
    records, sizes, places = run
    written = []
    for at, (session, batch, sequence) in enumerate(places):
        line = event(session, sequence)
        line = head(session, batch) + line + b"}" if in_store else line
        written.append(changed.get(at, bytes)(line))
    if order:
        order.shuffle(written)
    folder = tmp_path_factory.mktemp("sink")
    path = folder / "accepted-000001.jsonl"
    path.write_bytes(b"\n".join(one for one in written if one is not None) + b"\n" * is_ended)
    sink = StoreSink(folder) if in_store else FileSink({"accepted": str(path)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK", block)
        fast, slow = verdicts(MadeLedger(records), sink, sizes=sizes, contents=contents)

    assert in_order(fast) == in_order(slow)


class TestPlaces:
    @pytest.mark.parametrize("block", [1, 500, 100_000])
    def test_an_altered_event_is_told_with_its_own_line(self, tmp_path, monkeypatch, block):
        """However many lines are read at once, the place of an event is the line where it stands."""
        monkeypatch.setattr(lines, "BLOCK", block)
        events = all_of()
        events[3] = events[3].replace(b'"n":3', b'"n":4')
        events[8] = events[8].replace(b'"is":true', b'"is":1')
        for name, some in (("a.jsonl", [*events[:7], b"oops"]), ("b.jsonl", events[7:])):
            (tmp_path / name).write_bytes(b"\n".join([b"", *some]))
        seen = findings(simple(), FileSink({"accepted": f"{tmp_path}/*.jsonl"}))

        assert [one.place for one in seen.altered.examples] == [
            f"{tmp_path}/a.jsonl:5",
            f"{tmp_path}/b.jsonl:3",
        ]
        assert [one.partition(": ")[0] for one in seen.unread] == [f"{tmp_path}/a.jsonl:9"]


class TestNeighbours:
    @pytest.mark.parametrize("contents", [True, False])
    def test_what_is_foreign_leaves_its_neighbours_where_they_are(self, tmp_path, monkeypatch, contents):
        """Of a file with one foreign line only that line is looked at by itself."""
        events = all_of(sessions=5)
        looked_at, one = [], Looking._one
        monkeypatch.setattr(
            Looking,
            "_one",
            lambda self, chunk, at: looked_at.append(chunk.events[at]) or one(self, chunk, at),
        )
        foreign = event(0, 0, RUN + 1)
        (tmp_path / "x.jsonl").write_bytes(b"\n".join([*events[:14], foreign, *events[14:]]))
        seen = findings(
            simple(sessions=5), FileSink({"accepted": str(tmp_path / "x.jsonl")}),
            sizes={session: [3, 3] for session in range(5)}, contents=contents,
        )  # fmt: skip

        assert (seen.outcome, seen.found, seen.foreign) == ("delivered", 30, 1)
        assert looked_at == [foreign]


class TestTemplates:
    """Sessions 0, 6 and 12 of the small run are as if of one template; their second batches have three events."""

    NUMBERS = (0, 6, 12)

    def ledger(self, numbers=NUMBERS):
        batches = [sent(number, batch, 3 * batch, 3) for number in numbers for batch in (0, 1)]
        return MadeLedger([SessionLease(0, 50), *(opened(number, 6) for number in numbers), *batches])

    def stored(self, folder, numbers=NUMBERS):
        lines = [
            head(number, sequence // 3) + event(number, sequence) + b"}\n"
            for number in numbers
            for sequence in range(6)
        ]
        (folder / "accepted-000001.jsonl").write_bytes(b"".join(lines))
        return lines

    def test_the_eids_of_a_template_are_learnt_once(self, tmp_path, monkeypatch):
        """A batch with the eids of the same batch of another session is not followed event by event."""
        followed, one = [], presence._followed
        monkeypatch.setattr(
            presence,
            "_followed",
            lambda ids, at, sequence, ends, most: followed.append(ends) or one(ids, at, sequence, ends, most),
        )
        self.stored(tmp_path)
        seen = findings(self.ledger(), StoreSink(tmp_path), contents=False)

        assert (seen.outcome, seen.found) == ("delivered", 18)
        assert followed == [tail(RUN, 0)] * 2

    def test_of_another_template_nothing_is_taken_for_known(self, tmp_path):
        """A ledger may say that sessions are of one template that are not: each of their events is found."""
        numbers = (0, 1, 12, 100_002)
        self.stored(tmp_path, numbers)
        seen = findings(self.ledger(numbers), StoreSink(tmp_path), contents=False)

        assert (seen.outcome, seen.found) == ("delivered", 24)

    @pytest.mark.parametrize("byte", [b"\n", b"a", b"7", b'"'])
    def test_whatever_is_altered_is_found_as_line_by_line(self, tmp_path, byte):
        """Any byte of a line is another: what is known of the template hides nothing of that."""
        lines = self.stored(tmp_path)
        # In the middle of a batch, and at its end: every second byte of each, which are all of the two.
        for place, at in [(one, at) for one in (7, 8) for at in range(one % 2, len(lines[one]), 2)]:
            altered = lines[place][:at] + byte + lines[place][at + 1 :]
            written = b"".join([*lines[:place], altered, *lines[place + 1 : 12]])
            (tmp_path / "accepted-000001.jsonl").write_bytes(written)
            fast, slow = verdicts(self.ledger(), StoreSink(tmp_path), contents=False)

            assert in_order(fast) == in_order(slow), (at, altered)


class TestBatchesMadeOtherwise:
    @pytest.mark.parametrize("made", [[2, 1], [3, 3], [6], [1], [4, 4]])
    def test_a_ledger_and_what_is_made_of_it_may_differ(self, tmp_path, made):
        """Where a session made anew is cut otherwise, in stretches and event by event the same is found."""
        (tmp_path / "x.jsonl").write_bytes(b"\n".join(all_of(sessions=1, events=8)))
        sink = FileSink({"accepted": str(tmp_path / "x.jsonl")})
        fast, slow = verdicts(simple(sessions=1), sink, sizes={0: made})

        assert fast == slow
        assert (fast.found, fast.unexpected.events) == (6, 2)
