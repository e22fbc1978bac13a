"""The sequence of tests: one threshold against none, two against one, three against two (Hansen 1999)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.threshold.plan import Plan
from ccd.estimate.threshold.scan.bootstrap import (
    Block,
    Resampling,
    Wild,
    bootstrap,
    critical_value,
    null_model,
    p_value,
)
from ccd.estimate.threshold.scan.exact import Scan
from ccd.estimate.threshold.scan.search import MOST, Optima, Search
from ccd.estimate.threshold.settings import FORMS, Form
from ccd.split import in_blocks
from ccd.streams import Stream
from ccd.words import Text, text

#: Draws of one block, which another process may make.
SHARED = 128


@dataclass(frozen=True)
class Stage:
    """The test of ``number`` thresholds against one less, and the refined model of ``number``.

    ``refined`` holds one outcome; ``null_ssr`` is S of the refined model before, ``ssr`` that of its best
    extension, ``draws`` F* by form.
    """

    number: int
    null_ssr: float
    ssr: float
    f: float
    refined: Optima
    draws: Mapping[Form, FloatArray] = field(default_factory=dict)

    def p(self, form: Form) -> float:
        """Return the bootstrap p-value of a form, nan where it was not drawn."""
        return p_value(self.f, self.draws[form]) if form in self.draws else float("nan")

    def critical(self, form: Form, alpha: float) -> float:
        """Return the critical value of a form, nan where it was not drawn or the draws are too few."""
        return critical_value(self.draws[form], alpha) if form in self.draws else float("nan")

    @property
    def slots(self) -> IntArray:
        """Return the places of the refined thresholds (number,), in the order found."""
        return np.asarray(self.refined.slots[0])

    @property
    def refined_ssr(self) -> float:
        """Return the sum of squares of the refined model."""
        return float(self.refined.ssr[0])


@dataclass(frozen=True)
class Tested:
    """The tests made, the number of thresholds they choose, and why the next was not tested (None: it was)."""

    stages: Sequence[Stage]
    chosen: int
    untested: Text | None = None


def next_stage(search: Search, before: Stage | None) -> Stage | None:
    """Return the next stage without its draws; None where the trim leaves no place for one more."""
    more = search.extend(before.refined if before else None)
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
    drawn: dict[Form, FloatArray] = {}
    for form in (form for form in FORMS if form in plan.forms):
        resampling: Resampling = (
            Wild(scan, null.resid, plan.cluster, plan.signs) if form == "wild" else Block(scan, null.resid)
        )
        task = f"threshold-{form}-{stage.number}"

        def make(
            block: slice, resampling: Resampling = resampling, task: str = task
        ) -> tuple[FloatArray, ...]:
            # a scan of its own: what earlier draws found out would decide the last digit of later ones
            return (bootstrap(replace(scan), null, resampling, stream(task), plan.draws, block),)

        (drawn[form],) = in_blocks(make, plan.draws, SHARED, task, null.resid)
    return replace(stage, draws=drawn)


def run_stages(
    search: Search,
    plan: Plan,
    stream: Stream,
    number: Literal["auto"] | int,
    level: float,
    too_few: Callable[[int], Text | None],
) -> Tested:
    """Return the tests up to ``number`` thresholds; auto stops at the first that does not reject at ``level``.

    ``too_few`` says in words why a number of thresholds cannot be had (None: it can).
    """
    stages: list[Stage] = []
    for wanted in range(1, (MOST if number == "auto" else number) + 1):
        why = too_few(wanted)
        before = stages[-1] if stages else None
        stage = None if why else next_stage(search, before)
        if stage is None:
            why = why or text("no value leaves room for {count} regimes (trim, ties)", count=wanted + 1)
            return Tested(stages, len(stages), why)
        stages.append(with_draws(search.scan, stage, before, plan, stream))
        if number == "auto" and stages[-1].p(plan.headline) > level:
            return Tested(stages, wanted - 1)
    return Tested(stages, len(stages))
