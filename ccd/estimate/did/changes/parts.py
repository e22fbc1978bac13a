"""The parts of changes-in-changes: effects on quantiles, and bounds where outcomes repeat."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ccd.arrays import IntArray
from ccd.estimate.did.changes.cells import Found, bounds, matrix_of, quantiles, simple
from ccd.estimate.linear.inference import infer
from ccd.estimate.rows.levels import spread_of
from ccd.results import Comparison, Part, Quantiles
from ccd.words import Name, text

NORMAL = float("inf")
#: The rows of the bounds.
ROWS = (
    text("Least effect (equation 25)"),
    text("Largest effect (equation 25)"),
    text("Under conditional independence (equation 29)"),
)


class Asked(Protocol):
    """The keys that the quantiles stand on."""

    @property
    def outcome(self) -> str:
        """Return the outcome."""

    @property
    def policy(self) -> str:
        """Return the policy."""

    @property
    def quantiles(self) -> tuple[float, ...]:
        """Return the quantiles."""


#: Said of errors that the permutation does not lead.
BY_DRAWS = text(
    "Normal intervals from the draws of regions: the permutation leads the effects on means alone"
)


def quantiles_part(
    model: Asked, found: Found, whole: IntArray, draws: IntArray, *, tied: bool
) -> Part[Quantiles]:
    """Return the effects on quantiles with errors from ``draws`` (B, N), and bounds where outcomes are ``tied``."""
    levels = model.quantiles
    estimate = quantiles(found.wide, whole, levels)[0]
    read = infer(estimate, spread_of(quantiles(found.wide, draws, levels)), NORMAL)
    beside = bounds(found.wide, whole, levels) if tied else None
    value = Quantiles(
        q=np.array(levels),
        estimate=read.estimate,
        std_error=read.std_error,
        conf_low=read.conf_low,
        conf_high=read.conf_high,
        lower=None if beside is None else beside.lower[0, 1:],
        upper=None if beside is None else beside.upper[0, 1:],
        independent=None if beside is None else beside.independent[0, 1:],
        outcome=model.outcome,
        about=(model.policy,),
        mean=(float(simple(*matrix_of(found.wide, whole))[0]),),
        policy=True,
    )
    return Part(value, notes=(BY_DRAWS,))


def bounds_part(policy: str, found: Found, whole: IntArray, draws: IntArray, rows: int) -> Part[Comparison]:
    """Return the bounds of the effect on the mean, and the effect under conditional independence."""
    estimate = np.array([one[0, 0] for one in bounds(found.after, whole, ())])
    redrawn = np.column_stack([one[:, 0] for one in bounds(found.after, draws, ())])
    read = infer(estimate, spread_of(redrawn), NORMAL)
    value = Comparison(
        label=ROWS,
        estimate=read.estimate,
        std_error=read.std_error,
        p_value=read.p_value,
        conf_low=read.conf_low,
        conf_high=read.conf_high,
        nobs=np.full(len(ROWS), rows),
        title=text("The effect on the mean where outcomes repeat"),
        term=Name(policy),
    )
    said = text(
        "Where outcomes repeat ranks are not unique: the effect is known up to bounds, and exactly if who holds "
        "which rank among equals does not depend on the group"
    )
    return Part(value, "bounds", (said, BY_DRAWS))
