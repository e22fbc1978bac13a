"""Heterogeneity, mechanism, moderator and lags of a did, against explicit dummies and known effects."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import make_panel
from scipy import stats

from ccd.estimate.did.checks.heterogeneity import equality
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.rows.deals import PermutationSpec
from ccd.panel import Panel
from ccd.streams import Stream

STREAM = Stream(1, "m")
N, T = 48, 8


def simulated(noise: float = 0.3, balanced: bool = True) -> Panel:
    """Zones e, m, w with effects 1.5, 0.5, 0.5; a channel that takes 0.5 of the policy and gives 0.6 of itself."""
    rng = np.random.default_rng(3)
    entity, time = np.repeat([f"r{i:02d}" for i in range(N)], T), np.tile(np.arange(2001, 2001 + T), N)
    start = np.repeat(np.tile([2003.0, 2005.0, np.nan, np.nan], N // 4), T)
    zone = np.repeat(np.array(["e", "m", "w"])[np.arange(N) // 16], T)
    z, d = np.repeat(rng.normal(size=N), T), time >= start
    channel = 0.5 * d + np.repeat(rng.normal(size=N), T) + rng.normal(scale=0.3, size=N * T)
    y = np.repeat(rng.normal(size=N), T) + 0.1 * (time - 2001) + rng.normal(scale=noise, size=N * T)
    y = y + np.where(zone == "e", 1.5, 0.5) * d + 0.6 * channel
    x = rng.normal(size=N * T)
    panel = make_panel({"y": y, "m": channel, "z": z, "x": x}, entity, time, start, {"zone": zone})
    return panel if balanced else panel.rows(rng.random(N * T) < 0.9)


def twfe(**keys) -> Twfe:
    return Twfe(name="m", kind="did", outcome="y", policy="policy", **{"controls": ("x",), **keys})


def dummies(panel: Panel, columns) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients by explicit dummies, and their covariance clustered by region with the house's factor."""
    entity, time = panel.entity_codes, panel.years - panel.years.min()
    full = np.column_stack([*columns, np.eye(entity.max() + 1)[entity], np.eye(time.max() + 1)[time]])
    y = panel.column("y")
    beta = np.linalg.lstsq(full, y, rcond=None)[0]
    scores = np.array(
        [(full * (y - full @ beta)[:, None])[entity == i].sum(axis=0) for i in range(entity.max() + 1)]
    )
    n, g, k = len(y), entity.max() + 1, len(columns) + 1 + time.max()
    bread = np.linalg.pinv(full.T @ full)
    matrix = g / (g - 1) * (n - 1) / (n - k) * bread @ scores.T @ scores @ bread
    return beta[: len(columns)], matrix[: len(columns), : len(columns)]


def treated(panel: Panel) -> np.ndarray:
    return (panel.years >= panel.cohort("policy").to_numpy()[panel.entity_codes]).astype(float)


@pytest.mark.parametrize("balanced", [True, False])
def test_groups_equal_explicit_dummies(balanced) -> None:
    panel = simulated(balanced=balanced)
    d, zone = treated(panel), panel.group("zone").to_numpy()
    beta, matrix = dummies(panel, [*(d * (zone == g) for g in "emw"), panel.column("x")])
    part = twfe(heterogeneity="zone").fit(panel, STREAM).part("heterogeneity")
    assert part.frame["group"].tolist() == ["e", "m", "w"]
    assert part.frame["estimate"].to_numpy() == pytest.approx(beta[:3], abs=1e-9)
    assert part.frame["std_error"].to_numpy() == pytest.approx(np.sqrt(np.diag(matrix)[:3]), rel=1e-8)
    # the test by its definition: two contrasts against their covariance, F with clusters less one
    contrast = np.array([[1, -1, 0], [0, 1, -1]])
    gap, spread = contrast @ beta[:3], contrast @ matrix[:3, :3] @ contrast.T
    wald = gap @ np.linalg.inv(spread) @ gap / 2
    assert part.value.scalars()["statistic"] == pytest.approx(wald, rel=1e-8)
    assert part.value.scalars()["p_analytic"] == pytest.approx(stats.f.sf(wald, 2, N - 1), rel=1e-6)
    assert part.value.scalars()["p_value"] < 0.01 and part.value.scalars()["draws"] == 4999


def test_equality_of_two_is_a_squared_t() -> None:
    found = equality(np.array([1.0, 0.4]), np.diag([0.04, 0.05]), 20)
    assert (found.statistic, found.df) == (pytest.approx(0.6**2 / 0.09), 1)
    assert found.p_value == pytest.approx(2 * stats.t.sf(2.0, 20))
    assert equality(np.array([1.0, 0.4]), np.diag([0.04, 0.05]), np.inf).p_value == pytest.approx(
        2 * stats.norm.sf(2)
    )


def test_other_estimators_fit_each_group_alone() -> None:
    panel = simulated()
    keys = {"name": "m", "kind": "did", "estimator": "imputation", "outcome": "y", "policy": "policy"}
    alone = Imputation(**keys, permutation=PermutationSpec(draws=0))
    model = Imputation(**keys, permutation=PermutationSpec(draws=0), heterogeneity="zone")
    part = model.fit(panel, STREAM).part("heterogeneity")
    for _, row in part.frame.iterrows():
        own = alone.fit(panel.rows((panel.group("zone") == row["group"]).to_numpy()), STREAM)
        assert row["estimate"] == pytest.approx(own.term("policy").estimate, abs=1e-10)
    assert part.value.scalars()["p_value"] < 0.01


def test_a_measure_is_cut_at_the_median_of_regions() -> None:
    panel = simulated()
    frame = twfe(heterogeneity="z").fit(panel, STREAM).part("heterogeneity").frame
    assert frame["group"].tolist() == ["low", "high"]
    assert frame["entities"].tolist() == [24, 24]
    varying = twfe(heterogeneity="m").fit(panel, STREAM).part("heterogeneity")
    assert any("varies within 48 regions" in str(note) for note in varying.notes)


def test_groups_without_treated_regions_are_named_and_one_group_is_a_note() -> None:
    panel = simulated()
    zone = panel.group("zone").where(panel.cohort("policy").notna().to_numpy()[panel.entity_codes], "never")
    only = panel.with_columns(panel.frame[[]], zone.to_frame("kind"))
    part = twfe(heterogeneity="kind").fit(only, STREAM).part("heterogeneity")
    assert part.frame["group"].tolist() == ["e", "m", "w"]
    assert any("never" in str(note) for note in part.notes)
    same = panel.with_columns(panel.frame[["x"]].assign(same=1.0)[["same"]])
    refused = twfe(heterogeneity="same", lags=(1,)).fit(same, STREAM)
    assert [str(note) for note in refused.failed] == [
        "Heterogeneity could not be computed: 'same' has one value in all regions, so there are no groups to compare"
    ]
    assert refused.failed[0] in refused.notes
    assert {part.name for part in refused.parts} >= {"event_study", "lags"}


def test_mechanism_by_explicit_dummies() -> None:
    panel = simulated()
    d, x, m = treated(panel), panel.column("x"), panel.column("m")
    with_channel, matrix = dummies(panel, [m, d, x])
    total, _ = dummies(panel, [d, x])
    leg, _ = dummies(panel.with_columns(panel.frame[["m"]].rename(columns={"m": "y"})), [d, x])
    row = twfe(mechanism=("m",), mechanism_draws=99).fit(panel, STREAM).part("mechanism").frame.iloc[0]
    assert row["effect"] == pytest.approx(leg[0], abs=1e-9)
    assert row["on_outcome"] == pytest.approx(with_channel[0], abs=1e-9)
    assert row["on_outcome_std_error"] == pytest.approx(np.sqrt(matrix[0, 0]), rel=1e-8)
    assert row["indirect"] == pytest.approx(leg[0] * with_channel[0], abs=1e-9)
    # total = direct + indirect on one sample, exactly
    assert row["total"] == pytest.approx(with_channel[1] + row["indirect"], abs=1e-9)
    assert row["total"] == pytest.approx(total[0], abs=1e-9)
    assert row["share"] == pytest.approx(row["indirect"] / row["total"])
    assert row["indirect_low"] < row["indirect"] < row["indirect_high"]
    assert row["share_low"] < row["share"] < row["share_high"]


def test_mechanism_says_what_it_does_not_prove_and_counts_missing() -> None:
    panel = simulated()
    holes = panel.frame[["m"]].copy()
    holes.iloc[:3] = np.nan
    part = twfe(mechanism=("m",), mechanism_draws=19).fit(panel.with_columns(holes), STREAM).part("mechanism")
    assert part.frame["nobs"].iloc[0] == N * T - 3
    notes = " ".join(str(note) for note in part.notes)
    assert "does not prove mediation" in notes
    assert "3 rows" in notes


def test_moderator_by_explicit_dummies() -> None:
    panel = simulated()
    d, x, z = treated(panel), panel.column("x"), panel.column("z")
    beta, matrix = dummies(panel, [d, d * (z - z.mean()), x])
    estimate = twfe(moderator="z").fit(panel, STREAM)
    table = estimate.part("moderator").frame
    assert table["term"].tolist() == ["policy", "policy x z"]
    assert table["estimate"].to_numpy() == pytest.approx(beta[:2], abs=1e-9)
    assert table["std_error"].to_numpy() == pytest.approx(np.sqrt(np.diag(matrix)[:2]), rel=1e-8)
    margins = estimate.part("margins").frame
    at = np.quantile(z, 0.9) - z.mean()
    row = margins[margins["percentile"] == 90].iloc[0]
    assert row["estimate"] == pytest.approx(beta[0] + at * beta[1], abs=1e-9)
    wanted = matrix[0, 0] + 2 * at * matrix[0, 1] + at**2 * matrix[1, 1]
    assert row["std_error"] == pytest.approx(np.sqrt(wanted), rel=1e-8)


def test_moderator_that_varies_has_its_own_term() -> None:
    panel = simulated()
    d, x, m = treated(panel), panel.column("x"), panel.column("m")
    centred = m - m.mean()
    beta, _ = dummies(panel, [d, d * centred, centred, x])
    table = twfe(moderator="m").fit(panel, STREAM).part("moderator").frame
    assert table["estimate"].to_numpy() == pytest.approx(beta[:3], abs=1e-9)


def test_lags_move_the_policy() -> None:
    panel = simulated()
    part = twfe(lags=(0, 2, 9)).fit(panel, STREAM).part("lags")
    later = (panel.years >= panel.cohort("policy").to_numpy()[panel.entity_codes] + 2).astype(float)
    beta, _ = dummies(panel, [later, panel.column("x")])
    assert part.frame["estimate"].iloc[1] == pytest.approx(beta[0], abs=1e-9)
    assert part.frame["estimate"].iloc[0] == pytest.approx(twfe().fit(panel, STREAM).term("policy").estimate)
    assert len(part.frame) == 2
    assert any("9 years later" in str(note) for note in part.notes)
