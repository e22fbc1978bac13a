"""Damaged studies and files by number: the same damage for the same number, on every machine."""

from __future__ import annotations

import copy
import io
import random
import tomllib
import zipfile
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from tests.cli.house import HEADER, STUDY
from tests.cli.house import data as table
from tests.hostile import ALERT, IMAGE, REGIONS, toml

#: Sections that the small study does not have, each to be damaged too.
MORE = {
    "plain": "",
    "index": """
[index]
weights = "game"
scale = "minmax"
[coupling]
formula = "standard"
[transforms]
la = { log = "a" }
ga = { growth = "a" }
r = { ratio = ["a", "c"] }
""",
    "described": """
[weights.w]
kind = "economic"
column = "x"
[space]
weights = ["w"]
columns = ["D"]
[describe]
variable = ["D"]
inequality = { by = "zone" }
density = {}
[diagnostics]
variables = ["D", "x"]
""",
    "models": """
[defaults]
cluster = "region"
[[models]]
name = "cs"
kind = "did"
estimator = "callaway-santanna"
outcome = "D"
policy = "pilot"
[[models]]
name = "again"
like = "base"
controls = []
[[models]]
name = "fe"
kind = "panel"
outcome = "D"
regressors = ["x"]
[[models]]
name = "psm"
kind = "psm-did"
outcome = "D"
policy = "pilot"
match_on = ["x"]
[[models]]
name = "cut"
kind = "threshold"
outcome = "D"
regime = ["x"]
threshold = "a"
[[robustness]]
model = "base"
name = "r"
checks.c = { "index.weights" = "cv" }
[[tables]]
name = "t"
models = ["base", "again"]
""",
    "varied": """
[multiverse]
model = "base"
[multiverse.vary]
"index.weights" = ["entropy", "cv"]
[intervals]
draws = 99
[policies.second]
waves = { "2014" = ["p", "s"] }
""",
}
WORDS = (
    "", " ", "D", "C", "a", "x", "pilot", "base", "region", "year", "zone", "did", "twfe", "entropy", "+", "-",
    ".", "..", "../x", "/", "\x00", "\n", "\u202e", "\ufeffa", "地区", "e\u0301", "K" * 5000, "-0", "1e5",
    "nan", "null", "true", "2013", "d.csv", "study.toml", "NA", ALERT, IMAGE, *REGIONS[:6],
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 2, 3, 7, 2013, 10**9, 10**18, 10**40, -(10**19), 0.0, -0.0, 0.5, 1.5, 1e-320, 1e308, -1e308,
    float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
CELLS = (
    "", " ", "NA", "..", "—", "abc", "1,2", "1 000", "12%", "12万", "１２", "−3", "+3", "1e400", "-1e308",
    "1e308", "1e-320", "inf", "-inf", "nan", "0", "-0", "0x10", "1_000", "2013-01-01", "2013/1/1", "1.1.2013",
    "2013年", "2013.0", "2013.5", "99999", "-5", "201301", "TRUE", "=1+1", '"', '""', "'", "\x00", "\x1a",
    "\ufeff", "\u3000", "\u202e", "e\u0301", "p", "q", "1" * 400, "x" * 4000, "\r", "a\nb", "#DIV/0!", "#N/A",
    "∞", "½", "²", "٣", "三",
)  # fmt: skip
JUNK = (
    b"\xff",
    b"\x00",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b'"',
    b"'",
    b"[",
    b"]",
    b"{",
    b"=",
    b"\r",
    b"\n",
    b"\\",
    b"\x80",
)


def toml_of(raw: dict[str, Any]) -> str:
    """Return tables as a TOML file."""
    return "".join(f"{toml(key)} = {toml(value)}\n" for key, value in raw.items())


def places(raw: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every value of a study."""
    items = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    for key, value in items:
        yield (*at, key)
        yield from places(value, (*at, key))


def value_of(rng: random.Random, depth: int = 0) -> Any:
    """Return any value: words, numbers, dates, lists and tables."""
    kind = rng.randrange(8 if depth < 3 else 5)
    if kind < 2:
        return rng.choice(WORDS)
    if kind < 4:
        return rng.choice(NUMBERS)
    if kind == 4:
        return rng.choice((True, False, date(2013, 1, 1)))
    if kind == 5:
        return [value_of(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice(WORDS): value_of(rng, depth + 1) for _ in range(rng.randrange(4))}


def damaged_tables(raw: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return a study with one to three of its keys deleted, replaced, renamed, moved or doubled."""
    for _ in range(rng.randint(1, 3)):
        place = rng.choice(list(places(raw)))
        at: Any = raw
        for key in place[:-1]:
            at = at[key]
        last, deed = place[-1], rng.randrange(6)
        if deed == 0:
            del at[last]
        elif deed == 1 and isinstance(at, dict):
            at[rng.choice(WORDS)] = at.pop(last)
        elif deed == 2 and isinstance(at, dict):
            at[f"{last}{rng.choice(WORDS)}"] = copy.deepcopy(at[last])
        elif deed == 3 and isinstance(at, list):
            at.append(copy.deepcopy(at[last]))
        elif deed == 4:
            other = rng.choice(list(places(raw)))
            found: Any = raw
            for key in other:
                found = found[key]
            at[last] = copy.deepcopy(found)
        else:
            at[last] = value_of(rng)
    if rng.random() < 0.1:
        raw["extends"] = rng.choice(("study.toml", "other.toml", "d.csv", "..", "\x00", 3, ["a"]))
    if rng.random() < 0.1 and isinstance(raw.get("models"), list):
        for model in raw["models"]:
            if isinstance(model, dict):
                model["like"] = rng.choice(("base", "again", "cs", "", 1))
    return raw


def damaged_bytes(raw: bytes, rng: random.Random) -> bytes:
    """Return a file cut off, with bytes changed, put in, taken out or doubled."""
    for _ in range(rng.randint(1, 3)):
        at, size = rng.randrange(len(raw) + 1), rng.choice((1, 1, 2, 8, 200))
        deed = rng.randrange(6)
        if deed == 0:
            raw = raw[:at]
        elif deed == 1:
            raw = raw[:at] + raw[at + size :]
        elif deed == 2:
            raw = raw[:at] + rng.choice(JUNK) * size + raw[at:]
        elif deed == 3:
            raw = raw[: at + size] + raw[at:]
        elif deed == 4:
            raw = raw[:at] + bytes(rng.randrange(256) for _ in range(size)) + raw[at + size :]
        else:
            raw = raw[at:] + raw[:at]
    return raw


def damaged_cells(rng: random.Random) -> list[list[str]]:
    """Return the rows of the table with cells, rows or columns damaged."""
    rows = [line.split(",") for line in table().splitlines()]
    for _ in range(rng.randint(1, 4)):
        at, column, deed = rng.randrange(len(rows)), rng.randrange(len(HEADER.split(","))), rng.randrange(9)
        row = rows[at]
        if deed < 3 and column < len(row):
            row[column] = rng.choice(CELLS)
        elif deed == 3:
            for other in rows[1:]:
                other[column : column + 1] = [rng.choice(CELLS)]
        elif deed == 4:
            del row[column:]
        elif deed == 5:
            row += [rng.choice(CELLS)] * rng.randint(1, 3)
        elif deed == 6:
            rows.insert(at, list(rows[rng.randrange(len(rows))]))
        elif deed == 7 and len(rows) > 2:
            del rows[at : at + rng.choice((1, 5, 40))]
            rows = rows or [[""]]
        else:
            value = rng.choice(CELLS)
            for other in rows[1:]:
                other[column : column + 1] = [value]
    return rows


def other_numbers(rng: random.Random) -> list[list[str]]:
    """Return the rows of the table with other numbers, each a number, and rows in another order or left out."""
    rows = [line.split(",") for line in table().splitlines()]
    for _ in range(rng.randint(1, 6)):
        at, column = rng.randrange(1, len(rows)), rng.randrange(2, 7)
        value = rng.choice(
            ("0", "-0", "1e-320", "1e300", "-1e300", "-5", "5", "0.1", "1e15", rows[at][column], "")
        )
        for row in rng.choice(([rows[at]], [rows[at]], rows[1:], rows[at:])):
            row[column] = value
    if rng.random() < 0.3:
        rows[1:] = rng.sample(rows[1:], rng.choice((len(rows) - 1, len(rows) - 2, 12)))
    return rows


@cache
def as_file(kind: str) -> bytes:
    """Return the sound table as a file of a kind."""
    frame = pd.read_csv(io.StringIO(table()))
    stream = io.BytesIO()
    if kind == "csv":
        return table().encode()
    if kind == "xlsx":
        frame.to_excel(stream, index=False)
    elif kind == "dta":
        frame.to_stata(stream, write_index=False, version=118)
    elif kind == "parquet":
        frame.to_parquet(stream)
    return stream.getvalue()


def rezipped(raw: bytes, rng: random.Random) -> bytes:
    """Return a workbook with one of its inner files damaged, emptied or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = rng.choice(old.namelist())
        for name in old.namelist():
            held = old.read(name)
            if name == chosen:
                deed = rng.randrange(4)
                if deed == 0:
                    continue
                held = b"" if deed == 1 else damaged_bytes(held, rng)
            new.writestr(name, held)
    return out.getvalue()


def encoded(rows: list[list[str]], rng: random.Random) -> bytes:
    """Return rows as a text file, in an encoding and with a delimiter of its own."""
    text = rng.choice(("\n", "\n", "\r\n", "\r")).join(rng.choice((",",)).join(row) for row in rows)
    if rng.random() < 0.15:
        text = text.replace(",", rng.choice(";\t|"))
    kind = rng.choice(
        ("utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "latin-1", "cp1252", "big5")
    )
    return text.encode(kind, rng.choice(("replace", "ignore")))


def damaged(number: int, folder: Path) -> str:
    """Write the damaged study of a number, with its data, into ``folder``; return what was damaged."""
    rng = random.Random(f"damage {number}")
    section = rng.choice(list(MORE))
    source = STUDY.replace("[output]", MORE[section] + "[output]") if section != "plain" else STUDY
    what = rng.choice(
        ("keys", "keys", "keys", "text", "cells", "cells", "numbers", "numbers", "bytes", "kind", "both")
    )
    study, kind, raw = source.encode(), "csv", table().encode()
    if what in ("keys", "both"):
        study = toml_of(damaged_tables(tomllib.loads(source), rng)).encode("utf-8", "surrogatepass")
    if what == "text":
        study = damaged_bytes(study, rng)
    if what == "numbers":
        raw = "\n".join(map(",".join, other_numbers(rng))).encode()
    if what in ("cells", "both"):
        raw = encoded(damaged_cells(rng), rng)
    if what == "bytes":
        raw = damaged_bytes(raw, rng)
    if what == "kind":
        kind = rng.choice(("xlsx", "dta", "parquet", "csv"))
        raw = as_file(kind)
        raw = rezipped(raw, rng) if kind == "xlsx" and rng.random() < 0.7 else damaged_bytes(raw, rng)
        kind = rng.choice((kind, kind, kind, "xlsx", "dta", "parquet", "xls", "txt"))
        study = study.replace(b"d.csv", f"d.{kind}".encode())
    (folder / "study.toml").write_bytes(study)
    (folder / "other.toml").write_text('extends = "study.toml"\n', encoding="utf-8")
    (folder / f"d.{kind}").write_bytes(raw)
    return f"{number}: {section}, {what}"
