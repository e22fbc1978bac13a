"""A first model of a drafted study: a policy where a column dates one, else a regression of columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ccd.arrays import countable
from ccd.cells import to_floats
from ccd.draft.lines import Line, quoted
from ccd.draft.marks import Marks
from ccd.words import Language, text


def most_known(columns: pd.DataFrame, regions: pd.Series[Any]) -> list[str]:
    """Return the columns of numbers that move within regions, those with the most cells first."""
    found = {}
    for name in map(str, columns.columns):
        values = to_floats(columns[name])
        if countable(values).sum() == columns[name].notna().sum() and _moves(columns[name], regions):
            found[name] = int(np.isfinite(values).sum())
    return sorted(found, key=lambda name: -found[name])


def _moves(cells: pd.Series[Any], regions: pd.Series[Any]) -> bool:
    return cells.nunique() > 2 and bool((cells.groupby(regions.to_numpy()).nunique() > 1).any())


def models(
    marks: Marks, controls: list[str], rest: list[str], *, coupled: bool, language: Language
) -> tuple[str, ...]:
    """Return first models, the likeliest first; whether one can be estimated is for the caller to try."""
    policy = bool(marks.dated or marks.dummies)
    outcomes = ["D"] if coupled else rest[:3]
    found = []
    for outcome in outcomes:
        others = [column for column in controls if column != outcome][:3]
        for some in dict.fromkeys((tuple(others), ())):
            if policy:
                found.append(_model("did", outcome, 'policy = "pilot"', some, language))
            elif some:
                first, more = quoted(some[0]), some[1:]
                found.append(_model("panel", outcome, f"regressors = [{first}]", more, language))
    return tuple(found)


def _model(kind: str, outcome: str, of: str, controls: tuple[str, ...], language: Language) -> str:
    listed = ", ".join(map(quoted, controls))
    lines = (
        Line("[[models]]"),
        Line('name = "baseline"', text("of its table and its files")),
        Line(f'kind = "{kind}"', text("guessed")),
        Line(f"outcome = {quoted(outcome)}", text("guessed: C, T, D, a subsystem, or a column")),
        Line(of, text("guessed")),
        Line(f"controls = [{listed}]", text("guessed: columns of numbers that are no indicators")),
    )
    return "\n".join(line.render(language) for line in lines) + "\n"
