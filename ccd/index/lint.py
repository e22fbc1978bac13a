"""Linter of indicators: slips that leave the arithmetic right and the index wrong (METHODS 1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.errors import DataError
from ccd.index.fit import IndexSpec, Member, columns_of, fit, members
from ccd.index.gaps import fill_gaps
from ccd.index.scale import Subsystems
from ccd.panel import Panel
from ccd.results import IndexResult, Part, Value, WeightsBefore
from ccd.words import Figure, Name, Text, names, text

#: An indicator correlated less than this with the rest of its subsystem may point the wrong way.
AGAINST = -0.1
#: A cell is alone when it stands this share of the range away from all others, and it matters when its
#: indicator's weight moves by this much without it.
ALONE, MOVES = 0.4, 0.05
#: Weights this close are the same (equal and given ones do not depend on years).
SAME = 1e-9
#: D follows size when it is correlated this much with population.
SIZE = 0.6
POPULATION = ("population", "pop", "人口", "常住人口", "年末常住人口", "年末总人口", "总人口")


def lint(
    panel: Panel,
    subsystems: Subsystems,
    spec: IndexSpec,
    index: IndexResult,
    degree: pd.Series[float] | None = None,
) -> tuple[tuple[Text, ...], tuple[Part[Value], ...]]:
    """Return the linter's notes, and the weights fitted before treatment (shape ``weights_before``).

    ``degree`` is D, indexed like the panel.
    """
    listed = members(subsystems)
    panel, _, _ = fill_gaps(panel, [member.indicator for member in listed], spec.impute)
    notes = directions(index, listed)
    parts: list[Part[Value]] = []
    if spec.lock is None:
        notes += lone_cells(panel, index, listed, spec)
        before_notes, parts = before_treatment(panel, index, listed, spec)
        notes += before_notes
    notes += size(panel, listed, degree)
    return tuple(notes), tuple(parts)


def directions(index: IndexResult, listed: Sequence[Member]) -> list[Text]:
    """Return a note for each indicator that runs against the rest of its subsystem."""
    notes = []
    for subsystem, own in columns_of(listed).items():
        z = index.scaled.iloc[:, own].to_numpy()
        for k, j in enumerate(own if len(own) > 1 else ()):
            rest = np.delete(z, k, axis=1).mean(axis=1)
            r = correlation(z[:, k], rest)
            if r < AGAINST:
                notes.append(
                    text(
                        "{indicator} runs against the rest of {subsystem} (r = {r}): is its direction right?",
                        indicator=Name(listed[j].indicator),
                        subsystem=Name(subsystem),
                        r=Figure(r, 2),
                    )
                )
    return notes


def lone_cells(panel: Panel, index: IndexResult, listed: Sequence[Member], spec: IndexSpec) -> list[Text]:
    """Return a note for each single cell without which its indicator's weight would be another."""
    notes = []
    x = np.column_stack([panel.column(member.indicator) for member in listed])
    weight = index.weights.weight
    own = columns_of(listed)
    for j, member in enumerate(listed):
        mates = own[member.subsystem]
        for row in lone(x[:, j]):
            rows = np.arange(len(x)) != row
            found = refit(panel, x[:, mates], [listed[k] for k in mates], spec, rows)
            without = weight[j] if found is None else found[mates.index(j)]
            if abs(without - weight[j]) < MOVES:
                continue
            entity, year = panel.frame.index[row]
            notes.append(
                text(
                    "One cell moves the weight of {indicator} from {without} to {weight}: {entity} {year}, "
                    "{value:g}; is its unit right?",
                    indicator=Name(member.indicator),
                    without=Figure(float(without), 3),
                    weight=Figure(float(weight[j]), 3),
                    entity=Name(entity),
                    year=year,
                    value=float(x[row, j]),
                )
            )
    return notes


def lone(values: FloatArray) -> list[int]:
    """Return the rows of the extremes of ``values`` (n,) that stand far from every other value."""
    if len(values) < 4:
        return []
    top, bottom = int(values.argmax()), int(values.argmin())
    reach = ALONE * (values[top] - values[bottom])
    near = np.partition(values, [1, len(values) - 2])
    found = [top] if values[top] - near[-2] > reach else []
    return [*found, bottom] if near[1] - values[bottom] > reach else found


def before_treatment(
    panel: Panel, index: IndexResult, listed: Sequence[Member], spec: IndexSpec
) -> tuple[list[Text], list[Part[Value]]]:
    """Return both weights, as fitted and as fitted before the earliest treatment of each policy."""
    notes: list[Text] = []
    found: list[tuple[str, FloatArray, int]] = []
    last = spec.fit_years[1] if spec.fit_years else panel.times[-1]
    x = np.column_stack([panel.column(member.indicator) for member in listed])
    weight = index.weights.weight
    for policy in panel.cohorts:
        starts = panel.cohort(policy).to_numpy(dtype=np.float64)
        inside = starts[(starts > panel.times[0]) & (starts <= last)]
        before = refit(panel, x, listed, spec, panel.years < inside.min()) if len(inside) else None
        if before is None:
            continue
        moved = int(np.argmax(np.abs(before - weight)))
        if abs(before[moved] - weight[moved]) < SAME:
            continue
        notes.append(
            text(
                "Weights are fitted on years in which {policy} was in force (from {year}); fitted before "
                "it, the largest move is {indicator}, {weight} to {before}",
                policy=Name(policy),
                year=int(inside.min()),
                indicator=Name(listed[moved].indicator),
                weight=Figure(float(weight[moved]), 3),
                before=Figure(float(before[moved]), 3),
            )
        )
        found.append((policy, before, int(inside.min()) - 1))
    if not found:
        return notes, []
    beside = WeightsBefore(
        subsystem=index.weights.subsystem * len(found),
        indicator=index.weights.indicator * len(found),
        weight=np.tile(weight, len(found)),
        before=np.concatenate([before for _, before, _ in found]),
        policy=tuple(policy for policy, _, _ in found for _ in listed),
        until=np.repeat([until for _, _, until in found], len(listed)),
    )
    return notes, [Part(beside)]


def refit(
    panel: Panel, x: FloatArray, listed: Sequence[Member], spec: IndexSpec, rows: FloatArray
) -> FloatArray | None:
    """Return the weights fitted on ``rows`` alone, or None where they cannot be."""
    own = {m.indicator: spec.given[m.indicator] for m in listed if spec.given}
    spec = spec.model_copy(update={"given": own})
    try:
        return fit(panel.rows(np.asarray(rows, dtype=bool)), x[rows], listed, spec).weights
    except DataError:
        return None


def size(panel: Panel, listed: Sequence[Member], degree: pd.Series[float] | None) -> list[Text]:
    """Return a note when D follows population: offer indicators per head."""
    column = next((name for name in POPULATION if name in panel.frame.columns), None)
    if degree is None or column is None:
        return []
    population = panel.column(column)
    r = correlation(np.asarray(degree, dtype=np.float64), population)
    totals = [m.indicator for m in listed if correlation(panel.column(m.indicator), population) > SIZE]
    if r < SIZE or not totals:
        return []
    return [
        text(
            "D is mostly size: its correlation with {column} is {r}; totals that carry it: {indicators}. "
            "Take them per head ([transforms] per_capita)",
            column=Name(column),
            r=Figure(r, 2),
            indicators=names(totals),
        )
    ]


def shared_columns(
    subsystems: Subsystems,
    controls: Mapping[str, Sequence[str]],
    sources: Mapping[str, Collection[str]],
) -> list[Text]:
    """Return a note for each control that is an indicator of D, or is made of a column of one.

    ``controls`` maps each model to its control columns, ``sources`` a transformed column to the columns
    it is made of.
    """
    listed = members(subsystems)
    made = {member.indicator: {member.indicator, *sources.get(member.indicator, ())} for member in listed}
    notes = []
    for model, columns in controls.items():
        for control in columns:
            own = {control, *sources.get(control, ())}
            if control in made:
                notes.append(
                    text(
                        "{model}: the control {control} is itself an indicator of D",
                        model=Name(model),
                        control=Name(control),
                    )
                )
                continue
            touched = [indicator for indicator, parts in made.items() if own & parts]
            if touched:
                both = sorted(own & set().union(*(made[indicator] for indicator in touched)))
                notes.append(
                    text(
                        "{model}: the control {control} shares {columns} with indicators of D ({indicators})",
                        model=Name(model),
                        control=Name(control),
                        columns=names(both),
                        indicators=names(touched),
                    )
                )
    return notes


def correlation(a: FloatArray, b: FloatArray) -> float:
    """Return Pearson's r over the rows where both are finite; 0 where one does not vary."""
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
