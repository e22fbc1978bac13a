"""Balance before and after matching: bias, t, variance ratios, and a score fitted anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import EstimationError
from ccd.estimate.linear.ols import codes
from ccd.estimate.matching.score import fit_score
from ccd.words import text


@dataclass(frozen=True)
class Side:
    """Means and variances (k,) of both groups, t and p (k,) of their difference, under one weighting."""

    mean_treated: FloatArray
    mean_control: FloatArray
    var_treated: FloatArray
    var_control: FloatArray
    t: FloatArray
    p: FloatArray


def compare_groups(x: FloatArray, treated: BoolArray, weight: FloatArray) -> Side:
    """Return the two groups of ``x`` (n, k) compared under importance ``weight`` (n,), rows of 0 left out.

    The sum W of the weights stands where n would, as in Stata's pstest (Leuven & Sianesi 2003): t is that of the
    weighted regression of a column on the treatment dummy, t(W - 2), and a group's variance divides by W_g - 1.
    Missing where W <= 2 or W_g <= 1.
    """
    from scipy.special import stdtr

    used = weight != 0
    x, d, w = x[used], treated[used], weight[used]
    freedom = _over(float(w.sum()) - 2)
    mean, var, total = [], [], []
    for group in (d, ~d):
        g = w[group]
        total.append(float(g.sum()))
        mean.append(g @ x[group] / total[-1])
        var.append(g @ (x[group] - mean[-1]) ** 2 / _over(total[-1] - 1))
    fitted = np.where(d[:, None], mean[0], mean[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        s2 = (w @ (x - fitted) ** 2) / freedom
        t = (mean[0] - mean[1]) / np.sqrt(s2 * (1 / total[0] + 1 / total[1]))
    return Side(mean[0], mean[1], var[0], var[1], t, 2 * stdtr(freedom, -np.abs(t)))


def _over(freedom: float) -> float:
    """Return degrees of freedom, nan unless they are more than rounding."""
    return freedom if freedom > 1e-9 else float("nan")


def balance_table(
    x: FloatArray, treated: BoolArray, weight: FloatArray, names: Sequence[str]
) -> pd.DataFrame:
    """Return one row a column of ``x`` (n, k): means, bias in percent, t and variance ratio, before and after.

    Bias divides by sqrt((v_t + v_c)/2) of the unmatched groups (Rosenbaum & Rubin 1985), ``smd_*`` by the
    standard deviation of the unmatched treated. ``weight`` (n,) is that of the matching.
    """
    before, after = compare_groups(x, treated, np.ones(len(x))), compare_groups(x, treated, weight)
    both = np.sqrt((before.var_treated + before.var_control) / 2)
    gap_before = before.mean_treated - before.mean_control
    gap_after = after.mean_treated - after.mean_control
    with np.errstate(divide="ignore", invalid="ignore"):
        frame = {
            "variable": list(names),
            "mean_treated": before.mean_treated,
            "mean_control_before": before.mean_control,
            "mean_control_after": after.mean_control,
            "bias_before": 100 * gap_before / both,
            "bias_after": 100 * gap_after / both,
            "reduction": 100 * (1 - np.abs(gap_after) / np.abs(gap_before)),
            "t_before": before.t,
            "p_before": before.p,
            "t_after": after.t,
            "p_after": after.p,
            "variance_ratio_before": before.var_treated / before.var_control,
            "variance_ratio_after": after.var_treated / after.var_control,
            "mean_treated_after": after.mean_treated,
            "smd_before": gap_before / np.sqrt(before.var_treated),
            "smd_after": gap_after / np.sqrt(before.var_treated),
        }
    return pd.DataFrame(frame)


def effective_size(weight: FloatArray) -> float:
    """Return (sum w)^2 / sum w^2 (Kish 1965), 0 without weights."""
    square = float(weight @ weight)
    return float(weight.sum()) ** 2 / square if square > 0 else 0.0


def overall(x: FloatArray, treated: BoolArray, weight: FloatArray) -> dict[str, float]:
    """Return pseudo-R2, LR chi2, its p, and Rubin's B (percent) and R of a probit fitted under ``weight``.

    B is the gap of the mean index in percent of sqrt((v_t + v_c)/2) in that sample, R = v_t/v_c, with the variances
    of ``compare_groups`` (Rubin 2001; below 25 and between 0.5 and 2 are called balanced). Missing where
    the probit does not exist.
    """
    used = weight > 0
    try:
        if (weight < 0).any():
            raise EstimationError(
                text("negative weights"), where="balance", fix=text("weights are zero or positive")
            )
        probit = fit_score(x[used], treated[used], "probit", count=weight[used], where="balance")
    except EstimationError:
        return dict.fromkeys(("pseudo_r2", "lr_chi2", "lr_p", "rubin_b", "rubin_r"), float("nan"))
    side = compare_groups(probit.index[:, None], treated[used], weight[used])
    var_t, var_c = float(side.var_treated[0]), float(side.var_control[0])
    gap = abs(float(side.mean_treated[0] - side.mean_control[0]))
    tiny = np.finfo(float).tiny
    return {
        "pseudo_r2": probit.pseudo_r2,
        "lr_chi2": probit.chi2,
        "lr_p": probit.p_value,
        "rubin_b": 100 * gap / max(float(np.sqrt((var_t + var_c) / 2)), tiny),
        "rubin_r": var_t / max(var_c, tiny),
    }


def balance_summary(
    x: FloatArray,
    treated: BoolArray,
    weight: FloatArray,
    table: pd.DataFrame,
    lender: IntArray | None = None,
) -> dict[str, object]:
    """Return the summary of ``table`` before and after, and what is left of the controls.

    ``lender`` (n,) are codes of units that are one control together (a region in several comparisons).
    """
    sides = {
        "before": overall(x, treated, np.ones(len(x))),
        "after": overall(x, treated, weight),
    }
    found: dict[str, object] = {}
    for side, values in sides.items():
        bias = table[f"bias_{side}"].abs()
        found[side] = {"mean_bias": float(bias.mean()), "median_bias": float(bias.median()), **values}
    lending = weight[~treated]
    if lender is not None:
        lending = np.asarray(np.bincount(codes(lender[~treated]), lending), dtype=np.float64)
    found["controls"] = len(lending)
    found["controls_lending"] = int((lending != 0).sum())
    found["effective_controls"] = effective_size(lending)
    found["treated"] = int(treated.sum())
    found["treated_matched"] = int((weight[treated] > 0).sum())
    return found
