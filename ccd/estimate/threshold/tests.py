"""The sequence of tests: one threshold against none, two against one, three against two (Hansen 1999)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.threshold.scan.bootstrap import (
    Block,
    Resampling,
    Signs,
    Wild,
    bootstrap,
    critical_value,
    null_model,
    observed,
    p_value,
)
from ccd.estimate.threshold.scan.exact import Scan
from ccd.estimate.threshold.scan.search import Optima, Search
from ccd.streams import Stream

ALPHAS = (0.10, 0.05, 0.01)
FORMS = ("wild", "block")


@dataclass(frozen=True)
class Plan:
    """How to test: ``draws`` of each of ``forms``, signs by ``cluster`` (n,) codes."""

    draws: int
    forms: Sequence[str]
    cluster: IntArray
    signs: Signs


@dataclass(frozen=True)
class Stage:
    """The test of ``number`` thresholds against one less, and the refined model of ``number``.

    ``fitted`` holds one outcome; ``null_ssr`` is S of the refined model before, ``ssr`` that of its best
    extension, ``draws`` F* by form.
    """

    number: int
    null_ssr: float
    ssr: float
    f: float
    fitted: Optima
    draws: dict[str, FloatArray] = field(default_factory=dict)

    def p(self, form: str) -> float:
        """Return the bootstrap p-value of a form, nan where it was not drawn."""
        return p_value(self.f, self.draws[form]) if form in self.draws else float("nan")

    @property
    def slots(self) -> IntArray:
        """Return the places of the refined thresholds (number,), in ascending order of g."""
        return np.asarray(self.fitted.slots[0])

    @property
    def refined_ssr(self) -> float:
        """Return the sum of squares of the refined model."""
        return float(self.fitted.ssr[0])


def next_stage(search: Search, before: Stage | None) -> Stage | None:
    """Return the next stage without its draws; None where the trim leaves no place for one more."""
    more = search.extend(before.fitted if before else None)
    if not more.found[0]:
        return None
    model = search.scan.model
    null = before.refined_ssr if before else model.ssr
    ssr = float(more.ssr[0])
    f = model.df * (null - ssr) / ssr
    return Stage(more.slots.shape[1], null, ssr, f, search.refine(more))


def with_draws(scan: Scan, stage: Stage, before: Stage | None, plan: Plan, stream: Stream) -> Stage:
    """Return the stage with the bootstrap draws of its F under the model before it."""
    if not plan.draws:
        return stage
    null = null_model(scan, before.slots if before else np.empty(0, dtype=np.intp))
    drawn: dict[str, FloatArray] = {}
    for form in FORMS:
        if form in plan.forms:
            resampling: Resampling = (
                Wild(scan, null.resid, plan.cluster, plan.signs)
                if form == "wild"
                else Block(scan, null.resid)
            )
            drawn[form] = bootstrap(
                scan, null, resampling, stream(f"threshold-{form}-{stage.number}"), plan.draws
            )
    return Stage(stage.number, stage.null_ssr, stage.ssr, stage.f, stage.fitted, drawn)


def start(scan: Scan) -> Search:
    """Return the search over the data."""
    return observed(scan)


def tests_frame(stages: Sequence[Stage], df: int) -> pd.DataFrame:
    """Return number, ssr0, ssr, F, df, p and critical values of each stage."""
    rows = []
    for stage in stages:
        row: dict[str, float] = {
            "number": stage.number,
            "ssr0": stage.null_ssr,
            "ssr": stage.ssr,
            "F": stage.f,
            "df": df,
        }
        row |= {f"p_{form}": stage.p(form) for form in FORMS}
        for form in FORMS:
            for alpha in ALPHAS:
                drawn = stage.draws.get(form)
                value = float("nan") if drawn is None else critical_value(drawn, alpha)
                row[f"crit_{round(100 * alpha)}_{form}"] = value
        rows.append(row)
    return pd.DataFrame(rows)
