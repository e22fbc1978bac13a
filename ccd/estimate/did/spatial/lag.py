"""Difference-in-differences under a spatial lag of the outcome: effects that travel from neighbour to neighbour."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.autoregressive.impacts import impacts
from ccd.estimate.autoregressive.likelihood import SpatialFit, spatial_lag
from ccd.estimate.autoregressive.spectrum import Spectrum
from ccd.estimate.autoregressive.sweep import Effects, lag
from ccd.estimate.did.assemble import assemble
from ccd.estimate.did.effects import Finding
from ccd.estimate.did.spatial.draws import LagFits, Wide, exposed, lag_fits
from ccd.estimate.did.spatial.keys import SpatialKeys, treated
from ccd.estimate.did.spatial.slx import wide_of
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import terms_of
from ccd.estimate.linear.resample import SIGNS, p_value
from ccd.estimate.rows.impacts import drawn_part
from ccd.estimate.rows.sample import Sample
from ccd.results import Autoregression, Estimate, Impact, Named, Neighbouring, Part
from ccd.spec import Spec
from ccd.streams import Stream
from ccd.words import Figure, Name, P, Text, text


class SpatialWild(Spec):
    """``wild = { draws = 999 }``."""

    draws: int = Field(default=999, ge=19)
    """Draws of Webb signs of the regions' residuals under no effect."""


class SpatialLagDid(SpatialKeys):
    """``estimator = "sdm"`` or ``"sar"``: y = rho Wy + b D (+ h WD) + x'c + a_i + l_t + u, by maximum likelihood."""

    needs: ClassVar[tuple[str, ...]] = ("scipy.optimize",)
    label: ClassVar[Text | None] = text("Spatial lag of the outcome")
    always_permuted: ClassVar[bool] = True
    why_permuted: ClassVar[Text] = text(
        "analytic errors of a spatial lag reject too often where errors persist"
    )

    estimator: Literal["sdm", "sar"]
    wild: SpatialWild | None = None
    """Wild bootstrap of the impacts: { draws = 999 }."""

    def among_spectrum(self, sample: Sample) -> Spectrum:
        """Return W among the regions of the sample. Raises EstimationError where its rows do not sum to 1."""
        weights = self.among(sample)
        if not weights.rows_sum_to_one:
            raise self.fail(
                text("year effects need rows of '{weights}' that sum to 1", weights=self.weights),
                text('set standardise = "row"'),
            )
        return Spectrum(weights, text("model '{name}'", name=self.name))

    def arrays(self, sample: Sample, spectrum: Spectrum) -> tuple[Wide, FloatArray, FloatArray]:
        """Return what draws share, and the outcome and its lag less effects and controls, (n, 1) each."""
        design = AbsorbingDesign((sample.entity, sample.time), sample.clusters, sample.time)
        wide = wide_of(sample, design, 2 if self.estimator == "sdm" else 1)
        y = sample.y.reshape(len(wide.groups), -1, 1)
        return wide, wide.swept(y), wide.swept(lag(spectrum.matrix, y))

    def columns_of(
        self, wide: Wide, spectrum: Spectrum, policy: FloatArray
    ) -> tuple[FloatArray, FloatArray | None]:
        """Return D and, for sdm, WD of ``policy`` (N, T, R), swept."""
        near = exposed(spectrum.matrix, policy, "share") if self.estimator == "sdm" else None
        return wide.swept(policy), None if near is None else wide.swept(near)

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return direct, indirect and total effect, with coefficients and simulated impacts beside."""
        spectrum = self.among_spectrum(sample)
        wide, y0, y1 = self.arrays(sample, spectrum)
        fits = lag_fits(wide, spectrum, y0, y1, *self.columns_of(wide, spectrum, treated(sample)[:, :, None]))
        if not np.isfinite(fits.impacts).all():
            raise self.fail(
                text("rho or the effects are not identified"),
                text('take other weights, or estimator = "slx"'),
            )
        fit, terms = self.likelihood(sample, spectrum)
        k, p = len(terms), len(fit.coefficients)
        lagged = 2 if self.estimator == "sdm" else None
        drawn = impacts(
            spectrum,
            fit.coefficients,
            fit.covariance[:p, :p],
            [1],
            [lagged],
            stream("impacts"),
            spectrum.where,
        )
        order = [*range(1, k + 1), 0]
        error = np.sqrt(np.diag(fit.covariance)[order])
        coefficients = terms_of(
            [*terms, Autoregression(self.outcome)], fit.coefficients[order], error, float("inf")
        )
        own, other = self.cells(sample, spectrum, fit)
        notes = [
            text("Impacts assume one effect that is the same for every cohort and year"),
            text(
                "Through the multiplier, treated region-years gain {own} and untreated ones {other} on average",
                own=Figure(own),
                other=Figure(other),
            ),
        ]
        return assemble(
            self,
            sample,
            fits.impacts[0],
            fits.covariance[0],
            float(wide.groups.max()),
            vcov="cluster",
            clusters=(int(wide.groups.max()) + 1,),
            terms=(Impact(self.policy, "indirect"), Impact(self.policy, "total")),
            controls=self.controls,
            effects=("entity", "time"),
            details={
                "weights": self.weights,
                "rho": float(fits.rho[0]),
                "log_likelihood": fit.log_likelihood,
                "effect_on_treated_cells": own,
                "effect_on_untreated_cells": other,
            },
            findings=[self.wild_finding(sample, spectrum, fits, stream)] if self.wild else [],
            parts=(
                Part(coefficients, "coefficients"),
                drawn_part(drawn, (self.policy,), self.outcome, self.weights),
            ),
            notes=notes,
        )

    def likelihood(self, sample: Sample, spectrum: Spectrum) -> tuple[SpatialFit, list[Named | Neighbouring]]:
        """Return the fit with all its coefficients, and the terms of its regressors."""
        policy = treated(sample)[:, :, None]
        columns, terms = [policy], [Named(self.policy)]
        own: list[Named | Neighbouring] = list(terms)
        if self.estimator == "sdm":
            columns.append(exposed(spectrum.matrix, policy, "share"))
            own.append(Neighbouring(Named(self.policy)))
        columns.append(sample.x.reshape(*policy.shape[:2], len(self.controls)))
        own += [Named(name) for name in self.controls]
        x, effects = np.concatenate(columns, axis=2), Effects(entity=True, time=True)
        y = sample.y.reshape(policy.shape[:2])
        return spatial_lag(y, x, spectrum, effects, [str(term) for term in own], spectrum.where), own

    def cells(self, sample: Sample, spectrum: Spectrum, fit: SpatialFit) -> tuple[float, float]:
        """Return the means of S^-1 (b D + h WD) over treated and over untreated cells."""
        policy = treated(sample)
        pushed = fit.beta[0] * policy
        if self.estimator == "sdm":
            pushed = pushed + fit.beta[1] * lag(spectrum.matrix, policy)
        reached = spectrum.inverse_apply(fit.rho, pushed)
        return float(reached[policy > 0].mean()), float(reached[policy == 0].mean())

    def reassigned(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return estimate and error (R,) of the direct effect."""
        estimate, error = self.reassigned_terms(sample, cohorts, stream)
        return estimate[:, 0], error[:, 0]

    def reassigned_terms(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return direct, indirect and total effect (R, 3) with their errors; each draw finds its own rho."""
        spectrum = self.among_spectrum(sample)
        if not spectrum.exact:
            raise EstimationError(
                text("permutations of a spatial lag need the eigenvalues of W: at most 1,000 regions"),
                where=spectrum.where,
                fix=text('take estimator = "slx" or "rings"'),
            )
        wide, y0, y1 = self.arrays(sample, spectrum)
        found = [
            lag_fits(wide, spectrum, y0, y1, *self.columns_of(wide, spectrum, policy))
            for policy in wide.policies(cohorts)
        ]
        error = [np.sqrt(np.einsum("rkk->rk", one.covariance)) for one in found]
        return np.concatenate([one.impacts for one in found]), np.concatenate(error)

    def wild_finding(self, sample: Sample, spectrum: Spectrum, fits: LagFits, stream: Stream) -> Finding:
        """Return the wild bootstrap p of the three effects: Webb signs of the residuals of a model without effect."""
        draws = self.wild.draws if self.wild else 0
        wide, *_ = self.arrays(sample, spectrum)
        n, t = len(wide.groups), len(wide.times)
        y = sample.y.reshape(n, t)
        null = spatial_lag(
            y,
            sample.x.reshape(n, t, len(self.controls)),
            spectrum,
            wide.effects,
            list(self.controls),
            spectrum.where,
        )
        signs = stream("wild").choice(SIGNS["webb"], size=(n, draws))
        moved = null.resid[:, :, None] * (signs - 1)[:, None, :]
        drawn = y[:, :, None] + spectrum.inverse_apply(null.rho, moved)
        d, e = self.columns_of(wide, spectrum, treated(sample)[:, :, None])
        again = lag_fits(wide, spectrum, wide.swept(drawn), wide.swept(lag(spectrum.matrix, drawn)), d, e)
        with np.errstate(invalid="ignore"):
            statistic = again.impacts / np.sqrt(np.einsum("rkk->rk", again.covariance))
        observed = fits.impacts[0] / np.sqrt(np.diag(fits.covariance[0]))
        p = [p_value(o, s[np.isfinite(s)]) for o, s in zip(observed, statistic.T, strict=True)]
        note = text(
            "Wild bootstrap of {policy} without effect (Webb signs, {draws} draws): direct p {direct}, indirect p "
            "{indirect}, total p {total}",
            policy=Name(self.policy),
            draws=draws,
            direct=P(p[0]),
            indirect=P(p[1]),
            total=P(p[2]),
        )
        details = {"draws": draws, "direct": p[0], "indirect": p[1], "total": p[2]}
        return Finding(details={"wild": details}, p_values={"wild": p[0]}, notes=(note,))
