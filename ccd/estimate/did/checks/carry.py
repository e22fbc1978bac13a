"""The error of an effect on D that takes in how D is made: regions redrawn, with D held and with D made anew."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.effects import Effect, Finding
from ccd.estimate.linear.inference import LEVEL
from ccd.estimate.linear.vcov import quantile
from ccd.results import Carried, Part
from ccd.spec import Spec
from ccd.words import Text, text

#: The error with D made anew over that with D held; more is warned of.
MORE = 1.1
#: Draws below which a standard deviation says little.
FEWEST = 19


class CarrySpec(Spec):
    """``carry = { draws = 999 }``."""

    draws: int = Field(default=999, ge=FEWEST)
    """Times that the regions are drawn anew."""


def carried(effect: Effect, drawn: FloatArray, regions: int, where: Text | str) -> Finding:
    """Return the part ``carried`` of ``drawn`` (B, 2): effects with D held and with D made anew; nan: no estimate.

    Both errors are standard deviations (n - 1) of the same draws, with intervals by t(regions - 1), since regions are
    what is drawn. Raises EstimationError when too few draws can be estimated both ways.
    """
    known = drawn[np.isfinite(drawn).all(axis=1)]
    if len(known) < FEWEST:
        raise EstimationError(
            text(
                "{known} of {drawn} draws of the regions can be estimated", known=len(known), drawn=len(drawn)
            ),
            where=where,
            fix=text("leave carry out: too few regions are treated, or an indicator varies in few"),
        )
    held, remade = known.std(axis=0, ddof=1).tolist()
    std_error = np.array([effect.std_error, held, remade])
    half = std_error * [quantile(LEVEL, df) for df in (effect.df, regions - 1, regions - 1)]
    ratio = float(remade / held)
    value = Carried(
        source=("analytic", "held", "remade"),
        std_error=std_error,
        conf_low=effect.estimate - half,
        conf_high=effect.estimate + half,
        estimate=effect.estimate,
        ratio=ratio,
        draws=len(known),
        regions=regions,
    )
    notes: list[Text] = []
    if len(known) < len(drawn):
        notes.append(
            text(
                "{count} {count:draw|draws} of the regions cannot be estimated and {count:is|are} left out",
                count=len(drawn) - len(known),
            )
        )
    if ratio > MORE:
        notes.append(
            text(
                "Bounds and weights of D come from the same regions: made anew in each draw of them, they raise the "
                "standard error to {ratio:.2f} times that with D held; errors and p-values elsewhere hold D",
                ratio=ratio,
            )
        )
    return Finding((Part(value),), {"carried": value.scalars()}, notes=tuple(notes))
