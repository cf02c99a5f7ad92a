"""Print the measures of the house, and shorten the list of known offences: `python -m tests.style [--shrink]`."""

import argparse
import ast
import re
import statistics
import subprocess
import sys
from collections import Counter

from tests.style.offences import (
    PACKAGE,
    ROOT,
    files_of_rooms,
    function_lengths,
    offences,
    parameter_counts,
    place,
    sources,
    tree_of,
)
from tests.style.test_style import KNOWN

_HEAVY = ("gevent", "flask", "locust")
_LIGHT = (
    f"import sys, generator.strategies; print(len(sys.modules), *[n for n in {_HEAVY} if n in sys.modules])"
)


def main() -> None:
    """Print a table of two columns: measure, figure."""
    parser = argparse.ArgumentParser(prog="python -m tests.style", description=__doc__)
    parser.add_argument(
        "--shrink", action="store_true", help="take mended offences out of the list of known ones"
    )
    parser.add_argument(
        "--accept", action="store_true", help="write the list afresh (only when a rule is added)"
    )
    arguments = parser.parse_args()
    found = offences()
    if arguments.accept or arguments.shrink:
        known = set(KNOWN.read_text(encoding="utf-8").splitlines()) if KNOWN.exists() else set()
        keep = [each for each in found if arguments.accept or each in known]
        KNOWN.write_text("".join(f"{each}\n" for each in keep), encoding="utf-8")
    for name, figure in measures(found):
        print(f"{name:<48} {figure}")


def measures(found: list[str]) -> list[tuple[str, object]]:
    """Return each measure with its figure."""
    kinds = Counter(offence.split()[0] for offence in found)
    lengths = [lines for lines, _ in function_lengths()]
    entries = [path for path in PACKAGE.iterdir() if path.name != "__pycache__"]
    tests = sorted((ROOT / "tests").rglob("*.py"))
    marks = _marks()
    return [
        ("entries in generator/", len(entries)),
        ("folders over 15 files", sum(count > 15 for count in files_of_rooms().values())),
        ("Python files in generator/", len(sources())),
        ("lines in generator/", _lines(sources())),
        ("lines in tests/", _lines(tests)),
        (
            "imports verify, report, testing -> load",
            sum(_imports_load(room) for room in ("verify", "report", "testing")),
        ),
        ("imports upwards", kinds["order"]),
        ("class names in two modules", kinds["class"]),
        ("docstrings with Give, Say, Tell, …", kinds["docstring"]),
        ("forbidden words: names, prose (file and word)", f"{kinds['name']}, {kinds['prose']}"),
        (
            "function length: median, p90, most",
            f"{statistics.median(lengths):g}, {_p90(lengths)}, {lengths[-1]}",
        ),
        ("functions over 40 lines", kinds["function"]),
        ("parameters of a function, most", parameter_counts()[-1]),
        ("files over 400 lines", kinds["long"]),
        ("fmt: skip, noqa", f"{marks['fmt: skip']}, {marks['noqa']}"),
        ("modules after import generator.strategies", _after_import()),
    ]


def _lines(paths: list) -> int:
    return sum(path.read_text(encoding="utf-8").count("\n") for path in paths)


def _p90(lengths: list[int]) -> int:
    return lengths[len(lengths) * 9 // 10]


def _imports_load(room: str) -> int:
    """Count the import statements of a room that name load."""
    return sum(
        isinstance(node, ast.ImportFrom) and (node.module or "").startswith("generator.load")
        for path in sources()
        if place(path).startswith(f"generator/{room}/")
        for node in ast.walk(tree_of(path))
    )


def _marks() -> Counter[str]:
    """Count the exceptions from the formatter and the linter in all Python files that git tracks."""
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in tracked.stdout.split())
    return Counter(re.findall(r"# (fmt: skip|noqa)", text))


def _after_import() -> str:
    done = subprocess.run([sys.executable, "-c", _LIGHT], capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
