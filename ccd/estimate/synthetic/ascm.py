"""Augmented synthetic control: the ridge correction of Ben-Michael, Feller and Rothstein (2021)."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.synthetic.fitted import Fitted, Method, Paths, level_gap
from ccd.estimate.synthetic.sc import sc_weights
from ccd.estimate.synthetic.spec import SyntheticSpec
from ccd.words import Text, text

#: The penalties tried: the largest squared singular value, and down to 1e-8 of it.
SHARES = 1e-8 ** (np.arange(21) / 20)


class Ascm(SyntheticSpec):
    """``estimator = "ascm"``: ridge-augmented synthetic control."""

    label: ClassVar[Text] = text("Augmented synthetic control")
    by_default: ClassVar[bool] = False
    several_treated: ClassVar[bool] = False

    estimator: Literal["ascm"]

    def method(self) -> Method:
        """Return the estimator."""
        return ascm


def ascm(paths: Paths) -> Fitted:
    """Return synthetic control whose misfit before the date a ridge on the donors' outcomes takes out.

    Weights sum to 1 and may be negative (their equation 9).
    """
    own = paths.before
    x = (paths.donors[:own] - paths.donors[:own].mean(1, keepdims=True)).T
    x1 = paths.treated[:own] - paths.donors[:own].mean(1)
    penalties = float(np.linalg.norm(x, 2)) ** 2 * SHARES
    errors = left_out_errors(x, x1, penalties, paths.s0)
    mean = np.mean(errors, 1)
    best = int(np.argmin(mean))
    bound = mean[best] + float(np.std(errors[best], ddof=1)) / np.sqrt(own)
    chosen = penalties[int(np.argmax(mean <= bound))]  # they fall: the first is the largest
    w = ridge_augmented(x, x1, np.array([chosen]), paths.s0)[0]
    return Fitted(w, level_gap(paths, w, None), own)


def ridge_augmented(x: FloatArray, x1: FloatArray, penalties: FloatArray, s0: float) -> FloatArray:
    """Return weights (k, N0), a row for each penalty (k,), from X (N0, m) and x1 (m,) less the donors' means."""
    w = sc_weights(x.T, x1, s0)
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    toward = vt @ (x1 - w @ x)
    return np.asarray(w + (s / (s**2 + penalties[:, None]) * toward) @ u.T)


def left_out_errors(x: FloatArray, x1: FloatArray, penalties: FloatArray, s0: float) -> FloatArray:
    """Return the squared errors (k, m) on each year of weights fitted without it."""
    found = np.empty((len(penalties), len(x1)))
    for t in range(len(x1)):
        w = ridge_augmented(np.delete(x, t, 1), np.delete(x1, t), penalties, s0)
        found[:, t] = (x1[t] - w @ x[:, t]) ** 2
    return found
