"""The wheel: what is installed outside the clone generates, checks, and has its scenarios and locustfiles."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    # hatchling is in the development extras: building needs no network.
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_carries_what_an_installed_footfall_needs(wheel):
    """Scenarios, locustfiles and the mark of types are inside; tests are not."""
    names = zipfile.ZipFile(wheel).namelist()

    for path in [*ROOT.glob("scenarios/*.py"), *ROOT.glob("locustfiles/*.py")]:
        assert f"generator/bundled/{path.parent.name}/{path.name}" in names
    assert "generator/py.typed" in names
    assert not [name for name in names if name.startswith("tests")]


def test_an_installed_footfall_generates(wheel, tmp_path):
    """In a bare environment outside the clone, the command finds its scenarios, generates and checks."""
    home = tmp_path / "env"
    venv.create(home, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # The dependencies are those of the environment that runs this; Footfall itself is the wheel's.
    (purelib,) = {
        path for path in sys.path if path.endswith("site-packages") and (Path(path) / "msgspec").exists()
    }
    (site / "dependencies.pth").write_text(f"{purelib}\n")
    run = [str(home / "bin" / "python"), "-c", "import sys; from generator.cli import main; main()"]

    def footfall(*arguments):
        # What .pth files of editable installs say comes after the wheel's own folder.
        return subprocess.run([*run, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True,
                              env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]}).stdout  # fmt: skip

    footfall("generate", "--sessions", "20", "-o", "x.jsonl")
    assert json.loads((tmp_path / "x.manifest.json").read_text())["sessions"] == 20
    assert json.loads(footfall("check", "--json", "x.jsonl"))
    where = subprocess.run([run[0], "-c", "import generator; print(generator.__file__)"], cwd=tmp_path, capture_output=True,
                           text=True, check=True).stdout  # fmt: skip
    assert str(home) in where
    assert "practice" in footfall("scenarios")
