"""What documents in force add up to: counts, strength, product synergy, PMC; arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ccd.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Presence:
    """Which documents bear on which region-years, each (n, d): in force, issued that year, issued by then."""

    in_force: BoolArray
    issued: BoolArray
    ever: BoolArray


def presence(
    region: NDArray[np.object_],
    years: NDArray[np.int64],
    of_region: NDArray[np.object_],
    issued: FloatArray,
    ended: FloatArray,
    everywhere: str,
) -> Presence:
    """Return where ``d`` documents bear on ``n`` region-years; in force when issued <= t < ended (nan: never)."""
    here = (region[:, None] == of_region[None, :]) | (of_region == everywhere)[None, :]
    t = years[:, None].astype(np.float64)
    ever = here & (issued[None, :] <= t)
    over = np.where(np.isnan(ended), np.inf, ended)[None, :] <= t
    return Presence(ever & ~over, here & (issued[None, :] == t), ever)


def document_scores(
    document: IntArray, word: IntArray, score: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    """Return the score of each document for each word (d, k): the largest over its rows, 0 without one."""
    scores = np.zeros(shape)
    np.maximum.at(scores, (document, word), score)
    return scores


def strength_by(present: BoolArray, strength: FloatArray, scores: FloatArray) -> FloatArray:
    """Return sum over present documents of strength x score, (n, k); Peng, Zhong & Sun (2008)."""
    return np.asarray(present.astype(np.float64) @ (strength[:, None] * scores))


def product_synergy(
    present: BoolArray, strength: FloatArray, scores: FloatArray, pairs: Sequence[tuple[int, int]]
) -> FloatArray:
    """Return PS_ab = sum over present documents of strength x score_a x score_b, (n, pairs).

    Peng, Zhong & Sun (2008).
    """
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    return np.asarray(present.astype(np.float64) @ (strength[:, None] * scores[:, first] * scores[:, second]))


def valid_share(present: Presence) -> FloatArray:
    """Return documents in force over documents ever issued, (n,); nan before the first."""
    ever = present.ever.sum(axis=1)
    in_force = present.in_force.sum(axis=1)
    return np.asarray(np.divide(in_force, ever, out=np.full(len(ever), np.nan), where=ever > 0))


#: Years after the end of a document in which another of the same kind renews it.
RENEWED = 2


def renewed_share(
    present: Presence, years: FloatArray, issued: FloatArray, ended: FloatArray, by_cell: FloatArray
) -> FloatArray:
    """Return ended documents that were renewed over those that ended by then, (n,); nan before the first end.

    A document is renewed where another with a cell (instrument and factor, ``by_cell`` (d, cells)) in common was
    issued in the year of its end or the RENEWED years after it, and by the row's year (``years``, (n,)).
    """
    held = by_cell > 0
    alike = (held.astype(np.float64) @ held.T.astype(np.float64)) > 0
    np.fill_diagonal(alike, False)
    gap = issued[None, :] - ended[:, None]  # nan (never ended): no comparison holds
    heirs = alike & (gap >= 0) & (gap <= RENEWED)
    over = present.ever & (ended[None, :] <= years[:, None])
    followed = over & (present.ever.astype(np.float64) @ heirs.T.astype(np.float64) > 0)
    count = over.sum(axis=1)
    return np.asarray(
        np.divide(followed.sum(axis=1), count, out=np.full(len(count), np.nan), where=count > 0)
    )


def pooled_minmax(values: FloatArray) -> FloatArray:
    """Return each column of ``values`` (n, k) on [0, 1] over all region-years; nan where it is constant."""
    low, high = values.min(axis=0), values.max(axis=0)
    spread = high - low
    return np.asarray(np.divide(values - low, spread, out=np.full_like(values, np.nan), where=spread > 0))


def pmc(subvariables: pd.DataFrame, variables: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return the main variables (mean of their 0/1 sub-variables) and ``pmc``, their sum, by document.

    Ruiz Estrada (2011). The maximum is the number of main variables.
    """
    main = pd.DataFrame({name: subvariables[list(subs)].mean(axis=1) for name, subs in variables.items()})
    return main.assign(pmc=main.sum(axis=1))


GRADES = ("perfect", "excellent", "acceptable", "poor")


def pmc_grade(index: FloatArray, maximum: int, cuts: Sequence[float]) -> list[str]:
    """Return the grade of each index: from ``cuts`` of the maximum up perfect, excellent, acceptable; else poor."""
    # 9 of 10 is 0.9 of the maximum, whatever the last digit of the sum of means.
    share = np.round(index / maximum, 12)
    place = np.searchsorted(-np.asarray(cuts), -share, side="left")
    return [GRADES[k] for k in place]
