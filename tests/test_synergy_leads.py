"""Leads of each policy of a synergy model against explicit dummies, a plain loop over deals, and each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from simulated_policies import factorial

from ccd.estimate.linear.resample import p_value
from ccd.estimate.synergy.imputation import SynergyImputation
from ccd.estimate.synergy.leads import against, before, dealt, led
from ccd.estimate.synergy.sample import Drawn, draw
from ccd.estimate.synergy.twfe import SynergyTwfe
from ccd.panel import Panel
from ccd.results import PreTrend
from ccd.streams import Stream
from ccd.words import text

STREAM = Stream(1, "s")
KEYS = {"name": "s", "kind": "synergy", "outcome": "y", "policies": ("a", "b"), "controls": ("x",)}
#: Start years late enough that there are leads, and none in the first year.
WORLD = {"n": 40, "t": 10, "starts": (2005, 2007, 2009), "share": 0.5}


def drawn(panel: Panel, **keys) -> Drawn:
    return draw(SynergyTwfe(**KEYS, **keys), panel)


def by_dummies(panel: Panel, policy: str, starts: pd.DataFrame) -> tuple[dict[int, float], np.ndarray]:
    """Leads by least squares with a dummy for every region, year and lead on rows under no policy, and covariance."""
    frame = panel.frame.reset_index()
    begun = starts.loc[frame["region"]]
    frame = frame[~(frame["year"].to_numpy()[:, None] >= begun.to_numpy()).any(axis=1)]
    event = frame["year"].to_numpy() - starts[policy].loc[frame["region"]].to_numpy()
    times = sorted(int(e) for e in np.unique(event[np.isfinite(event)]) if e != -1)
    own = np.column_stack([event == e for e in times])
    rest = pd.get_dummies(frame[["region", "year"]].astype(str), dtype=float).to_numpy()
    design = np.column_stack([own, frame["x"], rest]).astype(float)
    y = frame["y"].to_numpy()
    beta, *_ = np.linalg.lstsq(design, y, rcond=None)
    scores = np.linalg.pinv(design.T @ design)[: len(times)] @ (design * (y - design @ beta)[:, None]).T
    by_region = np.array([scores[:, (frame["region"] == r).to_numpy()].sum(axis=1) for r in panel.entities])
    return dict(zip(times, beta[: len(times)], strict=True)), by_region.T @ by_region


def wald(beta: np.ndarray, matrix: np.ndarray) -> float:
    return float(beta @ np.linalg.solve(matrix, beta)) / len(beta)


def starts_of(panel: Panel) -> pd.DataFrame:
    return pd.DataFrame({p: panel.cohort(p) for p in ("a", "b")})


@pytest.mark.parametrize("seed, keep", [(3, 1.0), (4, 0.9)])
def test_leads_and_their_joint_test_equal_dummies(seed: int, keep: float) -> None:
    panel = factorial(seed, **WORLD, keep=keep)
    sample, states, _ = drawn(panel)
    found = before(sample, states, None, 0, STREAM)
    assert [part.name for part in found.parts] == ["leads_a", "leads_b"]
    for part in found.parts:
        policy = part.name[-1]
        beta, matrix = by_dummies(sample.panel, policy, starts_of(sample.panel))
        study = part.value
        shown = {
            int(e): v
            for e, v in zip(study.event_time, study.estimate, strict=True)
            if int(e) not in study.base
        }
        assert shown == pytest.approx(beta, abs=1e-9)
        errors = study.std_error[~np.isin(study.event_time, study.base)]
        assert errors == pytest.approx(np.sqrt(np.diag(matrix)), abs=1e-9)
        test = study.pretrend
        assert test.statistic == pytest.approx(wald(np.array(list(beta.values())), matrix), rel=1e-7)
        assert (test.first, test.last, test.q) == (min(beta), -2, len(beta))
        assert found.p_values[f"pretrend {policy}"] == test.p_value


def test_the_permutation_equals_a_plain_loop_over_dummies() -> None:
    panel = factorial(7, **WORLD)
    sample, states, _ = drawn(panel)
    part = before(sample, states, (-4, 5), 19, STREAM).parts[1]
    times, test = [-4, -3, -2], part.value.pretrend
    assert [e for e in part.value.event_time if e != -1] == times
    statistics, largest = [], []
    for deal in dealt(sample, states.start, 19, STREAM):
        starts = pd.DataFrame(deal, index=list(sample.panel.entities), columns=["a", "b"])
        beta, matrix = by_dummies(sample.panel, "b", starts)
        place = [list(beta).index(e) for e in times]
        statistics.append(wald(np.array(list(beta.values()))[place], matrix[np.ix_(place, place)]))
        largest.append(beta[-2] / np.sqrt(matrix[place[-1], place[-1]]))
    assert test.p_value == p_value(test.statistic, np.array(statistics))
    assert (test.draws, test.p_analytic is not None) == (19, True)
    at = list(part.value.event_time).index(-2)
    own = part.value.estimate[at] / part.value.std_error[at]
    assert part.value.p_value[at] == p_value(own, np.array(largest))


def test_deals_keep_who_begins_both_together_and_follow_the_data() -> None:
    sample, states, _ = drawn(factorial(7, **WORLD))
    deals = dealt(sample, states.start, 25, STREAM)
    rows = sorted(map(str, states.start.tolist()))
    assert all(sorted(map(str, deal.tolist())) == rows for deal in deals)
    assert np.array_equal(deals[:19], dealt(sample, states.start, 19, Stream(1, "other")), equal_nan=True)
    assert dealt(sample, states.start, 18, STREAM) == []


def test_both_estimators_print_the_same_leads_and_checks_fit_none() -> None:
    panel = factorial(7, **WORLD)
    imputed = SynergyImputation(**KEYS, bootstrap=20, permutations=499).fit(panel, STREAM)
    twfe = SynergyTwfe(**KEYS).fit(panel, Stream(1, "another name"))
    for name in ("leads_a", "leads_b"):
        ours, theirs = imputed.part(name), twfe.part(name)
        assert ours.value.pretrend == theirs.value.pretrend
        assert ours.frame.equals(theirs.frame)
        assert ours.value.pretrend.draws == 499
    alone = SynergyTwfe(**KEYS).headline(panel, STREAM)
    assert [part.name for part in alone.parts] == ["states", "event_study", "order"]
    assert alone.term("synergy") == twfe.term("synergy")


def test_a_trend_before_a_policy_objects_to_the_synergy() -> None:
    panel = factorial(7, **WORLD)
    start = panel.cohort("a").reindex(panel.frame.index.get_level_values(0)).to_numpy()
    year = panel.frame.index.get_level_values(1).to_numpy()
    frame = panel.frame.assign(y=panel.frame["y"] + np.where(np.isfinite(start), 0.5 * (year - 2001), 0.0))
    steep = Panel(frame, panel.groups, panel.cohorts, source=panel.source)
    fit = SynergyImputation(**KEYS, bootstrap=20, permutations=99).fit(steep, STREAM)
    assert fit.part("leads_a").value.pretrend.p_value <= 0.05
    (first, *_) = fit.caveats
    assert first.kind == "leads"
    assert first.words.render("en").startswith("the leads of a differ jointly from zero (p ")
    trend = PreTrend(testable=True, q=2, p_value=0.3, trend=0.02, trend_error=0.005, trend_p=0.01)
    assert [one.kind for one in against("a", trend)] == ["trend"]
    assert not list(against("a", PreTrend(testable=True, q=2, p_value=0.3, trend=0.02, trend_p=0.2)))


def test_a_policy_without_a_second_year_before_it_has_no_leads() -> None:
    sample, states, _ = drawn(factorial(7, **{**WORLD, "starts": (2002,)}))
    found = before(sample, states, None, 0, STREAM)
    assert not found.parts
    assert [str(note) for note in found.notes] == [
        str(text("No leads of {policy}: no region is seen two years before it under no policy", policy=p))
        for p in ("a", "b")
    ]


def test_led_is_none_where_the_window_holds_no_lead() -> None:
    sample, states, _ = drawn(factorial(7, **WORLD))
    groups = (np.arange(len(sample.panel.entities)),)
    assert led(sample, states.start, 0, groups, -1, []) is None
    part = led(sample, states.start, 0, groups, -3, [])
    assert part.value.event_time.tolist() == [-3, -2, -1]
    assert (part.value.pretrend.first, part.value.pretrend.q) == (-3, 2)
