"""A replay sends events as often as they stand in its dataset: so often they may be found, and once they must be."""

from collections import Counter
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from small_run import MadeLedger, MadeSink, event, mid_of, opened, sent

from generator.ledger.record import SessionLease
from generator.verify.batch import Batch
from generator.verify.telling import lines
from generator.verify.verifying import verify


class Dataset:
    """One session of a dataset: the sequences of its batches, and what became of each batch."""

    def __init__(self, batches, statuses=None, resends=(), changed=()):
        self.batches, self._changed = batches, changed
        self.statuses = statuses or ["acked"] * len(batches)
        records = [SessionLease(0, 9), opened(0, 0)]
        for number, (sequences, status) in enumerate(zip(batches, self.statuses, strict=True)):
            for attempt in range(1 + resends.count(number) if resends else 1):
                last = status if not resends or attempt == resends.count(number) else "unknown"
                records += [
                    sent(0, number, first, count, last, attempt) for first, count in ranges(sequences)
                ]
        self.ledger = MadeLedger(records)
        self.ledger.header = structs.replace(self.ledger.header, model="replay")

    @property
    def trouble(self):
        return ""

    def session(self, _):
        made, met = [], Counter()
        for sequences in self.batches:
            texts = []
            for sequence in sequences:
                texts.append(self.text(sequence, met[sequence]))
                met[sequence] += 1
            made.append(Batch(b",".join(texts)))
        return made

    def text(self, sequence, copy=0):
        text = event(0, sequence)
        return text.replace(b'"n":', b'"m":') if copy and sequence in self._changed else text

    def delivery(self, texts, ignored=(), *, contents=True, **more):
        sinks = {"accepted": MadeSink(texts, **more)}
        return verify([self.ledger], sinks, maker_of=lambda _: self, ignored=ignored, contents=contents)

    def found(self, texts, ignored=(), *, contents=True, **more):
        [stage] = self.delivery(texts, ignored, contents=contents, **more).stages
        return stage


class Distinct(Dataset):
    """A dataset whose repeated ids have another content each time."""

    def text(self, sequence, copy=0):
        return event(0, sequence).replace(b'"n":', b'"n%d":' % copy)


def ranges(sequences):
    """Return what a ledger's writer makes of sequences: stretches without a gap, in their order."""
    for _, group in groupby(enumerate(sequences), lambda pair: pair[1] - pair[0]):
        stretch = [sequence for _, sequence in group]
        yield stretch[0], len(stretch)


BATCHES = st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=6), min_size=1, max_size=5)


@pytest.mark.parametrize(
    "batches",
    [
        [[0, 0]], [[0, 1, 0]], [[0, 1, 1, 2]], [[0, 1, 2], [2]], [[0, 1], [0, 1]], [[0, 0, 1, 1, 2, 2], [2]],
        [[0, 0, 1, 2]], [[3, 0, 0, 5]], [[0, 2], [1, 2, 3]],
    ],
    ids=str,
)  # fmt: skip
def test_a_dataset_in_which_an_event_stands_twice_is_delivered(batches):
    """Each copy is expected: no contradiction, nothing duplicated, and one copy more is too many."""
    dataset = Dataset(batches)
    texts = [dataset.text(sequence) for sequences in batches for sequence in sequences]
    whole, more = dataset.found(texts), dataset.found([*texts, texts[-1]])

    assert (whole.outcome, whole.found, whole.compared) == ("delivered", len({*texts}), len(texts))
    assert (whole.copies, whole.copies_missing) == (len(texts) - len({*texts}), 0)
    assert (more.outcome, more.duplicated.events, more.surplus) == ("failed", 1, 1)


def test_a_copy_that_the_endpoint_knows_again_is_no_loss():
    """An endpoint that keeps one of two copies has kept the event: the other one is told, and no fault."""
    dataset = Dataset([[0, 0, 1]])
    once = [event(0, 0), event(0, 1)]
    dropped, known = dataset.found(once), dataset.found(once, duplicate=[event(0, 0)])

    assert (dropped.outcome, dropped.copies_missing) == ("delivered", 1)
    assert (known.outcome, known.copies_missing) == ("delivered", 0)


def test_an_event_none_of_whose_copies_is_there_is_lost():
    """Copies that were sent prove nothing: at least one must be found."""
    seen = Dataset([[0, 0, 1]]).found([event(0, 1)])

    assert (seen.outcome, [one.mid for one in seen.lost.examples]) == ("failed", [mid_of(0, 0)])


def test_an_event_is_acknowledged_if_any_of_its_copies_was():
    """The batch of one copy was refused, that of the other acknowledged: the event must be there, its neighbour not."""
    seen = Dataset([[0, 1], [1, 2]], ["rejected", "acked"]).found([event(0, 2)])

    assert (seen.acked, seen.rejected, seen.lost.events) == (2, 1, 1)
    assert [one.mid for one in seen.lost.examples] == [mid_of(0, 1)]


def test_a_batch_that_is_sent_again_is_no_further_copy():
    """An attempt to resend a batch is expected once; what stands in it twice, twice."""
    dataset = Dataset([[0, 0, 1]], resends=[0, 0])
    seen = dataset.found([event(0, 0), event(0, 0), event(0, 1)])

    assert (seen.outcome, seen.acked, seen.copies) == ("delivered", 2, 1)
    assert dataset.found([event(0, 1)] * 2 + [event(0, 0)]).duplicated.events == 1


def test_two_events_with_one_id_are_each_as_they_were_sent():
    """Clients change events after they gave them ids: each content that was sent is no alteration, any other is one."""
    dataset = Dataset([[0, 1, 1]], changed=[1])
    texts = [dataset.text(0), dataset.text(1), dataset.text(1, copy=1)]

    assert dataset.found(texts).outcome == "delivered"
    assert dataset.found([*texts[:2], texts[2].replace(b'"m":', b'"x":')]).altered.events == 1


SHARED = {
    "each found": (["acked"] * 3, [0, 1, 2], {}, "delivered", 0),
    "one found": (["acked"] * 3, [0], {}, "unknown", 1),
    "a later one found": (["acked"] * 3, [2], {}, "unknown", 1),
    "one missing": (["acked"] * 3, [0, 2], {}, "unknown", 1),
    "one found twice in place of another": (["acked"] * 3, [0, 0, 1], {}, "unknown", 1),
    "the others were rejected": (["acked", "rejected", "rejected"], [0], {}, "delivered", 0),
    "the others are of an unknown fate": (["acked", "unknown", "unknown"], [0], {}, "delivered", 0),
    "the rejected one alone is found": (["rejected", "acked", "rejected"], [0], {}, "unknown", 1),
    "ids alone count": (["acked"] * 3, [0], {"contents": False}, "delivered", 0),
    "what differs is ignored": (["acked"] * 3, [0], {"ignored": ["edata"]}, "delivered", 0),
}


@pytest.mark.parametrize(("statuses", "kept", "how", "outcome", "missing"), SHARED.values(), ids=SHARED)
def test_different_events_with_one_id_must_each_be_found(statuses, kept, how, outcome, missing):
    """Events are copies only if their contents are equal: a content that is missing leaves the delivery unknown."""
    dataset = Distinct([[0], [0], [0]], statuses)
    texts = [dataset.text(0, copy) for copy in kept]
    stage = dataset.found(texts, **how)

    assert (stage.outcome, stage.one_of_shared) == (outcome, missing)
    assert ("several contents" in stage.why_unknown) == bool(missing)


def test_shared_ids_that_are_among_the_rejected_are_not_called_known_again():
    """An endpoint that files the other contents as rejected did not know an event again, and the verdict says so."""
    dataset = Distinct([[0, 0]])
    delivery = dataset.delivery([dataset.text(0)], rejected=[dataset.text(0, 1)])
    told = "\n".join(lines(delivery))

    assert "1 id was sent with several contents" in delivery.sentence
    assert "(1 of these ids among the rejected)" in told
    assert "knew the event again" not in told


@given(
    batches=BATCHES, statuses=st.lists(st.sampled_from(["acked", "rejected", "unknown"]), min_size=5, max_size=5),
    copies=st.lists(st.integers(0, 4), min_size=8, max_size=8), order=st.randoms(use_true_random=False),
    size=st.integers(1, 9),
)  # fmt: skip
def test_the_verdict_is_by_what_was_sent(batches, statuses, copies, order, size):
    """Whatever the dataset repeats and the sink holds: lost is what was acked and is missing, duplicated what is beyond."""
    statuses = statuses[: len(batches)]
    dataset = Dataset(batches, statuses)
    times = Counter(sequence for sequences in batches for sequence in sequences)
    acked = {
        one
        for sent_there, status in zip(batches, statuses, strict=True)
        if status == "acked"
        for one in sent_there
    }
    texts = [event(0, sequence) for sequence in times for _ in range(copies[sequence])]
    order.shuffle(texts)
    seen = dataset.found(texts, size=size)

    assert seen.attempted == len(times)
    assert seen.acked == len(acked)
    assert seen.lost.events == sum(not copies[sequence] for sequence in acked)
    assert seen.duplicated.events == sum(copies[sequence] > times[sequence] for sequence in times)
    assert seen.surplus == sum(max(0, copies[sequence] - times[sequence]) for sequence in times)
    assert seen.altered.events == seen.unexpected.events == 0
    assert seen.copies == times.total() - len(times)
