"""Synthetic control on outcomes alone (Abadie, Diamond and Hainmueller 2010), with predictors beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from ccd.arrays import FloatArray
from ccd.estimate.synthetic.fitted import Method, Weighting
from ccd.estimate.synthetic.solver import simplex_weights
from ccd.estimate.synthetic.spec import SyntheticSpec
from ccd.words import Text, text


class Sc(SyntheticSpec):
    """``estimator = "sc"``: synthetic control."""

    label: ClassVar[Text] = text("Synthetic control")
    several_dates: ClassVar[bool] = True
    jackknifed: ClassVar[bool] = False

    estimator: Literal["sc"]
    predictors: Mapping[str, Literal["mean"] | tuple[int, ...]] = Field(default_factory=dict)
    """Predictors beside the outcomes: { column = "mean" | [years] }; never the headline."""
    starts: int = Field(default=20, ge=2)
    """Starting points of the search for the predictors' weights."""

    def columns(self) -> tuple[str, ...]:
        """Return outcome, controls, coordinates and predictors."""
        return tuple(dict.fromkeys((*super().columns(), *self.predictors)))

    def method(self) -> Method:
        """Return the estimator."""
        return SC.fit

    def weighting(self) -> Weighting:
        """Return the weights that can be fitted on other years."""
        return SC


def sc_weights(donors: FloatArray, treated: FloatArray, s0: float) -> FloatArray:
    """Return simplex weights (N0,) of donors (m, N0), with a ridge of (1e-5 s0)^2 a year that only breaks ties."""
    return simplex_weights(donors, treated, len(treated) * (1e-5 * s0) ** 2)


SC = Weighting(sc_weights, intercept=False)
