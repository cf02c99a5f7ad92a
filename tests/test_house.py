"""The house: rooms import only rooms above them, heavy things stay where they belong, tests say what is true."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import generator

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "generator"
# In the order in which the data walks them.
ROOMS = [
    "errors", "system", "spec", "chance", "clock", "world", "telemetry", "scenarios", "population",
    "faults", "datasets", "delivery", "ledger", "strategies", "collector", "report", "load", "verify", "probe", "testing",
    "cli",
]  # fmt: skip
SOURCES = sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imports(path):
    """Return the names that a file imports, wherever in it; a file is parsed once."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names if node.module == "generator")
    return names


def test_a_room_imports_only_rooms_above_it():
    """The house has an order: what is written below is not known above."""
    rooms = {path: room_of(path) for path in SOURCES if path != PACKAGE / "__init__.py"}
    assert {str(path): room for path, room in rooms.items() if room not in ROOMS} == {}, (
        "no room of the house; say where it stands"
    )
    others = [
        (path, name, name.split(".")[1])
        for path in rooms
        for name in imports(path)
        if name.startswith("generator.")
    ]

    assert [
        f"{path} imports {name}"
        for path, name, other in others
        if other in ROOMS and ROOMS.index(other) > ROOMS.index(rooms[path])
    ] == []


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("locust", r"load/runner/.*"),
        ("gevent", r"(load|delivery|ledger)/.*"),
        ("hypothesis", r"strategies/.*|probe/.*|testing/.*"),
        ("faker", r"world/.*"),
        ("httptools", r"collector/.*|delivery/.*"),
        ("rich", r"cli/.*|report/.*"),
        ("click", r"cli/.*"),
        ("confluent_kafka", r"delivery/kafka.*|verify/sink/kafka.*"),
        ("duckdb", r"verify/sink/tables.*"),
    ],
)
def test_a_package_is_met_in_its_room_alone(package, allowed):
    """Importing locust patches the process, hypothesis is slow to load: each stays in its room."""
    met = {
        path.relative_to(PACKAGE).as_posix()
        for path in SOURCES
        if any(name.split(".")[0] == package for name in imports(path))
    }

    assert {path for path in met if not re.fullmatch(allowed, path)} == set()


def test_nothing_heavy_is_loaded_unasked():
    """Import generator and the rooms of a session load neither faker nor hypothesis nor locust."""
    code = (
        "import sys, generator, generator.scenarios.story, generator.population.traffic, generator.datasets.build;"
        "print([name for name in ('faker', 'hypothesis', 'locust', 'gevent', 'click', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout.strip() == "[]"


def test_the_facade_shows_what_it_says():
    """Every public name is there, and none is also the name of a module."""
    modules = {path.stem for path in PACKAGE.iterdir()}
    for name in generator.__all__:
        assert getattr(generator, name) is not None
        assert name not in modules
    with pytest.raises(AttributeError):
        _ = generator.nothing


def test_every_test_says_what_is_true():
    """Each test of this project has a docstring: the truth that it tests."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert silent == []


def without_texts(path):
    """Return the code of a file without its comments and texts: what is refused in scripts is named in one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.unparse(tree)


def test_nothing_random_and_no_clock_where_a_seed_is_promised():
    """The rooms that claim a seed use neither the clock nor global randomness nor random ids."""
    seeded = [
        path
        for path in SOURCES
        if room_of(path) in {"spec", "chance", "world", "scenarios", "population", "datasets"}
    ]
    forbidden = re.compile(
        r"\b(uuid4|urandom|time\(\)|datetime\.now|utcnow|random\.(random|choice|seed|randint)|hash\()"
    )
    found = [
        f"{path.name}: {match[0]}" for path in seeded for match in forbidden.finditer(without_texts(path))
    ]

    assert found == []
