"""The typed waist: what views read is a field of the value they are given, and somebody writes it."""

from __future__ import annotations

import ast
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path

import pytest

import ccd.results
from ccd.report.views import VIEWS
from ccd.results import Value

ROOT = Path(__file__).parents[1] / "ccd"
VALUES = {
    name: kind
    for name, kind in vars(ccd.results).items()
    if isinstance(kind, type) and issubclass(kind, Value) and is_dataclass(kind)
}


def parsed(folder: Path) -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.py"))}


def values_given(function: ast.FunctionDef) -> dict[str, str]:
    """Expression -> kind of value, for the parameters of a function and the names they are bound to."""
    found = {}
    for argument in function.args.args:
        note = argument.annotation
        if isinstance(note, ast.Subscript) and ast.unparse(note.value) == "Part":
            found[f"{argument.arg}.value"] = ast.unparse(note.slice)
        elif note is not None and ast.unparse(note) in VALUES:
            found[argument.arg] = ast.unparse(note)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            source = ast.unparse(node.value)
            if source in found:
                found[node.targets[0].id] = found[source]
    return found


def read_fields() -> set[tuple[str, str]]:
    """(kind of value, attribute) of everything that the views read."""
    found = set()
    for tree in parsed(ROOT / "report").values():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            given = values_given(function)
            for node in ast.walk(function):
                if isinstance(node, ast.Attribute) and ast.unparse(node.value) in given:
                    found.add((given[ast.unparse(node.value)], node.attr))
    return {(kind, name) for kind, name in found if kind in VALUES}


@cache
def written_fields() -> set[tuple[str, str]]:
    """(kind of value, field) of every construction outside the waist; ``replace`` writes for every kind."""
    found = set()
    for path, tree in parsed(ROOT).items():
        if "results" in path.parts or "report" in path.parts:
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            kinds = list(VALUES) if name == "replace" else [name.removesuffix(".of")]
            for kind in kinds:
                if kind not in VALUES:
                    continue
                names = [f.name for f in fields(VALUES[kind])]
                found |= {(kind, keyword.arg) for keyword in node.keywords if keyword.arg}
                star = any(isinstance(a, ast.Starred) for a in node.args) or any(
                    k.arg is None for k in node.keywords
                )
                found |= {(kind, one) for one in (names if star else names[: len(node.args)])}
    return found


@pytest.mark.parametrize(("kind", "name"), sorted(read_fields()))
def test_what_a_view_reads_is_there_and_written(kind, name):
    assert hasattr(VALUES[kind], name) or name in {f.name for f in fields(VALUES[kind])}
    if name in {f.name for f in fields(VALUES[kind])} and not hasattr(VALUES[kind], name):
        assert (kind, name) in written_fields()


def test_views_read_no_frame_and_no_mapping():
    """A view that indexes a frame or a mapping of the part by a string would escape the type checker."""
    for path, tree in parsed(ROOT / "report" / "views").items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("facts", "frame", "scalars"), f"{path.name}:{node.lineno}"


def test_every_view_is_of_a_shape():
    shapes = {kind.shape for kind in VALUES.values()}
    assert set(VIEWS) <= shapes
