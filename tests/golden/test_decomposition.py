"""Goodman-Bacon weights: summing to the coefficient, against 2x2 regressions, and a case by hand."""

import numpy as np
import pytest

from ccd.estimate.did.checks.bacon import bacon
from ccd.estimate.did.twfe import Twfe
from ccd.streams import Stream
from tests.golden.staggered import STREAM, random_panel
from tests.golden.test_two_way import model, panel_of


@pytest.mark.parametrize("missing", [0, 25])
@pytest.mark.parametrize(
    "keys",
    [
        {"controls": ()},
        {},
        {"controls": (), "weight": "w"},
        {"fixed_effects": ("province x year",)},
        {"trends": "entity"},
    ],
)
@pytest.mark.parametrize("cohorts", [(2003.0, 2005.0, 2007.0, np.nan), (2003.0, 2006.0)])
def test_every_decomposition_sums_to_the_coefficient(missing, keys, cohorts):
    panel = panel_of(missing=missing, cohorts=cohorts, n=26)
    estimate = model(**keys).fit(panel, Stream(0, "m"))
    frame = estimate.part("bacon").frame
    assert frame["weight"].sum() == pytest.approx(1, abs=1e-12)
    total = float(np.sum(frame["weight"] * frame["estimate"]))
    assert total == pytest.approx(estimate.term("policy").estimate, abs=1e-10)
    assert estimate.summary()["bacon"]["estimate"] == pytest.approx(total)


def test_each_two_by_two_is_its_own_regression():
    panel = panel_of(cohorts=(2003.0, 2005.0, np.nan))
    frame = model(controls=()).fit(panel, Stream(0, "m")).part("bacon").frame
    start = panel.cohort("policy").to_numpy()[panel.entity_codes]
    years, y = panel.years, panel.column("y")
    assert len(frame) == 4
    for row in frame.itertuples():
        treated = float(row.treated)
        if row.type == "treated vs never":
            rows = (start == treated) | np.isnan(start)
        elif row.type == "earlier vs later":
            rows = np.isin(start, [treated, float(row.control)]) & (years < float(row.control))
        else:
            rows = np.isin(start, [treated, float(row.control)]) & (years >= float(row.control))
        d = ((start == treated) & (years >= treated))[rows].astype(float)
        codes = [np.unique(v[rows], return_inverse=True)[1] for v in (panel.entity_codes, years)]
        x = np.column_stack([d, *(np.eye(c.max() + 1)[c] for c in codes)])
        beta = np.linalg.lstsq(x, y[rows], rcond=None)[0][0]
        assert row.estimate == pytest.approx(beta, abs=1e-9)


def test_weights_by_hand():
    """Cohorts 2 and 4 of years 1..4, one entity each, and one never treated.

    Shares of treated years 3/4 and 1/4. Pairs (n_k n_l equal): 2 vs never 3/16; 4 vs never 3/16; earlier vs
    later (3/4-1/4)(1-3/4) = 2/16; later vs earlier (1/4)(3/4-1/4) = 2/16. Sum 10/16.
    """
    means = np.array([[0.0, 3, 3, 3], [0, 0, 0, 7], [0, 0, 0, 0]])
    frame = bacon(np.array([2.0, 4.0, np.nan]), np.ones(3), means, np.arange(1.0, 5.0)).frame()
    found = {(r.treated, r.control): (r.type, r.estimate, r.weight) for r in frame.itertuples()}
    assert found[("2", "never")] == ("treated vs never", 3.0, pytest.approx(0.3))
    assert found[("4", "never")] == ("treated vs never", 7.0, pytest.approx(0.3))
    assert found[("2", "4")] == ("earlier vs later", 3.0, pytest.approx(0.2))
    assert found[("4", "2")] == ("later vs earlier", 7.0, pytest.approx(0.2))


def test_one_cohort_needs_no_decomposition():
    estimate = model().fit(panel_of(cohorts=(2004.0, np.nan)), Stream(0, "m"))
    assert "bacon" not in {part.name for part in estimate.parts}


def test_controls_are_said_to_stop_the_split():
    with_controls = model().fit(panel_of(), Stream(0, "m"))
    assert any("not split by direction" in str(note) for note in with_controls.part("bacon").notes)
    assert set(with_controls.part("bacon").frame["type"]) == {"within", "timing", "treated vs never"}
    without = model(controls=()).fit(panel_of(), Stream(0, "m"))
    assert not without.part("bacon").notes


def test_cohorts_that_begin_in_a_year_without_data_begin_in_the_next():
    panel = random_panel()
    panel = panel.rows((panel.years != 2005) & (panel.years != 2006))
    model = Twfe.model_validate({"name": "m", "kind": "did", "policy": "policy", "outcome": "y"})
    found = model.fit(panel, STREAM)
    frame = found.part("bacon").frame
    assert set(frame["treated"]) == {"2004", "2007"}
    assert np.sum(frame["estimate"] * frame["weight"]) == pytest.approx(found.terms.frame()["estimate"][0])
