"""A small study and its data, written where a test wants them, with words replaced to break them."""

from __future__ import annotations

import math
from pathlib import Path

STUDY = """\
title = "Small"
[data]
path = "d.csv"
entity = "region"
time = "year"
[subsystems.one]
a = "+"
b = "-"
[subsystems.two]
c = "+"
d = "+"
[policies.pilot]
column = "start"
[[models]]
name = "base"
kind = "did"
outcome = "D"
policy = "pilot"
controls = ["x"]
[output]
formats = ["csv"]
figures = []
"""
REGIONS, YEARS = "pqrstuvw", range(2011, 2017)
HEADER = "region,year,a,b,c,d,x,start,zone"


def data() -> str:
    """Return 8 regions x 6 years; p and q start in 2013, r in 2015, the others never. Line 2 is p 2011."""
    lines = [HEADER]
    for i, region in enumerate(REGIONS):
        for t, year in enumerate(YEARS):
            start = {"p": "2013", "q": "2013", "r": "2015"}.get(region, "")
            a, b, c, d, x = (round(5 + math.sin(k * (7 * i + t) + k), 3) for k in (1, 2, 3, 5, 8))
            lines.append(f"{region},{year},{a + t},{b},{c + i},{d},{x},{start},{'n' if i < 4 else 's'}")
    return "\n".join(lines) + "\n"


def write(folder: Path, study: str = STUDY, table: str | None = None) -> Path:
    """Write study.toml and d.csv into ``folder`` and return the study's path."""
    (folder / "d.csv").write_text(data() if table is None else table, encoding="utf-8")
    (folder / "study.toml").write_text(study, encoding="utf-8")
    return folder / "study.toml"


def replaced(source: str, changes: dict[str, str]) -> str:
    """Return ``source`` with words replaced, each of which must be there."""
    for old, new in changes.items():
        assert old in source, old
        source = source.replace(old, new)
    return source


def cell(line: int, column: str, value: str) -> dict[str, str]:
    """Return the replacement of one cell of ``data()`` by line number in the file."""
    old = data().splitlines()[line - 1]
    cells = old.split(",")
    cells[HEADER.split(",").index(column)] = value
    return {old + "\n": ",".join(cells) + "\n"}


def column(name: str, value: str) -> str:
    """Return ``data()`` with every cell of a column replaced; ``{i}`` is the region's, ``{t}`` the year's."""
    place = HEADER.split(",").index(name)
    lines = [HEADER]
    for n, line in enumerate(data().splitlines()[1:]):
        cells = line.split(",")
        cells[place] = value.format(i=n // len(YEARS), t=n % len(YEARS))
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file and folder under ``folder`` with its content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }
