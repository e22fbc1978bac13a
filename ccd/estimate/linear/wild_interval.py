"""The interval that a wild cluster bootstrap implies: every null that it does not reject."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.linear.resample import BATCH, SIGNS, all_signs
from ccd.progress import told

#: Steps of half a standard error from the estimate outwards before they double, and doublings before giving up.
STEPS, DOUBLINGS = 40, 40
#: Halvings that place an end.
HALVINGS = 60
#: Statistics that differ by less than this share are ties.
TIE = 1e-9


@dataclass(frozen=True)
class WildDraws:
    """Draws of signs (B) as functions of the null b0: numerators ``top`` (B, 2), squared errors ``square`` (B, 3).

    Under b0 a draw's numerator is top[0] - b0 top[1] and its squared error square[0] - 2 b0 square[1] +
    b0^2 square[2], times what is the same in every draw; the first row holds the data, whose signs are all 1.
    ``every`` tells that all sign vectors are there, the data among them.
    """

    top: FloatArray
    square: FloatArray
    every: bool

    def p_value(self, null: float) -> float:
        """Return p of the null, the residuals restricted by it: (1 + #)/(B + 1), a share where all signs are there."""
        numerator = np.abs(self.top @ [1.0, -null])
        square = np.maximum(self.square @ [1.0, -2 * null, null**2], 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.nan_to_num(numerator / np.sqrt(square), nan=0.0, posinf=np.inf)
        beyond = int(np.sum(t[1:] >= t[0] * (1 - TIE)))
        drawn = len(t) - 1
        return beyond / drawn if self.every else (1 + beyond) / (drawn + 1)

    def interval(self, estimate: float, std_error: float, alpha: float = 0.05) -> tuple[float, float]:
        """Return the nulls around the ``estimate`` with p > ``alpha``; an end that is never reached is infinite."""
        return self._end(estimate, -std_error, alpha), self._end(estimate, std_error, alpha)

    def _end(self, estimate: float, step: float, alpha: float) -> float:
        inside, reach = estimate, 0.5
        for turn in range(STEPS + DOUBLINGS):
            outside = estimate + reach * step
            if self.p_value(outside) <= alpha:
                break
            inside, reach = outside, reach + 0.5 if turn < STEPS else 2 * reach
        else:
            return float(np.copysign(np.inf, step))
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if self.p_value(middle) <= alpha else (middle, outside)
        return float(inside)


def wild_draws(
    outcome: tuple[FloatArray, FloatArray],
    regressor: tuple[FloatArray, FloatArray],
    draws: int,
    signs: str,
    rng: np.random.Generator,
) -> WildDraws:
    """Return the draws from ``wild_influence`` (a, s) of the outcome and of the regressor, both without effects.

    The residual under b0 is that of the outcome less b0 times the regressor, and a and s are linear in it. With
    Rademacher signs and 2^G <= ``draws`` every sign vector is used.
    """
    groups = len(outcome[0])
    every = signs == "rademacher" and groups < 60 and 2**groups <= draws
    drawn = all_signs(groups) if every else rng.choice(SIGNS[signs], size=(draws, groups))
    drawn = np.vstack([np.ones((1, groups)), drawn])
    top = drawn @ np.column_stack([outcome[0], regressor[0]])
    square = np.empty((len(drawn), 3))
    step = max(1, BATCH // groups)
    for start in told(range(0, len(drawn), step), "draws", len(drawn), step):
        block = drawn[start : start + step]
        y, d = block @ outcome[1].T, block @ regressor[1].T
        square[start : start + step] = np.column_stack(
            [np.sum(a * b, axis=1) for a, b in ((y, y), (y, d), (d, d))]
        )
    return WildDraws(top, square, every)
