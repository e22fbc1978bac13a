"""Checks of one treated region: each donor left out, and the date moved back; placebos are made again for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import IntArray
from ccd.estimate.synthetic.fitted import Fitted, Method, Paths
from ccd.estimate.synthetic.placebos import Ranked, enumerated, ranked
from ccd.results import InTime, WithoutDonor

#: A donor with less weight than this has none; where all have some, only the largest are left out.
WEIGHTED, LARGEST = 1e-6, 10


def without_each(
    method: Method, paths: Paths, fit: Fitted, names: Sequence[str], *, dense: bool
) -> WithoutDonor:
    """Return the effect without each donor that has weight, largest first; ``dense``: the ten largest alone."""
    size = np.abs(fit.weights)
    order = np.argsort(-size, kind="stable")
    chosen = order[size[order] > WEIGHTED][: LARGEST if dense else None]
    found: list[tuple[float, Ranked]] = []
    for j in chosen:
        rest = paths.without(int(j))
        estimate = method(rest).estimate
        found.append((estimate, ranked(estimate, enumerated(method, rest).estimate)))
    estimates = np.array([estimate for estimate, _ in found])
    low, high = int(estimates.argmin()), int(estimates.argmax())
    left_out = tuple(names[j] for j in chosen)
    p = np.array([one.p_value for _, one in found])
    return WithoutDonor(
        left_out=left_out,
        estimate=estimates,
        std_error=np.array([one.std_error for _, one in found]),
        p_value=p,
        conf_low=np.array([one.conf_low for _, one in found]),
        conf_high=np.array([one.conf_high for _, one in found]),
        whole=fit.estimate,
        lowest=float(estimates[low]),
        lowest_without=left_out[low],
        highest=float(estimates[high]),
        highest_without=left_out[high],
        largest_p=float(p.max()),
        interval_level=found[0][1].level,
    )


def moved_back(paths: Paths, years: IntArray, date: int, moves: Sequence[int], method: Method) -> InTime:
    """Return the effects of the date moved back by each of ``moves`` years, true years after cut off.

    ``years`` (T,) are those of the paths.
    """
    rows = []
    for k in moves:
        moved = Paths(paths.donors[: paths.before], paths.treated[: paths.before], paths.before - k)
        fit = method(moved)
        found = ranked(fit.estimate, enumerated(method, moved).estimate)
        begins = int(years[paths.before - k])
        rows.append((begins, fit.estimate, found.std_error, found.p_value, fit.pre_rmspe, k))
    columns = list(zip(*rows, strict=True))
    return InTime(
        date=np.array(columns[0], dtype=np.intp),
        estimate=np.array(columns[1]),
        std_error=np.array(columns[2]),
        p_value=np.array(columns[3]),
        pre_rmspe=np.array(columns[4]),
        years=np.array(columns[5], dtype=np.intp),
        actual=date,
    )
