"""Who is matched with whom, and on what: the four designs of PSM-DID."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import EstimationError
from ccd.estimate.matching import Units
from ccd.estimate.matching.pool import strata_of
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.words import Name, Text, names, text

LISTED = 12


@dataclass(frozen=True)
class Design:
    """The units that are matched, one row a unit (n,).

    ``entity`` is the unit's code in the sample; ``when`` its cohort (the sub-experiment in a cohort design;
    nan: never) or, where ``by_year``, its year; ``x`` (n, k) the matching columns. Matches stay within
    ``strata`` (n,); ``exact`` (n,) are its labels. Scores have a constant for each of ``periods`` (n,), or
    are fitted in each of them alone (``separate``). Where units are region-years, ``rows`` (n,) are their
    places in the sample.
    """

    entity: IntArray
    when: FloatArray
    treated: BoolArray
    x: FloatArray
    periods: IntArray | None = None
    separate: bool = False
    by_year: bool = False
    exact: tuple[str, ...] = ()
    rows: IntArray | None = None
    notes: tuple[Text, ...] = ()

    @property
    def strata(self) -> IntArray | None:
        """Return the codes of period x exact label, None where there is one stratum."""
        columns = [c for c in (self.periods, np.array(self.exact) if self.exact else None) if c is not None]
        return strata_of(*columns) if columns else None

    def units(self, score: FloatArray, columns: tuple[str, ...], count: FloatArray | None = None) -> Units:
        """Return the units with their ``score`` (n,), as the matchers take them."""
        return Units(score, self.treated, self.x, columns, self.strata, count)

    def row_weights(self, weight: FloatArray, sample: Sample) -> FloatArray:
        """Return what ``weight`` (n,) of the units means for the rows of ``sample``.

        A region weighs the same in all its years, but a region that is treated later lends only its years
        before that.
        """
        if self.rows is not None:
            found = np.zeros(len(sample.y))
            found[self.rows] = weight
            return found
        size = len(sample.panel.entities)
        own = np.bincount(self.entity, np.where(self.treated, weight, 0.0), minlength=size)
        lent = np.bincount(self.entity, np.where(self.treated, 0.0, weight), minlength=size)
        return np.asarray(own[sample.entity] + lent[sample.entity] * ~sample.treated)


def with_values(
    panel: Panel, sample: Sample, columns: Sequence[str], design: str, year: int | None
) -> tuple[Sample, list[Text]]:
    """Return the sample without the regions (base) or region-years (by row) that lack a matching column.

    A cohort design leaves them out of the comparisons they cannot enter, cohort by cohort.
    """
    if design == "cohort":
        return sample, []
    if design != "base":
        known = np.asarray(np.isfinite(_rows_of(sample, columns)).all(axis=1))
        if known.all():
            return sample, []
        note = text("{count} rows left out: a matching column is missing", count=int((~known).sum()))
        return sample.rows(known), [note]
    means = _means(_before(panel, sample, columns, year), sample)
    known = np.isfinite(means.to_numpy(dtype=np.float64))
    lost = ~known.all(axis=1)
    if not lost.any():
        return sample, []
    short = [str(c) for c, found in zip(means.columns, known.T, strict=True) if not found.all()]
    note = text(
        "Left out, no value of {columns} before treatment: {entities}",
        columns=names(short),
        entities=_some(np.array(sample.panel.entities)[lost]),
    )
    return sample.rows(~lost[sample.entity]), [note]


def base_design(
    panel: Panel, sample: Sample, columns: Sequence[str], exact: str, year: int | None, where: str
) -> Design:
    """Return one unit a region: means over the years before the first treatment, or the values of ``year``."""
    kept = _before(panel, sample, columns, year)
    means = _means(kept, sample)
    years = kept.index.get_level_values(1)
    if years.min() < years.max():
        notes = [
            text(
                "Regions are matched once, on means over {first} to {last}",
                first=int(years.min()),
                last=int(years.max()),
            )
        ]
        holes = int(kept.isna().to_numpy().sum())
        if holes:
            notes.append(text("{count} missing cells of matching columns left out of the means", count=holes))
    else:
        notes = [text("Regions are matched once, on their values of {year}", year=int(years.min()))]
    cohort = sample.entity_cohort
    return Design(
        entity=np.arange(len(cohort), dtype=np.intp),
        when=cohort,
        treated=np.isfinite(cohort),
        x=means.to_numpy(dtype=np.float64),
        exact=_entity_groups(panel, sample, exact, where),
        notes=tuple(notes),
    )


def cohort_design(
    panel: Panel, sample: Sample, columns: Sequence[str], exact: str, year: int | None, where: str
) -> Design:
    """Return a unit for each region of a cohort and each region not yet treated, in the cohort's last year before.

    Raises EstimationError when no cohort has a region to be compared with.
    """
    del year
    groups = _entity_groups(panel, sample, exact, where)
    notes: list[Text] = [
        text("Each cohort is matched in its last year before treatment, among regions not treated by then")
    ]
    cohorts = np.unique(sample.entity_cohort[np.isfinite(sample.entity_cohort)])
    found = [_risk_set(panel, sample, columns, float(g), notes) for g in cohorts]
    both = [unit for unit in found if 0 < unit[1].sum() < len(unit[1])]
    if not both:
        raise EstimationError(
            "no cohort has regions to be compared with in its last year before treatment",
            where=where,
            fix='take design = "base", or a panel that begins earlier',
        )
    entity, treated, x, when = (np.concatenate(columns) for columns in zip(*both, strict=True))
    return Design(
        entity=entity,
        when=when,
        treated=treated,
        x=x,
        periods=strata_of(when),
        exact=tuple(groups[i] for i in entity) if groups else (),
        notes=tuple(notes),
    )


def _risk_set(
    panel: Panel, sample: Sample, columns: Sequence[str], g: float, notes: list[Text]
) -> tuple[IntArray, BoolArray, FloatArray, FloatArray]:
    """Return entity, treated, x and cohort of those who are compared with cohort ``g``; adds to ``notes``."""
    cohort, entities = sample.entity_cohort, np.array(sample.panel.entities)
    pool = np.flatnonzero((cohort == g) | ~(cohort <= g))
    index = pd.MultiIndex.from_arrays([entities[pool], np.full(len(pool), int(g) - 1)])
    x = panel.frame[list(columns)].reindex(index).to_numpy(dtype=np.float64)
    known = np.isfinite(x).all(axis=1)
    if not known.all():
        notes.append(
            text(
                "Left out of the comparison with cohort {cohort}, a matching column is missing in {year}: {entities}",
                cohort=int(g),
                year=int(g) - 1,
                entities=_some(entities[pool[~known]]),
            )
        )
    pool, x = pool[known], x[known]
    treated = cohort[pool] == g
    if treated.all() or not treated.any():
        notes.append(
            text("Cohort {cohort} has no region to be compared with and is not matched", cohort=int(g))
        )
    return pool, np.asarray(treated), x, np.full(len(pool), g)


def yearly_design(
    panel: Panel, sample: Sample, columns: Sequence[str], exact: str, year: int | None, where: str
) -> Design:
    """Return the region-years: ever treated regions against never treated ones, each year on its own."""
    del panel, year
    treated = np.isfinite(sample.cohort)
    if treated.all():
        raise EstimationError(
            "no region is never treated, so a year has nobody to compare with",
            where=where,
            fix='take design = "cohort", which compares with regions not yet treated',
        )
    return Design(
        entity=sample.entity,
        when=sample.years.astype(np.float64),
        treated=treated,
        x=_rows_of(sample, columns),
        periods=sample.time,
        separate=True,
        by_year=True,
        exact=_row_groups(sample, exact, where),
        rows=np.arange(len(sample.y), dtype=np.intp),
        notes=_after_treatment(sample),
    )


def pooled_design(
    panel: Panel, sample: Sample, columns: Sequence[str], exact: str, year: int | None, where: str
) -> Design:
    """Return the region-years as one cross-section: those under treatment against all that are not."""
    del panel, year
    return Design(
        entity=sample.entity,
        when=sample.years.astype(np.float64),
        treated=sample.treated,
        x=_rows_of(sample, columns),
        by_year=True,
        exact=_row_groups(sample, exact, where),
        rows=np.arange(len(sample.y), dtype=np.intp),
        notes=_after_treatment(sample),
    )


DESIGNS = {
    "base": base_design,
    "cohort": cohort_design,
    "year-by-year": yearly_design,
    "pooled": pooled_design,
}


def lagged_outcomes(panel: Panel, outcome: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the matching columns that are the outcome, or the outcome of an earlier year."""
    y = panel.frame[outcome].unstack()
    found = []
    for column in columns:
        x = panel.frame[column].unstack().to_numpy(dtype=np.float64)
        for lag in range(6):
            earlier = y.reindex(columns=np.asarray(y.columns, dtype=np.int64) - lag).to_numpy(
                dtype=np.float64
            )
            both = np.isfinite(x) & np.isfinite(earlier)
            if both.any() and bool((x[both] == earlier[both]).all()):
                found.append(column)
                break
    return tuple(found)


def _before(panel: Panel, sample: Sample, columns: Sequence[str], year: int | None) -> pd.DataFrame:
    """Return the matching columns in the years before anybody is treated, or in ``year``."""
    kept = panel.frame[list(columns)].loc[list(sample.panel.entities)]
    years = kept.index.get_level_values(1)
    return kept[years == year] if year is not None else kept[years < np.nanmin(sample.cohort)]


def _means(kept: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    return kept.groupby(level=0, sort=True).mean().reindex(list(sample.panel.entities))


def _rows_of(sample: Sample, columns: Sequence[str]) -> FloatArray:
    return np.column_stack([sample.panel.column(column) for column in columns])


def _after_treatment(sample: Sample) -> tuple[Text, ...]:
    return (
        text(
            "Matching columns are measured after treatment in {count} of {total} treated region-years: the "
            "policy may have moved them (use the designs base or cohort for the main result)",
            count=int(sample.treated.sum()),
            total=int(np.isfinite(sample.cohort).sum()),
        ),
    )


def _some(entities: Sequence[str] | np.ndarray) -> tuple[Name | str, ...]:
    listed: tuple[Name | str, ...] = names(entities[:LISTED])
    return (*listed, "...") if len(entities) > LISTED else listed


def _entity_groups(panel: Panel, sample: Sample, exact: str, where: str) -> tuple[str, ...]:
    if not exact:
        return ()
    labels = panel.group(exact).groupby(level=0, sort=True)
    if (labels.nunique(dropna=False).loc[list(sample.panel.entities)] > 1).any():
        raise EstimationError(
            f"'{exact}' changes over the years within a region",
            where=f"{where}, exact",
            fix="match exactly within a column that is constant in each region",
        )
    return _labels(labels.first().loc[list(sample.panel.entities)], exact, where)


def _row_groups(sample: Sample, exact: str, where: str) -> tuple[str, ...]:
    return _labels(sample.panel.group(exact), exact, where) if exact else ()


def _labels(found: pd.Series, exact: str, where: str) -> tuple[str, ...]:
    empty = found.isna() | (found.astype(str).str.strip() == "")
    if empty.any():
        raise EstimationError(
            f"'{exact}' is missing for {found.index[empty][0]}",
            where=f"{where}, exact",
            fix="fill it in, or exclude the region under [data]",
        )
    return tuple(found.astype(str))
