"""Mutants of code, made from its syntax tree: steps left out, comparisons turned, guards forced, constants off by one."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.mutation.mutant import Mutant

SPEC = Path(__file__).parents[2] / "generator" / "spec"
# The tests that know a module best.
KNOWS = {
    "check": "test_check.py", "edata": "test_fields.py", "envelope": "test_fields.py", "identity": "test_identity.py",
    "payload": "../test_recorder.py", "reading": "test_reading.py", "schema": "test_second_opinion.py",
    "session": "test_session.py", "violation": "test_reading.py", "wire": "test_wire.py",
    "wire_payloads": "test_fields.py",
}  # fmt: skip
# Their rows have mutants of their own.
TABLE = {"rules", "rule_table", "documented_rules", "wire_rules"}

NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
SHIFTED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
# What says nothing about events: what the garbage collector looks at, and how a constructor may be called.
IDLE_KEYWORDS = {"gc", "kw_only"}


def code_mutants() -> Iterator[Mutant]:
    """Make every mutant of every module of the specification but the table, whose rows have mutants of their own."""
    for path in sorted(SPEC.glob("[a-z]*.py")):
        if path.stem not in TABLE:
            yield from _of_module(path)


def _of_module(path: Path) -> Iterator[Mutant]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    likely = (f"tests/spec/{KNOWS[path.stem]}",)
    for spot in list(_spots(tree, "(module)")):
        for change, new in _changes(spot.parent, spot.node):
            _put(spot, new)
            source = ast.unparse(ast.fix_missing_locations(tree))
            _put(spot, spot.node)
            yield Mutant(f"generator.spec.{path.stem}", spot.within, change, source, likely)


class _Spot(NamedTuple):
    """A statement or an expression, and its place in its parent, inside a function or a class."""

    parent: ast.AST
    field: str
    index: int | None
    node: Any
    within: str


def _spots(tree: ast.AST, within: str) -> Iterator[_Spot]:
    """Yield everything in a tree, but for what is only annotation."""
    for field, value in ast.iter_fields(tree):
        if field in {"annotation", "returns"} or (
            isinstance(tree, ast.keyword) and tree.arg in IDLE_KEYWORDS
        ):
            continue
        for index, node in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(node, ast.AST):
                yield _Spot(tree, field, index if isinstance(value, list) else None, node, within)
                is_named = isinstance(node, ast.FunctionDef | ast.ClassDef)
                yield from _spots(node, node.name if is_named else within)


def _put(spot: _Spot, node: ast.AST) -> None:
    if spot.index is None:
        setattr(spot.parent, spot.field, node)
    else:
        getattr(spot.parent, spot.field)[spot.index] = node


def _changes(parent: ast.AST, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield each thing that can be done to one node, and what then stands in its place."""
    if _is_step(node):
        yield f"left out: {_said(node)}", ast.Pass()
    if isinstance(node, ast.expr) and _is_guard(parent, node):
        for forced in (True, False):
            yield f"always {forced}: {_said(node)}", ast.Constant(forced)
    if isinstance(node, ast.Compare):
        yield from _of_comparison(node)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"and/or: {_said(node)}", ast.BoolOp(other, node.values)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"not dropped: {_said(node)}", node.operand
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node)


def _is_step(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Yield | ast.YieldFrom | ast.Call)
    return isinstance(node, ast.AugAssign | ast.Delete)


def _is_guard(parent: ast.AST, node: ast.expr) -> bool:
    if isinstance(parent, ast.If | ast.IfExp):
        return node is parent.test
    return isinstance(parent, ast.comprehension) and node in parent.ifs


def _of_comparison(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    for place, operator in enumerate(node.ops):
        for word, other in (("negated", NEGATED), ("off by a hair", SHIFTED)):
            if type(operator) in other:
                ops = [*node.ops[:place], other[type(operator)](), *node.ops[place + 1 :]]
                yield f"{word}: {_said(node)}", ast.Compare(node.left, ops, node.comparators)


def _of_constant(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.value, bool):
        yield f"{node.value} → {not node.value}", ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        for value in {node.value + 1, node.value - 1} - {node.value}:
            yield f"{node.value} → {value}", ast.Constant(value)


def _said(node: ast.AST) -> str:
    text = ast.unparse(node).replace("\n", " ")
    return text if len(text) <= 70 else text[:69] + "…"
