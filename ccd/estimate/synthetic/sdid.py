"""Synthetic difference-in-differences (Arkhangelsky, Athey, Hirshberg, Imbens and Wager 2021)."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.synthetic.fitted import Fitted, Method, Paths, level_gap
from ccd.estimate.synthetic.frank_wolfe import frank_wolfe_weights
from ccd.estimate.synthetic.solver import simplex_weights
from ccd.estimate.synthetic.spec import Solver, SyntheticSpec
from ccd.words import Text, text


class Sdid(SyntheticSpec):
    """``estimator = "sdid"``: synthetic difference-in-differences."""

    label: ClassVar[Text] = text("Synthetic difference-in-differences")
    several_dates: ClassVar[bool] = True

    estimator: Literal["sdid"] = "sdid"
    solver: Solver = "exact"
    """Weights at their optimum, or along the path of R's synthdid."""

    def method(self) -> Method:
        """Return the estimator with its solver."""
        return partial(sdid, solver=self.solver)


def sdid(paths: Paths, *, solver: Solver = "exact") -> Fitted:
    """Return the estimate: donors weighted with an intercept and a ridge, years before the date weighted too.

    zeta = (Ntr T1)^(1/4) s0 (their equation 2.2); the effect is the mean gap after less the weighted gap before.
    """
    own = paths.before
    zeta = (paths.count * paths.after) ** 0.25 * paths.s0
    w = _solve(paths.donors[:own], paths.treated[:own], own * zeta**2, paths.s0, solver)
    years = paths.donors[:own].T
    r = len(years) * (1e-6 * paths.s0) ** 2
    time_weights = _solve(years, paths.donors[own:].mean(0), r, paths.s0, solver)
    return Fitted(w, level_gap(paths, w, time_weights), own, np.asarray(time_weights))


def _solve(a: FloatArray, b: FloatArray, r: float, s0: float, solver: Solver) -> FloatArray:
    if solver == "frank-wolfe":
        return frank_wolfe_weights(a, b, r, 1e-5 * s0, intercept=True)
    return simplex_weights(a, b, r, intercept=True)
