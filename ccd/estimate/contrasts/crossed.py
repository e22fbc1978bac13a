"""Two groups of regions in one regression: all is crossed with the group, so that each keeps effects of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.contrasts.findings import Effect
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.ols import Fit, codes, group_sums
from ccd.estimate.linear.vcov import crossed

#: What errors call a column of one of the groups.
WORDS = ("first", "second")


def by_group(design: AbsorbingDesign, first: BoolArray) -> AbsorbingDesign:
    """Return the design with every fixed effect crossed with the group ``first`` (n,); regions stand in one."""
    group = first.astype(np.intp)
    return replace(design, effects=tuple(codes(crossed(effect, group)) for effect in design.effects))


def interacted(
    design: AbsorbingDesign,
    y: FloatArray,
    first: BoolArray,
    columns: Sequence[FloatArray],
    names: Sequence[Sequence[str]],
) -> tuple[Effect, float]:
    """Return the difference of the effects by one regression, and the correlation of the two effects in it.

    ``columns`` holds the regressors (n1, k1) and (n2, k2) of both groups, the one in question first, with their
    ``names``; every term and fixed effect is the group's own. Raises EstimationError.
    """
    labels = [f"{name} ({word} group)" for own, word in zip(names, WORDS, strict=True) for name in own]
    fit, vcov = by_group(design, first).regress(y, blocks(first, *columns), labels)
    return contrast(fit.beta, vcov.matrix, vcov.df, columns[0].shape[1])


def blocks(first: BoolArray, of_first: FloatArray, of_others: FloatArray) -> FloatArray:
    """Return columns (n, k1 + k2) that hold those of each group on its own rows and 0 on the other's."""
    found = np.zeros((len(first), of_first.shape[1] + of_others.shape[1]))
    found[first, : of_first.shape[1]] = of_first
    found[~first, of_first.shape[1] :] = of_others
    return found


def correlation(clusters: Sequence[IntArray], first: BoolArray, one: Fit, other: Fit) -> float:
    """Return the correlation of the two effects through clusters that stand in both groups; 0 where none does.

    Scores of both regressions are summed by cluster, the first coefficient of each (Weesie 1999, suest).
    """
    top, between = np.zeros(2), 0.0
    ways = [(1.0, group) for group in clusters]
    if len(clusters) == 2:
        ways.append((-1.0, crossed(*clusters)))
    for sign, group in ways:
        size = int(group.max()) + 1
        sums = [
            group_sums((fit.scores @ fit.bread[0])[:, None], group[rows], size)[:, 0]
            for fit, rows in ((one, first), (other, ~first))
        ]
        top += sign * np.array([total @ total for total in sums])
        between += sign * float(sums[0] @ sums[1])
    return float(between / np.sqrt(top.prod())) if top.min() > 0 else 0.0


def stacked(effects: Sequence[Effect], shared: float) -> Effect:
    """Return the difference of two effects whose errors correlate by ``shared``; inference is normal."""
    first, second = effects
    variance = first.std_error**2 + second.std_error**2 - 2 * shared * first.std_error * second.std_error
    return Effect(first.estimate - second.estimate, float(np.sqrt(variance)))


def contrast(beta: FloatArray, matrix: FloatArray, df: float, second: int) -> tuple[Effect, float]:
    """Return coefficient 0 less coefficient ``second`` of one regression, and the correlation of the two."""
    own = matrix[np.ix_([0, second], [0, second])]
    variance = float(own[0, 0] + own[1, 1] - 2 * own[0, 1])
    size = float(np.sqrt(own[0, 0] * own[1, 1]))
    effect = Effect(float(beta[0] - beta[second]), float(np.sqrt(max(variance, 0.0))), df)
    return effect, float(own[0, 1]) / size if size > 0 else 0.0
