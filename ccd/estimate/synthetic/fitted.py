"""The paths that an estimator is given and what it makes of them: arrays in, small values out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray


@dataclass(frozen=True)
class Paths:
    """Outcomes of donors (T, N0) and of the treated (T,), the first ``before`` years before the date.

    ``count`` regions stand behind the treated (their mean). ``noise`` fixes s0 where years were left out.
    """

    donors: FloatArray
    treated: FloatArray
    before: int
    count: int = 1
    noise: float | None = field(default=None)

    @cached_property
    def s0(self) -> float:
        """Return the standard deviation (n - 1) of all first differences of the donors before the date."""
        if self.noise is not None:
            return self.noise
        steps = self.donors[1 : self.before] - self.donors[: self.before - 1]
        found = float(np.sqrt(((steps - steps.mean()) ** 2).sum() / (steps.size - 1)))
        # donors that all move in step leave a ridge of nothing: a share of their level keeps the minimum unique
        return found if found > 0 else 1e-8 * max(float(np.abs(self.donors).max()), 1e-8)

    @property
    def after(self) -> int:
        """Return the number of years from the date on."""
        return len(self.treated) - self.before

    def placebo(self, donor: int) -> Paths:
        """Return the paths where ``donor`` plays the treated and the true one is left out."""
        rest = self.donors.compress(np.arange(self.donors.shape[1]) != donor, axis=1)
        return Paths(rest, self.donors[:, donor], self.before)

    def without(self, donor: int) -> Paths:
        """Return the paths without one donor."""
        return replace(self, donors=np.delete(self.donors, donor, axis=1), noise=None)


@dataclass(frozen=True)
class Fitted:
    """``weights`` (N0,) of the donors, ``time_weights`` (T0,) of the years before (None: the estimator has none).

    ``gap`` (T,) is treated less synthetic as it is shown, ``estimate`` its mean from the date on.
    """

    weights: FloatArray
    gap: FloatArray
    before: int
    time_weights: FloatArray | None = None

    @property
    def estimate(self) -> float:
        """Return the mean gap from the date on."""
        return float(np.mean(self.gap[self.before :]))

    @property
    def pre_rmspe(self) -> float:
        """Return the root mean squared gap before the date."""
        return float(np.sqrt(np.mean(self.gap[: self.before] ** 2)))

    @property
    def post_rmspe(self) -> float:
        """Return the root mean squared gap from the date on."""
        return float(np.sqrt(np.mean(self.gap[self.before :] ** 2)))


#: An estimator: paths in, weights and gaps out.
Method = Callable[[Paths], Fitted]


class Weighting(NamedTuple):
    """An estimator that is donors' weights alone, from any years, so that it can be fitted again on others.

    ``weigh`` takes donors (m, N0), treated (m,) and s0 and returns weights (N0,). With an ``intercept`` the gap
    loses its mean over those years.
    """

    weigh: Callable[[FloatArray, FloatArray, float], FloatArray]
    intercept: bool

    def fit(self, paths: Paths) -> Fitted:
        """Return the estimate with weights from the years before the date."""
        own = paths.before
        weights = self.weigh(paths.donors[:own], paths.treated[:own], paths.s0)
        even = np.full(own, 1 / own) if self.intercept else None
        return Fitted(weights, level_gap(paths, weights, even), own)

    def residuals(self, donors: FloatArray, treated: FloatArray, s0: float) -> FloatArray:
        """Return the gaps (m,) of weights fitted on all m years."""
        gap = treated - donors @ self.weigh(donors, treated, s0)
        return gap - gap.mean() if self.intercept else gap


def level_gap(paths: Paths, weights: FloatArray, time_weights: FloatArray | None) -> FloatArray:
    """Return treated less weighted donors (T,), less its ``time_weights`` mean before the date (None: as it is)."""
    gap = paths.treated - paths.donors @ weights
    return gap if time_weights is None else gap - float(time_weights @ gap[: paths.before])
