"""What a study says once: defaults, models like others, controls entered stepwise, checks that change the kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccd.errors import StudyFaults
from ccd.study import StudyFile, load_study, parse_study
from ccd.vary.robustness import variations
from ccd.vary.run import evaluate

ROOT = Path(__file__).parents[1]
DATA = {"path": "p.csv", "entity": "region", "time": "year"}
POLICIES = {"zone": {"column": "start"}}
DID = {"kind": "did", "outcome": "y", "policy": "zone"}


def study(models, **more) -> StudyFile:
    raw = {"data": DATA, "policies": POLICIES, "models": models, **more}
    return parse_study(raw, Path("s.toml"))


def faults(models, **more) -> list[tuple[str, str]]:
    with pytest.raises(StudyFaults) as error:
        study(models, **more)
    return [(fault.what, fault.where) for fault in error.value.faults]


def table() -> pd.DataFrame:
    """20 regions x 8 years, half treated in 2005; one control has holes."""
    rng = np.random.default_rng(3)
    n, t = 20, 8
    year = np.tile(np.arange(2001, 2001 + t), n)
    start = np.repeat(np.where(np.arange(n) < 10, 2005.0, np.nan), t)
    x1, x2 = rng.normal(size=(2, n * t))
    y = np.repeat(rng.normal(size=n), t) + 0.4 * (year >= start) + 0.5 * x1 + rng.normal(size=n * t)
    x2[[5, 17, 90]] = np.nan
    region = np.repeat([f"r{i:02d}" for i in range(n)], t)
    area = np.repeat(np.where(np.arange(n) % 2, "East", "West"), t)
    return pd.DataFrame(
        {"region": region, "year": year, "start": start, "x1": x1, "x2": x2, "y": y, "area": area}
    )


def test_defaults_are_under_every_model_that_knows_them():
    file = study(
        [
            {"name": "a"},
            {"name": "b", "controls": [], "kind": "did"},
            {"name": "c", "kind": "panel", "regressors": ["x1"]},
        ],
        defaults={**DID, "controls": ["x2"], "window": [-2, 2]},
    )
    a, b, c = file.study.models
    assert (a.controls, a.window, b.controls, c.controls, c.outcome) == (("x2",), (-2, 2), (), ("x2",), "y")
    assert [str(note) for note in file.notes] == [
        "[defaults] policy does not apply to c",
        "[defaults] window does not apply to c",
    ]


def test_like_repeats_keys_and_own_keys_go_before_them():
    file = study(
        [
            {"name": "base", **DID, "controls": ["x1"], "window": [-2, 2], "vcov": "hc1"},
            {"name": "near", "like": "base", "controls": ["x2"]},
            {"name": "far", "like": "near", "estimator": "imputation"},
            {"name": "other", "like": "near", "kind": "panel", "regressors": ["x1"]},
        ],
        defaults={"controls": [], "cluster": "area"},
    )
    _, near, far, other = file.study.models
    assert (near.controls, near.window, near.vcov, near.cluster) == (("x2",), (-2, 2), "hc1", "area")
    assert (far.controls, far.window, far.estimator) == (("x2",), (-2, 2), "imputation")
    assert (other.kind, other.controls, other.vcov, other.cluster) == ("panel", ("x2",), "hc1", "area")
    assert [str(note) for note in file.notes] == [
        "far is like near but for keys that its kind does not know: vcov",
        "other is like near but for keys that its kind does not know: policy, window",
    ]


def test_like_a_stepwise_model_is_like_its_last_column():
    file = study(
        [{"name": "s", **DID, "stepwise": [["x1"], ["x2"]]}, {"name": "t", "like": "s", "outcome": "x3"}]
    )
    assert [model.name for model in file.study.models] == ["s-1", "s-2", "s-3", "t"]
    assert file.study.models[-1].controls == ("x1", "x2")


def test_faults_of_the_shorthand_say_where():
    assert faults([{"name": "a", "like": "c", **DID}]) == [("there is no model 'c'", "s.toml, models.a.like")]
    circle = faults([{"name": "a", "like": "b"}, {"name": "b", "like": "a"}])
    assert circle[0] == ("'a' is like itself", "s.toml, models.b.like")
    assert ("unknown key 'contrls'", "s.toml, defaults") in faults(
        [{"name": "a", **DID}], defaults={"contrls": []}
    )
    both = {"name": "a", **DID, "controls": ["x1"], "stepwise": [["x2"]]}
    assert faults([both]) == [("stepwise and controls both name the controls", "s.toml, models.a.stepwise")]
    assert (
        faults([{"name": "a", **DID, "stepwise": ["x2"]}])[0][0] == "stepwise is a list of lists of columns"
    )
    none = {"name": "a", **DID, "estimator": "dcdh", "stepwise": [["x2"]]}
    assert faults([none])[0][0] == "this model takes no controls to enter stepwise"


def test_a_typo_in_an_own_key_is_a_fault_and_an_inherited_fault_is_said_once():
    models = [{"name": "base", **DID, "vcov": "hc9"}, {"name": "near", "like": "base", "contrls": ["x2"]}]
    assert faults(models) == [
        ("'hc9' is not a choice", "s.toml, models.base.vcov"),
        ("unknown key 'contrls'", "s.toml, models.near.contrls"),
    ]
    assert [what for what, _ in faults([{"name": "a"}, {"name": "b"}], defaults={**DID, "lag": -1})] == [
        "-1 is out of range"
    ]


def test_stepwise_columns_share_the_rows_of_the_last():
    models = [
        {"name": "s", **DID, "stepwise": [["x1"], ["x2"]]},
        {"name": "plain", **DID, "controls": ["x1", "x2"]},
    ]
    results = evaluate(study(models), table())
    steps = [results.estimates[f"s-{k}"] for k in (1, 2, 3)]
    assert {estimate.nobs for estimate in steps} == {20 * 8 - 3}
    assert [estimate.controls for estimate in steps] == [(), ("x1",), ("x1", "x2")]
    assert steps[2].leading[1:] == results.estimates["plain"].leading[1:]
    assert [(one.name, one.models) for one in results.tables] == [
        ("s", ("s-1", "s-2", "s-3")),
        ("models_did", ("plain",)),
    ]
    # by hand: the first column on the rows where x2 is there
    kept = table().dropna(subset=["x2"])
    alone = evaluate(study([{"name": "one", **DID}]), kept).estimates["one"]
    np.testing.assert_allclose(steps[0].leading.estimate, alone.leading.estimate, rtol=1e-12)


def test_lagged_stepwise_columns_share_rows_too():
    results = evaluate(study([{"name": "s", **DID, "lag": 1, "stepwise": [["x1"], ["x2"]]}]), table())
    assert len({results.estimates[f"s-{k}"].nobs for k in (1, 2, 3)}) == 1


def test_a_table_may_name_a_section_for_all_its_models():
    models = [
        {"name": "s", **DID, "stepwise": [["x1"]]},
        {"name": "e", **DID, "estimator": ["twfe", "gardner"]},
    ]
    file = study(models, tables=[{"models": ["e", "s-2"]}, {"models": ["s"]}])
    assert [one.models for one in file.study.tables] == [("e-twfe", "e-gardner", "s-2"), ("s-1", "s-2")]


@pytest.mark.parametrize(
    "model",
    [
        {**DID, "controls": ["x1"]},
        {"kind": "panel", "outcome": "y", "regressors": ["x1"]},
        {"kind": "psm-did", "outcome": "y", "policy": "zone", "match_on": ["x1"], "controls": ["x1"]},
        {"kind": "threshold", "outcome": "y", "threshold": "x1", "policy": "zone", "number": 1, "bootstrap": 0,
         "allow_post_treatment": True},
    ],
    ids=["did", "panel", "psm-did", "threshold"],
)  # fmt: skip
def test_where_is_the_same_as_a_file_without_those_rows(model):
    data = table().assign(x2=lambda t: t["x2"].fillna(0.5))
    written = study([{"name": "m", **model, "where": "year <= 2007 and (area == 'East' or x2 > -5)"}])
    kept = data[(data["year"] <= 2007) & ((data["area"] == "East") | (data["x2"] > -5))]
    found, wanted = (
        evaluate(*pair).estimates["m"] for pair in ((written, data), (study([{"name": "m", **model}]), kept))
    )
    assert found.nobs == wanted.nobs <= 140
    assert found.leading == wanted.leading
    assert any("Rows where year <= 2007" in str(note) for note in found.notes)


@pytest.mark.parametrize(
    "keys", [{"years": [2002, 2007]}, {"winsorise": 0.05}, {"drop": ["r03"]}, {"log": True}]
)
def test_matching_takes_the_keys_that_choose_rows(keys):
    model = {"name": "m", "kind": "psm-did", "outcome": "y", "policy": "zone", "match_on": ["x1"]}
    data = table().assign(y=lambda t: np.exp(t["y"]))
    plain, own = (evaluate(study([{**model, **more}]), data).estimates["m"] for more in ({}, keys))
    assert own.leading.estimate != plain.leading.estimate
    if "years" in keys:
        kept = evaluate(study([model]), data[data["year"].between(2002, 2007)]).estimates["m"]
        assert own.leading == kept.leading


def test_a_check_may_change_estimator_or_kind_and_drops_what_that_does_not_know():
    base = {
        "name": "base",
        **DID,
        "controls": ["x1"],
        "vcov": "hc1",
        "window": [-2, 2],
        "heterogeneity": "area",
    }
    checks = {
        "imputed": {"model.estimator": "imputation"},
        "matched": {"model.kind": "psm-did", "model.match_on": ["x1"]},
        "panel": {"model.kind": "panel", "model.regressors": ["x1"], "model.controls": []},
    }
    file = study([base], robustness=[{"model": "base", "checks": checks}])
    made = variations(file)
    assert [one.dropped for one in made] == [
        ("vcov",),
        ("vcov", "window", "heterogeneity"),
        ("policy", "window", "heterogeneity"),
    ]
    results = evaluate(file, table(), varied=made)
    (part,) = [part for part in results.comparisons if part.name == "robustness-base"]
    assert np.isfinite(part.value.estimate).all()
    said = "imputed: keys of base that it does not know are left out: vcov"
    assert next(str(note) for note in part.notes) == said


def test_a_typo_in_a_check_stays_a_fault():
    checks = {
        "imputed": {"model.estimator": "imputation", "model.vcvo": "hc1"},
        "own": {"model.estimator": "dcdh", "model.controls": ["x1"]},
    }
    file = study([{"name": "base", **DID}], robustness=[{"model": "base", "checks": checks}])
    with pytest.raises(StudyFaults) as error:
        variations(file)
    assert [fault.what for fault in error.value.faults] == ["unknown key 'vcvo'", "unknown key 'controls'"]


def test_a_column_of_a_stepwise_table_can_be_varied():
    model = {"name": "s", **DID, "stepwise": [["x1"], ["x2"]]}
    file = study([model], robustness=[{"model": "s-3", "checks": {"one": {"model.controls": ["x1"]}}}])
    (one,) = variations(file)
    assert (one.model.name, one.model.controls) == ("s-3", ("x1",))


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f'"{value}"'
        if isinstance(value, str)
        else repr(value)
    )


def long_form(file: StudyFile) -> list[str]:
    """Return the lines of the same models, written out one key a line under a heading each, with a blank before."""
    lines = []
    for section in file.written:
        for model in section.made:
            lines += ["", "[[models]]", *(f"{key} = {toml(value)}" for key, value in model.items())]
    return lines


def test_a_paper_of_22_models_and_26_checks_fits_in_90_lines():
    path = ROOT / "configs" / "short_paper.toml"
    file = load_study(path)
    assert len(file.study.models) == 22
    assert len(variations(file)) == 26
    written = path.read_text(encoding="utf-8").splitlines()
    assert len(written) <= 90
    assert max(map(len, written)) <= 120
    # what the short form stands for: all of it, without the models' lines, and these written out
    short = next(i for i, line in enumerate(written) if line == "]") - written.index("models = [") + 1
    assert len(written) - short + len(long_form(file)) >= 221
