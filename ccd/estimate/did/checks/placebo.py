"""Placebo tests: the effect of policies that were never made (in space, in time, in both)."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.density import density_curve
from ccd.errors import EstimationError
from ccd.estimate.did.effects import (
    Effect,
    Finding,
    Refit,
    infer_each,
    permuted_each,
    statistics,
    with_cohorts,
)
from ccd.estimate.linear.resample import permuted
from ccd.estimate.linear.studentised import LEAST
from ccd.estimate.rows.deals import by_data, dealt, in_space, led_note, lost_rows
from ccd.estimate.rows.sample import Sample
from ccd.progress import told
from ccd.results import Part, Placebo, PlaceboCurve, Tails
from ccd.spec import Spec
from ccd.split import in_blocks
from ccd.streams import Stream
from ccd.words import Text, text


class PlaceboSpec(Spec):
    """``placebo = { draws = 500, by = "space" }``."""

    draws: int = Field(default=500, ge=0)
    """Number of draws; 0 turns the test off."""
    by: Literal["space", "time", "mixed"] = "space"
    """Permute regions, shift the dates back, or draw regions and dates."""
    shifts: int = Field(default=3, ge=1)
    """by = "time": the dates are moved 1..shifts years ahead of the true ones."""


def placebo(
    model: Refit, sample: Sample, spec: PlaceboSpec, effect: Effect, deals: int, stream: Stream
) -> Finding:
    """Return the part ``placebo`` with the shares of draws beyond ``effect``, and the density of the draws.

    Names and definitions of didplacebo (Chen Qiang et al. 2025): p is a share, without adding one. ``deals``
    permutations lead the p-values of moved dates, where they are not 0.
    """
    if spec.by == "time":
        return shifted(model, sample, spec.shifts, effect, deals, stream)
    rng = stream(f"placebo-{spec.by}")
    make = {"space": in_space, "mixed": mixed}[spec.by]
    cohorts = make(sample, spec.draws, rng)
    redone = lambda rows: model.reassigned(sample, cohorts[rows], stream)  # noqa: E731
    estimate, error = in_blocks(redone, spec.draws, model.block(sample), "effect", sample.y, cohorts)
    kept = estimate[np.isfinite(error)]
    notes: list[Text] = []
    if len(kept) < spec.draws:
        lost = spec.draws - len(kept)
        notes.append(
            text(
                "{count} placebo {count:draw does|draws do} not identify an effect and {count:is|are} "
                "left out",
                count=lost,
            )
        )
    if not len(kept):
        raise EstimationError(
            text("no placebo draw identifies an effect"),
            where=text("model '{name}', {key}", name=model.name, key="placebo"),
            fix=text("turn the placebo off: draws = 0"),
        )
    tails = Tails(
        mean=float(kept.mean()),
        std_dev=float(kept.std()),
        two_sided=float(np.mean(np.abs(kept) >= abs(effect.estimate))),
        left=float(np.mean(kept <= effect.estimate)),
        right=float(np.mean(kept >= effect.estimate)),
    )
    curve = PlaceboCurve(*density_curve(kept))
    value = Placebo(
        draw=np.arange(1, spec.draws + 1),
        estimate=estimate,
        std_error=error,
        statistic=statistics(estimate, error),
        by=spec.by,
        observed=effect.estimate,
        draws=len(kept),
        tails=tails,
        curve=curve,
    )
    tested = {f"placebo_{spec.by}": tails.two_sided}
    return Finding((Part(value), Part(curve)), {"placebo": value.facts()}, tested, tuple(notes))


def mixed(sample: Sample, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return cohorts (draws, N): sizes kept, distinct dates from the years 2..T, regions at random."""
    dates, group = np.unique(sample.entity_cohort, return_inverse=True)
    known = int(np.isfinite(dates).sum())  # nan, if there, comes last
    later = np.asarray(sample.panel.times[1:], dtype=np.float64)
    if known > len(later):
        raise EstimationError(
            text(
                "{known} cohorts, but {count} {count:year|years} to draw dates from",
                known=known,
                count=len(later),
            ),
            where=text("placebo, by = 'mixed'"),
            fix=text("use by = 'space'"),
        )
    drawn = permuted(np.arange(len(later)), draws, rng)[:, :known]
    dates = np.column_stack([later[drawn], np.full(draws, np.nan)])
    cohorts = np.empty((draws, len(group)))
    cohorts[:, by_data(sample)] = np.take_along_axis(dates, permuted(np.sort(group), draws, rng), axis=1)
    return cohorts


def moved(sample: Sample, cohort: FloatArray, k: int) -> Sample:
    """Return the cells untreated under ``cohort`` (N,), the dates moved ``k`` years ahead.

    Cohorts that would then be treated from the first year on leave.
    """
    ahead = cohort - k
    usable = ~(ahead <= sample.panel.times[0])  # never treated: nan, stays
    treated = sample.years >= cohort[sample.entity]
    return with_cohorts(sample, ahead).rows(~treated & usable[sample.entity])


def shifted(model: Refit, sample: Sample, shifts: int, effect: Effect, deals: int, stream: Stream) -> Finding:
    """Return the effects of dates moved k = 1..shifts years ahead, the truly treated cells left out.

    A deal gives the true dates to other regions, and then moves them and leaves out what is treated under it.
    """
    found: list[tuple[int, Effect]] = []
    drawn: list[FloatArray] = []
    dealing = dealt(sample, deals, stream)
    notes: list[Text] = []
    for k in range(1, shifts + 1):
        try:
            found.append((k, model.effect(moved(sample, sample.entity_cohort, k), stream)))
            if len(dealing) >= LEAST:
                drawn.append(_drawn(model, sample, dealing, k, stream))
        except EstimationError as error:
            notes.append(
                text("Placebo dates {k} {k:year|years} ahead: not estimable ({why})", k=k, why=error.said[0])
            )
    if not found:
        raise EstimationError(
            text("no placebo date can be estimated"),
            where=text("model '{name}', placebo by time", name=model.name),
            fix=text("a placebo in time needs cohorts with two years or more before their treatment"),
        )
    each, analytic, lost = permuted_each(infer_each([e for _, e in found]), drawn)
    words = [str(k) for (k, _), none in zip(found, lost, strict=True) if none]
    beneath = () if analytic is None else (led_note(deals), *lost_rows(words))
    statistic = statistics(each.estimate, each.std_error)
    value = Placebo(
        draw=np.array([k for k, _ in found]),
        estimate=each.estimate,
        std_error=each.std_error,
        statistic=statistic,
        by="time",
        observed=effect.estimate,
        draws=len(found),
        p_value=each.p_value,
        conf_low=each.conf_low,
        conf_high=each.conf_high,
        p_analytic=analytic,
        p_smallest=float(min(each.p_value)),
    )
    return Finding((Part(value, notes=beneath),), {"placebo": value.facts()}, notes=tuple(notes))


def _drawn(model: Refit, sample: Sample, cohorts: FloatArray, k: int, stream: Stream) -> FloatArray:
    """Return t (R,) of dates moved ``k`` years under each row of ``cohorts`` (R, N); nan: not estimable."""
    found = np.full((len(cohorts), 2), np.nan)
    for r, cohort in enumerate(told(cohorts, "draws", len(cohorts))):
        with suppress(EstimationError):
            found[r] = model.effect(moved(sample, cohort, k), stream)[:2]
    return statistics(found[:, 0], found[:, 1])
