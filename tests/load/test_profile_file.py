"""Profile files: a line or a list of points in TOML, and what is wrong with a file in one line."""

import pytest

from generator.errors import UsageError
from generator.load.rates.profile import Profile
from generator.load.rates.profile_file import read_profile


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "spike.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("text", "offered", "line"),
    [
        ('rate = "ramp:0..100k in 60s"', "rate", "ramp:0..100k in 60s"),
        ("rate = 100_000", "rate", "100k"),
        ("arrivals = 1e1", "arrivals", "10"),
        ("arrivals = 0.5", "arrivals", "0.5"),
        ("\ufeffrate = 5", "rate", "5"),
        ('[[points]]\nat = "0s"\nrate = 0\n[[points]]\nat = "1m"\nrate = "100k"', "rate", "points:0s=0,1m=100k"),
        ('points = [{at="0s", arrivals=1}, {at="9s", arrivals=2.5}]', "arrivals", "points:0s=1,9s=2.5"),
    ],
)  # fmt: skip
def test_a_file_says_what_is_offered_and_how(written, text, offered, line):
    """A file stands for --rate or for --arrivals, with a line, a number or points."""
    offer = read_profile(written(text))

    assert (offer.offered, offer.profile) == (offered, Profile.parse(line))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "none of them stands there; give one of rate, arrivals and [[points]]"),
        ("rate = 5\narrivals = 5", "rate and arrivals stands there"),
        ("rat = 5", "'rat' is not known here; did you mean rate?"),
        ("rate = ", "no TOML"),
        (b"rate = \xff", "no TOML"),
        ("rate = " + "[" * 100_000, "no TOML"),
        ("rate = nan", "rate 'NaN'"),
        ("rate = -1", "'-1' is not a rate"),
        ("rate = true", "'True' is neither a profile nor a rate"),
        ('rate = "rmap:1..2 in 3s"', "did you mean ramp?"),
        ("points = []", "below a line [[points]]"),
        ("points = 5", "below a line [[points]]"),
        ("points = [5]", "below a line [[points]]"),
        ('points = [{at="0s"}]', "point 1: rate is missing"),
        ("points = [{rate=5}]", "point 1: at is missing"),
        ('points = [{at="0s", rate=5}, {at="5s", arrivals=5}]', "point 2: 'arrivals' is not known here"),
        ('points = [{at="0s", rate=5}, {at=5, rate=5}]', "point 2: '5' is not a duration"),
        ('points = [{at="0s", rate=5}, {at="5s", rate=-5}]', "point 2: '-5' is not a rate"),
        ('points = [{at="0s", rate=5}, {at="5s", rate=inf}]', "point 2: 'Infinity' is not a rate"),
        ('points = [{at="3s", rate=5}, {at="5s", rate=5}]', "the first at 0s"),
        ("#" * 4_000_001, "more than 4,000,000 bytes"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_one_line(written, text, said):
    """The error names the file, the place in it and the way out."""
    path = written(text)

    with pytest.raises(UsageError) as caught:
        read_profile(path)
    assert str(caught.value).startswith(f"--rate-file {path}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    """A missing file, and a folder, give one line."""
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read_profile(path)
