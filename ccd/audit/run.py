"""Audit a published table: every candidate against every column, and what is said of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.audit import classes, contributions
from ccd.audit.boxes import Formula, Printed, range_of
from ccd.audit.formulas import coordinations, coordinations_of_u, degrees
from ccd.audit.table import Published, PublishedWeights
from ccd.audit.trial import Trial, best, distance, tried
from ccd.audit.weights import Material
from ccd.audit.weights import trials as weight_trials
from ccd.results import Audit, AuditCells, Chapter, Part
from ccd.words import Name, Text, text

#: Candidates of a column that fits none: so many of the nearest are listed where there are hundreds.
NEAREST = 5
MANY = 30


def audit(published: Published, cuts: tuple[float, ...] = ()) -> Chapter:
    """Return the verdict on each column; ``cuts`` are inner limits of grades to try beside the known ones."""
    u, printed = published.u, published.printed
    n = u.value.shape[1]
    found: list[Trial] = []
    if "C" in printed:
        found += [_ranged("C", one.name, one.of, one.right, u, printed["C"]) for one in degrees(n)]
    if "T" in printed:
        found += contributions.trials(u, printed["T"], published.names)
    if "D" in printed:
        found += _coordination(published)
    if "D" in printed and any(published.grade):
        found += classes.trials(printed["D"], published.grade, cuts)
    shown = dict(printed)
    return _chapter(published.source, found, published.rows, shown, published.grade)


def audit_weights(published: PublishedWeights, own: Material) -> Chapter:
    """Return the verdict on published weights, rows in the order of ``own.members``."""
    found = _nearest([*weight_trials(published.weight, own)])
    return _chapter(published.source, found, published.indicators, {"weight": published.weight}, ())


def _ranged(column: str, name: Text, of: Formula, right: bool, u: Printed, printed: Printed) -> Trial:
    low = np.full(len(printed.value), np.nan)
    high = low.copy()
    rows = np.isfinite(u.value).all(axis=1) & np.isfinite(printed.value)
    if rows.any():
        low[rows], high[rows] = range_of(of, u.low[rows], u.high[rows])
    kept = Printed(np.where(rows, printed.value, np.nan), printed.half)
    return tried(column, name, kept, low, high, right=right)


def _coordination(published: Published) -> list[Trial]:
    printed = published.printed
    if "C" in printed and "T" in printed:
        c, t = printed["C"], printed["T"]
        boxed = Printed(
            np.column_stack([c.value, t.value]), np.column_stack([c.half, t.half])
        )  # each rises in both, so that the corners hold its range
        return [_ranged("D", name, of, right, boxed, printed["D"]) for name, of, right in coordinations()]
    found = coordinations_of_u(published.u.value.shape[1])
    return [_ranged("D", one.name, one.of, one.right, published.u, printed["D"]) for one in found]


def _nearest(trials: list[Trial]) -> list[Trial]:
    fitting = [one for one in trials if one.fits]
    if fitting or len(trials) <= MANY:
        return fitting or trials
    return sorted(trials, key=distance)[:NEAREST]


def _chapter(
    source: str,
    trials: Sequence[Trial],
    rows: Sequence[str],
    printed: dict[str, Printed],
    grade: Sequence[str],
) -> Chapter:
    columns = [*dict.fromkeys(one.column for one in trials)]
    by = {column: [one for one in trials if one.column == column] for column in columns}
    said = tuple(_said(column, by[column], rows) for column in columns)
    place = {id(one): k for own in by.values() for k, one in enumerate(sorted(own, key=distance))}
    value = Audit(
        column=tuple(one.column for one in trials),
        candidate=tuple(one.candidate for one in trials),
        known=tuple("right" if one.right else "wrong" for one in trials),
        cells=np.array([one.cells for one in trials], dtype=np.intp),
        fitting=np.array([one.cells - len(one.failing) for one in trials], dtype=np.intp),
        worst=np.array([one.worst if np.isfinite(one.worst) else np.nan for one in trials]),
        verdict=tuple("fits" if one.fits else "fails" for one in trials),
        table=source,
        place=tuple(place[id(one)] for one in trials),
        reproduced=tuple((column, any(one.fits for one in by[column])) for column in columns),
        said=said,
    )
    failing = [best(by[column]) for column in columns if not any(one.fits for one in by[column])]
    cells = [(one, k) for one in failing for k in one.failing]
    missed = AuditCells(
        column=tuple(one.column for one, _ in cells),
        candidate=tuple(one.candidate for one, _ in cells),
        row=tuple(rows[k] for _, k in cells),
        printed=tuple(
            grade[k] if one.column == "grade" else f"{printed[one.column].value[k]:g}" for one, k in cells
        ),
        low=np.array([np.nan if one.low is None else one.low[k] for one, k in cells]),
        high=np.array([np.nan if one.high is None else one.high[k] for one, k in cells]),
    )
    parts: list[Part[Audit] | Part[AuditCells]] = [Part(value)]
    parts += [Part(missed)] if cells else []
    return Chapter("audit", text("Which formulas made {table}", table=source), tuple(parts), said)


def _said(column: str, trials: Sequence[Trial], rows: Sequence[str]) -> Text:
    """Return the verdict on one column."""
    fitting = [one for one in trials if one.fits]
    if fitting:
        named = tuple(one.candidate for one in fitting)
        if any(one.right for one in fitting):
            return text("{column}: reproduced by {candidates}", column=Name(column), candidates=named)
        return text(
            "{column}: reproduced by {candidates}, which is known to be wrong",
            column=Name(column),
            candidates=named,
        )
    near = best(trials)
    return text(
        "{column}: reproduced by no known candidate; nearest is {candidate}, {fitting} of {cells} cells, which fails "
        "first at {where}",
        column=Name(column),
        candidate=near.candidate,
        fitting=near.cells - len(near.failing),
        cells=near.cells,
        where=tuple(rows[k] for k in near.failing[:5]),
    )
