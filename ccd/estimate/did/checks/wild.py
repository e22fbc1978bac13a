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
from ccd.estimate.rows.signs import SIGN_WORDS
from ccd.spec import Spec
from ccd.words import Name, P, text


class WildSpec(Spec):
    """``wild = { draws = 9999, signs = "webb" }``."""

    draws: int = Field(default=9999, ge=0)
    """Number of draws; 0 turns the bootstrap off."""
    signs: Literal["rademacher", "webb"] = "rademacher"
    """Signs of the clusters; webb has six values, for few clusters."""


def wild_finding(
    y: FloatArray, fit: Fit, design: AbsorbingDesign, spec: WildSpec, policy: str, rng: np.random.Generator
) -> Finding:
    """Return the wild bootstrap p-value of the first regressor of ``fit`` (its ``x`` less the fixed effects)."""
    x = fit.x[:, 1:]
    w = np.ones(len(y)) if design.weight is None else design.weight
    gram = np.linalg.inv(x.T @ (x * w[:, None])) if x.shape[1] else np.zeros((0, 0))

    def sweep(matrix: FloatArray) -> FloatArray:
        left = design.residualise(matrix)
        return np.asarray(left - x @ (gram @ (x.T @ (left * w[:, None]))))

    d = fit.x @ fit.bread[:, 0] / fit.bread[0, 0]
    a, s = wild_influence(d, sweep(y[:, None])[:, 0], design.clusters[0], sweep, design.weight)
    p, draws, every = wild_p(a, s, spec.draws, spec.signs, rng)
    note = text(
        "Wild cluster bootstrap of {policy} with the null imposed ({signs}, {draws} draws{all}): p {p}",
        policy=Name(policy),
        signs=SIGN_WORDS[spec.signs],
        draws=draws,
        all=text(", all there are") if every else "",
        p=P(p),
    )
    details = {"draws": draws, "signs": spec.signs, "enumerated": every, "p_value": p}
    return Finding(details={"wild": details}, p_values={"wild": p}, notes=(note,))
