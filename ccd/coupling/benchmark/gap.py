"""What the gap of D between a region and a peer is made of, indicator by indicator; arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.coupling.degree import FORMULAS, comprehensive, coordination
from ccd.coupling.diagnose import logarithmic_mean

#: Subsystem indices that differ by less are equal: what they add is none.
EQUAL = 1e-12


@dataclass(frozen=True)
class Scheme:
    """How z (k,) becomes D: weight (k,) of each indicator, its subsystem as code (k,), contributions a (n,)."""

    weight: FloatArray
    code: IntArray
    contribution: FloatArray
    formula: str

    def indices(self, z: FloatArray) -> FloatArray:
        """Return U (n,) of z (k,)."""
        own = np.bincount(self.code, self.weight * z, minlength=len(self.contribution))
        return np.asarray(own, dtype=np.float64)

    def degree(self, u: FloatArray) -> FloatArray:
        """Return D (m,) of u (m, n)."""
        return coordination(FORMULAS[self.formula](u), comprehensive(u, self.contribution))


@dataclass(frozen=True)
class Split:
    """By indicator (k,): its part of ln D_peer - ln D_own and of D_peer - D_own (nan: not split), and ``what_if``.

    ``what_if`` is the D of the region if that indicator alone stood where the peer's stands.
    """

    log: FloatArray
    level: FloatArray
    what_if: FloatArray


def split_gap(own: FloatArray, peer: FloatArray, scheme: Scheme) -> Split:
    """Return the exact split of the gap between z of a region and of its peer, both (k,).

    Standard formula: with L the logarithmic mean (Ang 2005), ln D_p - ln D_i = sum_s c_s (U_ps - U_is),
    c_s = .5 [1/(n L(U_ps, U_is)) - 1/L(sum U_p, sum U_i) + a_s/L(T_p, T_i)]. Other formulas: Shapley values of ln D
    over subsystems (Shorrocks 2013), inside each in proportion. In levels: times L(D_p, D_i). Not split where an
    index is zero, or D is anywhere between.
    """
    u, v = scheme.indices(own), scheme.indices(peer)
    step = scheme.weight * (peer - own)
    raised = np.repeat(u[None, :], len(own), axis=0)
    raised[np.arange(len(own)), scheme.code] += step
    what_if = scheme.degree(np.clip(raised, 0.0, 1.0))
    d = scheme.degree(np.stack([u, v]))
    rate = np.full(len(u), np.nan)
    if (u > 0).all() and (v > 0).all() and (d > 0).all():
        rate = (
            _standard(u, v, scheme.contribution) if scheme.formula == "standard" else _shapley(u, v, scheme)
        )
    log = rate[scheme.code] * step
    level = log * logarithmic_mean(d[:1], d[1:]) if np.isfinite(rate).all() else np.full_like(log, np.nan)
    return Split(log, level, what_if)


def _standard(u: FloatArray, v: FloatArray, a: FloatArray) -> FloatArray:
    """Return c_s (n,): what one unit of U_s adds to ln D on the way from u to v."""
    whole = logarithmic_mean(np.array([u.sum()]), np.array([v.sum()]))
    t = logarithmic_mean(np.array([a @ u]), np.array([a @ v]))
    return np.asarray(0.5 * (1 / (len(u) * logarithmic_mean(u, v)) - 1 / whole + a / t))


def _shapley(u: FloatArray, v: FloatArray, scheme: Scheme) -> FloatArray:
    """Return the Shapley value of each subsystem per unit of its change, (n,); 0 where it does not change."""

    def ln_d(members: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(scheme.degree(np.where(members, v, u))))

    value = shapley(ln_d, len(u))
    change = v - u
    return np.divide(value, change, out=np.zeros(len(u)), where=np.abs(change) > EQUAL)


def shapley(worth: Callable[[FloatArray], FloatArray], n: int) -> FloatArray:
    """Return the Shapley values (n,) of ``worth``: coalitions (m, n) of 0 and 1 -> what each is worth (m,).

    nan for all where a coalition is worth no finite number.
    """
    every = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    worths = worth(np.asarray(every, dtype=np.float64))
    if not np.isfinite(worths).all():
        return np.full(n, np.nan)
    size = every.sum(axis=1)
    found = np.zeros(n)
    for s in range(n):
        without = np.flatnonzero(every[:, s] == 0)
        share = np.array(
            [factorial(int(k)) * factorial(n - int(k) - 1) / factorial(n) for k in size[without]]
        )
        found[s] = share @ (worths[without + 2**s] - worths[without])
    return found
