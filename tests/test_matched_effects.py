"""Mean effects of matches with the errors of Abadie and Imbens: by hand, by plain loops, by simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel

from ccd.estimate.matching import Settings, Units, fit_score
from ccd.estimate.matching.abadie_imbens import (
    Links,
    links_of,
    matching_bias,
    mean_effect,
    outcome_variance,
)
from ccd.estimate.matching.estimated_score import adjustment, slopes_of
from ccd.estimate.psm.spec import PsmDid
from ccd.panel import Panel
from ccd.streams import Stream

NEAREST = Settings("nearest", support="none")


def test_three_effects_by_hand() -> None:
    # Scores .30 .60 | .28 .55 .90: the treated take controls 0 and 1; the controls take treated 0, 1 and 1.
    treated = np.array([True, True, False, False, False])
    units = Units(np.array([0.30, 0.60, 0.28, 0.55, 0.90]), treated, np.zeros((5, 1)))
    y = np.array([5.0, 8.0, 2.0, 4.0, 6.0])
    variance = outcome_variance(y, treated, units.score[:, None])
    # The nearest of the same group: treated 3 apart, controls 0 and 1 each other (2 apart), 2 the second (2 apart).
    assert variance == pytest.approx([4.5, 4.5, 2.0, 2.0, 2.0])
    att = mean_effect(y, treated, links_of(units, NEAREST, "att"), variance)
    assert att.estimate == pytest.approx((3 + 4) / 2)
    assert att.variance == pytest.approx((0.25 + 0.25) / 4)  # each control serves once: nothing is added
    atu = mean_effect(y, treated, links_of(units, NEAREST, "atu"), variance)
    assert atu.estimate == pytest.approx((3 + 4 + 2) / 3)
    assert atu.variance == pytest.approx((0 + 1 + 1 + (4 - 2) * 4.5) / 9)  # the second treated serves twice
    ate = mean_effect(y, treated, links_of(units, NEAREST, "ate"), variance)
    assert ate.estimate == pytest.approx(16 / 5)
    spread = sum((e - 3.2) ** 2 for e in (3, 4, 3, 4, 2))
    added = (1 + 2 - 1) * 4.5 + (4 + 4 - 2) * 4.5 + (1 + 2 - 1) * 2.0 * 2  # K = 1, 2, 1, 1, 0
    assert ate.variance == pytest.approx((spread + added) / 25)
    assert (att.units, atu.units, ate.units) == (2, 3, 5)


def drawn(n: int, seed: int = 4, slope: float = 1.0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1.7, 1.7, size=(n, 2))
    treated = rng.random(n) < 1 / (1 + np.exp(-(0.4 * x[:, 0] - 0.6 * x[:, 1])))
    y = x @ np.array([1.0, 2.0]) + 0.5 * rng.normal(size=n) + treated * (1 + slope * x[:, 0])
    return x, treated, y


@pytest.mark.parametrize("estimand", ["att", "atu", "ate"])
@pytest.mark.parametrize("k", [1, 3])
def test_bias_and_variance_by_plain_loops(estimand, k) -> None:
    x, treated, y = drawn(60)
    units = Units(np.round(fit_score(x, treated).probability, 2), treated, x)  # two digits: with ties
    links = links_of(units, replace(NEAREST, neighbours=k), estimand)
    measured = {"att": treated, "atu": ~treated, "ate": np.ones(60, bool)}[estimand]
    share = np.zeros((60, 60))
    for i in np.flatnonzero(measured):
        pool = np.flatnonzero(treated != treated[i])
        far = np.abs(units.score[pool] - units.score[i])
        near = pool[far <= np.sort(far)[k - 1] + 1e-10]
        share[i, near] = 1 / len(near)
    dense = np.zeros((60, 60))
    dense[links.own, links.lent] = links.share
    assert dense == pytest.approx(share)
    lent, weight = share.sum(axis=0), np.zeros((2, 3))
    for group in (0, 1):
        rows = (lent > 0) & (treated == group)
        if rows.any():
            design = np.column_stack([np.ones(rows.sum()), x[rows]])
            w = np.diag(lent[rows])
            weight[group] = np.linalg.solve(design.T @ w @ design, design.T @ w @ y[rows])
    corrected = np.zeros(60)
    for i in np.flatnonzero(measured):
        other = sum(
            share[i, j] * (y[j] + (x[i] - x[j]) @ weight[int(treated[j]), 1:])
            for j in np.flatnonzero(share[i])
        )
        corrected[i] = (y[i] - other) * (1 if treated[i] else -1)
    variance = outcome_variance(y, treated, units.score[:, None])
    found = mean_effect(y, treated, links, variance, matching_bias(y, treated, x, links))
    n = measured.sum()
    mean = corrected[measured].mean()
    total = ((corrected[measured] - mean) ** 2).sum()
    for j in range(60):
        total += (lent[j] ** 2 + 2 * lent[j] * measured[j] - (share[:, j] ** 2).sum()) * variance[j]
    assert found.estimate == pytest.approx(mean)
    assert found.variance == pytest.approx(total / n**2)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_the_estimated_score_by_plain_loops(link) -> None:
    x, treated, y = drawn(80)
    score = fit_score(x, treated, link)
    p, z = score.probability, np.column_stack([np.ones(80), x])
    step = 1e-6
    higher = score.index + step
    ahead = 1 / (1 + np.exp(-higher)) if link == "logit" else None
    if ahead is None:
        from scipy.stats import norm

        ahead = norm.cdf(higher)
    f = (ahead - p) / step

    def near(i: int, group: bool) -> np.ndarray:
        pool = np.flatnonzero(treated == group)
        return pool[np.argsort(np.abs(p[pool] - p[i]))[:2]]

    def together(i: int, group: bool) -> np.ndarray:
        a, b = near(i, group)
        return (y[a] - y[b]) * (z[a] - z[b]) / 2

    inside = p < 0.8
    weights = {
        "att": (lambda q: 1.0, lambda q: q / (1 - q), treated),
        "atu": (lambda q: (1 - q) / q, lambda q: 1.0, ~treated),
        "ate": (lambda q: 1 / q, lambda q: 1 / (1 - q), np.ones(80, bool)),
    }
    for estimand, (one, none, members) in weights.items():
        n = (members & inside).sum()
        c = d = np.zeros(3)
        for i in np.flatnonzero(inside):
            c = c + f[i] * (one(p[i]) * together(i, True) + none(p[i]) * together(i, False)) / n
            gap = y[i] - y[near(i, False)].mean() if treated[i] else y[near(i, True)].mean() - y[i]
            d = d + z[i] * f[i] * (gap - 0.7) / n
        wanted = -c @ score.vcov @ c + (d @ score.vcov @ d if estimand != "ate" else 0)
        found = adjustment(y, treated, slopes_of(score, x), inside, estimand, 0.7)
        assert found == pytest.approx(wanted, rel=1e-4)


def regions(cohorts: tuple[float, ...] = (2005.0,), seed: int = 2) -> Panel:
    """60 regions x 6 years; z and w move who is treated and how the outcome changes."""
    rng = np.random.default_rng(seed)
    n, t = 60, 6
    entity, time = np.repeat([f"r{i:02d}" for i in range(n)], t), np.tile(np.arange(2002, 2002 + t), n)
    z, w = np.repeat(rng.normal(size=(2, n)), t, axis=1)
    index = z[::t] - w[::t] + rng.logistic(size=n)
    chosen = np.argsort(-index)[:20]
    start = pd.Series(np.nan, index=[f"r{i:02d}" for i in range(n)])
    for place, region in enumerate(chosen):
        start.iloc[region] = cohorts[place % len(cohorts)]
    on = time >= start.reindex(entity).to_numpy()
    y = np.repeat(rng.normal(size=n), t) + 0.2 * z * (time - 2002) + 0.5 * on + rng.normal(size=n * t) / 2
    made = make_panel({"y": y, "z": z, "w": w}, entity, time)
    return Panel(made.frame, made.groups, {"policy": start})


def fitted(panel: Panel, **more):
    keys = {
        "name": "m",
        "kind": "psm-did",
        "outcome": "y",
        "policy": "policy",
        "match_on": ("z", "w"),
        "matcher": "nearest",
        "permutation": {"draws": 0},
    }
    return PsmDid(**{**keys, **more}).fit(panel, Stream(1, "m"))


def names(estimate) -> set[str]:
    return {part.name for part in estimate.parts}


def test_the_part_is_the_headline_with_three_effects() -> None:
    found = fitted(regions())
    rows = found.part("matched_effects").frame.set_index("column")
    assert list(rows.index) == [f"{e}-{s}" for e in ("att", "atu", "ate") for s in ("2006", "2016")]
    # One cohort in a balanced panel: the weighted two-way regression is the mean change of matches.
    assert rows.loc["att-2016", "estimate"] == pytest.approx(found.term("policy").estimate, abs=1e-12)
    assert any("60 regions: errors that know" in str(note) for note in found.part("matched_effects").notes)
    assert (rows["conf_high"] - rows["estimate"]).to_numpy() == pytest.approx(
        1.959963985 * rows["std_error"].to_numpy()
    )
    several = fitted(regions(), matcher="mahalanobis").part("matched_effects").frame["column"]
    assert list(several) == [f"{e}-{s}" for e in ("att", "atu", "ate") for s in ("2006", "2011")]


def test_where_the_errors_do_not_hold_there_is_no_part() -> None:
    assert "matched_effects" not in names(fitted(regions(), matcher="kernel"))
    assert "matched_effects" not in names(fitted(regions(), replacement=False))
    assert "matched_effects" not in names(fitted(regions((2004.0, 2005.0))))
    assert "matched_effects" not in names(fitted(regions(), design="cohort"))
    panel = regions()
    gone = (panel.frame.index.get_level_values(0) == "r07") & (panel.years >= 2005)
    found = fitted(panel.rows(~gone))
    assert "matched_effects" not in names(found)
    assert any("unseen before or after the treatment are r07" in str(note) for note in found.notes)


def test_order_of_rows_and_units_move_nothing() -> None:
    x, treated, y = drawn(50, 8)
    turn = np.random.default_rng(1).permutation(50)
    for estimand in ("att", "atu", "ate"):
        results = []
        for rows in (np.arange(50), turn):
            score = fit_score(x[rows] * [100, 0.01], treated[rows])
            units = Units(score.probability, treated[rows], x[rows])
            links = links_of(units, NEAREST, estimand)
            variance = outcome_variance(y[rows], treated[rows], score.probability[:, None])
            found = mean_effect(y[rows], treated[rows], links, variance)
            more = adjustment(
                y[rows],
                treated[rows],
                slopes_of(score, x[rows] * [100, 0.01]),
                np.ones(50, bool),
                estimand,
                0.3,
            )
            results.append((found.estimate, found.variance, more))
        assert results[0] == pytest.approx(results[1], rel=1e-6)


def test_a_match_of_nobody_has_no_links() -> None:
    units = Units(np.array([0.1, 0.9]), np.array([True, False]), np.zeros((2, 1)))
    assert not len(links_of(units, Settings("nearest", caliper=0.01, support="none"), "ate").own)
    assert isinstance(links_of(units, NEAREST, "ate"), Links)


@pytest.mark.slow
def test_errors_that_know_the_score_is_estimated_cover_as_they_say() -> None:
    # 400 regions, 500 draws: a 95 % interval; the score taken as known covers in nearly all of them.
    draws, n = 500, 400
    grid = np.random.default_rng(0).uniform(-1.7, 1.7, size=(1_000_000, 2))
    p = 1 / (1 + np.exp(-(0.4 * grid[:, 0] - 0.6 * grid[:, 1])))
    truth = {
        "att": 1 + np.average(grid[:, 0], weights=p),
        "atu": 1 + np.average(grid[:, 0], weights=1 - p),
        "ate": 1.0,
    }
    inside = {e: [0, 0] for e in truth}
    for draw in range(draws):
        x, treated, y = drawn(n, 1000 + draw)
        score = fit_score(x, treated)
        units = Units(score.probability, treated, x)
        variance = outcome_variance(y, treated, score.probability[:, None])
        for estimand, true in truth.items():
            found = mean_effect(y, treated, links_of(units, NEAREST, estimand), variance)
            more = adjustment(y, treated, slopes_of(score, x), np.ones(n, bool), estimand, found.estimate)
            for place, v in enumerate((found.variance, found.variance + more)):
                inside[estimand][place] += abs(found.estimate - true) < 1.96 * np.sqrt(v)
    for known, estimated in inside.values():
        assert known / draws > 0.98
        assert 0.92 <= estimated / draws <= 0.98
