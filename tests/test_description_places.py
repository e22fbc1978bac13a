"""Ellipses, the geographical detector and grey degrees against cases by hand and other packages."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from ccd.describe.centre.albers import project, unproject
from ccd.describe.centre.ellipse import ellipse, outline
from ccd.describe.drivers.detector import adjusted, crossed, interaction, predicted_q, q_statistic
from ccd.describe.drivers.grey import grey_degrees, ranks, scaled
from ccd.describe.drivers.intervals import candidates, deviations, equal, geometric, natural, quantile, strata
from ccd.describe.drivers.least_squares import least_squares, least_sum
from ccd.describe.drivers.search import detect, given
from ccd.space.distance import distances

PEERS = json.loads(
    (Path(__file__).parent / "reference" / "description_peers.json").read_text(encoding="utf-8")
)
RANDOM = np.random.default_rng(5)


def test_the_projection_keeps_areas_and_comes_back():
    lon, lat = np.array([90.0, 116.4, 121.5]), np.array([30.0, 39.9, 31.2])
    back = unproject(project(lon, lat))
    assert np.allclose(back, (lon, lat), atol=1e-10)
    cell = np.array([[100, 35], [100.1, 35], [100.1, 35.1], [100, 35.1]])
    x, y = project(*cell.T).T
    area = 0.5 * abs(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    true = 6371.0088**2 * np.radians(0.1) * (np.sin(np.radians(35.1)) - np.sin(np.radians(35)))
    assert area == pytest.approx(true, rel=1e-5)


def test_the_ellipse_of_a_cross_by_hand():
    # points 3 east and west, 1 north and south: variances 4.5 and 0.5 of four points
    found = ellipse(np.array([[3.0, 0], [-3, 0], [0, 1], [0, -1]]), np.ones(4), "plain")
    assert (found.major, found.minor, found.angle) == pytest.approx((np.sqrt(4.5), np.sqrt(0.5), 90))
    assert ellipse(np.eye(2), np.array([3.0, 1.0])).centre == pytest.approx([0.75, 0.25])
    assert np.abs(outline(found)).max(axis=0) == pytest.approx([np.sqrt(4.5), np.sqrt(0.5)])


def test_the_ellipse_is_that_of_pointpats():
    theirs = PEERS["pointpats"]
    points = np.array(theirs["points"])
    found = ellipse(points, np.ones(len(points)), "crimestat")
    assert (found.major, found.minor) == pytest.approx((theirs["major"], theirs["minor"]), abs=1e-9)
    # theirs is the rotation of the axes from the x axis in radians
    tangent = np.tan(np.radians(90 - found.angle))
    assert min(abs(tangent - np.tan(theirs["rotation"] + turn)) for turn in (0, np.pi / 2)) < 1e-6
    weights = np.array(theirs["weights"])
    assert ellipse(points, weights).centre == pytest.approx(theirs["weighted_mean_center"], abs=1e-9)


def test_haversine_moves_along_a_meridian():
    assert distances(np.array([105.0, 105]), np.array([30.0, 31]))[0, 1] == pytest.approx(111.195, abs=1e-3)


def test_q_by_hand():
    y = np.array([1.0, 2, 5, 6])
    # SST 17, within 0.5 + 0.5
    assert q_statistic(y, np.array([0, 0, 1, 1])) == pytest.approx(1 - 1 / 17)
    assert adjusted(1 - 1 / 17, 4, 2) == pytest.approx(1 - (1 / 2) / (17 / 3))
    assert predicted_q(y, np.array([2.0, 1, 6, 5]), (14 - y) / 3) == pytest.approx(1 - 4 / (17 * 16 / 9))


def test_ways_to_cut_by_hand():
    x = np.array([1.0, 2, 4, 8, 16])
    assert equal(x, 3) == pytest.approx([6, 11])
    assert quantile(x, 2) == pytest.approx([4])
    assert geometric(x, 2) == pytest.approx([4])
    assert geometric(x - 1, 2) is None
    assert natural(x, 2) == pytest.approx([8])  # {1, 2, 4, 8} and {16}: 28.75 within, less than any other cut
    sd, mean = x.std(ddof=1), x.mean()
    assert deviations(x, 3) == pytest.approx([mean - sd / 2, mean + sd / 2])
    assert strata(x, np.array([4.0])).tolist() == [0, 0, 0, 1, 1]  # a value on a break is below it


def test_least_squares_is_the_best_of_all_cuts():
    x, y = np.arange(9.0), RANDOM.normal(size=(4, 9))
    for row, breaks, least in zip(y, least_squares(x, y, 3), least_sum(x, y, 3)[:, 2], strict=True):
        ways = [np.split(row, cut) for cut in combinations(range(1, 9), 2)]
        best = min(sum(((part - part.mean()) ** 2).sum() for part in way) for way in ways)
        parts = [row[strata(x, breaks) == k] for k in range(3)]
        assert sum(((part - part.mean()) ** 2).sum() for part in parts) == pytest.approx(best)
        assert least == pytest.approx(best)


def test_the_search_is_in_every_draw():
    x, y = RANDOM.normal(size=31), RANDOM.normal(size=31)
    permuted = np.stack([RANDOM.permutation(y) for _ in range(199)])
    found = detect(y, x, 3, 6, exact=False, permuted=permuted)
    assert found is not None
    best = [max(float(q_statistic(row, made)) for _, _, made in candidates(x, 3, 6)) for row in permuted]
    assert found.p_value == pytest.approx((1 + sum(q >= found.q for q in best)) / 200)
    assert found.noise == pytest.approx(np.quantile(best, 0.95))
    assert found.noise > 0.3  # what 31 regions of noise reach


def test_held_out_q_is_the_loop():
    x = RANDOM.normal(size=15)
    y = x + RANDOM.normal(size=15)
    found = detect(y, x, 2, 3, exact=False, permuted=y[None, :])
    out, whole = [], []
    for i in range(15):
        keep = np.arange(15) != i
        _, _, made = max(candidates(x, 2, 3), key=lambda one: float(q_statistic(y[keep], one[2][keep])))
        own = keep & (made == made[i])
        whole.append(y[keep].mean())
        out.append(y[own].mean() if own.any() else whole[-1])
    assert found is not None
    assert found.q_out == pytest.approx(predicted_q(y, np.array(out), np.array(whole)))


def test_strata_as_given_and_the_exact_search():
    groups, y = np.array([0, 0, 1, 1, 2, 2]), np.array([1.0, 1, 2, 2, 5, 5])
    permuted = np.stack([RANDOM.permutation(y) for _ in range(99)])
    found = given(y, groups, permuted)
    assert found is not None
    assert (found.q, found.intervals) == (pytest.approx(1), 3)
    exact = detect(y, np.arange(6.0), 2, 3, exact=True, permuted=permuted)
    assert exact is not None
    assert (exact.q, exact.strata.tolist()) == (pytest.approx(1), groups.tolist())
    assert given(y, np.zeros(6, int), permuted) is None


@pytest.mark.parametrize(
    ("q", "kind"),
    [(0.1, "nonlinear weakening"), (0.25, "univariate weakening"), (0.4, "bivariate enhancement"),
     (0.5 + 1e-10, "independent"), (0.6, "nonlinear enhancement")],
)  # fmt: skip
def test_the_five_classes(q, kind):
    assert interaction(0.2, 0.3, q) == kind


def test_crossing_strata():
    assert crossed(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 0])).tolist() == [0, 1, 2, 2]


def test_grey_degrees_by_hand():
    reference, factors = np.array([[0.0, 1.0]]), np.array([[[0.0, 1.0]], [[0.5, 0.0]]])
    # deltas 0, 0 | 0.5, 1: min 0, max 1, rho 0.5
    assert grey_degrees(reference, factors, 0.5) == pytest.approx([1, (0.5 / 1 + 0.5 / 1.5) / 2])
    assert ranks(np.array([0.2, 0.9, 0.5])).tolist() == [3, 1, 2]
    assert scaled(np.array([[2.0, 4.0]]), "first").tolist() == [[1, 2]]
    assert scaled(np.array([[2.0, 4.0]]), "minmax").tolist() == [[0, 1]]
