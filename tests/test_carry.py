"""The carried error equals a plain loop over copies of the regions, and is refused where D is a fixed function."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ccd.errors import EstimationError, StudyError, StudyFaults
from ccd.estimate.did.checks.carry import carried
from ccd.estimate.did.effects import Effect
from ccd.pipeline import table_of
from ccd.results import Carried
from ccd.streams import Stream
from ccd.study import load_study, parse_study
from ccd.vary.carry import carried_effects, redraw
from ccd.vary.run import evaluate, lay
from tests.menus import write_study

CARRY = "carry = { draws = 23 }\npermutation = { draws = 0 }\n"


def written(folder, more=""):
    """A study with one region that is treated throughout: it sets bounds alone."""
    path = write_study(folder, "", regions=16)
    lines = (folder / "panel.csv").read_text().splitlines()
    lines = [f"{line}2001" if line.startswith("r05") else line for line in lines]
    (folder / "panel.csv").write_text("\n".join(lines) + "\n")
    source = path.read_text()
    path.write_text(source.replace('controls = ["x"]\n', 'controls = ["x"]\n' + CARRY + more))
    return path


def a_plain_loop(file, model, held):
    """Fit study and model on a table that lists every copy of a region as a region of its own."""
    table = table_of(file).set_index("region")
    whole = evaluate(file, table_of(file), ["main"]).panel
    found = []
    for own in held.places:
        copies = [
            table.loc[[whole.entities[k]]].assign(region=f"copy {n:02d}") for n, k in enumerate(own.tolist())
        ]
        listed = pd.concat(copies)
        raw = {**file.raw, "models": [{k: v for k, v in file.raw["models"][0].items() if k != "carry"}]}
        if model.drop:
            gone = [f"copy {n:02d}" for n, k in enumerate(own) if whole.entities[k] in model.drop]
            raw["models"][0]["drop"] = gone
        plain = parse_study(raw, file.path)
        panel = lay(plain, listed.reset_index(drop=True), [], ()).panels
        (remade,) = panel.values()
        degree = pd.Series(whole.column("D"), index=whole.frame.index)
        names = [(whole.entities[own[int(name[5:])]], year) for name, year in remade.frame.index]
        kept = remade.with_columns(
            pd.DataFrame({"D": degree.loc[names].to_numpy()}, index=remade.frame.index)
        )
        one = plain.study.models[0]
        found.append([one.fit(p, Stream(0, "main")).leading.estimate for p in (kept, remade)])
    return np.array(found)


@pytest.mark.parametrize(
    "more", ["", 'estimator = "imputation"\n', 'drop = ["r07"]\nlog = true\n', "winsorise = 0.05\n"]
)
def test_effects_are_those_of_a_plain_loop(tmp_path, more):
    file = load_study(written(tmp_path, more))
    model = file.study.models[0]
    panel = evaluate(file, table_of(file), ["main"]).panel
    drawn = carried_effects(file, panel, model)
    held = redraw(file, panel, model)
    strata = [{"r00", "r01", "r02", "r03"}, {"r05", *model.drop}]
    for own in held.places:  # as many treated, untreated and others as there are
        names = [panel.entities[k] for k in own]
        assert [sum(name in one for name in names) for one in strata] == [4, len(strata[1])]
    np.testing.assert_allclose(drawn, a_plain_loop(file, model, held), rtol=0, atol=1e-12)


def test_the_part_and_its_note(tmp_path):
    file = load_study(written(tmp_path))
    found = evaluate(file, table_of(file)).estimates["main"]
    value = found.value(Carried)
    panel = evaluate(file, table_of(file)).panel
    drawn = carried_effects(file, panel, file.study.models[0])
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    np.testing.assert_allclose(value.std_error[1:], drawn.std(axis=0, ddof=1))
    analytic = found.term(found.headline)
    assert value.std_error[0] == pytest.approx(analytic.std_error)
    assert value.ratio == pytest.approx(value.std_error[2] / value.std_error[1])
    # t with 14 degrees of freedom: 15 regions, the one treated throughout left out
    assert value.conf_high[2] - value.estimate == pytest.approx(2.144787 * value.std_error[2], rel=1e-6)
    warned = any("raise the standard error" in str(note) for note in found.notes)
    assert warned == (value.ratio > 1.1)


def test_by_hand():
    drawn = np.column_stack([np.arange(20.0), 2 * np.arange(20.0)])
    drawn = np.vstack([drawn, [np.nan, 1.0]])
    found = carried(Effect(1.0, 0.5, 9), drawn, 10, "here")
    value = found.parts[0].value
    assert value.ratio == pytest.approx(2)
    assert value.std_error[1] == pytest.approx(np.sqrt(35))  # n (n + 1) / 12 of 0..19
    assert value.draws == 20
    assert [str(note)[:12] for note in found.notes] == ["1 draw of th", "Bounds and w"]
    assert value.conf_low[0] == pytest.approx(1 - 2.262157 * 0.5, rel=1e-6)
    assert not carried(Effect(1.0, 0.5), drawn[:20, [0, 0]], 10, "here").notes
    with pytest.raises(EstimationError, match="2 of 3 draws"):
        carried(Effect(1.0, 0.5), drawn[-3:], 9, "here")


def test_two_jobs_and_other_labels_give_the_same_draws(tmp_path):
    file = load_study(written(tmp_path))
    model = file.study.models[0]
    panel = evaluate(file, table_of(file)).panel
    one = carried_effects(file, panel, model)
    assert carried_effects(file, panel, model, 2).tobytes() == one.tobytes()
    renamed = table_of(file).assign(region=lambda t: "z" + (99 - t["region"].str[1:].astype(int)).astype(str))
    other = evaluate(file, renamed).panel
    np.testing.assert_allclose(carried_effects(file, other, model), one, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["index.lock='lock.json'"], "under a lock"),
        (["models.main.outcome='x'", "models.main.controls=[]"], "not made by the index"),
        (["models.main.cluster='year'"], "one by one"),
        (["policies.near={column='start'}", "models.main.spillover={policy='near'}"], "no neighbours"),
    ],
)
def test_what_is_refused(tmp_path, keys, words):
    with pytest.raises(StudyFaults, match=words):
        load_study(written(tmp_path), keys)


def test_weights_from_before_the_policy_carry_nothing(tmp_path):
    file = load_study(written(tmp_path), ["index.fit_years=[2001, 2003]", "data.exclude=['r05']"])
    with pytest.raises(StudyError, match="before 2004"):
        evaluate(file, table_of(file))
    file = load_study(written(tmp_path), ["index.fit_years=[2001, 2004]", "data.exclude=['r05']"])
    assert evaluate(file, table_of(file)).estimates["main"].value(Carried) is not None
