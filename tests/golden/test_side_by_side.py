"""Estimators of one section side by side, and robustness variations of one model."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccd.study import parse_study
from ccd.vary.robustness import variations, varied
from ccd.vary.run import evaluate
from tests.golden.test_two_way import panel_of

ESTIMATORS = ["twfe", "imputation", "sun-abraham"]


def study(**more):
    raw = {
        "seed": 3,
        "data": {"path": "none.csv", "entity": "region", "time": "year"},
        "policies": {"policy": {"column": "start"}},
        "models": [
            {"name": "main", "kind": "did", "outcome": "y", "policy": "policy", "controls": ["x1"],
             "permutation": {"draws": 19}, "placebo": {"draws": 20}, "leave_out": "cohort"},
            {"name": "all", "kind": "did", "outcome": "y", "policy": "policy", "estimator": ESTIMATORS,
             "permutation": {"draws": 0}},
        ],
        **more,
    }  # fmt: skip
    return parse_study(raw, Path("study.toml"))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    panel = panel_of()
    frame = panel.frame.reset_index()
    frame["start"] = panel.cohort("policy").to_numpy()[panel.entity_codes]
    frame["province"] = panel.group("province").to_numpy()
    shown = frame.astype(object).where(frame.notna(), "")
    return shown.map(lambda v: f"{v:.12g}" if isinstance(v, float) else str(v))


def test_a_list_of_estimators_makes_a_comparison_and_one_event_study(table):
    results = evaluate(study(), table)
    parts = {part.name: part for part in results.comparisons}
    assert set(parts) == {"all-estimators", "all-event-studies"}
    frame = parts["all-estimators"].frame
    assert len(frame) == 3
    for row, name in zip(frame.itertuples(), ESTIMATORS, strict=True):
        term = results.estimates[f"all-{name}"].term("policy")
        assert (row.estimate, row.p_value) == (term.estimate, term.p_value)
    studies = parts["all-event-studies"].frame
    own = results.estimates["all-imputation"].part("event_study").frame
    mine = studies[[str(label) == "Imputation" for label in studies["label"]]]
    assert np.array_equal(mine["estimate"], own["estimate"])


def test_each_check_is_the_study_with_its_keys_set(table):
    checks = {
        "1 %": {"model.winsorise": 0.01},
        "late": {"model.years": [2003, 2008]},
        "impossible": {"model.subset": {"province": ["p0"]}, "model.fixed_effects": ["province x year"],
                       "model.drop": ["r00", "r01", "r02"]},
    }  # fmt: skip
    file = study(robustness=[{"model": "main", "checks": checks}])
    results = evaluate(file, table, varied=variations(file))
    part = {part.name: part for part in results.comparisons}["robustness-main"]
    assert list(part.frame["label"]) == ["main", *checks]
    assert part.frame["estimate"][0] == results.estimates["main"].term("policy").estimate
    direct = evaluate(
        study(models=[{"name": "main", "kind": "did", "outcome": "y", "policy": "policy", "controls": ["x1"],
                       "permutation": {"draws": 19}, "winsorise": 0.01}]), table,
    ).estimates["main"]  # fmt: skip
    assert part.frame["p_value"][1] == direct.term("policy").p_value
    assert np.isnan(part.frame["estimate"][3])
    assert any("cannot be estimated" in str(note) for note in part.notes)
    assert list(results.failures) == ["robustness-main: impossible"]


def test_a_variation_repeats_no_check_but_the_permutation():
    model = varied(study(), "main", {"model.lag": 1})[0].study.models[0]
    assert model.lag == 1 and model.placebo is None and model.leave_out == ""
    assert model.permutation.draws == 19
    asked = varied(study(), "main", {"model.placebo": {"draws": 5}})[0].study.models[0]
    assert asked.placebo.draws == 5
