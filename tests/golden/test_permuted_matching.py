"""PSM-DID and thresholds under permuted cohorts: what is printed against whole fits of every deal."""

from contextlib import suppress

import numpy as np
import pytest

from ccd.errors import EstimationError
from ccd.estimate.psm.design import Question
from ccd.estimate.psm.sample import draw
from ccd.estimate.psm.spec import PsmDid
from ccd.estimate.rows.deals import dealt
from ccd.estimate.threshold.permuted import searched, statistics, under
from ccd.estimate.threshold.sample import draw_threshold_sample
from ccd.estimate.threshold.spec import Threshold
from ccd.panel import Panel
from ccd.results import Comparison, Permutation
from ccd.streams import Stream
from tests.conftest import make_panel
from tests.golden.test_permuted_effects import by_hand

STREAM = Stream(1, "m")
DRAWS = 29
N, T = 40, 6
START = np.repeat([2003.0, 2005.0, np.nan], [7, 6, 27])


def panel(cohorts=START, seed=4) -> Panel:
    """40 regions with two columns to match on and a value ``q`` of each region."""
    rng = np.random.default_rng(seed)
    entity, year = np.repeat(np.arange(N), T), np.tile(np.arange(2001, 2001 + T), N)
    x = rng.normal(size=(N, 2))[entity]
    q, y = rng.normal(size=N)[entity], rng.normal(size=N)[entity] + rng.normal(size=N * T)
    columns = {"y": y, "x1": x[:, 0], "x2": x[:, 1], "q": q, "moving": rng.normal(size=N * T)}
    return make_panel(columns, [f"r{i:02d}" for i in entity], year, cohorts[entity])


def matched(**keys) -> PsmDid:
    plain = {"matcher": "nearest", "match_on": ("x1",), "permutation": {"draws": DRAWS}, **keys}
    return PsmDid(name="m", kind="psm-did", outcome="y", policy="policy", **plain)


@pytest.mark.parametrize(
    ("design", "start"),
    [
        ("base", START),
        ("cohort", START),
        ("pooled", START),
        ("base", np.where(np.isfinite(START), 2003.0, np.nan)),
    ],
)
def test_every_column_is_a_whole_fit_of_every_deal(design, start):
    data = panel(start)
    one, plain = matched(design=design), matched(design=design, permutation={"draws": 0})
    fit = one.fit(data, STREAM)
    found = fit.value(Comparison)
    sample, _ = draw(data, Question("y", "policy", ("x1",), design=design))
    refits = []
    for cohorts in dealt(sample, DRAWS, STREAM):
        with suppress(EstimationError):  # a deal that identifies no effect is left out
            refits.append(plain.fit(panel(cohorts), STREAM))
    assert len(refits) > 0.9 * DRAWS
    tables = [dict(zip(one.value(Comparison).column, range(99), strict=False)) for one in refits]
    for j, column in enumerate(found.column):
        drawn = np.array(
            [
                refit.value(Comparison).estimate[table[column]]
                / refit.value(Comparison).std_error[table[column]]
                for refit, table in zip(refits, tables, strict=True)
                if column in table
            ]
        )
        if len(drawn) < len(refits):
            continue  # outcome regression stands in where scores are separated: a note says what stays analytic
        t = found.estimate[j] / found.std_error[j]
        hand = by_hand(t, found.estimate[j], found.std_error[j], drawn)
        assert (found.p_value[j], found.conf_low[j], found.conf_high[j]) == pytest.approx(hand), column
    assert fit.leading.p_value == found.p_value[0] == fit.p_values["permutation"]
    assert fit.headline_p == "permutation" and fit.value(Permutation).p_value == found.p_value[0]
    alone = plain.fit(data, STREAM)
    assert np.array_equal(found.p_analytic, alone.value(Comparison).p_value)
    assert fit.terms.p_analytic[0] == alone.leading.p_value and alone.terms.p_analytic is None
    assert one.headline(data, STREAM).leading == fit.leading


def test_a_bootstrap_keeps_its_errors_beside_the_permutation():
    one = matched(matcher="kernel", bandwidth=0.2, bootstrap=20).fit(panel(), STREAM)
    other = matched(matcher="kernel", bandwidth=0.2).fit(panel(), STREAM)
    assert one.leading.p_value == other.leading.p_value and one.leading.std_error != other.leading.std_error


def test_columns_take_the_first_deals_and_the_matched_one_all(monkeypatch):
    few, all_ = (matched(matcher="kernel", bandwidth=0.2, permutation={"draws": n}) for n in (DRAWS, 49))
    alone = few.fit(panel(), STREAM).value(Comparison)
    monkeypatch.setattr("ccd.estimate.psm.permuted.BESIDE", DRAWS)
    fit = all_.fit(panel(), STREAM)
    table = fit.value(Comparison)
    assert table.p_value[1:].tolist() == alone.p_value[1:].tolist() and len(alone.p_value) > 2
    assert fit.value(Permutation).draws == 49 and table.p_value[0] == fit.leading.p_value
    notes = [str(note) for note in fit.part("comparison").notes]
    assert any(
        f"(49 draws, p in steps of 1/50; of the columns beside {DRAWS}, in steps of 1/{DRAWS + 1})" in note
        for note in notes
    )


def thresholds(**keys) -> Threshold:
    plain = {
        "threshold": "q",
        "number": 1,
        "bootstrap": 0,
        "joint": False,
        "permutation": {"draws": 39},
        **keys,
    }
    return Threshold(name="m", kind="threshold", outcome="y", policy="policy", **plain)


def best_split(d, q, code, y, effects) -> tuple[float, np.ndarray]:
    """The value of q in treated rows with the least sum of squares that leaves five treated regions on both sides."""
    best, beta = (np.inf, 0.0), np.empty(0)
    for value in np.unique(q[d > 0])[:-1]:
        low = q <= value
        if min(len(np.unique(code[(d > 0) & side])) for side in (low, ~low)) < 5:
            continue
        full = np.column_stack([d * low, d * ~low, *effects])
        found = np.linalg.lstsq(full, y, rcond=None)[0]
        ssr = float(np.sum((y - full @ found) ** 2))
        if ssr < best[0] * (1 - 1e-12):
            best, beta = (ssr, float(value)), found
    return best[1], beta


@pytest.mark.parametrize(
    "keys", [{}, {"time_effects": False}, {"threshold": "moving", "allow_post_treatment": True}]
)
def test_effects_by_regime_are_fits_of_every_deal_at_the_threshold_that_is_best_in_it(keys):
    data = panel()
    one = thresholds(**keys)
    fit = one.fit(data, STREAM)
    table = fit.part("policy_regimes").value
    q, y, code, years = data.column(one.threshold), data.column("y"), data.entity_codes, data.years
    rows, _ = draw(data, Question("y", "policy", ("x1",)))
    effects = [np.eye(N)[code], *([np.eye(T)[years - 2001]] if one.time_effects else [])]
    drawn, values = [], set()
    for cohort in dealt(rows, 39, STREAM):
        d = (years >= cohort[code]).astype(float)
        value, beta = best_split(d, q, code, y, effects)
        if not len(beta):
            drawn.append([np.nan, np.nan])
            continue
        values.add(value)
        full = np.column_stack([d * (q <= value), d * (q > value), *effects])
        scores = full * (y - full @ beta)[:, None]
        sums = np.array([scores[code == i].sum(axis=0) for i in range(N)])
        bread = np.linalg.pinv(full.T @ full)
        k = 2 + 1 + (T - 1 if one.time_effects else 0)
        factor = N / (N - 1) * (N * T - 1) / (N * T - k)
        drawn.append(beta[:2] / np.sqrt(np.diag(factor * bread @ sums.T @ sums @ bread)[:2]))
    for r in range(2):
        row = fit.terms.row(r)
        own = np.array(drawn)[:, r]
        hand = by_hand(row.statistic, row.estimate, row.std_error, own[np.isfinite(own)])
        assert (row.p_value, row.conf_low, row.conf_high) == pytest.approx(hand, rel=1e-6)
        assert table.p_value[3 * r] == row.p_value  # the same slope in the table of three estimators
        assert table.p_analytic[3 * r] == fit.terms.p_analytic[r] != row.p_value
    assert fit.headline_p == "permutation" and len(values) > 1
    assert one.model_copy(update={"permutation": None}).settings().deals == 999
    assert table.p_analytic is not None and any("searched anew" in str(n) for n in fit.notes)


def test_estimators_beside_the_slopes_follow_the_deals_regime_by_regime():
    data = panel()
    one = thresholds()
    fit = one.fit(data, STREAM)
    settings, prepared = one.settings(), one.prepare(data, ())
    known = draw_threshold_sample(settings, prepared)
    drawn = []
    for cohort in dealt(known.sample, 39, STREAM):
        other = under(known, cohort)
        try:
            drawn.append(statistics(settings, other, searched(settings, other, 1), beside=True).T.ravel())
        except EstimationError:
            drawn.append(np.full(6, np.nan))
    table = fit.part("policy_regimes").value
    observed = table.estimate / table.std_error
    for j, column in enumerate(np.array(drawn).T):
        kept = column[np.isfinite(column)]
        assert table.p_value[j] == (1 + np.sum(np.abs(kept) >= abs(observed[j]))) / (len(kept) + 1)
    assert len(set(table.p_value.tolist())) > 1


def test_missing_values_of_untreated_regions_leave_the_effects_analytic():
    data = panel()
    never = np.flatnonzero(np.isnan(data.cohort("policy").to_numpy()))[0]
    data.frame["q"] = np.where(data.entity_codes == never, np.nan, data.column("q"))
    fit = thresholds().fit(data, STREAM)
    assert fit.headline_p is None and fit.terms.p_analytic is None
    assert any("cohorts cannot be dealt" in str(note) for note in fit.notes)


def test_too_few_deals_that_match_leave_psm_analytic(monkeypatch):
    def nobody(self, cohort):
        raise EstimationError("nobody is matched", where="", fix="")

    monkeypatch.setattr("ccd.estimate.psm.permuted.Redraw.matched", nobody)
    found, plain = matched().fit(panel(), STREAM), matched(permutation={"draws": 0}).fit(panel(), STREAM)
    assert found.headline_p is None and found.leading == plain.leading and found.value(Permutation) is None
    assert any("too few permutations identify them: policy" in str(note) for note in found.notes)
