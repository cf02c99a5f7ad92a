"""Load scenarios from scripts: Footfall's own, and the user's."""

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from generator.errors import FootfallError, ScenarioError
from generator.scenarios.story import Scenario, script_line
from generator.system import watchdog
from generator.system.renamed_options import RENAMED_VALUES

_PACKAGE = Path(__file__).parent.parent


def bundled(folder: str) -> Path:
    """Return a folder that belongs to Footfall: in the clone, or inside the installed package."""
    installed = _PACKAGE / "bundled" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder


def load_script(path: Path) -> list[Scenario]:
    """Load the scenarios of one script, in their order there.

    Raises:
        ScenarioError: if the script cannot be read or raises an error, with its own line.
    """
    name = f"footfall_scenario_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ScenarioError(f"{path}: a scenario is a Python script, a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        _check_sources_of_chance(path)
        watchdog.begin()
        spec.loader.exec_module(module)
    except SyntaxError as error:
        line = f":{error.lineno}, `{(error.text or '').strip()}`" if error.lineno else ""
        raise ScenarioError(f"{path}{line}: {error.msg}") from None
    except FootfallError as error:
        line = script_line(error, path)
        raise ScenarioError(str(error) if line == path.name else f"{line}: {error}") from None
    except (Exception, SystemExit) as error:
        raise ScenarioError(f"{script_line(error, path)}: {type(error).__name__}: {error}") from error
    finally:
        watchdog.end()
    found = [value for value in vars(module).values() if isinstance(value, Scenario)]
    return [scenario for scenario in found if scenario.source == path]


# Modules whose results do not depend on a seed: a script that uses one plays another story on another day.
_UNSEEDED = {"random", "secrets", "time", "uuid"}
# Functions of other modules that read the clock or the system's randomness, by their whole names.
_READS = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "os.urandom", "os.getrandom", "os.times", "os.getpid", "os.getppid", "email.utils.localtime", "email.utils.make_msgid",
}  # fmt: skip


def _check_sources_of_chance(path: Path) -> None:
    """Raise ScenarioError if a script takes chance or time from anything but its arguments."""
    tree = ast.parse(path.read_bytes(), path.name)
    bound = dict(_bound_names(tree))
    for node in ast.walk(tree):
        names = _imported(node)
        if isinstance(node, ast.Attribute | ast.Name):
            names = [_whole_name(node, bound)]
        for name in names:
            if name.partition(".")[0] in _UNSEEDED or name in _READS:
                does = "uses" if isinstance(node, ast.Attribute | ast.Name) else "imports"
                raise ScenarioError(
                    f"{path.name}:{getattr(node, 'lineno', 0)}: {does} {name!r}: a script takes chance from `chance` "
                    "and time and ids from `t` alone, or one seed would not give one dataset"
                )


def _imported(node: ast.AST) -> list[str]:
    """Return the whole names that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def _bound_names(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each name that an import binds, with the whole name of the imported object."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (first, first)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _whole_name(node: ast.expr, bound: Mapping[str, str]) -> str:
    """Return the whole name of a chain of names, such as `datetime.datetime.now`; "" if it was not imported."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in bound:
        return ""
    return ".".join([bound[node.id], *reversed(parts)])


def find(directory: Path | None = None) -> dict[str, Scenario]:
    """Load every scenario of a folder of scripts, by name; Footfall's own by default.

    Args:
        directory: a folder, or one script.

    Raises:
        ScenarioError: if no scenario is found, a name occurs twice, or a script raises an error.
    """
    directory = (directory or bundled("scenarios")).absolute()
    if not directory.exists():
        raise ScenarioError(f"{directory}: no such folder; scenarios are Python scripts in a folder")
    paths = sorted(directory.glob("*.py")) if directory.is_dir() else [directory]
    scenarios: dict[str, Scenario] = {}
    for path in paths:
        for scenario in load_script(path):
            if scenario.name in scenarios:
                other = scenarios[scenario.name].source.name
                raise ScenarioError(
                    f"{path.name}: there is a scenario {scenario.name!r} in {other} already; rename one"
                )
            scenarios[scenario.name] = scenario
    if not scenarios:
        raise ScenarioError(
            f"{directory}: no scenario in it; write a function and decorate it with @scenario"
        )
    return scenarios


def choose(scenarios: dict[str, Scenario], names: Iterable[str] = ()) -> list[Scenario]:
    """Choose scenarios by name, or all that have a share.

    Raises:
        ScenarioError: for an unknown name, with the nearest known one.
    """
    wanted = list(names)
    for name in wanted:
        if name not in scenarios:
            if name in RENAMED_VALUES:
                raise ScenarioError(f"the scenario {name!r} is renamed to {RENAMED_VALUES[name]!r}")
            near = get_close_matches(name, scenarios, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(scenarios)}"
            raise ScenarioError(f"no scenario is called {name!r}; {hint}")
    if wanted:
        return [scenarios[name] for name in dict.fromkeys(wanted)]
    shared = [scenario for scenario in scenarios.values() if scenario.share > 0]
    if not shared:
        raise ScenarioError("every scenario has share 0; name the one to play, or give one a share")
    return shared


def digest(scenarios: Sequence[Scenario]) -> str:
    """Return a hash of the code of the scripts, so that a changed script makes another run.

    Comments, docstrings and layout do not change the hash. It is the same on every version of Python.
    """
    paths = sorted({scenario.source for scenario in scenarios})
    code = "\0".join(f"{path.name}\0{_code_of(ast.parse(path.read_bytes()))}" for path in paths)
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def _code_of(node: ast.AST) -> str:
    """Return a syntax tree as text, without docstrings, positions, empty fields and fields of some Pythons only."""
    fields = []
    for name, value in ast.iter_fields(node):
        values = value if isinstance(value, list) else [value]
        if name == "body" and values and _is_docstring(node, values[0]):
            values = values[1:]
        if text := ",".join(
            _code_of(one) if isinstance(one, ast.AST) else repr(one) for one in values if one is not None
        ):
            fields.append(f"{name}={text}")
    return f"{type(node).__name__}({';'.join(fields)})"


def _is_docstring(node: ast.AST, first: object) -> bool:
    return (
        isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
