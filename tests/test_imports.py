"""The direction of imports, those for types alone included: no circle between files, no view known to numbers."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1] / "ccd"


@cache
def modules() -> dict[str, Path]:
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = ("ccd", *path.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


@cache
def imports() -> dict[str, set[str]]:
    """Module -> the modules of ours that it names, wherever in the file the import stands."""
    known = modules()
    found: dict[str, set[str]] = {}
    for name, path in known.items():
        used = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not node.level, f"{path}: imports are absolute"
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    used.add(inner if inner in known else str(node.module))
            elif isinstance(node, ast.Import):
                used |= {alias.name for alias in node.names}
        found[name] = {one for one in used if one in known} - {name}
    return found


def reached(start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(imports()[start])
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += imports()[one]
    return seen


def test_no_file_imports_itself_by_way_of_others():
    circles = {name for name in modules() if name in reached(name)}
    assert not circles, f"imports in a circle: {sorted(circles)}"


def test_no_file_repeats_the_name_of_its_folder():
    repeated = [p for p in modules().values() if p.stem.startswith(f"{p.parent.name}_")]
    assert not repeated


def test_numbers_reach_no_renderer_by_any_road():
    numbers = [
        m for m in modules() if m.split(".")[1:2] in (["estimate"], ["index"], ["coupling"], ["results"])
    ]
    assert numbers
    assert not {
        m for m in numbers for other in reached(m) if other.startswith(("ccd.report", "ccd.terminal"))
    }
