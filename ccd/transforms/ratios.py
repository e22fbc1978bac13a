"""One column by another, by heads, and a region's share of a year's total."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccd.panel import Panel
from ccd.spec import Spec
from ccd.transforms.operation import Made, Operation, refuse
from ccd.words import Name, text


class Ratios(Spec):
    """Keys of what divides."""

    ratio: tuple[str, str] | None = None
    """First column divided by the second."""
    per_capita: str | None = None
    """Column divided by ``by``."""
    by: str = "population"
    """Column of heads for per_capita."""
    share: str | None = None
    """Region's share of the year's total of all regions; missing in years in which some region has no figure."""

    location_quotient: tuple[str, str] | None = None
    """Region's share of the year's total of the first column, divided by its share of the second; 1: as much of the
    one as of the other."""


def _divided(panel: Panel, name: str, above: str, below: str) -> Made:
    numerator, denominator = panel.column(above), panel.column(below)
    refuse(
        panel, name, below, denominator == 0, text("cannot divide"), text("mend the cell or leave it empty")
    )
    return Made(np.asarray(numerator / denominator))


def _ratio(panel: Panel, spec: Ratios, name: str) -> Made:
    above, below = spec.ratio or ("", "")
    return _divided(panel, name, above, below)


def _per_capita(panel: Panel, spec: Ratios, name: str) -> Made:
    return _divided(panel, name, str(spec.per_capita), spec.by)


def _share(panel: Panel, spec: Ratios, name: str) -> Made:
    return _share_of(panel, str(spec.share), name)


def _share_of(panel: Panel, column: str, name: str) -> Made:
    values = panel.column(column)
    by_year = pd.Series(values).groupby(panel.years)
    whole = by_year.transform("count").to_numpy() == len(panel.entities)
    total = np.where(whole, by_year.transform("sum").to_numpy(), np.nan)
    refuse(panel, name, column, total == 0, text("is of a year whose total is 0"),
           text("leave these years out: [data] years"))  # fmt: skip
    gone = sorted({int(year) for year in panel.years[~whole]})
    notes = (
        (text("{column}: no share in years in which a region has no figure: {years}",
              column=Name(name), years=tuple(gone)),)
        if gone
        else ()
    )  # fmt: skip
    return Made(np.asarray(values / total), notes)


def _location_quotient(panel: Panel, spec: Ratios, name: str) -> Made:
    column, base = spec.location_quotient or ("", "")
    own, whole = (_share_of(panel, one, name) for one in (column, base))
    refuse(
        panel, name, base, whole.values == 0, text("cannot divide"), text("mend the cell or leave it empty")
    )
    return Made(np.asarray(own.values / whole.values), tuple(dict.fromkeys((*own.notes, *whole.notes))))


OPERATIONS = {
    "ratio": Operation(_ratio),
    "per_capita": Operation(_per_capita, ("by",), columns=("by",)),
    "share": Operation(_share),
    "location_quotient": Operation(_location_quotient),
}
