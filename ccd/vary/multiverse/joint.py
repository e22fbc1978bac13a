"""The joint test of a whole curve: its statistics against those under cohorts dealt anew, everywhere alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray

STATISTICS = ("median", "share", "sum_t")
#: Two statistics this near are equal.
ROUNDING = 1e-10
#: The band of the ordered curve.
BAND = (0.025, 0.975)


@dataclass(frozen=True)
class JointTest:
    """Observed statistics (3,), their p-values, those of each deal (B, 3); band (2, S) of the ordered curve."""

    observed: FloatArray
    p_value: FloatArray
    drawn: FloatArray
    band: FloatArray


def joint_test(effects: FloatArray, t: FloatArray, critical: FloatArray) -> JointTest:
    """Return the test of ``effects`` and ``t`` (B + 1, S), the first row the true cohorts; ``critical`` (S,) of |t|.

    Statistics: |median effect|, the larger share of one sign with |t| above its critical value, |sum t|/S;
    p = (1 + #{>= observed})/(B + 1), ties count (Simonsohn, Simmons & Nelson 2020). What a draw does not identify
    is left out of its statistics.
    """
    with np.errstate(invalid="ignore"):
        median = np.abs(np.nanmedian(effects, axis=1))
        known = np.maximum(np.isfinite(t).sum(axis=1), 1)
        up, down = (t > critical).sum(axis=1), (t < -critical).sum(axis=1)
    found = np.column_stack([median, np.maximum(up, down) / known, np.abs(np.nansum(t, axis=1)) / known])
    observed, drawn = found[0], found[1:]
    beyond: BoolArray = drawn >= observed * (1 - ROUNDING)
    p = (1 + beyond.sum(axis=0)) / (len(drawn) + 1)
    ordered = np.sort(effects[1:], axis=1)
    return JointTest(observed, np.asarray(p), drawn, np.nanquantile(ordered, BAND, axis=0))
