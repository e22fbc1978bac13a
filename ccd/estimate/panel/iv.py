"""Instrumental variables after fixed effects: two-stage least squares with what tells weak instruments."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from ccd.arrays import BoolArray, FloatArray
from ccd.errors import SpecError
from ccd.estimate.contrasts.compare import Difference
from ccd.estimate.contrasts.crossed import blocks, by_group, contrast, stacked
from ccd.estimate.contrasts.findings import Effect
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import Inference, infer, terms_of
from ccd.estimate.linear.ols import Fit, least_squares
from ccd.estimate.linear.vcov import Vcov
from ccd.estimate.panel.compared import ComparedPanel, halves
from ccd.estimate.panel.overidentification import hansen_j, sargan, without
from ccd.estimate.panel.regression import design_of, draw, effect_names, size, terms_named
from ccd.estimate.panel.specification import Test, tests_part, wald
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import Estimate, FirstStage, Part, Terms
from ccd.streams import Stream
from ccd.words import Figure, Name, Text, text

#: A first-stage F below this is the usual sign of weak instruments (Staiger & Stock 1997).
WEAK = 10


class PanelIv(ComparedPanel):
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
            raise SpecError(text("at least as many instruments as endogenous columns are needed"))
        listed = (*self.endogenous, *self.instruments, *self.controls)
        if len(set(listed)) < len(listed):
            raise SpecError(text("a column is either endogenous, an instrument, or a control"))
        return self

    def named_columns(self) -> tuple[str, ...]:
        """Return endogenous columns, controls and instruments."""
        return (*self.endogenous, *self.controls, *self.instruments)

    def methods(self) -> tuple[str, ...]:
        """Return the keys of panel regressions and of this one."""
        return (*super().methods(), "panel:iv")

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the 2SLS estimate with its first stage and tests."""
        sample = draw(self, panel)
        design = self._design(sample)
        e, c = len(self.endogenous), len(self.controls)
        raw = sample.x
        names = [*self.endogenous, *self.controls]
        first = [*self.instruments, *self.controls]
        z = np.column_stack([raw[:, e + c :], raw[:, e : e + c]])
        design.regress(raw[:, 0], z, first)  # refuses instruments that say nothing
        design.regress(sample.y, raw[:, : e + c], names)
        swept = design.residualise(np.column_stack([sample.y, raw[:, : e + c], z]))
        data = Swept(swept[:, 0], swept[:, 1 : 1 + e + c], swept[:, 1 + e + c :], e, len(self.instruments))
        found = iv2sls(data)
        fit = second_stage(data, found)
        vcov = design.covariance(fit, e + c)
        terms = terms_of(terms_named(names), fit.beta, vcov.std_error, vcov.df)
        stage = first_stage(design, data, self.endogenous, first)
        over, undefined = overidentification(design, data, fit)
        tests = [anderson_rubin(design, data), endogeneity(design, data), *over]
        estimate = Estimate(
            kind=self.kind,
            estimator=self.estimator,
            outcome=self.outcome,
            headline=terms.term[0],
            terms=terms,
            covariance=vcov.matrix,
            sample=size(sample),
            vcov=vcov.kind,
            clusters=vcov.clusters,
            df=vcov.df,
            effects=effect_names(self, entity=self.entity_effects),
            controls=self.controls,
            p_values={"analytic": float(terms.p_value[0])},
            details={"first_stage_f": stage.value.f, "instruments": list(self.instruments)},
            notes=(*sample.notes, vcov.note, *self.place_notes(design), *weak(stage.value), *undefined),
            parts=(stage, tests_part(tests)),
        )
        return self.with_groups(estimate, sample, stream)

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the first endogenous column's effect alone."""
        fit, vcov = self._solved(self._design(sample), sample.y, sample.x, "")
        return Effect(float(fit.beta[0]), float(vcov.std_error[0]), vcov.df)

    def apart(self, sample: Sample, first: BoolArray) -> Difference:
        """Return the difference of two groups, by stacked scores and by one 2SLS with all crossed with the group."""
        one, other = halves(sample, first)
        effects = [self.effect(half, Stream(0, "apart")) for half in (one, other)]  # draws nothing
        e, c = len(self.endogenous), len(self.controls)
        wide, k = blocks(first, one.x, other.x), sample.x.shape[1]
        parts = [(0, e), (e, e + c), (e + c, k)]
        order = [
            place for low, high in parts for start in (0, k) for place in range(start + low, start + high)
        ]
        fit, vcov = self._solved(
            by_group(self._design(sample), first), sample.y, wide[:, order], "by group", 2
        )
        crossed, shared = contrast(fit.beta, vcov.matrix, vcov.df, e)
        return Difference(stacked(effects, shared), crossed)

    def _design(self, sample: Sample) -> AbsorbingDesign:
        return design_of(self, sample, entity=self.entity_effects)

    def _solved(
        self, design: AbsorbingDesign, y: FloatArray, raw: FloatArray, suffix: str, times: int = 1
    ) -> tuple[Fit, Vcov]:
        """Return the second stage of ``raw`` (n, k): endogenous columns, controls, instruments, ``times`` as many."""
        e, c = times * len(self.endogenous), times * len(self.controls)
        names = [f"{name} {suffix}".strip() for name in self.named_columns() for _ in range(times)]
        z = np.column_stack([raw[:, e + c :], raw[:, e : e + c]])
        design.regress(
            raw[:, 0], z, [*names[e + c :], *names[e : e + c]]
        )  # refuses instruments that say nothing
        design.regress(y, raw[:, : e + c], names[: e + c])
        swept = design.residualise(np.column_stack([y, raw[:, : e + c], z]))
        data = Swept(swept[:, 0], swept[:, 1 : 1 + e + c], swept[:, 1 + e + c :], e, z.shape[1] - c)
        fit = solved(data)
        return fit, design.covariance(fit, e + c)


class Swept(NamedTuple):
    """Outcome, right-hand side and instruments less the fixed effects, each (n,) or (n, k).

    ``x`` has its ``endogenous`` columns first and then the controls, ``z`` its ``excluded`` instruments first
    and then the controls.
    """

    y: FloatArray
    x: FloatArray
    z: FloatArray
    endogenous: int
    excluded: int


def weak(stage: FirstStage) -> list[Text]:
    """Return a warning for each endogenous column whose instruments say little."""
    return [
        text(
            "Weak instruments: the first-stage F of {column} is {f}, below {limit}; read the "
            "Anderson-Rubin test instead",
            column=Name(name),
            f=Figure(f, 2),
            limit=WEAK,
        )
        for name, f in stage.f.items()
        if f < WEAK
    ]


def first_stage(
    design: AbsorbingDesign, data: Swept, endogenous: tuple[str, ...], regressors: list[str]
) -> Part[FirstStage]:
    """Return the first stages with the F and the partial R2 of the excluded instruments by endogenous column.

    The F has the model's own (clustered) covariance: with one endogenous column it is the Kleibergen-Paap F.
    """
    x, z, k = data.x, data.z, data.excluded
    found: list[Inference] = []
    strength, partial = {}, {}
    for j, name in enumerate(endogenous):
        fit = least_squares(x[:, j], z)
        vcov = design.covariance(fit, z.shape[1])
        found.append(infer(fit.beta, vcov.std_error, vcov.df))
        strength[name] = wald(fit.beta, vcov, slice(0, k))
        without = least_squares(x[:, j], z[:, k:]).resid if z.shape[1] > k else x[:, j]
        partial[name] = 1 - float(fit.resid @ fit.resid) / float(without @ without)
    notes = [
        text(
            "First-stage F of {column}: {f}, partial R2 {r2}",
            column=Name(name),
            f=Figure(f, 2),
            r2=Figure(partial[name]),
        )
        for name, f in strength.items()
    ]
    columns = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    value = FirstStage(
        endogenous=tuple(name for name in endogenous for _ in regressors),
        terms=Terms(terms_named(regressors) * len(endogenous), *columns),
        f=strength,
        partial_r2=partial,
        instruments=tuple(regressors[:k]),
    )
    return Part(value, notes=tuple(notes))


def anderson_rubin(design: AbsorbingDesign, data: Swept) -> Test:
    """Return the Anderson-Rubin (1949) test: the instruments in the reduced form of the outcome."""
    fit = least_squares(data.y, data.z)
    vcov = design.covariance(fit, data.z.shape[1])
    k = data.excluded
    return Test("anderson_rubin", wald(fit.beta, vcov, slice(0, k)), k, vcov.df)


def endogeneity(design: AbsorbingDesign, data: Swept) -> Test:
    """Return the regression test of exogeneity: first-stage residuals beside the columns (Hausman 1978)."""
    x, e = data.x, data.endogenous
    residuals = np.column_stack([least_squares(x[:, j], data.z).resid for j in range(e)])
    fit = least_squares(data.y, np.column_stack([residuals, x]))
    vcov: Vcov = design.covariance(fit, x.shape[1] + e)
    return Test("endogeneity", wald(fit.beta, vcov, slice(0, e)), e, vcov.df)


def overidentification(design: AbsorbingDesign, data: Swept, fit: Fit) -> tuple[list[Test], list[Text]]:
    """Return Hansen's J under the model's own errors, Sargan's test beside it, and why a J is missing.

    Scores are summed by cluster where the errors are clustered. Under iid errors Sargan's test is all there is, and
    under errors that correlate across regions J is not made; nothing where the model is exactly identified.
    """
    e, k = data.endogenous, data.excluded
    if k == e:
        return [], []
    controls = data.x[:, e:]
    excluded = without(data.z[:, :k], controls)
    plain = Test("sargan", sargan(fit.resid, excluded), k - e, float("inf"))
    if design.vcov == "iid":
        return [plain], []
    if design.vcov in ("driscoll-kraay", "conley") or (design.vcov == "cluster" and len(design.clusters) > 1):
        return [plain], [text("Hansen's J is not made under these errors; Sargan's test takes them as iid")]
    groups = design.clusters[0] if design.vcov == "cluster" else np.arange(len(data.y))
    j = hansen_j(fit.resid, without(data.x[:, :e], controls), excluded, groups)
    if np.isnan(j):
        note = text("Hansen's J does not exist: {count} instruments are too many for the clusters", count=k)
        return [plain], [note]
    return [Test("hansen_j", j, k - e, float("inf")), plain], []


def iv2sls(data: Swept) -> Any:
    """Return linearmodels' 2SLS of the outcome on the right-hand side."""
    from linearmodels.iv import IV2SLS

    e = data.endogenous
    exogenous = data.x[:, e:] if data.x.shape[1] > e else None
    return IV2SLS(data.y, exogenous, data.x[:, :e], data.z[:, : data.excluded]).fit(cov_type="unadjusted")


def second_stage(data: Swept, found: Any) -> Fit:
    """Return the fit of ``iv2sls`` with the scores of the fitted x, for errors with our own factors (METHODS 3)."""
    fitted = data.z @ np.linalg.lstsq(data.z, data.x, rcond=None)[0]
    beta = np.roll(
        np.asarray(found.params, dtype=np.float64), data.endogenous
    )  # it lists exogenous ones first
    return _fit(data, fitted, beta)


def solved(data: Swept) -> Fit:
    """Return the second stage by its own normal equations, as ``second_stage`` does, for the many fits of draws."""
    fitted = data.z @ np.linalg.lstsq(data.z, data.x, rcond=None)[0]
    return _fit(data, fitted, least_squares(data.y, fitted).beta)


def _fit(data: Swept, fitted: FloatArray, beta: FloatArray) -> Fit:
    bread = np.asarray(np.linalg.inv(fitted.T @ fitted), dtype=np.float64)
    return Fit(beta, data.y - data.x @ beta, bread, fitted, None, float("nan"))
