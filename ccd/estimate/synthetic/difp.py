"""Synthetic control with an intercept (Doudchenko and Imbens 2016; Ferman and Pinto 2021)."""

from __future__ import annotations

from typing import ClassVar, Literal

from ccd.arrays import FloatArray
from ccd.estimate.synthetic.fitted import Method, Weighting
from ccd.estimate.synthetic.solver import simplex_weights
from ccd.estimate.synthetic.spec import SyntheticSpec
from ccd.words import Text, text


class Difp(SyntheticSpec):
    """``estimator = "difp"``: demeaned synthetic control."""

    label: ClassVar[Text] = text("Demeaned synthetic control")
    by_default: ClassVar[bool] = False

    estimator: Literal["difp"]

    def method(self) -> Method:
        """Return the estimator."""
        return DIFP.fit

    def weighting(self) -> Weighting:
        """Return the weights that can be fitted on other years."""
        return DIFP


def difp_weights(donors: FloatArray, treated: FloatArray, s0: float) -> FloatArray:
    """Return simplex weights (N0,) of donors (m, N0) that follow the treated up to a constant."""
    return simplex_weights(donors, treated, len(treated) * (1e-5 * s0) ** 2, intercept=True)


DIFP = Weighting(difp_weights, intercept=True)
