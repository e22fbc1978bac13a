"""How far selection on what is not seen would move a coefficient, from how far the controls moved it."""

from __future__ import annotations

from typing import NamedTuple

#: R2 that could be reached at most, over that with the controls (Oster 2019, section 4.2).
REACH = 1.3
#: Controls that raise R2 by less than this tell nothing.
LEAST = 0.001


class Selection(NamedTuple):
    """``bound``: the coefficient under equal selection; ``delta``: the selection that makes it 0; ``r2_max``."""

    r2_max: float
    bound: float
    delta: float


def selection(first: float, r2_first: float, last: float, r2_last: float) -> Selection | None:
    """Return b* at delta = 1 and the delta of b* = 0, from coefficient and R2 without and with the controls.

    b* = b~ - (b0 - b~)(Rmax - R~)/(R~ - R0) and delta = b~(R~ - R0)/((b0 - b~)(Rmax - R~)) with Rmax = min(1.3 R~, 1):
    the linear form of Oster (2019, Journal of Business & Economic Statistics 37, section 3.2). None where R2 rises by
    less than LEAST, nothing is left to explain, or the coefficient does not move.
    """
    r2_max = min(REACH * r2_last, 1.0)
    gained, left, moved = r2_last - r2_first, r2_max - r2_last, first - last
    if not (gained >= LEAST and left > 0 and abs(moved) > 1e-12 * max(abs(first), abs(last))):
        return None
    return Selection(r2_max, last - moved * left / gained, last * gained / (moved * left))
