"""The arrays of a search that every block of draws fills again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray


@dataclass(frozen=True)
class Buffers:
    """Arrays for at most W outcomes at ``width`` places each; between two calls their content means nothing.

    Fresh pages for every block of draws would cost a third of the time. R < W outcomes take the first R rows.
    ``products`` (p, W, width) hold b(g); ``segment`` (W, span) one segment of it. ``crossed`` (m, p, p, W, width)
    hold K(h, g) of each fixed threshold, ``anew`` and ``distinct`` (p, p, W, width) those that are computed for
    some outcomes only, or once for several, ``low`` (W, width) the moments at the lower of h and g. ``columns``
    (m p, p, W, width) hold K of the orthonormal columns of the fixed thresholds, ``swept_b`` (p, W, width) and
    ``swept_square`` (p, p, W, width) what these leave of b(g) and A(g), ``columns_work`` (p, W, width) and
    ``work`` (W, width) a product on the way. ``total`` and ``term`` (W, width) add up b'A^-1 b.
    """

    products: FloatArray
    segment: FloatArray
    crossed: FloatArray
    anew: FloatArray
    distinct: FloatArray
    low: FloatArray
    columns: FloatArray
    columns_work: FloatArray
    swept_b: FloatArray
    swept_square: FloatArray
    work: FloatArray
    total: FloatArray
    term: FloatArray


def buffers(p: int, rows: int, width: int, span: int, fixed: int) -> Buffers:
    """Return arrays for ``rows`` outcomes, p regressors and at most ``fixed`` thresholds that stand.

    What is never written costs no memory: the system gives an array its pages when they are first touched.
    """
    return Buffers(
        products=np.empty((p, rows, width)),
        segment=np.empty((rows, span)),
        crossed=np.empty((fixed, p, p, rows, width)),
        anew=np.empty((p, p, rows, width)),
        distinct=np.empty((p, p, rows, width)),
        low=np.empty((rows, width)),
        columns=np.empty((fixed * p, p, rows, width)),
        columns_work=np.empty((p, rows, width)),
        swept_b=np.empty((p, rows, width)),
        swept_square=np.empty((p, p, rows, width)),
        work=np.empty((rows, width)),
        total=np.empty((rows, width)),
        term=np.empty((rows, width)),
    )
