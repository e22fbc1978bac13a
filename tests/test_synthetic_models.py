"""One treated region as a study asks for it: donors with reasons, refusals, outcomes side by side, checks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from ccd.errors import DataError, EstimationError
from ccd.estimate import estimators, variants
from ccd.estimate.synthetic.ascm import Ascm
from ccd.estimate.synthetic.did import Did
from ccd.estimate.synthetic.difp import Difp
from ccd.estimate.synthetic.sc import Sc
from ccd.estimate.synthetic.sdid import Sdid
from ccd.evaluate.fit import fit_one
from ccd.pipeline import Options, check
from ccd.results import Aggregates, Donors, InTime, PlaceboUnits, Starts, SyntheticPaths, WithoutDonor
from ccd.spatial_weights import SpatialWeights
from ccd.streams import Stream
from tests.conftest import make_panel

STUDY = Path(__file__).parents[1] / "configs" / "single_area.toml"
KINDS = {"sdid": Sdid, "sc": Sc, "did": Did, "difp": Difp, "ascm": Ascm}


def panel_of(starts: dict[int, float], regions: int = 12, years: int = 14, seed: int = 0):
    rng = np.random.default_rng(seed)
    i, t = np.repeat(np.arange(regions), years), np.tile(np.arange(2001, 2001 + years), regions)
    start = np.array([starts.get(k, np.nan) for k in range(regions)])[i]
    x = rng.normal(size=len(i))
    y = (
        rng.normal(size=regions)[i]
        + 0.3 * rng.normal(size=(regions, years)).cumsum(1).ravel()
        + 3.0 * (t >= start)
    )
    side = np.where(i < regions - 2, "east", "west")
    return make_panel({"y": y + 0.7 * x, "x": x}, [f"r{k:02d}" for k in i], t, start, {"side": side})


def spec(estimator: str = "sdid", **keys):
    named = {"name": "m", "kind": "synthetic", "estimator": estimator, "outcome": "y", "policy": "policy"}
    return KINDS[estimator].model_validate({**named, **keys})


def fitted(panel, estimator: str = "sdid", **keys):
    return spec(estimator, **keys).fit(panel, Stream(1, "m"))


@pytest.mark.parametrize("estimator", KINDS)
def test_every_estimator_tells_its_effect_and_where_it_ranks(estimator):
    found = fitted(panel_of({3: 2010}), estimator)
    units = found.value(PlaceboUnits)
    assert units.region[0] == "r03"
    assert len(units) == 12
    assert found.leading.p_value == units.p_value
    assert found.leading.estimate == units.estimate[0]
    assert 1.0 < found.leading.estimate < 6.0
    paths = found.value(SyntheticPaths)
    after = paths.year >= 2010
    assert np.mean(paths.gap[after]) == pytest.approx(found.leading.estimate)
    assert np.isfinite(paths.conf_low[after]).all() and np.isnan(paths.conf_low[~after]).all()
    assert found.value(WithoutDonor).whole == found.leading.estimate
    assert list(found.value(InTime).date) == [2007]
    assert found.value(Donors).donors == 11


def test_treated_elsewhere_or_by_another_policy_are_no_donors_and_say_why():
    panel = panel_of({3: 2010, 4: 2003, 5: 2014, 6: 2030})
    found = fitted(panel, treated="r03", donors={"exclude": ("r08",), "same": "side"})
    donors = found.value(Donors)
    why = {r: str(w) for r, w in zip(donors.region, donors.reason, strict=True) if w}
    assert why == {
        "r04": "treated by policy in 2003",
        "r05": "treated by policy in 2014",
        "r08": "left out by name",
        "r10": "another side",
        "r11": "another side",
    }
    assert "r06" in donors.region[: donors.donors]


def test_donors_near_the_treated_are_left_out_and_a_missing_cell_is_named():
    panel = panel_of({3: 2010})
    place = np.array([float(name[1:]) for name in panel.frame.index.get_level_values(0)])
    frame = panel.frame.assign(lon_centroid=100 + place, lat_centroid=0.0)
    frame.loc[("r09", 2004), "y"] = np.nan
    made = type(panel)(frame, panel.groups, panel.cohorts)
    donors = fitted(made, donors={"within": 120.0}).value(Donors)
    why = {r: str(w) for r, w in zip(donors.region, donors.reason, strict=True) if w}
    assert why == {"r02": "111 km from r03", "r04": "111 km from r03", "r09": "missing in 2004"}


def test_donors_that_spatial_weights_link_to_the_treated_are_left_out():
    panel = panel_of({3: 2010})
    line = np.eye(12, k=1)  # each region receives from the next
    weights = SpatialWeights("line", "matrix", panel.entities, sparse.csr_array(line))
    donors = fitted(replace(panel, weights={"line": weights}), donors={"neighbours": "line"}).value(Donors)
    why = {r: str(w) for r, w in zip(donors.region, donors.reason, strict=True) if w}
    assert why == {"r02": "neighbour of r03 (line)", "r04": "neighbour of r03 (line)"}


@pytest.mark.parametrize(
    ("starts", "keys", "said"),
    [
        ({3: 2003}, {}, "fewer than 3 years"),
        ({3: 2010}, {"donors": {"exclude": tuple(f"r{k:02d}" for k in range(4, 12))}}, "fewer than 5"),
        ({3: 2030}, {"treated": "r03"}, "after the last year"),
        ({3: 2010}, {"treated": "r04"}, "not treated"),
        ({3: 2010, 4: 2011}, {"estimator": "ascm"}, "is for one"),
        ({3: 2010, 4: 2011}, {"estimator": "difp"}, "at 2 dates"),
        ({3: 2010, 4: 2011}, {"variance": "jackknife"}, "needs two a date"),
        ({3: 2010, 4: 2011}, {"variance": "bootstrap"}, "needs two a date"),
        ({3: 2010, 4: 2010}, {"variance": "jackknife", "estimator": "sc"}, "does not allow"),
        (dict.fromkeys(range(7), 2010), {}, "cannot play"),
        ({3: 2006}, {"estimator": "sc", "level": 0.9}, "allow no conformal interval"),
    ],
)
def test_what_cannot_be_estimated_is_refused(starts, keys, said):
    keys = dict(keys)
    with pytest.raises(EstimationError, match=said):
        fitted(panel_of(starts), keys.pop("estimator", "sdid"), **keys)


def test_a_missing_cell_of_the_treated_and_a_strange_region_are_refused():
    panel = panel_of({3: 2010})
    frame = panel.frame.copy()
    frame.loc[("r03", 2005), "y"] = np.nan
    with pytest.raises(EstimationError, match="missing in 2005"):
        fitted(type(panel)(frame, panel.groups, panel.cohorts))
    with pytest.raises(DataError, match="no region 'r99'"):
        fitted(panel, donors={"exclude": ("r99",)})


def test_five_years_before_run_by_default_and_say_what_is_missing():
    found = fitted(panel_of({3: 2006}), "sc")
    notes = [str(note) for note in found.notes]
    assert any(note.startswith("No conformal interval at 90.0 %: 5 years") for note in notes)
    assert any("weights may follow noise" in note for note in notes)
    assert any("intervals are at 91.7 %" in note for note in notes)
    assert found.p_values["conformal"] >= 1 / 14


def test_heads_name_the_level_that_few_donors_allow():
    from ccd.report.views.base import interval_heads

    for regions, level, head in ((12, 11 / 12, "91.7% low"), (20, 0.95, "95% low"), (30, 0.95, "95% low")):
        found = fitted(panel_of({3: 2010}, regions=regions), "did")
        assert found.terms.level == pytest.approx(level)
        assert str(interval_heads(found.terms.level)[0]) == head
    assert fitted(panel_of({3: 2010, 4: 2010}), "did", draws=50).terms.level == 0.95


def test_anticipation_leaves_years_out():
    paths = fitted(panel_of({3: 2010}), anticipation=2).value(SyntheticPaths)
    assert list(paths.year) == [*range(2001, 2008), *range(2010, 2015)]


def test_controls_are_projected_with_the_coefficients_of_dummies():
    import statsmodels.formula.api as smf

    panel = panel_of({3: 2010})
    flat = panel.frame.reset_index()
    untreated = flat[~((flat.region == "r03") & (flat.year >= 2010))]
    b = smf.ols("y ~ x + C(region) + C(year)", untreated).fit().params["x"]
    flat["y"] = flat.y - b * flat.x
    swept = type(panel)(flat.set_index(["region", "year"]), panel.groups, panel.cohorts)
    assert fitted(panel, controls=("x",)).leading.estimate == pytest.approx(
        fitted(swept).leading.estimate, abs=1e-9
    )


@pytest.mark.parametrize("variance", ["placebo", "bootstrap", "jackknife"])
def test_several_treated_of_two_dates(variance):
    panel = panel_of({1: 2009, 2: 2009, 3: 2011, 4: 2011}, regions=20)
    found = fitted(panel, variance=variance, draws=60)
    cohorts = found.value(Aggregates)
    assert cohorts.key == ("2009", "2011", "overall")
    assert found.leading.estimate == pytest.approx((6 * cohorts.estimate[0] + 4 * cohorts.estimate[1]) / 10)
    assert found.leading.std_error == pytest.approx(cohorts.std_error[-1])
    assert {"paths_2009", "donors_2011"} <= {part.name for part in found.parts}
    paths = found.part("paths_2009").value
    after = paths.year >= 2009
    assert paths.band == variance
    assert np.isfinite(paths.conf_low[after]).all() and np.isnan(paths.conf_low[~after]).all()
    half = (paths.conf_high - paths.conf_low)[after] / 2
    assert paths.gap[after] == pytest.approx((paths.conf_high + paths.conf_low)[after] / 2)
    assert ((np.abs(paths.gap[after]) > half) == (paths.p_value[after] < 0.1)).all()


def test_predictors_stand_beside_the_headline():
    panel = panel_of({3: 2010})
    plain, beside = (
        fitted(panel, "sc"),
        fitted(panel, "sc", predictors={"y": (2003, 2006), "x": "mean"}, starts=3),
    )
    assert plain.leading == beside.leading
    starts = beside.value(Starts)
    assert starts.predictor == ("y 2003", "y 2006", "x")
    assert (starts.loss >= starts.floor - 1e-9).all()


def test_a_sample_of_placebos_is_the_same_whatever_the_order():
    panel = panel_of({3: 2010}, regions=30)
    first, again = fitted(panel, "did", placebos=9), fitted(panel, "did", placebos=9)
    assert len(first.value(PlaceboUnits)) == 10
    assert first.value(PlaceboUnits).region == again.value(PlaceboUnits).region


def test_a_section_runs_three_estimators_and_lists_outcomes():
    section = {"name": "a", "kind": "synthetic"}
    assert estimators(section) == ("sdid", "sc", "did")
    listed = variants({**section, "outcome": ["C", "D"], "estimator": ["sdid", "difp"]})
    assert [name for name, _ in listed] == ["a-C-sdid", "a-C-difp", "a-D-sdid", "a-D-difp"]
    assert variants({"name": "b", "kind": "did"}) == (("b", {}),)


def test_hebei_by_part_and_its_neighbours():
    file, base = check(STUDY, Options())
    model = next(one for one in file.study.models if one.name == "xiongan-did")
    warned = [str(note) for note in model.forewarns(base.panel)]
    assert len(warned) == 1
    assert "Beijing, Henan, Inner Mongolia, Shanxi" in warned[0]
    found, _ = fit_one(model, base.panel, 1)
    table = found.part("outcomes").value
    assert table.level == pytest.approx(11 / 12)
    assert [str(label) for label in table.label] == ["D", "C", "T", "technology", "factor", "industry"]
    assert table.estimate[0] == found.leading.estimate
    factor = model.model_copy(update={"outcome": "factor"})
    assert table.estimate[4] == fit_one(factor, base.panel, 1)[0].leading.estimate
