"""The house as it is written down: import direction, file sizes, words in two languages, a light --help."""

from __future__ import annotations

import ast
import os
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

from ccd.report.views import VIEWS
from ccd.words import chinese
from tests.test_columns import PROMISED

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "ccd").rglob("*.py"))


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_imports_go_down_only():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_long():
    sizes = {str(p.relative_to(ROOT)): len(lines(p)) for p in SOURCES}
    assert not {name: size for name, size in sizes.items() if size > 400}
    assert sorted(sizes.values())[len(sizes) // 2] < 150


def templates() -> set[str]:
    """Every literal given to text(...) in the source."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("text", "words.text"):
                first = node.args[0]
                assert isinstance(first, ast.Constant), f"{path.name}:{node.lineno}: text() takes a literal"
                found.add(first.value)
    return found


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_every_sentence_has_its_chinese():
    missing = templates() - set(chinese())
    assert not missing, "add to ccd/zh.toml:\n" + "\n".join(sorted(missing))


def test_chinese_keeps_the_fields():
    wrong = [english for english, zh in chinese().items() if fields(english) != fields(zh)]
    assert not wrong


def test_every_open_names_its_encoding():
    pattern = re.compile(r"(?<![\w.])open\(|\.open\(|read_text\(|write_text\(")
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and pattern.search(ast.unparse(node.func) + "("):
                mode = next((ast.unparse(a) for a in node.args[:1]), "")
                binary = "b" in mode
                assert binary or any(k.arg == "encoding" for k in node.keywords), f"{path.name}:{node.lineno}"


#: Parts that are files for other programs alone.
UNSEEN = {"bounds", "degenerate", "documents", "event_vcov", "matching_weights", "placebo_curve"}


def test_every_shape_has_a_view():
    assert set(VIEWS) == set(PROMISED) - UNSEEN


@pytest.mark.parametrize(
    "heavy", ["pandas", "numpy", "matplotlib", "pydantic", "scipy", "statsmodels", "jinja2"]
)
def test_help_imports_nothing_heavy(heavy):
    code = f"import sys, ccd.cli; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
