"""Sensitivity of mediation: what runs through a channel when its errors and those of the outcome correlate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.did.checks.legs import Legs
from ccd.results import Mediation

#: Correlations of the errors that are tried.
RHO = np.arange(-18, 19) / 20
#: Percentiles of the draws that bound an interval.
ENDS = (0.025, 0.975)

Leg = float | FloatArray


class Drawn(NamedTuple):
    """Draws of the legs (R,): policy on channel, channel on outcome, total, and ``noise`` (``Legs``)."""

    on_channel: FloatArray
    on_outcome: FloatArray
    total: FloatArray
    noise: FloatArray

    @property
    def indirect(self) -> FloatArray:
        """Return what runs through the channel, (R,)."""
        return self.on_channel * self.on_outcome


def acme(on_channel: Leg, on_outcome: Leg, noise: Leg, rho: FloatArray) -> FloatArray:
    """Return what runs through the channel if the errors of channel and outcome correlate by ``rho`` (m,), (..., m).

    Imai, Keele & Yamamoto (2010, Statistical Science 25, theorem 4): a (s1/s2)(r - rho sqrt((1 - r^2)/(1 - rho^2))),
    s and r of the errors of both given the policy. With b the channel's slope, b = r s1/s2, and ``noise`` is
    (s1/s2) sqrt(1 - r^2), so that it is a (b - noise rho / sqrt(1 - rho^2)). Legs are (...).
    """
    a, b, noise = (np.asarray(one)[..., None] for one in (on_channel, on_outcome, noise))
    return np.asarray(a * (b - noise * rho / np.sqrt(1 - rho**2)))


def zero_at(on_outcome: float, noise: float) -> float:
    """Return the correlation at which nothing runs through the channel: that of both errors given the policy."""
    return float(on_outcome / np.hypot(on_outcome, noise))


def percentiles(drawn: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the ends (...) of 95 % intervals from draws (R, ...); nan draws are left out."""
    low, high = np.nanquantile(drawn, ENDS, axis=0)
    return low, high


def mediation(channels: Sequence[str], found: Sequence[Legs], drawn: Sequence[Drawn]) -> Mediation:
    """Return the curves of several channels over ``RHO``: their legs ``found`` and draws of them."""
    curves = [acme(one.on_channel, one.on_outcome, one.noise, RHO) for one in found]
    bounds = [percentiles(acme(one.on_channel, one.on_outcome, one.noise, RHO)) for one in drawn]
    return Mediation(
        channel=tuple(channel for channel in channels for _ in RHO),
        rho=np.tile(RHO, len(channels)),
        acme=np.concatenate(curves),
        conf_low=np.concatenate([low for low, _ in bounds]),
        conf_high=np.concatenate([high for _, high in bounds]),
        zero=tuple(zero_at(one.on_outcome, one.noise) for one in found),
    )
