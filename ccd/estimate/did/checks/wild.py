"""Wild cluster bootstrap of a coefficient with the null imposed (Cameron, Gelbach & Miller 2008)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.estimate.did.effects import Finding
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.ols import Fit
from ccd.estimate.linear.resample import wild_influence, wild_p
from ccd.estimate.linear.wild_interval import wild_draws
from ccd.estimate.rows.signs import SIGN_WORDS
from ccd.spec import Spec
from ccd.words import Figure, Name, P, Text, text


class WildSpec(Spec):
    """``wild = { draws = 9999, signs = "webb", null = 0.0, interval = true }``."""

    draws: int = Field(default=9999, ge=0)
    """Number of draws; 0 turns the bootstrap off."""
    signs: Literal["rademacher", "webb"] = "rademacher"
    """Signs of the clusters; webb has six values, for few clusters."""
    null: float = 0.0
    """Effect under the null hypothesis that is imposed."""
    interval: bool = False
    """Also the 95 % interval: every null around the estimate that is not rejected."""


def wild_finding(
    y: FloatArray, fit: Fit, design: AbsorbingDesign, spec: WildSpec, policy: str, rng: np.random.Generator
) -> Finding:
    """Return the wild bootstrap p-value of the first regressor of ``fit`` (its ``x`` less the fixed effects).

    The residuals are restricted by the null (Cameron, Gelbach & Miller 2008); the interval inverts that test with
    the same signs for every null (MacKinnon, Nielsen & Webb 2023).
    """
    x = fit.x[:, 1:]
    w = np.ones(len(y)) if design.weight is None else design.weight
    gram = np.linalg.inv(x.T @ (x * w[:, None])) if x.shape[1] else np.zeros((0, 0))

    def sweep(matrix: FloatArray) -> FloatArray:
        left = design.residualise(matrix)
        return np.asarray(left - x @ (gram @ (x.T @ (left * w[:, None]))))

    d = fit.x @ fit.bread[:, 0] / fit.bread[0, 0]
    group, weight = design.clusters[0], design.weight
    outcome = wild_influence(d, sweep(y[:, None])[:, 0], group, sweep, weight)
    if not spec.null and not spec.interval:
        p, draws, every = wild_p(*outcome, spec.draws, spec.signs, rng)
        low = high = None
    else:
        drawn = wild_draws(outcome, wild_influence(d, d, group, sweep, weight), spec.draws, spec.signs, rng)
        p, draws, every = drawn.p_value(spec.null), len(drawn.top) - 1, drawn.every
        error = float(design.covariance(fit, fit.x.shape[1]).std_error[0])
        low, high = drawn.interval(float(fit.beta[0]), error) if spec.interval else (None, None)
    null = text(" of {effect}", effect=Figure(spec.null)) if spec.null else ""
    note = text(
        "Wild cluster bootstrap of {policy} with the null{null} imposed ({signs}, {draws} draws{all}): p {p}",
        policy=Name(policy),
        null=null,
        signs=SIGN_WORDS[spec.signs],
        draws=draws,
        all=text(", all there are") if every else "",
        p=P(p),
    )
    details: dict[str, object] = {"draws": draws, "signs": spec.signs, "enumerated": every, "p_value": p}
    details |= {"null": spec.null} if spec.null else {}
    if low is None or high is None:
        return _found(details, p, spec, (note,))
    details |= {"conf_low": _finite(low), "conf_high": _finite(high)}
    said = text(
        "Wild cluster bootstrap interval of {policy}, the nulls not rejected at 5 %: {low} to {high}",
        policy=Name(policy),
        low=Figure(low) if np.isfinite(low) else text("no lower end"),
        high=Figure(high) if np.isfinite(high) else text("no upper end"),
    )
    return _found(details, p, spec, (note, said))


def _found(details: dict[str, object], p: float, spec: WildSpec, notes: tuple[Text, ...]) -> Finding:
    """Return the finding; only the p of no effect stands among those of the headline."""
    return Finding(details={"wild": details}, p_values={} if spec.null else {"wild": p}, notes=notes)


def _finite(value: float) -> float | None:
    """Return an end of an interval, None where it has none."""
    return value if np.isfinite(value) else None
