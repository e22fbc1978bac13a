"""Instrumental variables after fixed effects: two-stage least squares with what tells weak instruments."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ccd.arrays import FloatArray
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import inference, named, terms_frame
from ccd.estimate.linear.ols import Fit, least_squares
from ccd.estimate.linear.vcov import Vcov
from ccd.estimate.panel.fixed import PanelSpec, row_for, tests_part, wald
from ccd.panel import Panel
from ccd.results import Estimate, Part, loose
from ccd.streams import Stream
from ccd.words import Name, Text, text

#: A first-stage F below this is the usual sign of weak instruments (Staiger & Stock 1997).
WEAK = 10.0


class PanelIv(PanelSpec):
    """``estimator = "iv"``: two-stage least squares after region and year effects."""

    needs: ClassVar[tuple[str, ...]] = ("linearmodels.iv",)

    estimator: Literal["iv"]
    endogenous: tuple[str, ...] = Field(min_length=1)
    """Columns that are instrumented; the first is the headline."""
    instruments: tuple[str, ...] = Field(min_length=1)
    """Instruments left out of the equation, at least as many."""
    entity_effects: bool = True
    """Whether region effects enter."""

    @model_validator(mode="after")
    def _enough_instruments(self) -> Self:
        if len(self.instruments) < len(self.endogenous):
            raise ValueError("at least as many instruments as endogenous columns are needed")
        listed = (*self.endogenous, *self.instruments, *self.controls)
        if len(set(listed)) < len(listed):
            raise ValueError("a column is either endogenous, an instrument, or a control")
        return self

    def named_columns(self) -> tuple[str, ...]:
        """Return endogenous columns, controls and instruments."""
        return (*self.endogenous, *self.controls, *self.instruments)

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the 2SLS estimate with its first stage and tests."""
        sample = self.sample(panel)
        design = self.design(sample, entity=self.entity_effects)
        e, c = len(self.endogenous), len(self.controls)
        raw = sample.x
        names = [*self.endogenous, *self.controls]
        first = [*self.instruments, *self.controls]
        z = np.column_stack([raw[:, e + c :], raw[:, e : e + c]])
        design.regress(raw[:, 0], z, first)  # refuses instruments that say nothing
        design.regress(sample.y, raw[:, : e + c], names)
        swept = design.residualise(np.column_stack([sample.y, raw[:, : e + c], z]))
        y, x, z = swept[:, 0], swept[:, 1 : 1 + e + c], swept[:, 1 + e + c :]
        found = iv2sls(y, x, z, e, len(self.instruments))
        fit = second_stage(y, x, z, found, e)
        vcov = design.covariance(fit, e + c)
        stage, strength = self.first_stage(design, x, z, first)
        rows = [
            self.anderson_rubin(design, y, z),
            self.endogeneity(design, y, x, z),
            *self.overidentification(found),
        ]
        weak: list[Text] = [
            text(
                "Weak instruments: the first-stage F of {column} is {f:.2f}, below {limit:.0f}; read the "
                "Anderson-Rubin test instead",
                column=Name(name),
                f=f,
                limit=WEAK,
            )
            for name, f in strength.items()
            if f < WEAK
        ]
        effects = [*(["entity"] if self.entity_effects else []), *(["time"] if self.time_effects else [])]
        return self.finish(
            sample,
            terms_frame(names, fit.beta, vcov),
            named(vcov.matrix, names),
            {
                "vcov": vcov.kind,
                "clusters": list(vcov.clusters),
                "df": vcov.df,
                "first_stage_f": strength,
                "effects": effects,
                "instruments": list(self.instruments),
            },
            [stage, tests_part(rows)],
            [vcov.note, *weak],
        )

    def first_stage(
        self, design: AbsorbingDesign, x: FloatArray, z: FloatArray, labels: list[str]
    ) -> tuple[Part, dict[str, float]]:
        """Return the part ``first_stage`` and the F of the excluded instruments by endogenous column.

        The F has the model's own (clustered) covariance: with one endogenous column it is the Kleibergen-Paap
        F. The partial R2 is that of the excluded instruments.
        """
        k = len(self.instruments)
        frames, strength, partial = [], {}, {}
        for j, name in enumerate(self.endogenous):
            fit = least_squares(x[:, j], z)
            vcov = design.covariance(fit, z.shape[1])
            frame = inference(labels, fit.beta, vcov.std_error, vcov.df)
            frame.insert(0, "endogenous", name)
            frames.append(frame)
            strength[name] = wald(fit.beta, vcov, slice(0, k))
            without = least_squares(x[:, j], z[:, k:]).resid if z.shape[1] > k else x[:, j]
            partial[name] = 1 - float(fit.resid @ fit.resid) / float(without @ without)
        facts = {"f": strength, "partial_r2": partial, "instruments": list(self.instruments)}
        notes = [
            text(
                "First-stage F of {column}: {f:.2f}, partial R2 {r2:.4f}", column=Name(n), f=f, r2=partial[n]
            )
            for n, f in strength.items()
        ]
        return loose(
            "first_stage", pd.concat(frames, ignore_index=True), facts=facts, notes=tuple(notes)
        ), strength

    def anderson_rubin(self, design: AbsorbingDesign, y: FloatArray, z: FloatArray) -> dict[str, object]:
        """Return the Anderson-Rubin (1949) test: the instruments in the reduced form of the outcome."""
        fit = least_squares(y, z)
        vcov = design.covariance(fit, z.shape[1])
        k = len(self.instruments)
        return row_for("anderson_rubin", wald(fit.beta, vcov, slice(0, k)), k, vcov.df)

    def endogeneity(
        self, design: AbsorbingDesign, y: FloatArray, x: FloatArray, z: FloatArray
    ) -> dict[str, object]:
        """Return the regression test of exogeneity: first-stage residuals beside the columns (Hausman 1978)."""
        e = len(self.endogenous)
        residuals = np.column_stack([least_squares(x[:, j], z).resid for j in range(e)])
        fit = least_squares(y, np.column_stack([residuals, x]))
        vcov: Vcov = design.covariance(fit, x.shape[1] + e)
        return row_for("endogeneity", wald(fit.beta, vcov, slice(0, e)), e, vcov.df)

    def overidentification(self, found: Any) -> list[dict[str, object]]:
        """Return Wooldridge's (1995) heteroskedasticity-robust score test; none when exactly identified."""
        e, k = len(self.endogenous), len(self.instruments)
        if k == e:
            return []
        statistic = float(found.wooldridge_overid.stat)
        return [row_for("overidentification", statistic, k - e, float("inf"))]


def iv2sls(y: FloatArray, x: FloatArray, z: FloatArray, endogenous: int, excluded: int) -> Any:
    """Return linearmodels' 2SLS of ``y`` (n,) on ``x`` (n, k), the endogenous columns first.

    ``z`` (n, m) are the instruments, the excluded ones first.
    """
    from linearmodels.iv import IV2SLS

    exogenous = x[:, endogenous:] if x.shape[1] > endogenous else None
    return IV2SLS(y, exogenous, x[:, :endogenous], z[:, :excluded]).fit(cov_type="unadjusted")


def second_stage(y: FloatArray, x: FloatArray, z: FloatArray, found: Any, endogenous: int) -> Fit:
    """Return the fit of ``iv2sls`` with the scores of the fitted x, for errors with our own factors (METHODS 3)."""
    fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    beta = np.roll(np.asarray(found.params, dtype=np.float64), endogenous)  # it lists exogenous columns first
    return Fit(beta, y - x @ beta, np.linalg.inv(fitted.T @ fitted), fitted, None, float("nan"))
