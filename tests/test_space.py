"""Weights and description in space: hand-worked cases, enumeration, libpysal and esda, plain loops, refusals."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ccd.errors import DataError
from ccd.panel import Panel
from ccd.space.attach import with_weights
from ccd.space.autocorrelation import geary, getis_ord, moments, moran, permuted_moran
from ccd.space.description import SpaceSpec, draw_orders
from ccd.space.distance import distances
from ccd.space.local import conditional, false_discovery, hot_spots, local
from ccd.space.spec import WeightsSpec
from ccd.spatial_weights import SpatialWeights
from ccd.streams import Stream
from ccd.study import parse_study
from ccd.vary.run import evaluate

PATH = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]], dtype=float)
STREAM = Stream(7, "space")


def weights(raw: np.ndarray, standardise: str = "row", **more: object) -> SpatialWeights:
    regions = tuple(f"r{i:03}" for i in range(len(raw)))
    return SpatialWeights("w", "matrix", regions, sparse.csr_array(raw), standardise, **more)  # type: ignore[arg-type]


def lattice(rows: int, columns: int) -> np.ndarray:
    at = [(i, j) for i in range(rows) for j in range(columns)]
    return np.array([[float(abs(i - k) + abs(j - m) == 1) for k, m in at] for i, j in at])


def panel(
    n: int = 6, times: int = 3, *, lon: object = None, lat: object = None, names: object = None
) -> Panel:
    names = names or [f"r{i}" for i in range(n)]
    index = pd.MultiIndex.from_product([names, range(2001, 2001 + times)], names=["region", "year"])
    x = np.random.default_rng(3).uniform(1, 9, len(index))
    frame = pd.DataFrame({"x": x}, index=index)
    if lon is not None:
        frame["lon"], frame["lat"] = np.repeat(lon, times), np.repeat(lat, times)
    return Panel(frame, pd.DataFrame(index=index))


def attached(data: Panel, base: Path = Path(), **keys: object) -> SpatialWeights:
    return with_weights(data, {"w": WeightsSpec.model_validate(keys)}, base).weights["w"]


def test_the_path_of_four_regions_by_hand():
    found = moments(weights(PATH).matrix)
    x = np.array([1.0, 2.0, 4.0, 3.0])
    assert moran(x, found).value == pytest.approx(0.3, abs=1e-12)
    assert geary(x, found).value == pytest.approx(0.525, abs=1e-12)
    assert getis_ord(x, found).value == pytest.approx(0.628571429, abs=1e-9)
    assert np.log(1 - 0.5 * weights(PATH).eigenvalues).sum() == pytest.approx(-0.352220594, abs=1e-9)


@pytest.mark.parametrize("statistic", [moran, geary, getis_ord])
def test_moments_are_those_of_all_permutations(statistic):
    w = moments(weights(np.pad(lattice(2, 3), 0)).matrix)
    x = np.array([1.0, 2.0, 4.0, 3.0, 7.5, 2.5])
    every = np.array([statistic(np.array(order), w).value for order in itertools.permutations(x)])
    found = statistic(x, w)
    assert found.expected == pytest.approx(every.mean(), abs=1e-10)
    assert (found.value - found.expected) / found.z == pytest.approx(every.std(), abs=1e-10)


def test_g_has_no_value_below_zero():
    assert np.isnan(getis_ord(np.array([-1.0, 2.0, 3.0, 4.0]), moments(weights(PATH).matrix)).value)


def test_global_and_local_statistics_are_those_of_esda():
    esda, libpysal = pytest.importorskip("esda"), pytest.importorskip("libpysal")
    raw = lattice(5, 6)
    other = libpysal.weights.full2W(raw)
    x = np.random.default_rng(5).lognormal(size=30)
    w = moments(weights(raw).matrix)
    other.transform = "b"
    g = esda.G(x, other, permutations=0)
    star = libpysal.weights.fill_diagonal(other, 1.0)
    gi = esda.G_Local(x, star, transform="B", permutations=0, star=None)
    other.transform = "r"
    i, c = esda.Moran(x, other, permutations=0), esda.Geary(x, other, permutations=0)
    assert moran(x, w)[:3] == pytest.approx((i.I, i.EI, i.z_rand), abs=1e-10)
    assert geary(x, w)[:3] == pytest.approx((c.C, c.EC, c.z_rand), abs=1e-10)
    assert getis_ord(x, w)[:3] == pytest.approx((g.G, g.EG, g.z_norm), abs=1e-10)
    assert moran(x, w).p_value == pytest.approx(i.p_rand, abs=1e-10)
    lisa = esda.Moran_Local(x, other, permutations=0)
    ours = local(x[None], weights(raw).matrix, draw_orders(29, 19, STREAM, "local"))
    assert ours.statistic[0] == pytest.approx(lisa.Is * 30 / 29, abs=1e-10)  # esda divides by n - 1
    assert hot_spots(x[None], weights(raw).matrix)[0] == pytest.approx(gi.Zs, abs=1e-10)


def test_local_p_is_that_of_a_plain_loop_on_the_same_draws():
    w, draws = weights(lattice(3, 4)), 99
    x = np.random.default_rng(2).normal(size=(2, 12))
    orders = draw_orders(11, draws, STREAM, "local")
    found = local(x, w.matrix, orders)
    dense = w.matrix.toarray()
    for t, row in enumerate(x):
        z = row - row.mean()
        m = z @ z / 12
        for i in range(12):
            others = [j for j in range(12) if j != i]
            near = np.flatnonzero(dense[i])
            own = z[i] * dense[i] @ z / m
            drawn = np.array(
                [
                    z[i] * sum(dense[i, j] * z[others[order[k]]] for k, j in enumerate(near)) / m
                    for order in orders
                ]
            )
            above, below = np.sum(drawn >= own - 1e-9 * abs(own)), np.sum(drawn <= own + 1e-9 * abs(own))
            assert found.p_value[t, i] == pytest.approx(min(1, 2 * (1 + min(above, below)) / (draws + 1)))


def test_global_p_is_that_of_a_plain_loop():
    w = moments(weights(lattice(3, 4)).matrix)
    x = np.random.default_rng(8).normal(size=12)
    orders = draw_orders(12, 199, STREAM, "global")
    own = moran(x, w).value
    drawn = np.array([moran(x[order], w).value for order in orders])
    least = 1 + min(np.sum(drawn >= own - 1e-9 * abs(own)), np.sum(drawn <= own + 1e-9 * abs(own)))
    assert permuted_moran(x, w, orders) == pytest.approx(min(1, 2 * least / 200))


def test_ties_count_on_both_sides():
    w = weights(lattice(2, 3))
    z = np.array([[1.0, 1.0, 1.0, 1.0, 1.0, -5.0]])
    found = conditional(z, w.matrix, z * (w.matrix @ z.T).T, draw_orders(5, 99, STREAM, "local"))
    assert (found <= 1).all() and found[0, 0] == 1  # r0 sees ones in most draws: as large and as small


def test_q_values_by_hand():
    assert false_discovery(np.array([0.01, 0.04, 0.03, 0.5])) == pytest.approx(
        [0.04, 0.16 / 3, 0.16 / 3, 0.5]
    )


def test_contiguity_of_provinces_and_its_convention():
    names = ["Beijing", "Guangdong", "Guangxi", "Hainan", "Hebei", "Tianjin"]
    found = attached(panel(names=names), kind="contiguity")
    assert found.neighbours("Guangdong") == ("Guangxi", "Hainan")
    assert found.neighbours("Beijing") == ("Hebei", "Tianjin")
    assert found.nearest_km()[0] == pytest.approx(111.93, abs=0.01)
    with pytest.raises(DataError, match="without a neighbour under the weights 'w': Hainan"):
        attached(panel(names=names), kind="contiguity", conventions=False)
    linked = attached(panel(names=names), kind="contiguity", conventions=False, island="nearest")
    assert linked.neighbours("Hainan") == ("Guangxi",)  # Nanning is nearer to Haikou than Guangzhou
    zero = attached(panel(names=names), kind="contiguity", conventions=False, island="zero")
    assert zero.islands.sum() == 1
    with pytest.raises(DataError, match="Hainan"):
        zero.checked("model 'm'")


def test_nearest_keeps_ties_and_may_be_one_sided():
    # on the equator at 0, 1, 2, 4: r1 is as far from r0 as from r2, so its second nearest are both
    found = attached(
        panel(4, lon=[0.0, 1.0, 2.0, 4.0], lat=[0.0] * 4), kind="nearest", k=1, lon="lon", lat="lat"
    )
    assert found.neighbours("r1") == ("r0", "r2")
    assert found.neighbours("r3") == ("r2",) and "r3" not in found.neighbours("r2")
    assert found.matrix.toarray().sum(axis=1) == pytest.approx(1)
    assert np.sort(found.eigenvalues.real) == pytest.approx(
        np.sort(np.linalg.eigvals(found.matrix.toarray()).real)
    )


def test_distance_weights_and_the_smallest_cutoff():
    place = {"lon": [0.0, 1.0, 3.0], "lat": [0.0, 0.0, 0.0]}
    found = attached(panel(3, **place), kind="distance", lon="lon", lat="lat", standardise="none", power=2)
    degree = 6371.0088 * np.pi / 180
    assert found.cutoff == pytest.approx(2 * degree)
    assert found.raw.toarray() == pytest.approx(np.array([[0, 1, 0], [1, 0, 0.25], [0, 0.25, 0]]) / degree**2)
    assert distances(np.array([0.0, 180.0]), np.zeros(2))[0, 1] == pytest.approx(np.pi * 6371.0088)
    with pytest.raises(DataError, match="r2"):
        attached(panel(3, **place), kind="distance", lon="lon", lat="lat", cutoff=150.0)
    with pytest.raises(DataError, match="r0 and r1 lie in one place"):
        attached(panel(3, lon=[0.0, 0.0, 3.0], lat=[0.0] * 3), kind="distance", lon="lon", lat="lat")


def test_economic_weights_by_hand():
    data = panel(3, lon=[0.0, 1.0, 3.0], lat=[0.0] * 3)
    mean = data.frame["x"].groupby(level=0).mean().to_numpy()
    raw = attached(data, kind="economic", column="x", standardise="none").raw.toarray()
    assert raw[0, 1] == pytest.approx(1 / abs(mean[0] - mean[1])) and raw[0, 0] == 0
    nested = attached(
        data, kind="economic", column="x", nested=True, lon="lon", lat="lat", standardise="none"
    ).raw
    apart = distances(np.array([0.0, 1.0, 3.0]), np.zeros(3))
    assert nested.toarray()[0, 2] == pytest.approx(mean[2] / (apart[0, 2] * mean.mean()))
    late = data.frame["x"].xs(2001, level=1).to_numpy()
    treated = Panel(
        data.frame, data.groups, {"p": pd.Series([2002.0, np.nan, np.nan], index=["r0", "r1", "r2"])}
    )
    before = attached(treated, kind="economic", column="x", standardise="none").raw.toarray()
    assert before[0, 1] == pytest.approx(1 / abs(late[0] - late[1]))
    same = data.with_columns(pd.DataFrame({"x": np.ones(9)}, index=data.frame.index))
    with pytest.raises(DataError, match="same mean of 'x'"):
        attached(same, kind="economic", column="x")


def test_a_matrix_in_any_order(tmp_path):
    (tmp_path / "w.csv").write_text("name,r2,r0,r1\nr1,1,2,0\nr0,3,0,4\nr2,0,5,6\n", encoding="utf-8")
    found = attached(panel(3), tmp_path, kind="matrix", path="w.csv", standardise="none")
    assert found.raw.toarray().tolist() == [[0, 4, 3], [2, 0, 1], [5, 6, 0]]
    spectral = attached(panel(3), tmp_path, kind="matrix", path="w.csv", standardise="spectral")
    assert np.abs(spectral.eigenvalues).max() == pytest.approx(1)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("name,r0,r1\nr0,0,-1\nr1,1,0\n", "missing or negative: '-1'"),
        ("name,r0,r1\nr0,0,\nr1,1,0\n", "missing or negative"),
        ("name,r0,r1\nr0,2,1\nr1,1,0\n", "r0 is its own neighbour"),
        ("name,r0,r9\nr0,0,1\nr9,1,0\n", "'r9' is not a region"),
        ("name,r0\nr0,0\n", "r1 has no row"),
    ],
)
def test_a_matrix_is_refused(tmp_path, body, what):
    (tmp_path / "w.csv").write_text(body, encoding="utf-8")
    with pytest.raises(DataError, match=what):
        attached(panel(2), tmp_path, kind="matrix", path="w.csv")


def test_edges_hold_both_ways(tmp_path):
    (tmp_path / "e.csv").write_text("a,b,weight\nr0,r1,2\nr2,r1,3\n", encoding="utf-8")
    found = attached(panel(3), tmp_path, kind="contiguity", edges="e.csv", standardise="none")
    assert found.raw.toarray().tolist() == [[0, 2, 0], [2, 0, 3], [0, 3, 0]]
    cut = found.among(["r0", "r1"], where="here")
    assert cut.raw.toarray().tolist() == [[0, 2], [2, 0]]
    with pytest.raises(DataError, match="r0"):
        found.among(["r0", "r2"], where="here")


@pytest.mark.parametrize(
    "keys",
    [
        {"kind": "nearest", "power": 2},
        {"kind": "economic"},
        {"kind": "matrix"},
        {"kind": "nearest", "lon": "x"},
    ],
)
def test_keys_go_with_their_kind(keys):
    with pytest.raises(ValueError, match=r"goes with|needs|together"):
        WeightsSpec.model_validate(keys)


def test_the_twin_has_the_eigenvalues_of_w():
    w = weights(lattice(3, 4) * np.outer(np.arange(1, 13), np.arange(1, 13)))
    assert np.sort(w.eigenvalues) == pytest.approx(
        np.sort(np.linalg.eigvals(w.matrix.toarray()).real), abs=1e-10
    )


def chapter(data: Panel, **keys: object):
    spec = SpaceSpec.model_validate({"columns": ("x",), "weights": ("w",), "draws": 99, **keys})
    return spec.chapter(data, None, None, STREAM)


def spread(n: int = 6) -> Panel:
    return panel(n, lon=[float(k) for k in range(n)], lat=[0.0] * n)


def test_the_chapter_leaves_out_what_is_not_seen_and_says_so():
    data = spread()
    data.frame.loc[("r3", 2002), "x"] = np.nan
    found = chapter(with_weights(data, {"w": WeightsSpec(kind="nearest", k=2, lon="lon", lat="lat")}, Path()))
    table = found.parts[1].frame
    assert table["nobs"].tolist() == [6, 5, 6] and table["year"].tolist() == [2001, 2002, 2003]
    assert "1 region without a value left out in 2002" in str(found.notes[0])
    lisa = found.parts[2].frame
    assert list(lisa.columns[:12]) == [
        "region", "year", "variable", "value", "lag", "I", "quadrant", "p_value", "q_value", "class", "Gi", "q_Gi"
    ]  # fmt: skip
    assert len(lisa) == 17 and lisa["year"].is_monotonic_increasing


def test_equal_values_are_refused():
    data = spread()
    data.frame["x"] = 1.0
    with pytest.raises(DataError, match="'x' is 1 in every region in 2001"):
        chapter(with_weights(data, {"w": WeightsSpec(kind="nearest", k=2, lon="lon", lat="lat")}, Path()))


def test_the_order_of_rows_decides_nothing(tmp_path):
    rng = np.random.default_rng(1)
    rows = [
        (f"r{k:02d}", year, 100 + k % 4 + rng.uniform(), 30 + k // 4 + rng.uniform(), rng.normal())
        for k in range(16)
        for year in (2001, 2002)
    ]
    table = pd.DataFrame(rows, columns=["region", "year", "lon", "lat", "x"])
    table[["lon", "lat"]] = table.groupby("region")[["lon", "lat"]].transform("first")
    raw = {
        "data": {"path": "p.csv", "entity": "region", "time": "year"},
        "weights": {"near": {"kind": "nearest", "k": 3, "lon": "lon", "lat": "lat"}},
        "space": {"columns": ["x"], "weights": ["near"], "draws": 99},
    }
    file = parse_study(raw, tmp_path / "s.toml")
    one, two = (evaluate(file, frame).chapters for frame in (table, table.sample(frac=1, random_state=3)))
    assert [part.name for part in one[0].parts] == [part.name for part in two[0].parts]
    for first, second in zip(one[0].parts, two[0].parts, strict=True):
        assert first.frame.to_csv() == second.frame.to_csv()
