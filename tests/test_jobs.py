"""Jobs: one execute for models and their variations, in any number of processes; what fails stays alone."""

from __future__ import annotations

import pickle
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccd.errors import DataError, EstimationError
from ccd.estimate.did import twfe
from ccd.estimate.did.checks import run as checks
from ccd.evaluate import assemble, base
from ccd.evaluate.base import base_key
from ccd.results import Failure
from ccd.study import parse_study
from ccd.vary import run as running
from ccd.vary.execute import Job, execute
from ccd.vary.robustness import variations
from ccd.vary.run import Clock, evaluate, lay

ROOT = Path(__file__).parents[1]
MODEL = {"kind": "did", "outcome": "D", "policy": "pilot", "controls": ["x"]}
CHECKS = {
    "plain": {"model.controls": []},
    "years": {"model.years": [2012, 2016]},
    "hc1": {"model.vcov": "hc1"},
    "equal": {"index.weights": "equal"},
    "wang": {"coupling.formula": "wang2021"},
    "equal wang": {"index.weights": "equal", "coupling.formula": "wang2021"},
    "more": {"model.controls": ["x", "z"]},
}


def study(models=(), checks=None, **more):
    raw = {
        "seed": 5,
        "data": {"path": "none.csv", "entity": "region", "time": "year"},
        "subsystems": {"one": {"a": "+", "b": "-"}, "two": {"c": "+", "d": "+"}},
        "policies": {"pilot": {"column": "start"}},
        "models": [{"name": "main", **MODEL}, *models],
        "robustness": [{"model": "main", "name": "r", "checks": CHECKS if checks is None else checks}],
        **more,
    }
    return parse_study(raw, Path("study.toml"))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        [
            {
                "region": f"r{i:02d}",
                "year": 2010 + t,
                "start": {0: 2013, 1: 2013, 2: 2014, 3: 2015}.get(i, ""),
            }
            for i in range(12)
            for t in range(7)
        ]
    )
    for name in "abcdxz":
        frame[name] = np.round(5 + rng.uniform(size=len(frame)), 6)
    frame["zone"] = np.where(frame["region"] < "r06", "n", "s")
    return frame.astype(str)


def figures(estimate) -> tuple[float, ...]:
    return (*estimate.leading[1:], estimate.nobs)


def counted(monkeypatch, *places: tuple[object, str]) -> Counter:
    """Count the calls of functions where others look them up."""
    calls: Counter = Counter()
    for module, name in places:
        own = getattr(module, name)

        def wrapped(*args, _own=own, _name=name, **keys):
            calls[_name] += 1
            return _own(*args, **keys)

        monkeypatch.setattr(module, name, wrapped)
    return calls


def test_a_job_is_small_and_can_be_pickled(table):
    jobs = [one.job() for one in variations(study())]
    assert all(len(pickle.dumps(job)) < 5_000 for job in jobs)
    assert pickle.loads(pickle.dumps(jobs)) == jobs
    assert {job.base for job in jobs[:3]} == {base_key(study().study)}
    assert len({job.base for job in jobs}) == 4


def test_outcomes_stand_in_the_order_of_the_jobs_with_the_same_numbers_in_processes(table):
    file = study()
    varied = variations(file)
    ground = lay(file, table, file.study.models, varied)
    jobs = [one.job() for one in varied]
    entered: list[str] = []

    @contextmanager
    def step(name):
        entered.append(name)
        yield

    here = execute(jobs, ground.panels, step=step)
    there = execute(jobs[::-1], ground.panels, 2)[::-1]
    assert entered == ["libraries", *(f"main: {label}" for label in CHECKS)]
    assert [outcome.job for outcome in here] == jobs == [outcome.job for outcome in there]
    assert [figures(o.estimate) for o in here] == [figures(o.estimate) for o in there]
    assert len({figures(o.estimate) for o in here}) == len(jobs)


def test_a_row_is_the_headline_of_the_varied_study_fitted_in_full(table):
    file = study()
    (part,) = evaluate(file, table, varied=variations(file)).comparisons
    rows = part.frame.set_index("label")
    columns = ["estimate", "std_error", "p_value", "conf_low", "conf_high", "nobs"]
    for one in variations(file):
        full = evaluate(one.file, table).estimates["main"]
        assert full.value is not None
        term = full.leading
        direct = [term.estimate, term.std_error, term.p_value, term.conf_low, term.conf_high, full.nobs]
        assert rows.loc[one.label, columns].tolist() == direct, one.label


@pytest.mark.parametrize(
    "estimator",
    ["callaway-santanna", "sun-abraham", "imputation", "gardner", "stacked", "etwfe", "lp-did", "dcdh"],
)
@pytest.mark.parametrize("draws", [0, 9])
def test_a_headline_is_that_of_the_fit(table, estimator, draws):
    keys = {k: v for k, v in MODEL.items() if k != "controls"}
    file = study([{"name": "other", **keys, "estimator": estimator, "permutation": {"draws": draws}}], checks={
        "same": {"model.permutation": {"draws": draws}}})  # fmt: skip
    model = file.study.models[1]
    key = base_key(file.study)
    panels = lay(file, table, [model], ()).panels
    whole, alone = execute([Job(key, model, 5), Job(key, model, 5, headline=True)], panels)
    assert figures(whole.estimate) == figures(alone.estimate)
    assert len(alone.estimate.parts) <= len(whole.estimate.parts)


def test_the_base_is_made_once_for_all_that_share_it(table, monkeypatch):
    calls = counted(
        monkeypatch,
        (base, "make_panel"), (base, "build_index"), (base, "couple"), (base, "lint"), (assemble, "describe"),
        (assemble, "overlap"),
    )  # fmt: skip
    file = study()
    results = evaluate(file, table, varied=variations(file))
    assert len(results.comparisons[0].frame) == 1 + len(CHECKS)
    assert calls == {
        "make_panel": 1,  # one set of sections, with the columns of all variations
        "build_index": 2,  # entropy and equal weights
        "couple": 4,  # each by two formulas
        "lint": 1,
        "describe": 1,
        "overlap": 1,
    }


def test_a_variation_runs_no_check_but_the_permutation_that_leads(table, monkeypatch):
    names = ("permutation", "placebo", "leave_out", "heterogeneity", "lags", "sensitivity", "pretrend")
    calls = counted(monkeypatch, *((checks, name) for name in names))
    studies = counted(monkeypatch, (twfe, "event_finding"), (twfe, "bacon_finding"), (twfe, "wild_finding"))
    asked = {"placebo": {"draws": 9}, "leave_out": "cohort", "heterogeneity": "zone", "lags": [1],
             "wild": {"draws": 99}, "moderator": "z", "mechanism": ["z"], "mechanism_draws": 19}  # fmt: skip
    file = study(models=[{"name": "rich", **MODEL, **asked}])
    raw = {**file.raw, "robustness": [{"model": "rich", "checks": {"plain": {"model.controls": []}}}]}
    file = parse_study(raw, file.path)
    evaluate(file, table, ["rich"])
    once = Counter(calls)
    assert all(once[name] for name in ("permutation", "placebo", "leave_out", "heterogeneity", "lags"))
    calls.clear(), studies.clear()
    evaluate(file, table, ["rich"], variations(file))
    assert calls - once == {"permutation": 1}
    # The event study of the outcome, and that of a trend, both of the base alone.
    assert studies == {"event_finding": 2, "bacon_finding": 1, "wild_finding": 1}


def test_what_fails_stays_alone(table):
    models = [
        {"name": "absorbed", **MODEL, "controls": ["x"], "fixed_effects": ["region x year"]},
        {"name": "nothing", **MODEL, "subset": {"zone": ["west"]}},
        {"name": "last", **MODEL, "controls": []},
    ]
    checks = {"hc1": {"model.vcov": "hc1"}, "west": {"model.subset": {"zone": ["west"]}},
              "never": {"index.fit_years": [1990, 1991]}, "plain": {"model.controls": []}}  # fmt: skip
    file, clock = study(models, checks), Clock()
    results = evaluate(file, table, varied=variations(file), clock=clock)
    assert list(results.estimates) == list(clock.seconds) == ["main", "last"]
    assert list(results.failures) == ["absorbed", "nothing", "r: west", "r: never"]
    failure = results.failures["absorbed"]
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.outcome, failure.room) == ("did", "D", "absorbed")
    (part,) = results.comparisons
    assert part.frame["estimate"].isna().tolist() == [False, False, True, True, False]
    assert [str(note).split(" cannot")[0] for note in part.notes] == ["west", "never"]
    assert results.tables[0].models == ("main", "absorbed", "nothing", "last")
    rooms = dict(results.warnings())
    assert str(rooms["absorbed"]) == f"absorbed cannot be estimated: {failure.what}"
    alone = evaluate(study(), table).estimates["main"]
    assert figures(alone) == figures(results.estimates["main"])


def test_a_comparison_of_a_model_that_failed_keeps_its_row(table):
    file = study(checks={"plain": {"model.fixed_effects": []}})
    raw = {**file.raw, "models": [{"name": "main", **MODEL, "fixed_effects": ["region x year"]}]}
    results = evaluate(file := parse_study(raw, file.path), table, varied=variations(file))
    (part,) = results.comparisons
    assert part.frame["estimate"].isna().tolist() == [True, False]
    assert list(results.failures) == ["main"]
    assert not results.estimates


def test_only_estimations_and_data_fail_alone_a_bug_does_not(table, monkeypatch):
    file = study()
    panels = lay(file, table, file.study.models, ()).panels
    jobs = [Job(base_key(file.study), file.study.models[0], 5)]

    def broken(error):
        def fit(*_, **__):
            raise error

        monkeypatch.setattr("ccd.vary.execute.fit_one", fit)

    for error in (EstimationError("no", where="m", fix="f"), DataError("no", where="m", fix="f")):
        broken(error)
        (outcome,) = execute(jobs, panels)
        assert outcome.failure is error
        assert outcome.estimate is None
    broken(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        execute(jobs, panels)


def test_columns_that_a_variation_alone_reads_are_read_with_those_of_the_study(table):
    file = study(checks={"more": {"model.controls": ["x", "z"]}, "made": {"transforms.zz": {"log": "z"},
                                                                          "model.controls": ["zz"]}})  # fmt: skip
    ground = lay(file, table, file.study.models, variations(file))
    assert "z" in ground.base.panel.frame
    assert len(ground.panels) == 2
    bad = table.assign(z="none given")
    with pytest.raises(DataError, match="not a number"):
        evaluate(file, bad, varied=variations(file))
    evaluate(file, bad)


def test_a_variation_may_name_one_estimator_of_several(table):
    models = [{"name": "all", **MODEL, "estimator": ["twfe", "imputation"]}]
    raw = {**study(models).raw, "robustness": [
        {"model": "all-twfe", "checks": {"gardner": {"model.estimator": "gardner"}}}]}  # fmt: skip
    file = parse_study(raw, Path("study.toml"))
    (part,) = [p for p in evaluate(file, table, varied=variations(file)).comparisons if "robust" in p.name]
    assert np.isfinite(part.frame["estimate"]).all()


def test_what_a_model_adjusts_for_is_warned_of_whatever_the_key_is_called(table):
    models = [
        {"name": "cs", **{k: v for k, v in MODEL.items() if k != "controls"},
         "estimator": "callaway-santanna", "covariates": ["a"]},
        {"name": "psm", "kind": "psm-did", "outcome": "D", "policy": "pilot", "match_on": ["c"],
         "permutation": {"draws": 29}},
        {"name": "years", **MODEL, "controls_by_year": ["b"]},
    ]  # fmt: skip
    file = study(models)
    notes = [str(n) for n in evaluate(file, table, ["main"]).notes]
    assert notes == []
    notes = [str(n) for n in evaluate(file, table, ["cs", "psm", "years"]).notes]
    assert notes == [
        f"{name}: the control {column} is itself an indicator of D"
        for name, column in (("cs", "a"), ("psm", "c"), ("years", "b"))
    ]


def test_running_looks_nothing_up_in_an_earlier_run(table):
    assert evaluate(study(), table).estimates["main"].seed == 5
    other = study(seed=6)
    assert evaluate(other, table).estimates["main"].seed == 6
    assert running.lay(other, table, other.study.models, ()).base.panel is not None
