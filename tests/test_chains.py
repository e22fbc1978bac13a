"""Innovation against industry: hand-worked shares, second roads, and the chapter of the bundled provinces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from ccd.bundled import bundled_rows, data_path
from ccd.describe.chains.centres import apart
from ccd.describe.chains.concentration import (
    between,
    dissimilarity,
    ellison_glaeser,
    herfindahl,
    locational_gini,
    shares,
    top_three,
    unweighted_gini,
)
from ccd.describe.chains.jackknife import jackknife
from ccd.describe.chains.sameness import cosine, krugman, structures
from ccd.describe.chains.transport import least_transport
from ccd.errors import StudyFaults
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


def test_the_unweighted_gini_by_a_double_loop():
    s, w = shares(np.array([1.0, 4, 2, 5])), shares(np.array([2.0, 1, 1, 6]))
    quotient = s / w
    gaps = sum(abs(a - b) for a in quotient for b in quotient)
    assert unweighted_gini(s, w) == pytest.approx(gaps / (2 * 16 * quotient.mean()))
    assert unweighted_gini(w, w) == pytest.approx(0)


def test_sameness_by_hand():
    v = structures(np.array([[1.0, 1, 2], [0, 1, 1], [2, 0, 2]]))
    assert v[0].tolist() == [0.25, 0.25, 0.5]
    # pairs: .25+.25+0, .25+.25+0, .5+.5+0
    assert krugman(v) == pytest.approx((0.5 + 0.5 + 1) / 3)
    first, second, third = 0.375 / np.sqrt(0.375 * 0.5), 0.375 / np.sqrt(0.375 * 0.5), 0.25 / 0.5
    assert cosine(v) == pytest.approx((first + second + third) / 3)
    assert krugman(np.eye(3)) == pytest.approx(2)


def test_centres_apart_by_hand():
    place = np.array([[0.0, 0], [300, 400]])
    assert apart(place, np.array([1.0, 0]), np.array([0.0, 1])) == pytest.approx(500)
    assert apart(place, np.array([0.6, 0.4]), np.array([0.4, 0.6])) == pytest.approx(100)


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


def test_quadrants_of_two_published_shares():
    """Basic research is 16.03 % of R&D in Beijing and 5.55 % in Guangdong; all else of the table is made."""
    regions = ["Beijing", "Guangdong", "A", "B", "C", "D"]
    rd, gdp = [100, 150, 125, 125, 125, 125], [40, 120, 210, 210, 210, 210]
    basic = [16.03, 0.0555 * 150, 6.23, 6.23, 6.23, 6.23]  # 6.57 % of all R&D
    firms = [30, 180, 197.5, 197.5, 197.5, 197.5]
    one = pd.DataFrame({"province": regions, "rd": rd, "basic": basic, "gdp": gdp, "firms": firms})
    table = pd.concat([one.assign(year=2022), one.assign(year=2023)])
    raw = study(innovation=["basic", "rd"], industry=["firms", "gdp"])
    raw["data"] = {"path": "provinces.csv", "entity": "province", "time": "year"}
    (chapter,) = evaluate(parse_study(raw, Path("s.toml")), table).chapters
    found = next(part.value for part in chapter.parts if part.name == "mismatch")
    quadrant = dict(zip(found.entity, map(str, found.quadrant), strict=True))
    assert quadrant["Beijing"] == "innovation"
    assert quadrant["Guangdong"] == "industry"
    assert found.lq_innovation[list(found.entity).index("Beijing")] == pytest.approx(0.1603 / (49.275 / 750))


def test_the_chapter_of_the_provinces():
    table = pd.read_csv(data_path("provinces.csv"))
    raw = study(by=["north_south"], factors=["fisc_st"], firms="pat_app_inv")
    (chapter,) = evaluate(parse_study(raw, Path("s.toml")), table).chapters
    mismatch, measures, centres, flows = (part.frame for part in chapter.parts)
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
    # the centres of the path are as far apart as the measure says, up to the curvature of the map
    ends = np.radians(centres[centres.time == 2023][["lat", "lon"]].to_numpy())
    (lat1, lon1), (lat2, lon2) = ends
    angle = np.arccos(np.sin(lat1) * np.sin(lat2) + np.cos(lat1) * np.cos(lat2) * np.cos(lon1 - lon2))
    assert found["centres_apart", "all"] == pytest.approx(6371.0 * angle, rel=0.02)


def test_sameness_of_treated_and_others():
    raw = study(sectors=["sec_share", "ter_share"], policy="new_area", unweighted=True)
    raw["policies"] = {"new_area": {"registry": "new_area"}}
    table = pd.read_csv(data_path("provinces.csv"))
    (chapter,) = evaluate(parse_study(raw, Path("s.toml")), table).chapters
    found = chapter.parts[1].frame
    found = found[found.time == 2023].set_index(["measure", "group"]).estimate
    own = table[(table.year == 2023) & (table.province != "Tibet")]
    v = structures(own[["sec_share", "ter_share"]].to_numpy())
    gaps = [np.abs(v[i] - v[j]).sum() for i in range(len(v)) for j in range(i)]
    assert found["krugman", "all"] == pytest.approx(np.mean(gaps))
    assert {("krugman", "treated"), ("cosine", "others"), ("gini_unweighted", "gdp")} <= {*found.index}


@pytest.mark.parametrize("keys", [{"sectors": ["gdp"]}, {"policy": "new_area"}])
def test_sectors_are_two_or_more(keys):
    with pytest.raises(StudyFaults):
        parse_study({**study(**keys), "policies": {"new_area": {"registry": "new_area"}}}, Path("s.toml"))


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
