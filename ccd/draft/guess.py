"""Which column belongs to which subsystem: by the codebook, or by a part of its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ccd.bundled import bundled_rows
from ccd.draft.shape import folded
from ccd.words import Text, text

#: Names that a column of heads goes by, the likeliest first.
HEADS = (
    "population",
    "pop",
    "resident_population",
    "年末常住人口",
    "常住人口",
    "人口",
    "总人口",
    "年末总人口",
)
#: Parts of names that hint at a subsystem where the codebook does not know the column.
HINTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "technology": (
            *("patent", "r&d", "rd_", "techno", "innov"),
            *("专利", "研发", "技术", "创新", "科研"),
        ),
        "factor": (
            *("employ", "labor", "labour", "capital", "invest", "road", "rail", "loan", "要素"),
            *("就业", "从业", "人员", "投资", "公路", "铁路", "资本", "贷款", "科学技术支出"),
        ),
        "industry": (
            *("industr", "gdp_pc", "value_added", "output", "产业", "工业", "增加值"),
            *("人均地区生产总值", "人均gdp"),
        ),
    }
)
#: Parts of names that hint at what is better less: emissions.
EMISSIONS = (
    *("so2", "nox", "pm25", "pm2.5", "co2", "wastewater", "emission", "pollut"),
    *("二氧化硫", "氮氧化物", "二氧化碳", "废水", "废气", "烟尘", "排放", "污染"),
)
#: Units of the codebook that grow with the size of a region.
TOTALS = ("piece", "1e8 yuan", "1e4 persons")


@dataclass(frozen=True)
class Guess:
    """One indicator: the column, the subsystem, its direction, why, and whether it grows with size."""

    column: str
    subsystem: str
    direction: str
    reason: Text
    total: bool


def guesses_of(columns: list[str], labels: Mapping[str, str] | None = None) -> list[Guess]:
    """Return what can be guessed of the columns by name, or by what Stata calls them, in their order."""
    found = []
    for column in columns:
        said = (labels or {}).get(column)
        guess = _guess(column, column, columns) or (_guess(column, said, columns) if said else None)
        if guess is not None:
            found.append(guess)
    return found


def is_control(column: str) -> bool:
    """Tell whether the codebook knows a column as a control."""
    rows = (row for row in bundled_rows("codebook.csv") if row["subsystem"] == "control")
    return any(folded(column) in {folded(row[n]) for n in ("variable", "name_zh", "name_en")} for row in rows)


def _guess(column: str, called: str, usable: list[str]) -> Guess | None:
    own = folded(called)
    for row in bundled_rows("codebook.csv"):
        known = {folded(row[name]) for name in ("variable", "name_zh", "name_en")}
        if own in known:
            if row["subsystem"] == "control" or (row["variable"] == "gdp" and _has(usable, "gdp_pc")):
                return None
            reason = text("codebook: {english} ({chinese})", english=row["name_en"], chinese=row["name_zh"])
            return Guess(column, row["subsystem"], row["direction"], reason, row["unit"] in TOTALS)
    dirty = next((h for h in EMISSIONS if h in called.casefold()), None)
    if dirty is not None:
        reason = text('"{part}" in its name; is less better?', part=dirty)
        return Guess(column, "environment", "-", reason, False)
    for subsystem, hints in HINTS.items():
        hint = next((h for h in hints if h in called.casefold()), None)
        if hint is not None:
            reason = text('"{part}" in its name; is more better?', part=hint)
            return Guess(column, subsystem, "+", reason, False)
    return None


def _has(columns: list[str], variable: str) -> bool:
    row = next(row for row in bundled_rows("codebook.csv") if row["variable"] == variable)
    return bool({folded(c) for c in columns} & {folded(row[n]) for n in ("variable", "name_zh", "name_en")})


def coupled(guesses: list[Guess]) -> bool:
    """Tell whether there are two subsystems to couple."""
    return len({g.subsystem for g in guesses}) > 1
