"""How often sets of the share cover it, and named stages are right: 13 years, relative sd .05, shares .05 to .95."""

from __future__ import annotations

import numpy as np
import pytest

from ccd.describe.stages.curve import LOGITS, Grid, fit_curve, logistic
from ccd.describe.stages.naming import INDUSTRY, named, thirds

YEARS = np.arange(2011, 2024)
#: A set holds the grid's points: a share between two of them is covered by the nearer.
HALF = 6 / (LOGITS - 1)


@pytest.mark.slow
def test_sets_cover_and_names_are_right():
    rng = np.random.default_rng(20260101)
    grid, draws = Grid(YEARS), 3000
    covered, sure, right = 0, 0, 0
    for _ in range(draws):
        share = rng.uniform(0.05, 0.95)
        logit, rate = np.log(share / (1 - share)), np.exp(rng.uniform(np.log(2), np.log(8))) / 12
        y = logistic(rate * (YEARS - 2023) + logit) * np.exp(0.05 * rng.normal(size=13))
        found = fit_curve(grid, y)
        covered += found.low - HALF <= logit <= found.high + HALF
        stage, other, _ = named(thirds(found, INDUSTRY))
        if other or found.open:
            continue
        sure += 1
        right += stage == INDUSTRY[int(share > 0.1) + int(share > 0.9)]
    assert 0.93 <= covered / draws <= 0.965
    assert right / sure >= 0.9
    assert sure / draws >= 0.6  # names are not bought by naming few
