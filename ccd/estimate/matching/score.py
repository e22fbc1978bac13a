"""The propensity score: unpenalised maximum likelihood, and the column that separates when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import EstimationError, Words
from ccd.estimate.linear.binomial import LinkName, fit_binomial
from ccd.estimate.linear.ols import unidentified
from ccd.words import text

#: What errors call the place where no caller names it.
WHERE = text("propensity score")

#: Beyond this index fitted probabilities are 0 or 1 to machine precision, and separation is looked for.
FAR = {"logit": 25.0, "probit": 6.5}


@dataclass(frozen=True)
class Score:
    """A fitted score.

    ``beta`` (k + 1,) with the constant first and its ``vcov``; ``probability`` (n,) and the linear
    ``index`` (n,); the log likelihood with and without the columns.
    """

    link: LinkName
    beta: FloatArray
    vcov: FloatArray
    index: FloatArray
    probability: FloatArray
    loglik: float
    loglik_null: float

    @property
    def pseudo_r2(self) -> float:
        """Return McFadden's 1 - lnL/lnL0."""
        return 1 - self.loglik / self.loglik_null

    @property
    def chi2(self) -> float:
        """Return the likelihood ratio against the constant alone."""
        return 2 * (self.loglik - self.loglik_null)

    @property
    def p_value(self) -> float:
        """Return the p-value of ``chi2`` under chi2(k)."""
        from scipy import special

        return float(special.chdtrc(len(self.beta) - 1, self.chi2))


def fit_score(
    x: FloatArray,
    treated: BoolArray,
    link: LinkName = "logit",
    names: Sequence[str] = (),
    count: FloatArray | None = None,
    strata: IntArray | None = None,
    where: Words = WHERE,
) -> Score:
    """Return the maximum-likelihood score of ``treated`` (n,) on ``x`` (n, k) and a constant.

    ``count`` (n,) are frequency or importance weights. With ``strata`` (codes (n,)) each stratum has a
    constant of its own, after the columns of ``x`` in ``beta``. Columns are standardised for the fit.
    Raises EstimationError naming constant or collinear columns, the columns that separate the groups,
    and too few treated or control rows.
    """
    from scipy import special

    labels = [str(name) for name in names] or [f"column {j + 1}" for j in range(x.shape[1])]
    w = np.ones(len(x)) if count is None else np.asarray(count, dtype=np.float64)
    used = w > 0
    _refuse_few(treated[used], x.shape[1], where)
    refuse_columns(x[used], labels, where)
    if strata is not None:
        x, labels = (
            np.column_stack([x, _dummies(strata)]),
            [*labels, *(f"stratum {s}" for s in np.unique(strata)[1:])],
        )
    middle = np.average(x, axis=0, weights=w)
    spread = np.sqrt(np.average((x - middle) ** 2, axis=0, weights=w))
    z = np.column_stack([np.ones(len(x)), (x - middle) / spread])
    share = float(w[treated].sum() / w.sum())
    weight = None if count is None else w[used]
    fit = fit_binomial(treated[used].astype(np.float64), z[used], link, weight)
    if not fit.converged or float(np.abs(fit.index).max()) > FAR[link]:
        _refuse_separation(z[used], treated[used], labels, where)
    if not fit.converged:
        raise EstimationError(
            text("the propensity score did not converge"),
            where=where,
            fix=text("look for a column with extreme values; take its logarithm, or leave it out"),
        )
    beta = fit.beta
    jacobian = np.diag(np.concatenate([[1.0], 1 / spread]))
    jacobian[0, 1:] = -middle / spread
    index = sum((z[:, j] * beta[j] for j in range(len(beta))), np.zeros(len(z)))
    null = float(w.sum()) * (special.xlogy(share, share) + special.xlogy(1 - share, 1 - share))
    vcov = jacobian @ np.linalg.inv(fit.information) @ jacobian.T
    probability = special.expit(index) if link == "logit" else special.ndtr(index)
    return Score(link, jacobian @ beta, vcov, index, probability, fit.loglik, float(null))


def _dummies(strata: IntArray) -> FloatArray:
    return np.asarray(strata[:, None] == np.unique(strata)[None, 1:], dtype=np.float64)


def _refuse_few(treated: BoolArray, columns: int, where: Words) -> None:
    for group, number in (
        (text("treated"), int(treated.sum())),
        (text("control"), int((~treated).sum())),
    ):
        if number <= columns:
            raise EstimationError(
                text(
                    "{number} {group} units are too few for a score of {columns} columns",
                    number=number,
                    group=group,
                    columns=columns,
                ),
                where=where,
                fix=text("match on at most {most} columns, or widen the sample", most=max(number - 1, 0)),
            )


def refuse_columns(x: FloatArray, names: Sequence[str], where: Words) -> None:
    """Raise EstimationError naming columns of ``x`` (n, k) that are constant or collinear."""
    constant, collinear = unidentified(x - x.mean(axis=0), x)
    constant = sorted({*constant, *(j for j in range(x.shape[1]) if np.ptp(x[:, j]) == 0)})
    for found, what in (
        (constant, text("constant")),
        (collinear, text("collinear with the columns before it")),
    ):
        if found:
            listed = tuple(names[j] for j in found)
            raise EstimationError(
                text("matching column {listed} is {what}", listed=listed, what=what),
                where=where,
                fix=text("leave it out of match_on"),
            )


def separates(z: FloatArray, treated: BoolArray) -> bool:
    """Tell whether a weighted sum of the columns of ``z`` (n, k, constant among them) splits the groups.

    Complete or quasi-complete: some b has (2d - 1) z'b >= 0 in every row and > 0 in one, so that the
    likelihood has no maximum (Albert & Anderson 1984; the linear programme of Konis 2007).
    """
    from scipy import optimize  # slow to import, and seldom asked for

    signed = z * np.where(treated, 1.0, -1.0)[:, None]
    scale = np.abs(signed).max(axis=0)
    signed = signed / np.where(scale > 0, scale, 1.0)
    found = optimize.linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(z)), bounds=(-1, 1), method="highs"
    )
    return bool(found.status == 0 and found.fun is not None and found.fun < -1e-7)


def _refuse_separation(z: FloatArray, treated: BoolArray, names: Sequence[str], where: Words) -> None:
    """Raise EstimationError naming the column, or the smallest set of columns, that separates the groups."""
    alone = [j for j in range(1, z.shape[1]) if separates(z[:, [0, j]], treated)]
    if not alone:
        if not separates(z, treated):
            return
        keep = list(range(z.shape[1]))
        for j in range(z.shape[1] - 1, 0, -1):
            fewer = [k for k in keep if k != j]
            if separates(z[:, fewer], treated):
                keep = fewer
        alone = [j for j in keep if j]
        how = text("together separate")
    else:
        how = text("separates") if len(alone) == 1 else text("each separate")
    raise EstimationError(
        text(
            "{alone} {how} treated from controls perfectly: the score does not exist",
            alone=tuple(names[j - 1] for j in alone),
            how=how,
        ),
        where=where,
        fix=text("leave the column out of match_on, or compare regions that overlap in it"),
    )
