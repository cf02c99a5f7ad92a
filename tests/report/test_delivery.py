import deliveries
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import as_run, healthy

from generator.faults import confusion as judging
from generator.report import delivery as drawn
from generator.verify import delay, findings

PAIRS = [
    (drawn.Delivery, findings.Delivery, set()), (drawn.Findings, findings.Findings, {"labelled"}),
    (drawn.Fault, findings.Fault, set()), (drawn.Example, findings.Example, {"run"}),
    (drawn.Difference, findings.Difference, set()), (drawn.Vanished, findings.Vanished, set()),
    (drawn.Visible, delay.Visible, set()), (drawn.FaultJudgement, judging.Confusion, set()),
    (drawn.KindJudgement, judging.ConfusionRow, set()),
]  # fmt: skip
"""The class of the report, the class of the verifier, and the fields that the report does not read."""


def read(found):
    return msgspec.convert(found, drawn.Delivery)


class TestTheSameAsTheVerifiers:
    @pytest.mark.parametrize(
        ("here", "there", "left_out"), PAIRS, ids=lambda one: getattr(one, "__name__", "")
    )
    def test_no_field_is_missed_and_none_is_invented(self, here, there, left_out):
        """The report reads exactly the fields that verify writes."""
        assert set(here.__struct_encode_fields__) == set(there.__struct_encode_fields__) - left_out

    @pytest.mark.parametrize(
        "made", [deliveries.delivered, deliveries.failed, deliveries.unread, deliveries.staged]
    )
    def test_its_json_arrives_whole(self, made):
        """The report reads each value that verify writes."""
        written = msgspec.json.encode(msgspec.convert(made(), findings.Delivery))
        there = msgspec.json.decode(written)
        here = msgspec.to_builtins(msgspec.json.decode(written, type=drawn.Delivery))
        for one in there["stages"]:
            del one["labelled"]
            for fault in one.values():
                for example in fault["examples"] if isinstance(fault, dict) and "examples" in fault else ():
                    del example["run"]

        assert here == there

    def test_the_words_are_the_verifiers(self):
        """A problem has the same name on the page and in the terminal."""
        whole = msgspec.convert(deliveries.failing(), findings.Findings)

        assert set(drawn.WORDS) == {*whole.faults, "not found", "recovered", "still unknown"}
        happened = [name for name, fault in whole.faults.items() if fault.events]
        assert list(read(deliveries.failed()).stages[0].faults) == happened

    def test_a_confusion_matrix_arrives_whole(self):
        """The report reads each count of judged faults that summary.json contains."""
        counted = judging.Confusion()
        counted.add("missing_field", "false_accepts", 3)
        counted.add("unknown_eid", "unknown")
        run = as_run(healthy(2) | {"faults": msgspec.to_builtins(counted)})

        assert msgspec.to_builtins(run.faults) == msgspec.to_builtins(counted)


class TestDelivery:
    def test_it_says_why_in_a_sentence(self):
        """The sentence leaves out the outcome, and an address at its beginning stays unchanged."""
        assert read(deliveries.delivered()).in_a_sentence.startswith("65,816 of 65,816")
        assert read(deliveries.untried()).in_a_sentence == "No ledger was written: nothing was sent."
        assert read(deliveries.unread()).in_a_sentence.startswith("kafka://")

    def test_an_outcome_and_a_sentence_are_enough(self):
        """A delivery without stages can be read."""
        assert read(deliveries.untried()).stages == []

    def test_what_is_wrong_is_named(self):
        """The lost events come first, and unknown events are not among the faults."""
        named = list(read(deliveries.failed()).mids())

        assert named[0] == ("lost", deliveries.failing()["lost"]["examples"][0]["mid"])
        assert {fault for fault, _ in named} == {
            "lost", "duplicated", "altered", "unexpected", "rejected yet stored"}  # fmt: skip

    @pytest.mark.parametrize("count", [-1, 2**63, 0.5])
    def test_counts_are_counts(self, count):
        """A negative, too large or fractional count raises ValidationError."""
        with pytest.raises(msgspec.ValidationError):
            read(deliveries.failed(stages=[deliveries.failing(acked=count)]))


class TestConfusion:
    def test_the_worst_comes_first(self):
        """Kinds with misjudged events come first, then those with unknown events, then the others by name."""
        found = msgspec.convert(deliveries.confusion(), drawn.FaultJudgement)

        assert [name for name, _ in found.worst_first()] == [
            "unknown_eid", "missing_field", "did_missing", "repeated_batch", "of_tomorrow", "corrupt_gzip",
            "repeated_mid", "skewed_clock",
        ]  # fmt: skip
        assert found.in_a_sentence == "Injected faults: 4,575 events, 96 of 3 kinds judged wrongly."

    @given(st.dictionaries(st.text(), st.fixed_dictionaries({}, optional=dict.fromkeys(
        drawn.KindJudgement.__struct_encode_fields__, st.integers(0, 2**40)))))  # fmt: skip
    def test_every_event_is_in_the_sentence(self, rows):
        """The sentence counts the events of all kinds."""
        found = msgspec.convert({"rows": rows}, drawn.FaultJudgement)
        events = sum(sum(row.values()) for row in rows.values())

        assert f"{events:,} event" in found.in_a_sentence
        assert ("all judged correctly" in found.in_a_sentence) == (
            not any(row.wrong for row in found.rows.values())
        )
