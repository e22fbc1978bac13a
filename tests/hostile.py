"""A study whose every name means something elsewhere: formulas, markup, LaTeX, templates, paths, marks unseen."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path

ALERT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'
INPUT = r"\input{/etc/passwd}"
REGIONS = (
    "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x","y")', "\uff1d1+1", "'=2+2", "''q",
    ALERT, IMAGE, INPUT, "$x$ and $y_", "100% & #1_~^{}", "../../x", "/etc/passwd", r"C:\windows",
    "{{7*7}}{% raw %}", "`x`|[x](javascript:alert(1))", "line\nbreak", "rtl\u202eabc\u202c\u200f", "\U0001f642 smile",
    "N" * 300, "bell\x07 form\x0c", "\x1b[31mred", "null",
)  # fmt: skip
#: Columns of the data: four indicators, two controls, one outcome; no comma, no quote stands in a column's way.
A, B, C, D, X, Z, Y = (
    "=a+1", "<b>b</b>", "\\c{%", "$d$_{", "{{e}}\u202e", "x|`y`", "../f")  # fmt: skip
ONE, TWO, PILOT, START, ZONE, REGION = "=one", "<two> $ {{x}}", "=pilot<x>", "@start", "=zone", "=region"
LABELS = {
    A: "=1+1+cmd",
    B: ALERT,
    D: r"$\frac{1}{",
    X: "{{7*7}}",
    Z: rf"{INPUT} & % # _ ~ ^ \ [",
    Y: "bell\x07 | x",
}
TITLE = f"=T() {ALERT} $ {INPUT} {{{{7*7}}}} % & # _ \x07"
SOURCE = f"`x` | {ALERT} [x](javascript:y)\n# Heading"


def toml(word: object) -> str:
    """Return a value as TOML, tables inline."""
    if isinstance(word, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(value)}" for key, value in word.items()) + "}"
    if isinstance(word, list | tuple):
        return f"[{', '.join(map(toml, word))}]"
    if isinstance(word, date):
        return word.isoformat()
    if isinstance(word, float) and not math.isfinite(word):
        return repr(word)  # nan, inf, -inf
    return json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007F")


def table_of(name: Sequence[str], values: dict[str, object]) -> str:
    """Return one TOML table."""
    head = ".".join(map(toml, name))
    return f"[{head}]\n" + "".join(f"{toml(key)} = {toml(value)}\n" for key, value in values.items())


def study(formats: Sequence[str], figures: Sequence[str] = (), language: str = "en") -> str:
    """Return the study."""
    did = {"kind": "did", "outcome": "D", "policy": PILOT}
    tables = [
        (("data",), {"path": "d.csv", "entity": REGION, "time": "year", "source": SOURCE}),
        (("data", "labels"), LABELS),
        (("data", "units"), {A: "%$<i>", Z: "=unit()", Y: INPUT}),
        (("subsystems", ONE), {A: "+", B: "-"}),
        (("subsystems", TWO), {C: "+", D: "+"}),
        (("policies", PILOT), {"column": START}),
        (("weights", "../w<x>"), {"kind": "economic", "column": X}),
        (("diagnostics",), {"variables": ["D", X], "by": [ZONE]}),
        (("describe",), {"variable": ["D", Y]}),
        (("output",), {"formats": list(formats), "figures": list(figures), "report": "full"}),
    ]
    models = [
        {"name": "base", **did, "controls": [X, Z], "cluster": REGION, "heterogeneity": ZONE},
        {"name": "second", **did, "outcome": Y, "estimator": "callaway-santanna"},
    ]
    said = f"title = {toml(TITLE)}\nlanguage = {toml(language)}\n" + "".join(table_of(*one) for one in tables)
    for model in models:
        said += "[[models]]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in model.items())
    return said


def data() -> str:
    """Return the table: six years of every region, two waves of treatment, hostile words in the group column."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = (A, B, C, D, X, Z, Y)
    writer.writerow([REGION, "year", *columns, START, ZONE])
    for i, region in enumerate(REGIONS):
        start = {0: 2013, 1: 2014}.get(i % 5, "")
        for year in range(2011, 2017):
            values = (math.sin((j + 1) * (7 * i + year) + j) for j in range(len(columns)))
            zone = ("=n()", ALERT)[i % 2]
            writer.writerow([region, year, *(round(9 + value, 3) for value in values), start, zone])
    return out.getvalue()


def write(folder: Path, formats: Sequence[str], figures: Sequence[str] = (), language: str = "en") -> Path:
    """Write study.toml and d.csv into ``folder`` and return the study's path."""
    (folder / "d.csv").write_text(data(), encoding="utf-8", newline="")
    (folder / "study.toml").write_text(study(formats, figures, language), encoding="utf-8", newline="")
    return folder / "study.toml"
