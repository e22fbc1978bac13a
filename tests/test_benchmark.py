"""A region against its peers: splits that add up, hand-worked areas, neighbours by a plain loop."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccd.bundled import data_path
from ccd.coupling.benchmark.areas import cosines, ranks
from ccd.coupling.benchmark.gap import Scheme, shapley, split_gap
from ccd.coupling.benchmark.nearest import distances_from, means
from ccd.errors import StudyFaults
from ccd.study import load_study, parse_study
from ccd.vary.run import evaluate

WEIGHT = np.array([0.6, 0.4, 0.3, 0.7, 1.0])
CODE = np.array([0, 0, 1, 1, 2])


def scheme(formula="standard", a=(0.5, 0.3, 0.2)):
    return Scheme(WEIGHT, CODE, np.array(a), formula)


def degree(z, formula="standard", a=(0.5, 0.3, 0.2)):
    u = np.array([sum(WEIGHT[j] * z[j] for j in range(5) if CODE[j] == s) for s in range(3)])
    t = float(u @ np.array(a))
    if formula == "standard":
        return np.sqrt(3 * np.prod(u) ** (1 / 3) / u.sum() * t)
    if formula == "fan2024":
        return np.sqrt((1 - 2 * u.std()) * t)
    gaps = np.mean([abs(u[i] - u[j]) for i in range(3) for j in range(i)])
    low = np.sort(u)
    return np.sqrt(np.sqrt((1 - gaps) * np.sqrt(low[0] / low[2] * low[1] / low[2])) * t)


cells = st.lists(st.floats(0.01, 1.0), min_size=5, max_size=5)


@given(cells, cells, st.sampled_from(["standard", "wang2021", "fan2024"]))
def test_the_parts_of_a_gap_sum_to_it(own, peer, formula):
    own, peer = np.array(own), np.array(peer)
    found = split_gap(own, peer, scheme(formula))
    first, second = degree(own, formula), degree(peer, formula)
    if np.isfinite(found.log).all():
        assert found.log.sum() == pytest.approx(np.log(second / first), abs=1e-12)
        assert found.level.sum() == pytest.approx(second - first, abs=1e-12)
    elif formula == "standard":
        pytest.fail("the standard formula always splits positive indices")


def test_a_gap_by_hand():
    """Two subsystems of one indicator each, equal shares: U = (.2, .8) against (.4, .8)."""
    own, peer = np.array([0.2, 0.8]), np.array([0.4, 0.8])
    two = Scheme(np.ones(2), np.array([0, 1]), np.full(2, 0.5), "standard")
    found = split_gap(own, peer, two)
    # C T = 2 sqrt(U1 U2) / (U1 + U2) * (U1 + U2) / 2 = sqrt(U1 U2), so ln D = (ln U1 + ln U2) / 4
    assert found.log == pytest.approx([np.log(2) / 4, 0])
    assert found.level == pytest.approx([0.32**0.25 - 0.16**0.25, 0])
    assert found.what_if == pytest.approx([0.32**0.25, 0.16**0.25])


@pytest.mark.parametrize("formula", ["standard", "wang2021", "fan2024"])
def test_what_if_is_d_with_one_indicator_moved(formula):
    own, peer = np.array([0.2, 0.5, 0.4, 0.3, 0.6]), np.array([0.7, 0.1, 0.9, 0.3, 0.8])
    found = split_gap(own, peer, scheme(formula))
    for j in range(5):
        moved = own.copy()
        moved[j] = peer[j]
        assert found.what_if[j] == pytest.approx(degree(moved, formula))


def test_a_subsystem_that_stands_still_adds_nothing_by_shapley():
    own = np.array([0.2, 0.5, 0.4, 0.3, 0.6])
    peer = np.array([0.4, 0.2, 0.9, 0.3, 0.6])  # .6 * .2 - .4 * .3 = 0 in the first, nothing in the third
    found = split_gap(own, peer, scheme("fan2024"))
    assert found.log[[0, 1, 3, 4]] == pytest.approx([0, 0, 0, 0], abs=1e-12)
    assert found.log[2] == pytest.approx(np.log(degree(peer, "fan2024") / degree(own, "fan2024")))


def test_shapley_values_are_means_over_orders():
    worths = np.random.default_rng(1).normal(size=8)

    def worth(members):
        return worths[(members @ np.array([1, 2, 4])).astype(int)]

    expected = np.zeros(3)
    for order in permutations(range(3)):
        held = 0
        for s in order:
            expected[s] += (worths[held | 1 << s] - worths[held]) / 6
            held |= 1 << s
    assert shapley(worth, 3) == pytest.approx(expected)


def test_a_zero_index_is_not_split():
    own, peer = np.array([0.0, 0.0, 0.4, 0.3, 0.6]), np.full(5, 0.5)
    found = split_gap(own, peer, scheme())
    assert np.isnan(found.log).all()
    assert np.isnan(found.level).all()
    assert found.what_if[2] == 0  # D stays 0 as long as the first subsystem does


def test_ranks_and_cosines_by_hand():
    x = np.array([[3.0, 10, np.nan], [1.0, 10, 5], [2.0, 40, 4]])
    assert ranks(x)[:, 0].tolist() == [1, 3, 2]
    assert ranks(x)[:, 1].tolist() == [2.5, 2.5, 1]
    assert ranks(x)[1:, 2].tolist() == [1, 2]
    assert np.isnan(ranks(x)[0, 2])
    # columns over means 2 and 20, the third left out: (1.5, .5), (.5, .5), (1, 2)
    alike = cosines(x)
    assert alike[0, 1] == pytest.approx(1 / np.sqrt(2.5 * 0.5))
    assert alike[0, 2] == pytest.approx(2.5 / np.sqrt(2.5 * 5))
    assert np.diag(alike) == pytest.approx(1)


def test_neighbours_by_a_plain_loop():
    rng = np.random.default_rng(2)
    entity, rows = np.repeat(np.arange(6), 3), np.tile([True, True, False], 6)
    x = rng.normal(size=(18, 2))
    x[4, 0] = np.nan  # region 1 has a gap in its first two years
    mean = means(x, entity, rows, 6)
    found = distances_from(mean, 0)
    kept = [0, 2, 3, 4, 5]
    own = {i: x[3 * i : 3 * i + 2].mean(axis=0) for i in kept}
    sd = np.std([own[i] for i in kept], axis=0, ddof=1)
    for i in kept:
        assert found[i] == pytest.approx(np.sqrt((((own[i] - own[0]) / sd) ** 2).sum()))
    assert np.isnan(found[1])


def raw(**keys):
    return {
        "data": {"path": "provinces.csv", "entity": "province", "time": "year", "exclude": ["Tibet"]},
        "subsystems": {
            "technology": {"pat_grant_inv": "+", "techmkt_out": "+"},
            "industry": {"gdp_pc": "+", "ter_share": "+"},
        },
        "policies": {"new_area": {"registry": "new_area"}},
        "benchmark": keys,
    }


def told(folder=".", **keys):
    file = parse_study(raw(**keys), Path(folder) / "s.toml")
    return evaluate(file, pd.read_csv(data_path("provinces.csv")))


def test_the_chapter_of_hunan():
    keys = {"peers": ["Sichuan"], "neighbours": 2, "on": ["gdp_pc", "population"], "policy": "new_area"}
    results = told(regions=["Hunan"], **keys)
    (chapter,) = results.chapters
    profile, gap, nearest = (part.frame for part in chapter.parts)
    d = results.coupling.frame["D"]
    assert [*nearest["last"].unique()] == [2014]  # Hunan's new area is of 2015
    assert "Hunan" not in {*nearest.neighbour}
    by_peer = gap.groupby("peer")[["log", "level"]].sum()
    assert {*by_peer.index} == {"Sichuan", *nearest.neighbour}
    for peer, row in by_peer.iterrows():
        assert row.level == pytest.approx(d[peer, 2023] - d["Hunan", 2023], abs=1e-12)
        assert row.log == pytest.approx(np.log(d[peer, 2023] / d["Hunan", 2023]), abs=1e-12)
    assert profile.score[0] == pytest.approx(d["Hunan", 2023])
    assert profile["rank"][0] == (d.xs(2023, level=1) > d["Hunan", 2023]).sum() + 1
    assert chapter.parts[1].value.ends[3] == pytest.approx(gap.d_peer[0])
    assert "benchmark" in [method.key for method in results.methods]


def test_several_regions_have_a_part_each():
    (chapter,) = told(regions=["Hunan", "Hubei"], peers=["Hunan", "Anhui"], year=2015).chapters
    assert [part.name for part in chapter.parts] == [
        "profile_Hunan",
        "gap_Hunan",
        "profile_Hubei",
        "gap_Hubei",
    ]
    assert {*chapter.parts[1].frame.peer} == {"Anhui"}  # no region is its own peer
    assert {*chapter.parts[3].frame.peer} == {"Hunan", "Anhui"}


def test_a_region_treated_throughout_has_no_neighbours():
    keys = {"neighbours": 2, "on": ["gdp_pc"], "policy": "new_area"}
    (chapter,) = told(regions=["Shanghai"], **keys).chapters  # Pudong is of 1992
    assert not chapter.parts
    assert [str(n) for n in chapter.notes] == [
        "Shanghai has no nearest neighbours: no year lies before new_area"
    ]


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({}, "name regions and their peers"),
        ({"regions": ["Hunan"]}, "name peers, or how many"),
        ({"regions": ["Hunan"], "neighbours": 2}, "neighbours and on go together"),
        ({"regions": ["Hunan"], "peers": ["Anhui"], "policy": "new_are"}, "there is no policy 'new_are'"),
    ],
)
def test_what_a_benchmark_cannot_ask(keys, what):
    with pytest.raises(StudyFaults) as caught:
        parse_study(raw(**keys), Path("s.toml"))
    assert any(what in fault.what for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"regions": ["Hunna"], "peers": ["Anhui"]}, "there is no region 'Hunna'"),
        ({"regions": ["Hunan"], "peers": ["Anhui"], "year": 2030}, "the data have no year 2030"),
    ],
)
def test_what_the_data_lack(keys, what):
    assert str(told(**keys).failures["benchmark"].what) == what


AREAS = "area,gdp,patents\nXiangjiang,400,12\nTianfu,500,6\nHefei,1000,\n"


def test_a_table_of_areas(tmp_path):
    (tmp_path / "areas.csv").write_text(AREAS, encoding="utf-8")
    (chapter,) = told(folder=tmp_path, table="areas.csv", table_note="Invented").chapters
    ratios, places, alike = (part.frame for part in chapter.parts)
    assert ratios[ratios.peer == "Tianfu"].ratio.tolist() == [0.8, 2]
    assert np.isnan(ratios.ratio.iloc[3])
    assert places[places.column == "gdp"]["rank"].tolist() == [3, 2, 1]
    assert places.areas.tolist() == [3, 2] * 3
    assert alike.cosine.tolist() == pytest.approx([1, 1, 1])  # gdp alone is known of all
    notes = [str(note) for note in chapter.parts[0].notes]
    assert notes[0] == "Invented"
    assert notes[1].startswith("3 areas carry no entropy weights")


@pytest.mark.parametrize(
    ("words", "what", "where"),
    [
        (AREAS.replace("500", "many"), "'many' is no number", "areas.csv, row 3, column gdp"),
        (AREAS.replace("Tianfu", "Hefei"), "an area is named twice, or not at all: 'Hefei'", "row 4"),
        ("area,gdp\nA,1\n", "a table of areas has at least two rows", "areas.csv"),
    ],
)
def test_a_table_that_is_none(tmp_path, words, what, where):
    (tmp_path / "areas.csv").write_text(words, encoding="utf-8")
    failure = told(folder=tmp_path, table="areas.csv").failures["benchmark"]
    assert what in str(failure.what)
    assert where in str(failure.where)


def test_an_area_that_the_table_lacks(tmp_path):
    (tmp_path / "areas.csv").write_text(AREAS, encoding="utf-8")
    failure = told(folder=tmp_path, table="areas.csv", area="Tianfo").failures["benchmark"]
    assert "did you mean 'Tianfu'" in str(failure.fix)


def test_the_table_is_an_input_of_the_study():
    from ccd.pipeline import data_inputs

    file = load_study(Path(__file__).parents[1] / "configs" / "benchmark_area.toml")
    assert "benchmark_area.csv" in data_inputs(file)
