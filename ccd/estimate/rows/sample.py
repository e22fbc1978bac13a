"""The rows a model is estimated on: complete, with notes on whatever left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import EstimationError, Words
from ccd.estimate.linear.ols import codes, stack_columns
from ccd.panel import Panel
from ccd.results import SampleSize
from ccd.words import Name, Text, names, text

#: What errors call the place where no caller names it.
WHERE = text("model")


@dataclass(frozen=True)
class Sample:
    """Rows of one model: ``y`` (n,), ``x`` (n, k) of ``controls``, ``cohort`` (n,) with nan = never treated.

    ``panel`` holds the same rows; ``clusters`` one or two arrays of codes (n,); ``weight`` (n,) or None; ``dose``
    (n,) how strongly the policy works in a row's region once it does, 0 where it never comes; None: alike everywhere.
    """

    panel: Panel
    y: FloatArray
    x: FloatArray
    controls: tuple[str, ...]
    cohort: FloatArray
    clusters: tuple[IntArray, ...]
    weight: FloatArray | None
    notes: tuple[Text, ...]
    dose: FloatArray | None = None

    @cached_property
    def entity(self) -> IntArray:
        """Return entity codes (n,)."""
        return self.panel.entity_codes

    @property
    def time(self) -> IntArray:
        """Return year codes (n,)."""
        return self.panel.time_codes

    @property
    def years(self) -> NDArray[np.int64]:
        """Return years (n,)."""
        return self.panel.years

    @cached_property
    def treated(self) -> BoolArray:
        """Return D_it = 1(t >= g_i), shape (n,)."""
        return np.asarray(self.years >= self.cohort)  # a comparison with nan is false: never treated

    @property
    def exposure(self) -> FloatArray:
        """Return the policy as a regressor (n,): D_it, times the dose of the region where there are doses."""
        d = self.treated.astype(float)
        return d if self.dose is None else np.where(self.treated, self.dose, 0.0)

    @cached_property
    def entity_cohort(self) -> FloatArray:
        """Return the cohort of each entity code, shape (N,)."""
        cohort = np.full(len(self.panel.entities), np.nan)
        cohort[self.entity] = self.cohort
        return cohort

    @cached_property
    def entity_dose(self) -> FloatArray:
        """Return the dose of each entity code, shape (N,); 1 where the policy works alike everywhere."""
        dose = np.ones(len(self.panel.entities))
        if self.dose is not None:
            dose[self.entity] = self.dose
        return dose

    @property
    def balanced(self) -> bool:
        """Tell whether every entity is seen in every year."""
        return self.panel.balanced

    def rows(self, keep: BoolArray) -> Sample:
        """Return the sample of the rows where ``keep`` (n,) is true, its codes without gaps."""
        return replace(
            self,
            panel=self.panel.rows(keep),
            y=self.y[keep],
            x=self.x[keep],
            cohort=self.cohort[keep],
            clusters=tuple(codes(group[keep]) for group in self.clusters),
            weight=None if self.weight is None else self.weight[keep],
            dose=None if self.dose is None else self.dose[keep],
        )

    def size(self) -> SampleSize:
        """Return how many region-years, regions and years there are, and the outcome on them."""
        known = self.entity_cohort[np.isfinite(self.entity_cohort)]
        return SampleSize(
            nobs=len(self.y),
            entities=len(self.panel.entities),
            times=len(self.panel.times),
            first_year=self.panel.times[0],
            last_year=self.panel.times[-1],
            outcome_mean=float(np.average(self.y, weights=self.weight)),
            outcome_std=float(np.std(self.y, ddof=1)) if len(self.y) > 1 else float("nan"),
            treated_entities=len(known),
            cohorts={str(int(g)): int(np.sum(known == g)) for g in np.unique(known)},
        )

    def facts(self) -> dict[str, object]:
        """Return nobs, entities, times, and treated counts for summary.json."""
        return {
            "nobs": len(self.y),
            "entities": len(self.panel.entities),
            "times": len(self.panel.times),
            "first_year": self.panel.times[0],
            "last_year": self.panel.times[-1],
            "controls": list(self.controls),
            "treated_entities": int(np.isfinite(self.entity_cohort).sum()),
            "cohorts": {
                str(int(g)): int(np.sum(self.entity_cohort == g))
                for g in np.unique(self.entity_cohort[np.isfinite(self.entity_cohort)])
            },
            "outcome_mean": float(np.average(self.y, weights=self.weight)),
            "outcome_std": float(np.std(self.y, ddof=1)) if len(self.y) > 1 else float("nan"),
        }


def complete(panel: Panel, columns: Sequence[str]) -> tuple[Panel, list[Text]]:
    """Return the rows without a missing cell in ``columns``, and a note that counts what left."""
    notes: list[Text] = []
    keep = np.ones(len(panel.frame), dtype=bool)
    for column in dict.fromkeys(columns):
        missing = ~np.isfinite(panel.column(column))
        if missing.any():
            where = tuple(
                text("{region} {year}", region=Name(i), year=int(t))
                for i, t in panel.frame.index[missing][:5]
            )
            notes.append(
                text(
                    "{count} {count:row|rows} left out: {column} is missing ({where}{more})",
                    count=int(missing.sum()),
                    column=Name(column),
                    where=where,
                    more=", ..." if missing.sum() > 5 else "",
                )
            )
        keep &= ~missing
    return (panel.rows(keep) if not keep.all() else panel), notes


def draw_sample(
    panel: Panel,
    outcome: str,
    controls: Sequence[str] = (),
    policy: str | None = None,
    cluster: Sequence[str] = (),
    weight: str | None = None,
    *,
    where: Words = WHERE,
) -> Sample:
    """Return the sample of a model.

    With a ``policy``, entities treated in the first panel year or before leave, and those first treated
    after the last year count as never treated; both become notes (METHODS 3). ``cluster`` names one or
    two columns (none: the entity). Rows with a missing cell or weight 0 leave with a note. Raises
    EstimationError when nothing is left, when nobody is treated, or when everybody always is.
    """
    notes: list[Text] = []
    first, last = panel.times[0], panel.times[-1]
    if policy is not None:
        panel, notes = _without_always_treated(panel, policy, where)
    panel, missing = complete(panel, [outcome, *controls, *([weight] if weight else [])])
    notes += missing
    if weight is not None:
        panel, zero = _without_zero_weight(panel, weight, where)
        notes += zero
    if panel.frame.empty:
        raise EstimationError(
            text("no complete region-year is left"),
            where=where,
            fix=text("look at the missing cells that the notes of ccd check count"),
        )
    cohort = np.full(len(panel.frame), np.nan)
    if policy is not None:
        starts = panel.cohort(policy).to_numpy(dtype=np.float64)
        late = starts > last
        if late.any():
            notes.append(
                text(
                    "First treated after {last} and counted as never treated: {entities}",
                    last=last,
                    entities=names(np.array(panel.entities)[late]),
                )
            )
        starts = np.where(late, np.nan, starts)
        if np.isfinite(starts).all() and len(np.unique(starts)) == 1:
            raise EstimationError(
                text(
                    "no never- or not-yet-treated region is left: every one has '{policy}' from {starts:.0f} on",
                    policy=policy,
                    starts=starts[0],
                ),
                where=where,
                fix=text("a policy that begins at different times, or not everywhere, is needed"),
            )
        cohort = starts[panel.entity_codes]
        if not np.isfinite(starts).any():
            raise EstimationError(
                text(
                    "no region is treated by '{policy}' between {first} and {last}",
                    policy=policy,
                    first=first + 1,
                    last=last,
                ),
                where=where,
                fix=text("name a policy that begins inside the panel, or more years"),
            )
    return Sample(
        panel=panel,
        y=panel.column(outcome),
        x=stack_columns(np.empty((len(panel.frame), 0)), *(panel.column(c) for c in controls)),
        controls=tuple(controls),
        cohort=cohort,
        clusters=tuple(codes(panel.group(c).to_numpy()) for c in cluster) or (panel.entity_codes,),
        weight=None if weight is None else panel.column(weight),
        notes=tuple(notes),
    )


def _without_always_treated(panel: Panel, policy: str, where: Words) -> tuple[Panel, list[Text]]:
    starts = panel.cohort(policy)
    always = starts <= panel.times[0]
    if not always.any():
        return panel, []
    if always.all():
        raise EstimationError(
            text("every region is treated by '{policy}' in every year", policy=policy),
            where=where,
            fix=text("a panel that begins before the policy does is needed"),
        )
    gone = starts.index[always]
    kept = panel.rows(~panel.frame.index.get_level_values(0).isin(gone))
    note = text(
        "Treated in {first} or before, and left out: {entities}", first=panel.times[0], entities=names(gone)
    )
    return kept, [note]


def _without_zero_weight(panel: Panel, weight: str, where: Words) -> tuple[Panel, list[Text]]:
    values = panel.column(weight)
    if (values < 0).any():
        entity, year = panel.frame.index[int(np.argmax(values < 0))]
        raise EstimationError(
            text("the weight '{weight}' is negative", weight=weight),
            where=f"{where}, {entity} {year}",
            fix=text("weights are zero or positive"),
        )
    zero = values == 0
    if not zero.any():
        return panel, []
    return panel.rows(~zero), [text("{count} {count:row|rows} of weight 0 left out", count=int(zero.sum()))]
