"""Difference-in-differences of one region: all donors and all years before count alike."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.synthetic.fitted import Method, Weighting
from ccd.estimate.synthetic.spec import SyntheticSpec
from ccd.words import Text, text


class Did(SyntheticSpec):
    """``estimator = "did"``: equal weights."""

    label: ClassVar[Text] = text("Difference-in-differences, equal weights")
    several_dates: ClassVar[bool] = True

    estimator: Literal["did"]

    def method(self) -> Method:
        """Return the estimator."""
        return DID.fit

    def weighting(self) -> Weighting:
        """Return the weights that can be fitted on other years."""
        return DID


def equal_weights(donors: FloatArray, treated: FloatArray, s0: float) -> FloatArray:
    """Return 1/N0 for each donor, whatever the paths."""
    return np.full(donors.shape[1], 1 / donors.shape[1])


DID = Weighting(equal_weights, intercept=True)
