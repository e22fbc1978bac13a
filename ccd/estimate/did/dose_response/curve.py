"""The dose response ATT(d) and its slope ACRT(d) as linear maps of changes, cohort by cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.did.dose_response.spline import basis, slopes


@dataclass(frozen=True)
class Arm:
    """One cohort of n treated regions, by dose: its ``share`` of all treated, and what makes K effects of changes.

    The effects are mean ATT, mean ACRT, then ATT(d) and ACRT(d) on the grid: ``maps`` (K, n) times the changes of
    the treated less the mean change of the never treated. ``leave`` (n, n) takes out what the spline fits.
    """

    share: float
    maps: FloatArray
    leave: FloatArray


def arm(doses: FloatArray, knots: FloatArray, at: FloatArray, share: float) -> Arm:
    """Return the maps of a cohort with ``doses`` (n,), for the grid ``at`` (k,).

    Raises numpy's LinAlgError where the columns of the spline cannot be told apart at these doses.
    """
    x = basis(doses, knots)
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise np.linalg.LinAlgError("the doses are fewer than the columns of the spline")
    bread = np.linalg.pinv(x)  # (X'X)^-1 X'
    whole = np.full((1, len(doses)), 1 / len(doses))
    mean_slope = slopes(doses, knots).mean(axis=0)[None, :] @ bread
    maps = np.concatenate([whole, mean_slope, basis(at, knots) @ bread, slopes(at, knots) @ bread])
    return Arm(share, maps, np.eye(len(doses)) - x @ bread)


@dataclass(frozen=True)
class Changes:
    """Mean changes after the date less the base year in D draws: ``treated`` (D, n) by dose, ``never`` (D, m)."""

    treated: FloatArray
    never: FloatArray


def responses(
    arms: Sequence[Arm], changes: Sequence[Changes]
) -> tuple[FloatArray, list[FloatArray], FloatArray]:
    """Return effects (D, K), the influences of each cohort's regions (D, n, K), and of the never treated (D, m, K).

    Each effect is the mean over cohorts by their ``share``. Squares of influences sum to the variance: HC0 of the
    spline and J J' s0^2 / n0, J = (X'X)^-1 X'1, every variance with 1/n; mean ATT s1^2/n1 + s0^2/n0; mean ACRT with
    the doses held (Callaway, Goodman-Bacon & Sant'Anna 2024).
    """
    effects, own, never = 0.0, [], 0.0
    for one, change in zip(arms, changes, strict=True):
        centre = change.never.mean(axis=1, keepdims=True)
        gap = change.treated - centre
        effects = effects + one.share * gap @ one.maps.T
        left = np.repeat((gap @ one.leave)[:, :, None], len(one.maps), axis=2)
        left[:, :, 0] = gap - gap.mean(axis=1, keepdims=True)
        own.append(one.share * left * one.maps.T)
        pull = one.share * one.maps.sum(axis=1) / change.never.shape[1]
        never = never - (change.never - centre)[:, :, None] * pull
    return np.asarray(effects), own, np.asarray(never)


def errors(own: Sequence[FloatArray], never: FloatArray) -> FloatArray:
    """Return the standard errors (D, K) where every region is its own cluster."""
    return np.asarray(np.sqrt(sum(np.sum(one**2, axis=1) for one in (*own, never))))
