"""Binomial likelihoods: logit and probit of 0/1 outcomes, logit of shares, and weighted rows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ccd.arrays import FloatArray

LinkName = Literal["logit", "probit"]

#: Newton steps; a likelihood that has a maximum needs about ten.
STEPS = 60


@dataclass(frozen=True)
class BinomialFit:
    """A fit: ``beta`` (k,), ``index`` (n,) = x'beta, ``mean`` (n,), the observed ``information`` (k, k), ln L.

    Where the likelihood has no maximum (groups that separate, collinear columns) ``converged`` is false and the
    numbers are those of the last step.
    """

    beta: FloatArray
    index: FloatArray
    mean: FloatArray
    information: FloatArray
    loglik: float
    converged: bool


def fit_binomial(
    y: FloatArray, x: FloatArray, link: LinkName = "logit", weight: FloatArray | None = None
) -> BinomialFit:
    """Return the (quasi-)maximum-likelihood fit of E[y] = F(x'beta), ``x`` (n, k) with a constant, by statsmodels.

    ``y`` (n,) is 0 or 1, or for the logit anything in [0, 1] (Papke & Wooldridge 1996); ``weight`` (n,) are frequencies
    or importance weights. Columns should be of about one size: steps are judged by their length.
    """
    from scipy import special
    from statsmodels.discrete.discrete_model import Logit, Probit  # slow to import

    model = {"logit": Logit, "probit": Probit}[link](y, x, check_rank=False)
    if weight is not None:
        _weigh(model, weight)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what they warn of is ``converged``
        beta, information, converged = _newton(model, x.shape[1])
    index = np.zeros(len(x))
    for column, slope in zip(x.T, beta, strict=True):
        index += column * slope  # term by term: the same bits whatever multiplies matrices
    mean, log = {
        "logit": (special.expit(index), special.log_expit),
        "probit": (special.ndtr(index), special.log_ndtr),
    }[link]
    own = y * log(index) + (1 - y) * log(-index)
    loglik = float(np.sum(own if weight is None else own * weight))
    return BinomialFit(beta, index, np.asarray(mean), information, loglik, converged)


def _weigh(model: Any, weight: FloatArray) -> None:
    """Put weights into the sums over rows: Logit and Probit have none, and GLM often diverges with uneven ones."""
    x = model.exog

    def loglike(beta: FloatArray) -> float:
        return float(weight @ model.loglikeobs(beta))

    def score(beta: FloatArray) -> FloatArray:
        return np.asarray((weight * model.score_factor(beta)) @ x)

    def hessian(beta: FloatArray) -> FloatArray:
        return np.asarray((x * (weight * model.hessian_factor(beta))[:, None]).T @ x)

    model.loglike, model.score, model.hessian = loglike, score, hessian


def _newton(model: Any, columns: int) -> tuple[FloatArray, FloatArray, bool]:
    """Return beta (k,), the observed information (k, k), and whether the last step was next to nothing."""
    try:
        found = model.fit(
            method="newton",
            maxiter=STEPS,
            disp=0,
            ridge_factor=0,  # with a ridge steps end where groups separate, at no maximum
            warn_convergence=False,
            callback=_nothing,
        )
    except np.linalg.LinAlgError:  # the information is singular
        return np.zeros(columns), np.zeros((columns, columns)), False
    beta = np.asarray(found.params, dtype=np.float64)
    information = -np.asarray(model.hessian(beta), dtype=np.float64)
    return beta, information, bool(found.mle_retvals["converged"] and np.isfinite(information).all())


def _nothing(_: FloatArray) -> None:
    """Stand in for a search for separation at every step, which costs as much as the step."""
