"""The formulas of C and D that papers print: those that are right, and those known to be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np

from ccd.arrays import FloatArray
from ccd.audit.boxes import Formula
from ccd.coupling.degree import FORMULAS, comprehensive, coordination
from ccd.words import Name, Text, text

#: Exponents of prod U/(mean U)^n that papers take in place of 1/n.
EXPONENTS = (0.5, 1.0, 2.0, 3.0, 6.0)


@dataclass(frozen=True)
class Candidate:
    """A formula of u (m, n) with its name; ``right`` is false for those that papers print by mistake."""

    name: Text
    of: Formula
    right: bool


def degrees(n: int) -> Iterator[Candidate]:
    """Yield the candidates of C for n subsystems (mistakes as Wang et al. 2021 list them); none of them twice."""
    for name, formula in FORMULAS.items():
        yield Candidate(text("{label}", label=name), formula, right=True)
    for exponent in EXPONENTS:
        if exponent * n != 1:
            said = text("[prod U / (mean U)^n]^{exponent}", exponent=f"{exponent:g}")
            yield Candidate(said, partial(_power, exponent), right=False)
    root = text("(prod U)^(1/n) / sum U, n left out")
    yield Candidate(root, lambda u: FORMULAS["standard"](u) / u.shape[1], right=False)
    bare = text("prod U / (sum U)^n, no root")
    yield Candidate(bare, lambda u: _evenness(u) / float(u.shape[1]) ** u.shape[1], right=False)
    if n > 2:
        two = text("2 sqrt(prod U) / sum U")
        yield Candidate(two, lambda u: 2 * np.sqrt(np.prod(u, axis=1)) / u.sum(axis=1), right=False)
    paired = text("[prod U / prod (U_i + U_j)]^(1/n)")
    yield Candidate(paired, _pairwise, right=False)
    times = text("n [prod U / prod (U_i + U_j)]^(1/n)")
    yield Candidate(times, lambda u: u.shape[1] * _pairwise(u), right=False)
    yield Candidate(text("wang2021 with root n in place of n - 1"), _wang_root_n, right=False)


def coordinations() -> Iterator[tuple[Text, Formula, bool]]:
    """Yield (name, function of (C, T) (m, 2), right) for D; each rises in both."""
    yield text("sqrt(C T)"), lambda ct: np.sqrt(ct[:, 0] * ct[:, 1]), True
    yield text("C T"), lambda ct: ct[:, 0] * ct[:, 1], False
    yield text("(C T)^(1/3)"), lambda ct: np.cbrt(ct[:, 0] * ct[:, 1]), False
    yield text("sqrt(C + T)"), lambda ct: np.sqrt(ct[:, 0] + ct[:, 1]), False


def coordinations_of_u(n: int) -> Iterator[Candidate]:
    """Yield D = sqrt(C T) from U alone, T with equal contributions, C by each right formula."""
    for name, formula in FORMULAS.items():

        def of(u: FloatArray, formula: Formula = formula) -> FloatArray:
            return coordination(formula(u), comprehensive(u, np.full(n, 1 / n)))

        said = text("sqrt(C T), C by {formula}, T with equal contributions", formula=Name(name))
        yield Candidate(said, of, right=True)


def _evenness(u: FloatArray) -> FloatArray:
    """Return prod U / (mean U)^n, factor by factor so that small indices do not underflow."""
    return np.asarray(np.prod(u / u.mean(axis=1, keepdims=True), axis=1))


def _power(exponent: float, u: FloatArray) -> FloatArray:
    return np.asarray(_evenness(u) ** exponent)


def _pairwise(u: FloatArray) -> FloatArray:
    n = u.shape[1]
    sums = np.prod([u[:, i] + u[:, j] for i, j in combinations(range(n), 2)], axis=0)
    return np.asarray((np.prod(u, axis=1) / sums) ** (1 / n))


def _wang_root_n(u: FloatArray) -> FloatArray:
    n = u.shape[1]
    ordered = np.sort(u, axis=1)
    apart = ordered @ (2 * np.arange(n) - n + 1) / (n * (n - 1) / 2)
    level = np.prod(ordered[:, :-1] / ordered[:, -1:], axis=1) ** (1 / n)
    return np.asarray(np.sqrt(np.clip(1 - apart, 0, None) * level))
