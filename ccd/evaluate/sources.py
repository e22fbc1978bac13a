"""Where the data of a study come from, which series break, what is left out, and whether money is deflated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ccd.bundled import bundled_rows, data_files, province_code
from ccd.study import Study, StudyFile
from ccd.transforms import transform_sources
from ccd.words import Name, Text, names, text

#: The bundled panel that the codebook describes.
BUNDLED = "provinces.csv"
YUAN = "yuan"


def sources(file: StudyFile, columns: Sequence[str]) -> tuple[Text, ...]:
    """Return what the page says of the data behind ``columns``.

    Publisher, breaks and prices are known of the bundled panel alone; regions left out are told of any data.
    """
    study = file.study
    if not is_bundled(file):
        return tuple(_left_out(study, ()))
    used = behind(columns, transform_sources(study.transforms))
    of = "_zh" if study.language == "zh" else ""
    rows = [row for row in bundled_rows("codebook.csv") if row["variable"] in used]
    return (*_publishers(rows, of), *_breaks(rows, study, of), *_prices(rows, study), *_left_out(study, rows))


def is_bundled(file: StudyFile) -> bool:
    """Tell whether the study reads the bundled panel."""
    path = (file.base / file.study.data.path).resolve()
    return any(path == known.resolve() for known in data_files() if known.name == BUNDLED)


def behind(columns: Sequence[str], made: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the columns of the data file that ``columns`` are, or are ``made`` of."""
    return frozenset(columns).union(*(made.get(column, frozenset()) for column in columns))


def _publishers(rows: Sequence[Mapping[str, str]], of: str) -> Iterator[Text]:
    by: dict[str, list[str]] = {}
    for row in rows:
        by.setdefault(row[f"publisher{of}"], []).append(row["variable"])
    for publisher, variables in by.items():
        if len(by) == 1:
            yield text("Source of all series: {publisher}.", publisher=publisher)
        else:
            yield text("Source of {columns}: {publisher}.", columns=names(variables), publisher=publisher)


def _breaks(rows: Sequence[Mapping[str, str]], study: Study, of: str) -> Iterator[Text]:
    """Yield what the codebook warns of, but for what lies before the first year."""
    first = study.data.years[0] if study.data.years else 0
    for row in rows:
        years = [int(year) for year in re.findall(r"\b(?:19|20)\d\d", row["caveat"])]
        if row["caveat"] and (not years or max(years) >= first):
            yield text("{column}: {caveat}.", column=Name(row["variable"]), caveat=row[f"caveat{of}"])


def _prices(rows: Sequence[Mapping[str, str]], study: Study) -> Iterator[Text]:
    """Yield which columns of money no transform deflates."""
    deflated = {getattr(spec, "deflate", None) for spec in study.transforms.values()}
    money = [row["variable"] for row in rows if YUAN in row["unit"] and row["variable"] not in deflated]
    if money:
        yield text("Money is at current prices, not deflated ({columns}).", columns=names(money))


def _left_out(study: Study, rows: Sequence[Mapping[str, str]]) -> Iterator[Text]:
    """Yield each region that the study leaves out, with the used series that it lacks."""
    years = study.data.years
    for region in study.data.exclude:
        lacking: dict[tuple[int, ...], list[str]] = {}
        own = [row for row in bundled_rows(BUNDLED) if row["adcode"] == province_code(region)] if rows else []
        seen = [row for row in own if not years or years[0] <= int(row["year"]) <= years[1]]
        for column in (row["variable"] for row in rows):
            empty = tuple(int(row["year"]) for row in seen if column in row and not row[column])
            if empty:
                lacking.setdefault(empty, []).append(column)
        if not lacking:
            yield text("{region} is left out.", region=Name(region))
        for empty, missing in lacking.items():
            yield text(
                "{region} is left out: {columns} missing in {count} {count:year|years} from {first} to "
                "{last}.",
                region=Name(region),
                columns=names(missing),
                count=len(empty),
                first=empty[0],
                last=empty[-1],
            )
