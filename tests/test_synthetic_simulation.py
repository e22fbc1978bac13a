"""Size of the rank p and coverage of conformal intervals, in simulations."""

from __future__ import annotations

import numpy as np
import pytest

from ccd.estimate.synthetic.conformal import by_year
from ccd.estimate.synthetic.fitted import Paths
from ccd.estimate.synthetic.placebos import enumerated, rank_p
from ccd.estimate.synthetic.sc import SC
from ccd.estimate.synthetic.sdid import sdid

pytestmark = pytest.mark.slow


def drawn(rng: np.random.Generator, years: int, regions: int) -> np.ndarray:
    """Return outcomes (years, regions) of two persistent factors, region effects and noise; nobody is treated."""
    factors = rng.normal(size=(years, 2)).cumsum(0) * 0.5
    return (
        factors @ rng.normal(size=(2, regions))
        + rng.normal(size=regions) * 2
        + rng.normal(size=(years, regions))
    )


def test_the_rank_p_keeps_its_size():
    """39 donors: p can be exactly 0.05. 1,000 samples, so that 3 to 7 % is three standard errors either way."""
    rng = np.random.default_rng(8)
    rejected = 0
    for _ in range(1000):
        y = drawn(rng, 15, 40)
        paths = Paths(y[:, 1:], y[:, 0], 10)
        rejected += rank_p(sdid(paths).estimate, enumerated(sdid, paths).estimate) <= 0.05
    assert 0.03 <= rejected / 1000 <= 0.07


@pytest.mark.parametrize("beyond", [False, True])
def test_conformal_intervals_cover(beyond):
    """19 years before and the level 0.9: p is rejected at two of twenty ranks. Noise is drawn anew each year.

    ``beyond``: the treated lies four units above, beyond what its donors can make in most years.
    """
    rng = np.random.default_rng(9 + beyond)
    covered, count = 0, 1200
    for _ in range(count):
        common = rng.normal(size=(20, 1)).cumsum(0) * 0.5
        y = common + rng.normal(size=(20, 16)) + rng.normal(size=16)
        treated = y[:, 0] + (4.0 if beyond else 0.0)
        paths = Paths(y[:, 1:], treated, 19)
        found = by_year(SC, paths, SC.fit(paths), 0.9)
        covered += found.conf_low[0] <= 0 <= found.conf_high[0]
    assert 0.87 <= covered / count <= 0.93
