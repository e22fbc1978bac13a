"""Several splits into folds, and one number from them."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray


def combined(estimate: FloatArray, std_error: FloatArray) -> tuple[float, float]:
    """Return the median estimate, and the median of sqrt(se_r^2 + (theta_r - median)^2), over splits (R,).

    Chernozhukov et al. (2018), definition 3.3: the second carries the noise of splitting.
    """
    middle = float(np.median(estimate))
    return middle, float(np.median(np.sqrt(std_error**2 + (estimate - middle) ** 2)))
