"""The plan of damage: read as a command line says it, and every mistake answered in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.faults import KINDS, PRESETS, FaultPlan, family_of
from generator.faults.plan import Shares
from generator.spec.rules import FORMS


def plan(*faults, form="wire", **options):
    return FaultPlan.of(faults, form=form, **options)


def shares(made):
    return {kind.name: share for kind, share in made.shares.items()}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("missing_feild=0.1", "did you mean missing_field?"),
        ("missing-field=0.1", "did you mean missing_field?"),
        ("dirtyy", "did you mean dirty?"),
        ("qqq=1", "there are dirty, missing_field, "),
        ("missing_field", "a share is missing; write missing_field=0.02 for one in fifty"),
        ("missing_field=", "a share is missing"),
        ("missing_field=2", "--fault missing_field=2: 2: a share is from 0 to 1"),
        ("missing_field=-0.1", "from 0 to 1"),
        ("missing_field=nan", "from 0 to 1"),
        ("missing_field=1%", "1%: a share is from 0 to 1"),
        ("dirty=0.5", "dirty is a preset and brings its own shares; write --fault dirty"),
        ("assess_without_item=0.1", "add --allow-crashing-faults"),
        ("disagreement=0.1", "no damage in the wire form"),
        ("=0.1", "is no kind of damage"),
        ("", "is no kind of damage"),
    ],
)
def test_a_mistake_is_one_line_with_the_way_out(fault, words):
    """Whatever is wrong with an option is said with the option, and how to write it."""
    with pytest.raises(UsageError) as error:
        plan(fault)

    assert words in str(error.value)
    assert str(error.value).startswith(f"--fault {fault.partition('=')[0]}")
    assert "\n" not in str(error.value)


def test_spaces_do_not_matter():
    """An option may be written with spaces in it, as in a file."""
    assert shares(plan(" missing_field = 0.1 ")) == {"missing_field": 0.1}


@pytest.mark.parametrize(
    ("contract", "family"),
    [
        ("sunbird", "sunbird"),
        ("kafka", "sunbird"),
        ("obsrv:telemetry", "obsrv"),
        ("obsrv-object:telemetry", "obsrv"),
        ("array", "plain"),
        ("sunbird.toml", "plain"),
    ],
)
def test_a_contract_has_a_family(contract, family):
    """By its name a contract says who judges."""
    assert family_of(contract) == family


def test_a_kind_is_given_once():
    """Of two shares for one kind neither is taken."""
    with pytest.raises(UsageError, match="missing_field was given before"):
        plan("missing_field=0.1", "missing_field=0.2")


def test_shares_of_one_level_are_one_together_at_most():
    """An event gets one damage at most: shares that cannot all be kept are refused, those of other levels are apart."""
    with pytest.raises(UsageError, match=r"the shares for one event come to 1\.1 "):
        plan("missing_field=0.6", "null_value=0.5")
    with pytest.raises(UsageError, match="for one batch"):
        plan("truncated_json=0.6", "repeated_batch=0.5")
    whole = [
        "null_value=0.1",
        *(f"{name}=0.1" for name in list(KINDS)[2:8]),
        "missing_field=0.2",
        "missing_end=0.1",
    ]

    assert plan("missing_field=1", "truncated_json=1", "late_sync=1")
    assert len(plan(*whole).shares) == 9


def test_a_kind_outdoes_the_file_and_the_file_a_preset(tmp_path):
    """What is said nearest counts."""
    file = tmp_path / "faults.toml"
    file.write_text('preset = "dirty"\nets_text = 0.1\nsid_empty = 0.1\n')
    said = shares(plan("sid_empty=0.2", file=file))

    assert (said["sid_empty"], said["ets_text"]) == (0.2, 0.1)
    assert said["did_missing"] == PRESETS["dirty"]["did_missing"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("missing_feild = 0.1", "did you mean missing_field?"),
        ("missing_field = 2", "missing_field: 2: a share is from 0 to 1"),
        ("missing_field = true", "a share is from 0 to 1"),
        ("missing_field = [1]", "a share is from 0 to 1"),
        ("missing_field = '0.1x'", "a share is from 0 to 1"),
        ("preset = 'clean'", "there are dirty"),
        ("preset = 7", "there are dirty"),
        ("preset = [7]", "there are dirty"),
        ("preset = [[]]", "there are dirty"),
        ("dirty = 0.1", "dirty is a preset"),
        ("missing_field", "no TOML"),
        ("[" * 9000, "no TOML"),
        ("#" * 70_000, "more than 65,536 bytes"),
    ],
)
def test_a_mistake_in_a_file_names_the_file(tmp_path, text, words):
    """Whatever stands in a file of faults, it is one line that says what is wrong there."""
    file = tmp_path / "faults.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as error:
        plan(file=file)

    assert words in str(error.value)
    assert str(error.value).startswith(f"--fault-file {file}")
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_said(tmp_path):
    """A missing file is wrong use."""
    with pytest.raises(UsageError, match=r"nothing\.toml: cannot be read: No such file"):
        plan(file=tmp_path / "nothing.toml")


@pytest.mark.parametrize("form", FORMS)
def test_a_preset_leaves_out_what_is_no_damage_in_a_form(form):
    """The preset of real clients works in both forms, each kind in its own."""
    left_out = PRESETS["dirty"].keys() - shares(plan("dirty", form=form))

    assert left_out == {name for name in PRESETS["dirty"] if form not in KINDS[name].verdicts}


def test_poison_needs_its_flag():
    """What crashes pipelines is chosen with open eyes, and a plan that was read with the flag can be refused later."""
    made = plan("assess_without_item=0.5", allow_crashing_faults=True)

    assert shares(made) == {"assess_without_item": 0.5}
    with pytest.raises(UsageError, match="crash"):
        made.refuse_poison()


def test_a_family_without_the_envelope_refuses_damage_to_it():
    """Damage to the telemetry service's envelope cannot be done to Obsrv's."""
    made = plan("bad_envelope=0.1")

    assert made.for_family("strict") is made
    with pytest.raises(UsageError, match="leave it out"):
        made.for_family("obsrv")


@given(st.dictionaries(st.sampled_from(sorted(KINDS)), st.floats(0, 0.01), max_size=20))
def test_the_options_say_the_plan(faults):
    """A plan that is written as options and read again is the same plan."""
    made = FaultPlan({KINDS[name]: share for name, share in faults.items()})
    form = "documented" if "disagreement" in faults else "wire"
    wanted = {name: share for name, share in shares(made).items() if form in KINDS[name].verdicts}
    again = FaultPlan.of(
        [text for text in made.options() if text.partition("=")[0] in wanted],
        form=form,
        allow_crashing_faults=True,
    )

    assert shares(again) == wanted


@given(st.lists(st.floats(0, 0.1), min_size=1, max_size=10), st.floats(0, 1, exclude_max=True))
def test_a_draw_hits_each_kind_as_often_as_its_share(given_shares, drawn):
    """The kinds lie side by side from 0 to their total, each as wide as its share."""
    made = dict(zip(KINDS.values(), given_shares, strict=False))
    hit = Shares(made).at(drawn)
    below = 0.0
    expected = None
    for kind, share in made.items():
        if expected is None and below <= drawn < below + share:
            expected = kind
        below += share

    assert hit is expected
