"""Spatial Durbin, lag and error models of a panel, by maximum likelihood."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.autoregressive.impacts import impacts
from ccd.estimate.autoregressive.likelihood import SpatialFit, spatial_error, spatial_lag
from ccd.estimate.autoregressive.lm import multipliers
from ccd.estimate.autoregressive.sweep import Effects
from ccd.estimate.linear.inference import terms_of
from ccd.estimate.rows.impacts import analytic_part, drawn_part
from ccd.estimate.spatial.data import Data, data_of, size
from ccd.estimate.spatial.spec import Durbin
from ccd.estimate.spatial.specification import Asked, multiplier_tests, reductions, tests_part
from ccd.panel import Panel
from ccd.results import Autoregression, Estimate, Impacts, Part, Term
from ccd.streams import Stream
from ccd.words import Text, text

NORMAL = float("inf")


class SpatialLikelihood(Durbin):
    """``estimator = "sdm"``, ``"sar"`` or ``"sem"``: y = rho Wy + X b + WX h + a_i + l_t + u.

    sar: h = 0. sem: y = X b + a_i + l_t + u, u = rho Wu + e. Maximum likelihood of a balanced panel (Lee & Yu 2010).
    """

    needs: ClassVar[tuple[str, ...]] = ("scipy.optimize",)

    estimator: Literal["sdm", "sar", "sem"] = "sdm"
    correction: Literal["lee-yu", "none"] = "lee-yu"
    """Likelihood of the transformed data (Lee and Yu 2010), or of dummies, which biases rho in short panels."""

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate with its impacts and the tests between models."""
        data, corrected = data_of(self, panel), self.correction == "lee-yu"
        effects = self.taken_out(corrected=corrected)
        self.refuse_rows(data, effects)
        x, terms = self.regressors(data)
        names = [str(term) for term in terms]
        found = self.maximum(data, x, names, effects)
        k = len(terms)
        order = [*range(1, k + 1), 0]
        every: tuple[Term, ...] = (*terms, Autoregression(self.outcome, self.estimator == "sem"))
        covariance = found.covariance[np.ix_(order, order)]
        made = terms_of(every, found.coefficients[order], np.sqrt(np.diag(covariance)), NORMAL)
        details: dict[str, object] = {
            "weights": self.weights,
            "correction": self.correction,
            "rho": found.rho,
            "rho_range": list(data.spectrum.range),
            "sigma2": found.sigma2,
            "log_likelihood": found.log_likelihood,
            "aic": 2 * (k + 2) - 2 * found.log_likelihood,
        }
        if corrected:
            details["uncorrected"] = self.uncorrected(data, x, names)
        classic = multipliers(data.y, data.x, data.weights.matrix, effects, classic=True)
        details["lm_classic"] = classic._asdict()
        asked = multiplier_tests(multipliers(data.y, data.x, data.weights.matrix, self.taken_out()))
        if self.estimator == "sdm":
            asked += self.reduced(data, found, effects)
        return Estimate(
            kind=self.kind,
            estimator=self.estimator,
            outcome=self.outcome,
            headline=every[-1],
            terms=made,
            covariance=covariance,
            sample=size(data.sample),
            vcov="ml",
            effects=self.effect_names(),
            controls=(),
            p_values={"analytic": float(made.p_value[-1])},
            headline_p="analytic",
            details=details,
            notes=(*data.sample.notes, *self.notes()),
            parts=(self.impacts(data, found, stream), tests_part(asked)),
        )

    def refuse_rows(self, data: Data, effects: Effects) -> None:
        """Raise EstimationError where year effects need rows of W that sum to 1."""
        if data.weights.rows_sum_to_one or not effects.time:
            return
        if effects.c or self.estimator == "sem":
            raise self.fail(
                text("year effects need rows of '{weights}' that sum to 1", weights=self.weights),
                fix=text('set standardise = "row", or effects = "entity"')
                if self.estimator == "sem"
                else text('set standardise = "row", or effects = "entity", or correction = "none"'),
            )

    def regressors(self, data: Data) -> tuple[FloatArray, tuple[Term, ...]]:
        """Return the regressors (N, T, k) and their terms, lags after all others."""
        return data.with_lags(self.lagged if self.estimator == "sdm" else ())

    def maximum(self, data: Data, x: FloatArray, names: list[str], effects: Effects) -> SpatialFit:
        """Return the fit of this estimator."""
        fit = spatial_error if self.estimator == "sem" else spatial_lag
        return fit(data.y, x, data.spectrum, effects, names, text("model '{name}'", name=self.name))

    def uncorrected(self, data: Data, x: FloatArray, names: list[str]) -> dict[str, float]:
        """Return rho, coefficients and sigma2 of the likelihood with dummies."""
        plain = self.maximum(data, x, names, self.taken_out(corrected=False))
        return {
            "rho": plain.rho,
            **dict(zip(names, plain.beta.tolist(), strict=True)),
            "sigma2": plain.sigma2,
            "log_likelihood": plain.log_likelihood,
        }

    def reduced(self, data: Data, found: SpatialFit, effects: Effects) -> list[Asked]:
        """Return the tests from SDM down."""
        where, names = text("model '{name}'", name=self.name), list(data.columns)
        sar = spatial_lag(data.y, data.x, data.spectrum, effects, names, where)
        whole = set(self.lagged) == set(self.x) and (data.weights.rows_sum_to_one or not effects.time)
        sem = spatial_error(data.y, data.x, data.spectrum, effects, names, where) if whole else None
        first = 1 + len(data.columns)
        own = [1 + data.columns.index(name) for name in self.lagged]
        return reductions(found, sar, sem, own, range(first, first + len(self.lagged)))

    def impacts(self, data: Data, found: SpatialFit, stream: Stream) -> Part[Impacts]:
        """Return the impacts of the regressors, the constant left out."""
        own = [1 + data.columns.index(name) for name in self.x]
        if self.estimator == "sem":
            beta, zero = found.coefficients[own], np.zeros(len(own))
            covariance = np.zeros((2 * len(own),) * 2)
            covariance[: len(own), : len(own)] = found.covariance[np.ix_(own, own)]
            return analytic_part(beta, zero, covariance, NORMAL, self.x, self.outcome, self.weights)
        first = 1 + len(data.columns)
        lags = self.lagged if self.estimator == "sdm" else ()
        lagged = [first + lags.index(name) if name in lags else None for name in self.x]
        p = len(found.coefficients)
        drawn = impacts(
            data.spectrum,
            found.coefficients,
            found.covariance[:p, :p],
            own,
            lagged,
            stream("impacts"),
            text("model '{name}'", name=self.name),
        )
        return drawn_part(drawn, self.x, self.outcome, self.weights)

    def notes(self) -> list[Text]:
        """Return how the errors and the correction are made."""
        if self.correction == "none":
            return [
                text(
                    "Maximum likelihood with dummies: rho and its error are biased in short panels; the default is "
                    'correction = "lee-yu"'
                )
            ]
        return [text("Maximum likelihood of the transformed data (Lee and Yu 2010), normal inference")]
