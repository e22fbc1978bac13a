"""Innovation against industry: hand-worked shares, second roads, and the chapter of the bundled provinces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from ccd.bundled import bundled_rows, data_path
from ccd.describe.chains.concentration import (
    between,
    dissimilarity,
    ellison_glaeser,
    herfindahl,
    locational_gini,
    shares,
    top_three,
)
from ccd.describe.chains.jackknife import jackknife
from ccd.describe.chains.transport import least_transport
from ccd.study import parse_study
from ccd.vary.run import evaluate

S, Q = np.array([0.5, 0.3, 0.1, 0.1]), np.array([0.2, 0.3, 0.4, 0.1])


def test_concentration_by_hand():
    assert herfindahl(S) == pytest.approx(0.36)
    assert top_three(S) == pytest.approx(0.9)
    assert dissimilarity(S, Q) == pytest.approx(0.3)
    assert between(S, Q, np.array([0, 0, 1, 1])) == pytest.approx(0.3)
    assert between(S, Q, np.array([0, 1, 0, 1])) == pytest.approx(0)
    assert locational_gini(S, S) == pytest.approx(0)
    # quotients 0 and 2 on halves: the curve lies on the axis, then runs up
    assert locational_gini(np.array([0.0, 1]), np.array([0.5, 0.5])) == pytest.approx(0.5)


def test_the_gini_is_the_mean_gap_of_quotients():
    rng = np.random.default_rng(1)
    s, w = shares(rng.lognormal(size=20)), shares(rng.lognormal(size=20))
    quotient = s / w
    gaps = sum(w[i] * w[j] * abs(quotient[i] - quotient[j]) for i in range(20) for j in range(20))
    assert locational_gini(s, w) == pytest.approx(gaps / 2)


def test_ellison_glaeser_of_firms_thrown_at_random_is_zero_on_average():
    rng = np.random.default_rng(2)
    w = shares(rng.lognormal(size=12))
    draws = rng.multinomial(50, w, size=4000) / 50
    found = np.array([ellison_glaeser(s, w, 50) for s in draws])
    assert abs(found.mean()) < 4 * found.std() / np.sqrt(4000)
    assert ellison_glaeser(np.eye(12)[0], np.full(12, 1 / 12), 50) == pytest.approx(1)


def test_transport_of_all_cells_costs_what_the_surpluses_cost():
    rng = np.random.default_rng(3)
    n = 7
    s, q = shares(rng.lognormal(size=n)), shares(rng.lognormal(size=n))
    place = rng.uniform(size=(n, 2))
    km = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    rows = np.vstack([np.kron(np.eye(n), np.ones(n)), np.kron(np.ones(n), np.eye(n))])
    whole = linprog(km.ravel(), A_eq=rows, b_eq=np.r_[s, q]).fun
    cost, flow = least_transport(s, q, km)
    assert cost == pytest.approx(whole)
    assert cost == pytest.approx((flow * km).sum())
    assert flow.sum(axis=1) == pytest.approx(s)
    assert flow.sum(axis=0) == pytest.approx(q)
    assert least_transport(s, s, km)[0] == 0


def test_the_jackknife_of_a_mean_is_its_standard_error():
    x = np.random.default_rng(4).normal(size=9)
    whole, low, high = jackknife(lambda keep: float(x[keep].mean()), 9)
    assert whole == pytest.approx(x.mean())
    assert (high - low) / 2 == pytest.approx(2.306004 * x.std(ddof=1) / 3, rel=1e-6)


def study(**keys):
    chains = {
        "innovation": ["pat_grant_inv", "emp_urban_unit"],
        "industry": ["gdp", "emp_urban_unit"],
        **keys,
    }
    return {
        "data": {"path": "provinces.csv", "entity": "province", "time": "year", "exclude": ["Tibet"],
                 "years": [2022, 2023]},
        "chains": chains,
    }  # fmt: skip


def test_the_chapter_of_the_provinces():
    table = pd.read_csv(data_path("provinces.csv"))
    raw = study(by=["north_south"], factors=["fisc_st"], firms="pat_app_inv")
    (chapter,) = evaluate(parse_study(raw, Path("s.toml")), table).chapters
    mismatch, measures, flows = (part.frame for part in chapter.parts)
    own = table[(table.year == 2023) & (table.province != "Tibet")].set_index("province")
    last = mismatch[mismatch.time == 2023].set_index("entity")
    expected = own.pat_grant_inv / own.pat_grant_inv.sum()
    assert last.s.to_numpy() == pytest.approx(expected[last.index].to_numpy())
    assert (last.lq_innovation / last.lq_industry).to_numpy() == pytest.approx((last.s / last.q).to_numpy())
    assert last.quadrant["Beijing"] in ("both", "innovation")
    found = measures[measures.time == 2023].set_index(["measure", "group"]).estimate
    north = [row["name_en"] for row in bundled_rows("regions.csv") if row["north_south"] == "North"]
    gap = (last.s - last.q)[last.index.isin(north)].sum()
    assert found["dissimilarity", "north_south"] == pytest.approx(abs(gap))
    assert found["dissimilarity", "all"] == pytest.approx((last.s - last.q).abs().sum() / 2)
    assert found["transport", "all"] == pytest.approx((flows.share * flows.km).sum())
    assert flows.share.sum() == pytest.approx(found["dissimilarity", "all"])
    assert {("hhi", "fisc_st"), ("gini", "gdp"), ("ellison_glaeser", "gdp")} <= {*found.index}
    assert (measures.conf_low <= measures.estimate).all()


def test_years_with_gaps_are_left_out_and_said():
    table = pd.read_csv(data_path("provinces.csv"))
    table.loc[(table.province == "Hunan") & (table.year == 2022), "gdp"] = np.nan
    (chapter,) = evaluate(parse_study(study(), Path("s.toml")), table).chapters
    assert [str(note) for note in chapter.notes] == ["Years left out, in which a region has no figure: 2022"]


def test_a_negative_figure_has_no_share():
    table = pd.read_csv(data_path("provinces.csv"))
    table.loc[(table.province == "Hunan") & (table.year == 2022), "gdp"] = -1.0
    results = evaluate(parse_study(study(), Path("s.toml")), table)
    assert str(results.failures["chains"].what).startswith("shares of gdp cannot be made in 2022")
