"""The tests that choose between pooled, random and fixed effects, and what they say together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.ols import group_sums, least_squares
from ccd.estimate.panel.gls import gls
from ccd.estimate.panel.regression import design_of
from ccd.estimate.panel.spec import PanelSpec
from ccd.estimate.panel.specification import Test, p_value
from ccd.estimate.rows.sample import Sample
from ccd.words import P, Text, text

LEVEL = 0.05
#: The tests against fixed effects as a sentence begins with them.
SHORT = {
    "hausman_classical": text("The Hausman test"),
    "hausman": text("The Hausman test with one error variance"),
    "mundlak": text("Mundlak's clustered test"),
}


def choose(
    spec: PanelSpec, sample: Sample, varying: list[int], *, exact: bool
) -> tuple[list[Test], list[Text]]:
    """Return the tests between pooled, random and fixed effects, and their verdict in words.

    Those against fixed effects need columns that vary within regions. Under errors that are not classical the
    Hausman forms do not hold and Mundlak's regression leads.
    """
    if not varying:
        return [breusch_pagan(spec, sample)], []
    both = contrast(spec, sample, varying, exact=exact)
    classical, sigmaless = hausman_classical(both), hausman(both)
    regression = mundlak(spec, sample, varying, exact=exact)
    against = [classical, sigmaless, regression]
    leading = sigmaless if np.isnan(classical.statistic) else classical
    words = verdict(leading if spec.vcov == "iid" else regression, against)
    return [*against, breusch_pagan(spec, sample)], [*not_definite(classical), words]


class Contrast(NamedTuple):
    """Fixed less random effects: ``gap`` (q,), and by estimator the covariance (q, q) and s2 of its errors."""

    gap: FloatArray
    fixed: FloatArray
    random: FloatArray
    fixed_s2: float
    random_s2: float


def contrast(spec: PanelSpec, sample: Sample, varying: list[int], *, exact: bool) -> Contrast:
    """Return both estimates of the columns that vary within regions, with their classical covariances."""
    design = design_of(spec, sample, entity=True)
    swept = design.residualise(np.column_stack([sample.y, sample.x[:, varying]]))
    fixed = least_squares(swept[:, 0], swept[:, 1:])
    s2 = float(fixed.resid @ fixed.resid) / (len(sample.y) - _all_parameters(design.effects, len(varying)))
    random = gls(spec, sample, sample.x, list(spec.named_columns()), "iid", exact=exact)
    at = np.array(varying)
    own = random.cov.to_numpy()[np.ix_(at, at)]
    return Contrast(fixed.beta - random.params.to_numpy()[at], s2 * fixed.bread, own, s2, float(random.s2))


def hausman_classical(found: Contrast) -> Test:
    """Return Hausman's (1978) test, chi2(q): each covariance on its own s2 (plm's ``phtest``, Stata's default).

    Missing where the difference of the covariances is not positive definite, which a sample allows where random
    effects have the larger s2: a quadratic form in it is no chi2, and may be negative.
    """
    spread = found.fixed - found.random
    scale = np.sqrt(np.diag(found.fixed))
    q = len(found.gap)
    if np.linalg.eigvalsh(spread / np.outer(scale, scale)).min() <= 0:
        return Test("hausman_classical", float("nan"), q, float("inf"))
    return Test("hausman_classical", float(found.gap @ np.linalg.solve(spread, found.gap)), q, float("inf"))


def hausman(found: Contrast) -> Test:
    """Return the same test with both covariances on the fixed effects' s2 (Stata's ``sigmaless``), chi2(q).

    With one s2 the difference of the covariances cannot be negative.
    """
    spread = found.fixed - found.random * found.fixed_s2 / found.random_s2
    statistic = float(found.gap @ np.linalg.pinv(spread, hermitian=True) @ found.gap)
    return Test("hausman", statistic, len(found.gap), float("inf"))


def not_definite(classical: Test) -> list[Text]:
    """Return why the classical test is missing."""
    if not np.isnan(classical.statistic):
        return []
    return [
        text(
            "The classical Hausman statistic does not exist: the difference of the covariances is not positive "
            "definite; the form with one error variance and Mundlak's regression form stand in"
        )
    ]


def verdict(leading: Test, tests: list[Test]) -> Text:
    """Return what the ``leading`` test says at 5 %, and whether the others say so too."""
    rejects = {test.name: p_value(test) < LEVEL for test in tests if not np.isnan(test.statistic)}
    name, p = SHORT[leading.name], P(p_value(leading))
    agree = len(set(rejects.values())) == 1
    if rejects[leading.name] and agree:
        return text(
            "{test} rejects random effects (p {p}): region effects move with the regressors; take fixed effects",
            test=name,
            p=p,
        )
    if rejects[leading.name]:
        return text(
            "{test} rejects random effects (p {p}), another form does not: show fixed effects beside them",
            test=name,
            p=p,
        )
    if agree:
        return text(
            "{test} does not reject random effects (p {p}); fixed effects hold either way and are less precise",
            test=name,
            p=p,
        )
    return text(
        "{test} does not reject random effects (p {p}), another form does: show fixed effects beside them",
        test=name,
        p=p,
    )


def _all_parameters(effects: tuple[IntArray, ...], slopes: int) -> int:
    return slopes + 1 + sum(int(effect.max()) for effect in effects)


def mundlak(spec: PanelSpec, sample: Sample, varying: list[int], *, exact: bool) -> Test:
    """Return Mundlak's (1978) test: region means added to random effects, clustered Wald F on them."""
    listed = list(spec.named_columns())
    size = int(sample.entity.max()) + 1
    count = np.bincount(sample.entity, minlength=size)[:, None]
    means = (group_sums(sample.x[:, varying], sample.entity, size) / count)[sample.entity]
    labels = [*listed, *(f"mean of {listed[j]}" for j in varying)]
    found = gls(spec, sample, np.column_stack([sample.x, means]), labels, "cluster", exact=exact)
    at = slice(len(listed), len(labels))
    beta, matrix = found.params.to_numpy()[at], found.cov.to_numpy()[at, at]
    statistic = float(beta @ np.linalg.solve(matrix, beta)) / len(varying)
    return Test("mundlak", statistic, len(varying), float(sample.clusters[0].max()))


def breusch_pagan(spec: PanelSpec, sample: Sample) -> Test:
    """Return the Lagrange multiplier test of no region effects (Breusch and Pagan 1980, Baltagi and Li 1990)."""
    design = design_of(spec, sample, entity=False)
    swept = design.residualise(np.column_stack([sample.y, sample.x]))
    resid = least_squares(swept[:, 0], swept[:, 1:]).resid
    count = np.bincount(sample.entity).astype(np.float64)
    total = np.bincount(sample.entity, resid)
    n = len(resid)
    ratio = float(total @ total / (resid @ resid)) - 1
    statistic = n**2 * ratio**2 / (2 * float(np.sum(count * (count - 1))))
    return Test("breusch_pagan", statistic, 1, float("inf"))
