"""From the cells of a list of documents to checked documents; every faulty cell is named."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccd.documents.spec import NEEDED, DocumentsSpec
from ccd.errors import DataError, suggest
from ccd.words import Text, text

STRENGTH, SCORE = (1.0, 5.0), (0.0, 5.0)

#: Words that lists use for the default instruments and factors.
SYNONYMS = {
    "supply": ("supply-side", "供给", "供给型", "供给侧"),
    "demand": ("demand-side", "需求", "需求型", "需求侧"),
    "environment": ("environmental", "环境", "环境型", "环境侧"),
    "technology": ("技术", "科技"),
    "talent": ("人才",),
    "capital": ("资金", "资本"),
    "platform": ("平台",),
}


@dataclass(frozen=True)
class Documents:
    """Checked documents.

    ``head`` has one row per document and region: id, region, issued, ended (years; nan = still in force),
    strength. ``rows`` has one per document, region, instrument and factor: id, region, instrument, factor,
    score. ``subvariables`` (index id) holds the 0/1 cells of the PMC index.
    """

    head: pd.DataFrame
    rows: pd.DataFrame
    subvariables: pd.DataFrame
    notes: tuple[Text, ...] = ()


NOUNS = {"instrument": text("instrument"), "factor": text("factor")}


@dataclass(frozen=True)
class _Lines:
    """Where a row of the table stands in its file."""

    source: str
    first: int

    def fault(self, what: Text, place: int, column: str, fix: Text) -> DataError:
        """Return the error of one cell."""
        return DataError(
            what,
            where=text(
                "{file}, row {row}, column {column}", file=self.source, row=self.first + place, column=column
            ),
            fix=fix,
        )


def check_documents(
    table: pd.DataFrame, spec: DocumentsSpec, regions: Collection[str], source: str
) -> Documents:
    """Return the documents of a table of strings; ``source`` names its file.

    Raises DataError for a missing column or cell, an unknown instrument, factor or region, a year that is
    none, an end before the issue, strength off 1-5, score off 0-5, a sub-variable that is not 0 or 1, a
    row that stands twice, and a document whose rows contradict each other.
    """
    lines = _Lines(source, int(table.attrs.get("first_line", 2)))
    subs = list(dict.fromkeys(c for listed in spec.pmc.values() for c in listed))
    _require(table, [*(spec.named(c) for c in NEEDED), *subs], source)
    table = table.reset_index(drop=True)
    rows = pd.DataFrame({c: _text(table, spec.named(c)) for c in (*NEEDED, "ended", "score")})
    for column in NEEDED:
        blank = np.flatnonzero(rows[column] == "")
        if len(blank):
            raise lines.fault(
                text("the cell is empty"), int(blank[0]), spec.named(column), text("fill it in")
            )
    for column, words in (("instrument", spec.instruments), ("factor", spec.factors)):
        rows[column] = _words(rows[column], words, lines, spec.named(column), column)
    rows["issued"] = _years(rows["issued"], lines, spec.named("issued"))
    rows["ended"] = _years(rows["ended"], lines, spec.named("ended"))
    rows["strength"] = _scaled(rows["strength"], STRENGTH, lines, spec.named("strength"))
    given = spec.named("score") in table.columns
    rows["score"] = _scaled(rows["score"], SCORE, lines, spec.named("score")) if given else 1.0
    blank = np.flatnonzero(rows["score"].isna())
    if len(blank):
        raise lines.fault(
            text("the cell is empty"), int(blank[0]), spec.named("score"), text("fill it in, or 0")
        )
    early = np.flatnonzero(rows["ended"] < rows["issued"])
    if len(early):
        raise lines.fault(
            text("ended before it was issued"), int(early[0]), spec.named("ended"), text("mend the years")
        )
    _known_regions(rows["region"], {*regions, spec.everywhere}, lines, spec.named("region"))
    flags = _flags(table, subs, lines)
    _refuse_contradictions(rows, flags, lines, spec)
    notes = [] if given else [text("The list of documents has no scores: each of its rows counts 1")]
    return Documents(
        head=rows.drop_duplicates(["id", "region"])[["id", "region", "issued", "ended", "strength"]],
        rows=rows[["id", "region", "instrument", "factor", "score"]],
        subvariables=flags.set_axis(pd.Index(rows["id"], name="id")).loc[~rows["id"].duplicated().to_numpy()],
        notes=(*notes, *_short_lived(rows)),
    )


def _require(table: pd.DataFrame, columns: Iterable[str], source: str) -> None:
    known = [str(c) for c in table.columns]
    for column in columns:
        if column not in known:
            raise DataError(
                text("the list of documents has no column '{column}'", column=column),
                where=text("{file}, header", file=source),
                fix=text(
                    "{near}name it under [documents.columns]; it has: {known}",
                    near=suggest(column, known),
                    known=tuple(known),
                ),
            )


def _text(table: pd.DataFrame, column: str) -> pd.Series[str]:
    if column not in table.columns:
        return pd.Series("", index=table.index)
    cells = table[column]
    return cells.map(lambda cell: "" if pd.isna(cell) else _plain(cell))


def _plain(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _words(
    cells: pd.Series[str], words: Collection[str], lines: _Lines, column: str, what: str
) -> pd.Series[str]:
    known = {word.casefold(): word for word in words}
    known |= {s.casefold(): w for w in words for s in SYNONYMS.get(w, ())}
    for place, cell in enumerate(cells):
        if cell.casefold() not in known:
            raise lines.fault(
                text("'{cell}' is no {what}", cell=cell, what=NOUNS[what]),
                place,
                column,
                text(
                    "{near}{what}s are: {words}",
                    near=suggest(cell, words),
                    what=NOUNS[what],
                    words=tuple(words),
                ),
            )
    return cells.map(lambda cell: known[cell.casefold()])


def _years(cells: pd.Series[str], lines: _Lines, column: str) -> pd.Series[float]:
    years = []
    for place, cell in enumerate(cells):
        match = re.fullmatch(
            r"([12]\d{3})(?:[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?|月)?|年)?(?:[ T]0{1,2}:00(?::00)?)?", cell
        )
        if cell and not match:
            raise lines.fault(
                text("'{cell}' is neither a year nor a date", cell=cell),
                place,
                column,
                text("write 2015 or 2015-06-03"),
            )
        years.append(float(match.group(1)) if match else np.nan)
    return pd.Series(years, index=cells.index)


def _scaled(
    cells: pd.Series[str], scale: tuple[float, float], lines: _Lines, column: str
) -> pd.Series[float]:
    low, high = scale
    numbers = pd.to_numeric(cells.where(cells != ""), errors="coerce")
    for place, (cell, number) in enumerate(zip(cells, numbers, strict=True)):
        if cell and not low <= number <= high:
            raise lines.fault(
                text("'{cell}' is off the scale", cell=cell),
                place,
                column,
                text("write {low:g} to {high:g}", low=low, high=high),
            )
    return numbers.astype(float)


def _known_regions(cells: pd.Series[str], known: Collection[str], lines: _Lines, column: str) -> None:
    for place, cell in enumerate(cells):
        if cell not in known:
            raise lines.fault(
                text("'{cell}' is no region of the panel", cell=cell),
                place,
                column,
                text(
                    "{near}use the panel's names, or 'all' for a document in force everywhere",
                    near=suggest(cell, known),
                ),
            )


def _flags(table: pd.DataFrame, columns: list[str], lines: _Lines) -> pd.DataFrame:
    flags = pd.DataFrame(index=table.index)
    for column in columns:
        cells = _text(table, column)
        for place, cell in enumerate(cells):
            if cell not in ("0", "1"):
                raise lines.fault(
                    text("'{cell}' is neither 0 nor 1", cell=cell), place, column, text("code it 0 or 1")
                )
        flags[column] = cells.astype(float)
    return flags


def _refuse_contradictions(
    rows: pd.DataFrame, flags: pd.DataFrame, lines: _Lines, spec: DocumentsSpec
) -> None:
    twice = np.flatnonzero(rows.duplicated(["id", "region", "instrument", "factor"]))
    if len(twice):
        raise lines.fault(
            text(
                "document '{number}' stands twice with this instrument and factor",
                number=rows["id"].iloc[twice[0]],
            ),
            int(twice[0]),
            spec.named("id"),
            text("keep one row"),
        )
    dated = rows.assign(ended=rows["ended"].fillna(np.inf))
    for keys, frame in (
        (["id", "region"], dated[["issued", "ended", "strength"]]),
        (["id"], flags),
    ):
        for column in frame:
            first = frame[column].groupby([rows[key] for key in keys]).transform("first")
            differs = np.flatnonzero(frame[column] != first)
            if len(differs):
                raise lines.fault(
                    text(
                        "document '{number}' has two values of {column}",
                        number=rows["id"].iloc[differs[0]],
                        column=column,
                    ),
                    int(differs[0]),
                    spec.named(str(column)),
                    text("a document has one; mend the row that is wrong"),
                )


def _short_lived(rows: pd.DataFrame) -> list[Text]:
    count = int(rows.loc[rows["ended"] == rows["issued"], ["id", "region"]].drop_duplicates().shape[0])
    if not count:
        return []
    return [
        text(
            "{count} {count:document|documents} ended in the year of {count:its|their} issue and "
            "{count:is|are} in force in no year",
            count=count,
        )
    ]
