"""Collect what the house style forbids, each offence as one line that names its kind, its place and the word."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "generator"
MOST_LINES = 400
MOST_FUNCTION_LINES = 40
MOST_FILES = 15
MOST_PARAMETERS = 7
LONG_FILES_ALLOWED = {"generator/telemetry.py"}  # the 17 methods stand together
_WORDS = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
_ROOMS = tomllib.loads((Path(__file__).parent / "rooms.toml").read_text(encoding="utf-8"))
_COMMENT = re.compile(r"#\s(?!noqa)(.*)$", re.MULTILINE)
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PROSE = {word: re.compile(rf"(?<![\w-])(?:{word})(?![\w-])", re.IGNORECASE) for word in _WORDS["prose"]}
_ANY_PROSE = re.compile(rf"(?<![\w-])(?:{'|'.join(_WORDS['prose'])})(?![\w-])", re.IGNORECASE)
_IMPERATIVE = re.compile(r"(Give|Say|Tell|See that|Take down|Let|Hear)\b")


def offences() -> list[str]:
    """Return every offence, sorted."""
    return sorted(
        {
            *forbidden_names(),
            *forbidden_prose(),
            *weak_docstrings(),
            *private_imports(),
            *shared_class_names(),
            *long_files(),
            *long_functions(),
            *many_parameters(),
            *full_rooms(),
            *upward_imports(),
        }
    )


@cache
def sources() -> list[Path]:
    """Return the Python files of the product, sorted."""
    return sorted(PACKAGE.rglob("*.py"))


@cache
def texts() -> list[Path]:
    """Return the READMEs and pages of the project, sorted."""
    folders = (
        path
        for path in ROOT.iterdir()
        if path.name in {"generator", "docs", "examples", "locustfiles", "scenarios"}
    )
    return sorted([*ROOT.glob("*.md"), *(page for folder in folders for page in folder.rglob("*.md"))])


@cache
def tree_of(path: Path) -> ast.Module:
    """Parse a file once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path: Path) -> str:
    """Return a path as it stands below the project."""
    return path.relative_to(ROOT).as_posix()


def _definitions(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Yield each class and function with its dotted name."""

    def below(node: ast.AST, name: str) -> Iterator[tuple[str, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                inner = f"{name}.{child.name}" if name else child.name
                yield inner, child
                yield from below(child, inner)
            else:
                yield from below(child, name)

    yield from below(tree_of(path), "")


def _identifiers(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a file defines: classes, functions, parameters, variables and attributes that it sets."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def forbidden_names() -> Iterator[str]:
    """Yield each forbidden word in the identifiers of a file, and in its name."""
    words = _WORDS["names"]
    for path in sources():
        names = {*_identifiers(tree_of(path)), path.stem, path.parent.name}
        for name in names:
            for part in _PART.findall(name):
                if part.lower() in words:
                    yield f"name {place(path)} {name}"


def prose_of(path: Path) -> Iterator[str]:
    """Yield a file's comments and texts; the whole of a page that is no code, without its code blocks."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield re.sub(r"```.*?```|`[^`\n]*`", "", source, flags=re.DOTALL)
        return
    yield from _COMMENT.findall(source)
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield re.sub(r"`[^`\n]*`", "", node.value)


def forbidden_prose() -> Iterator[str]:
    """Yield each forbidden word of a file's prose once."""
    for path in [*sources(), *texts()]:
        if path.name == "CHANGELOG.md":
            continue
        prose = "\n".join(prose_of(path))
        if _ANY_PROSE.search(prose):
            for word, pattern in _PROSE.items():
                if pattern.search(prose):
                    yield f"prose {place(path)} {word}"


def weak_docstrings() -> Iterator[str]:
    """Yield each docstring that begins with Give, Say, Tell and the like."""
    for path in sources():
        for name, node in _definitions(path):
            text = ast.get_docstring(node) or ""  # type: ignore[arg-type]
            if _IMPERATIVE.match(text):
                yield f"docstring {place(path)} {name}"


def private_imports() -> Iterator[str]:
    """Yield each private name or module that is imported from another room."""
    for path in sources():
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("generator."):
                other = node.module.split(".")[1]
                private = [alias.name for alias in node.names if alias.name.startswith("_")]
                private += [part for part in node.module.split(".") if part.startswith("_")]
                if other != room:
                    yield from (f"private {place(path)} {node.module}.{name}" for name in private)


def shared_class_names() -> Iterator[str]:
    """Yield each class name that two modules define."""
    where = defaultdict(set)
    for path in sources():
        for name, node in _definitions(path):
            if isinstance(node, ast.ClassDef) and "." not in name and not name.startswith("_"):
                where[name].add(place(path))
    for name, places in where.items():
        if len(places) > 1:
            yield f"class {name} {' '.join(sorted(places))}"


def long_files() -> Iterator[str]:
    """Yield each file that is too long."""
    for path in sources():
        if (
            place(path) not in LONG_FILES_ALLOWED
            and path.read_text(encoding="utf-8").count("\n") > MOST_LINES
        ):
            yield f"long {place(path)}"


def function_lengths() -> list[tuple[int, str]]:
    """Return the lines of each function, without its docstring, with its place."""
    lengths = []
    for path in sources():
        for name, node in _definitions(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                has_text = ast.get_docstring(node) is not None
                first = node.body[0].end_lineno if has_text else node.lineno
                lengths.append(((node.end_lineno or 0) - (first or 0) + 1, f"{place(path)} {name}"))
    return sorted(lengths)


def long_functions() -> Iterator[str]:
    """Yield each function of more than 40 lines."""
    yield from (f"function {where}" for lines, where in function_lengths() if lines > MOST_FUNCTION_LINES)


def parameter_counts() -> list[tuple[int, str]]:
    """Return how many parameters each function has, with its place."""
    counts = []
    for path in sources():
        for name, node in _definitions(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                counts.append(
                    (sum(each.arg not in {"self", "cls"} for each in arguments), f"{place(path)} {name}")
                )
    return sorted(counts)


def many_parameters() -> Iterator[str]:
    """Yield each function with more than 7 parameters, the specification's 17 methods excepted."""
    for count, where in parameter_counts():
        if count > MOST_PARAMETERS and not where.startswith("generator/telemetry.py "):
            yield f"parameters {where}"


def files_of_rooms() -> dict[str, int]:
    """Return how many Python files each folder holds, without its `__init__.py`."""
    counts: dict[str, int] = defaultdict(int)
    for path in sources():
        if path.name not in {"__init__.py", "__main__.py"}:
            counts[place(path.parent)] += 1
    return counts


def full_rooms() -> Iterator[str]:
    """Yield each folder of more than 15 files."""
    yield from (f"room {where}" for where, count in files_of_rooms().items() if count > MOST_FILES)


def room_of(module: str) -> str:
    """Return the room of a module below generator/, given with slashes: that of its longest path among the moves."""
    parts = module.split("/")
    for length in range(len(parts), 0, -1):
        room = _ROOMS["moves"].get("/".join(parts[:length]))
        if room:
            return room
    return parts[0]


def imports_of(path: Path) -> Iterator[str]:
    """Yield each module below generator/ that a file imports anywhere, late imports included, with slashes."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            module = name.removeprefix("generator.").replace(".", "/")
            if name.startswith("generator."):
                while module and not _is_module(module):
                    module = module.rpartition("/")[0]
                if module:
                    yield module


@cache
def _is_module(module: str) -> bool:
    return (PACKAGE / f"{module}.py").is_file() or (PACKAGE / module / "__init__.py").is_file()


def upward_imports() -> Iterator[str]:
    """Yield each import of a room that stands later in the order."""
    order = _ROOMS["order"]
    for path in sources():
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__")
        if module == "__init__":
            continue
        room = room_of(module)
        for other in imports_of(path):
            if order.index(room_of(other)) > order.index(room):
                yield f"order {place(path)} {other}"
