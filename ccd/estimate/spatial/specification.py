"""Which spatial model the data leave standing: multipliers from below, ratios and Wald tests from above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.autoregressive.likelihood import SpatialFit
from ccd.estimate.autoregressive.lm import Multipliers
from ccd.estimate.linear.vcov import p_values_f
from ccd.results import Part, SpecificationTests
from ccd.words import P, Text, text

#: Level of the sentence on which model stands.
LEVEL = 0.05
TESTS = {
    "lm_lag": text("LM: no spatial lag"),
    "lm_error": text("LM: no spatial error"),
    "robust_lm_lag": text("Robust LM: no spatial lag"),
    "robust_lm_error": text("Robust LM: no spatial error"),
    "lr_sar": text("LR: SDM reduces to SAR"),
    "wald_sar": text("Wald: SDM reduces to SAR"),
    "lr_sem": text("LR: SDM reduces to SEM"),
    "wald_sem": text("Wald: SDM reduces to SEM"),
}


@dataclass(frozen=True)
class Asked:
    """A chi2(df) statistic; ``name`` is a key of TESTS."""

    name: str
    statistic: float
    df: int

    @property
    def p_value(self) -> float:
        """Return its p."""
        return p_values_f(self.statistic, self.df, float("inf"))


def multiplier_tests(found: Multipliers) -> list[Asked]:
    """Return the four multipliers."""
    names = ("lm_lag", "lm_error", "robust_lm_lag", "robust_lm_error")
    return [Asked(name, value, 1) for name, value in zip(names, found, strict=True)]


def reductions(
    sdm: SpatialFit, sar: SpatialFit, sem: SpatialFit | None, own: Sequence[int], lagged: Sequence[int]
) -> list[Asked]:
    """Return LR and Wald tests of h = 0 (SAR) and, where all regressors have lags, of h + rho b = 0 (SEM).

    ``own`` and ``lagged`` are the places of b and h among ``sdm.coefficients``.
    """
    df, at = len(lagged), list(lagged)
    theta, covariance = sdm.coefficients, sdm.covariance
    found = [
        Asked("lr_sar", max(0.0, 2 * (sdm.log_likelihood - sar.log_likelihood)), df),
        Asked("wald_sar", _wald(theta[at], covariance[np.ix_(at, at)]), df),
    ]
    if sem is None:
        return found
    gap = theta[at] + theta[0] * theta[list(own)]
    slope = np.zeros((df, len(theta)))
    slope[:, 0] = theta[list(own)]
    slope[np.arange(df), at] = 1.0
    slope[np.arange(df), list(own)] += theta[0]
    inner = slope @ covariance[: len(theta), : len(theta)] @ slope.T
    return [
        *found,
        Asked("lr_sem", max(0.0, 2 * (sdm.log_likelihood - sem.log_likelihood)), df),
        Asked("wald_sem", _wald(gap, inner), df),
    ]


def _wald(gap: FloatArray, covariance: FloatArray) -> float:
    return float(gap @ np.linalg.solve(covariance, gap))


def tests_part(asked: Sequence[Asked]) -> Part[SpecificationTests]:
    """Return the tests with the sentence on which model they leave standing."""
    return Part(
        SpecificationTests(
            test=tuple(one.name for one in asked),
            statistic=np.array([one.statistic for one in asked]),
            df=np.array([one.df for one in asked], dtype=np.intp),
            p_value=np.array([one.p_value for one in asked]),
            df_resid=np.full(len(asked), np.inf),
            label=tuple(TESTS[one.name] for one in asked),
            verdict=verdict({one.name: one.p_value for one in asked}),
        )
    )


def verdict(p: dict[str, float]) -> Text:
    """Return which model stands at 5 %: from SDM down where it was fitted, else from the plain panel up."""
    return _from_above(p["lr_sar"], p["lr_sem"]) if "lr_sem" in p else _from_below(p)


def _from_above(sar: float, sem: float) -> Text:
    """Return what is left of SDM, SAR and SEM after likelihood ratios with these p."""
    values = {"sar": P(sar), "sem": P(sem)}
    if sar < LEVEL and sem < LEVEL:
        return text(
            "Likelihood ratios reject the reductions to SAR (p {sar}) and to SEM (p {sem}): the spatial "
            "Durbin model is left standing.",
            **values,
        )
    if sem < LEVEL:
        return text(
            "Likelihood ratios reject the reduction to SEM (p {sem}) and not that to SAR (p {sar}): the "
            "spatial lag model is left standing.",
            **values,
        )
    if sar < LEVEL:
        return text(
            "Likelihood ratios reject the reduction to SAR (p {sar}) and not that to SEM (p {sem}): the "
            "spatial error model is left standing.",
            **values,
        )
    return text(
        "Likelihood ratios reject neither SAR (p {sar}) nor SEM (p {sem}): both are left standing, and the "
        "spatial Durbin model adds nothing that these data can tell.",
        **values,
    )


def _from_below(p: dict[str, float]) -> Text:
    """Return what multipliers of the panel model without space point to."""
    values = {"lag": P(p["robust_lm_lag"]), "error": P(p["robust_lm_error"])}
    if p["lm_lag"] >= LEVEL and p["lm_error"] >= LEVEL:
        return text(
            "Multiplier tests find neither a spatial lag (p {lag}) nor a spatial error (p {error}): the panel "
            "model without space is left standing.",
            lag=P(p["lm_lag"]),
            error=P(p["lm_error"]),
        )
    if p["robust_lm_lag"] < LEVEL <= p["robust_lm_error"]:
        return text(
            "Robust multiplier tests find a spatial lag (p {lag}) and no spatial error (p {error}): the "
            "spatial lag model is left standing.",
            **values,
        )
    if p["robust_lm_error"] < LEVEL <= p["robust_lm_lag"]:
        return text(
            "Robust multiplier tests find a spatial error (p {error}) and no spatial lag (p {lag}): the "
            "spatial error model is left standing.",
            **values,
        )
    return text(
        "Multiplier tests find dependence between neighbours and do not tell a lag (robust p {lag}) from an "
        "error (robust p {error}): start from the spatial Durbin model.",
        **values,
    )
