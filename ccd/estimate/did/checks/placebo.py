"""Placebo tests: the effect of policies that were never made (in space, in time, in both)."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.density import density_curve
from ccd.errors import EstimationError
from ccd.estimate.did.effects import Effect, Finding, Refit, statistics, with_cohorts
from ccd.estimate.linear.resample import permuted
from ccd.estimate.linear.vcov import p_values, quantile
from ccd.estimate.rows.sample import Sample
from ccd.results import loose
from ccd.spec import Spec
from ccd.streams import Stream
from ccd.words import Text, text

LEVEL = 0.95


class PlaceboSpec(Spec):
    """``placebo = { draws = 500, by = "space" }``."""

    draws: int = Field(default=500, ge=0)
    """Number of draws; 0 turns the test off."""
    by: Literal["space", "time", "mixed"] = "space"
    """Permute regions, shift the dates back, or draw regions and dates."""
    shifts: int = Field(default=3, ge=1)
    """by = "time": the dates are moved 1..shifts years ahead of the true ones."""


def placebo(model: Refit, sample: Sample, spec: PlaceboSpec, effect: Effect, stream: Stream) -> Finding:
    """Return the part ``placebo`` and the shares of draws beyond ``effect``.

    Names and definitions of didplacebo (Chen Qiang et al. 2025): p is a share, without adding one.
    """
    if spec.by == "time":
        return shifted(model, sample, spec.shifts, effect, stream)
    rng = stream(f"placebo-{spec.by}")
    make = {"space": in_space, "mixed": mixed}[spec.by]
    estimate, error = model.reassigned(sample, make(sample, spec.draws, rng), stream)
    frame = _frame(np.arange(1, spec.draws + 1), estimate, error)
    kept = estimate[np.isfinite(error)]
    notes: list[Text] = []
    if len(kept) < spec.draws:
        lost = spec.draws - len(kept)
        notes.append(text("{count} placebo draws do not identify an effect and are left out", count=lost))
    if not len(kept):
        raise EstimationError(
            "no placebo draw identifies an effect",
            where=f"model '{model.name}', placebo",
            fix="turn the placebo off: draws = 0",
        )
    shares = {
        "two_sided": float(np.mean(np.abs(kept) >= abs(effect.estimate))),
        "left": float(np.mean(kept <= effect.estimate)),
        "right": float(np.mean(kept >= effect.estimate)),
    }
    facts: dict[str, object] = {
        "by": spec.by,
        "draws": len(kept),
        "estimate": effect.estimate,
        "mean": float(kept.mean()),
        "std_dev": float(kept.std()),
        **{f"p_{side}": share for side, share in shares.items()},
    }
    at, height = density_curve(kept)
    shown = {
        **facts,
        "p_value": shares["two_sided"],
        "density": {"at": at.tolist(), "density": height.tolist()},
    }
    part = loose("placebo", frame, facts=shown)
    return Finding((part,), {"placebo": facts}, {f"placebo_{spec.by}": shares["two_sided"]}, tuple(notes))


def in_space(sample: Sample, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return cohorts (draws, N) permuted over the regions: cohort sizes and years are kept."""
    return sample.entity_cohort[permuted(np.arange(len(sample.entity_cohort)), draws, rng)]


def mixed(sample: Sample, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return cohorts (draws, N): sizes kept, distinct dates from the years 2..T, regions at random."""
    dates, group = np.unique(sample.entity_cohort, return_inverse=True)
    known = int(np.isfinite(dates).sum())  # nan, if there, comes last
    later = np.asarray(sample.panel.times[1:], dtype=np.float64)
    if known > len(later):
        raise EstimationError(
            f"{known} cohorts, but {len(later)} years to draw dates from",
            where="placebo, by = 'mixed'",
            fix="use by = 'space'",
        )
    drawn = permuted(np.arange(len(later)), draws, rng)[:, :known]
    dates = np.column_stack([later[drawn], np.full(draws, np.nan)])
    return np.take_along_axis(dates, permuted(group, draws, rng), axis=1)


def shifted(model: Refit, sample: Sample, shifts: int, effect: Effect, stream: Stream) -> Finding:
    """Return the effects of dates moved k = 1..shifts years ahead, the truly treated cells left out."""
    first = sample.panel.times[0]
    found: list[tuple[int, Effect]] = []
    notes: list[Text] = []
    for k in range(1, shifts + 1):
        cohort = sample.entity_cohort - k
        usable = ~(cohort <= first)  # never treated: nan, stays
        rows = ~sample.treated & usable[sample.entity]
        try:
            moved = with_cohorts(sample, cohort).rows(rows)
            found.append((k, model.effect(moved, stream)))
        except EstimationError as error:
            notes.append(text("Placebo dates {k} years ahead: not estimable ({why})", k=k, why=error.what))
    if not found:
        raise EstimationError(
            "no placebo date can be estimated",
            where=f"model '{model.name}', placebo by time",
            fix="a placebo in time needs cohorts with two years or more before their treatment",
        )
    draws = np.array([k for k, _ in found])
    frame = _frame(draws, *(np.array(values) for values in zip(*[e[:2] for _, e in found], strict=True)))
    tests = [float(p_values(s, e.df)) for s, (_, e) in zip(frame["statistic"], found, strict=True)]
    frame["p_value"] = tests
    half = [quantile(LEVEL, e.df) * e.std_error for _, e in found]
    frame["conf_low"], frame["conf_high"] = frame["estimate"] - half, frame["estimate"] + half
    facts = {"by": "time", "draws": len(found), "estimate": effect.estimate, "p_smallest": min(tests)}
    return Finding((loose("placebo", frame, facts=facts),), {"placebo": facts}, notes=tuple(notes))


def _frame(draw: IntArray, estimate: FloatArray, error: FloatArray) -> pd.DataFrame:
    columns = {"draw": draw, "estimate": estimate, "std_error": error}
    return pd.DataFrame({**columns, "statistic": statistics(estimate, error)})
