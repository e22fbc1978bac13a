"""Draws in blocks: the same bytes from one process, two, and a cluster; a fit makes what is missing itself."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from ccd.estimate.did import estimator
from ccd.pipeline import table_of
from ccd.split import Blocks, in_blocks, with_blocks
from ccd.study import load_study
from ccd.vary import execute as executing
from ccd.vary.robustness import variations
from ccd.vary.run import evaluate
from tests.menus import SECOND, write_study

MORE = SECOND.format(keys="permutation = { draws = 99 }\nplacebo = { draws = 120 }", model="main")


def table(rows: slice):
    return np.arange(rows.start, rows.stop, dtype=float), np.ones((rows.stop - rows.start, 2))


def test_blocks_are_found_or_made():
    plain = in_blocks(table, 23, 5, "a")
    assert plain[0].tolist() == list(range(23))
    assert plain[1].shape == (23, 2)
    whole = Blocks()
    for k in range(3):
        share = Blocks(share=(k, 3))
        with with_blocks(share):
            rehearsed = in_blocks(table, 23, 5, "a")
        assert [one.shape for one in rehearsed] == [(23,), (23, 2)]
        whole.made |= share.made
    assert len(whole.made) == 5
    seen = []

    def counted(rows):
        seen.append(rows)
        return table(rows)

    with with_blocks(whole):
        np.testing.assert_array_equal(in_blocks(counted, 23, 5, "a")[0], plain[0])
        assert not seen
        in_blocks(counted, 23, 5, "b")  # other draws: nobody made them
    assert len(seen) == 5


def test_more_shares_than_blocks():
    for k in range(4):
        share = Blocks(share=(k, 4))
        with with_blocks(share):
            assert in_blocks(table, 7, 5, "a")[0].shape == (7,)
        assert len(share.made) == 1


@pytest.fixture
def light(monkeypatch):
    monkeypatch.setattr(estimator, "HEAVY", 100)
    monkeypatch.setattr(executing, "PIECES", 3)


def bytes_of(file, **how):
    found = evaluate(file, table_of(file), varied=variations(file), **how)
    made = [(part.name, part.value) for one in found.estimates.values() for part in one.parts]
    listed = [(name, value.frame().to_csv()) for name, value in made]
    terms = [one.terms.frame().to_csv() for one in found.estimates.values()]
    compared = [part.value.frame().to_csv() for part in found.comparisons]
    return listed, terms, compared, [str(n) for one in found.estimates.values() for n in one.notes]


def test_shared_draws_give_the_bytes_of_one_process(tmp_path, light, monkeypatch):
    file = load_study(write_study(tmp_path, MORE))
    alone = bytes_of(file)
    seen = []
    rehearse = executing.rehearse

    def counted(work, bases, units, *more):
        seen.append([unit[1] for unit in units])
        for place, unit in enumerate(units):
            yield place, rehearse(bases, unit)

    with monkeypatch.context() as here:
        here.setattr(executing, "scattered", counted)
        assert bytes_of(file, workers=2) == alone
    assert seen == [[(0, 2), (1, 2)] * 3]
    assert bytes_of(file, workers=2) == alone


def written(outcome):
    return [(part.name, part.value.frame().to_csv()) for part in outcome.estimate.parts]


def test_pieces_find_blocks_that_a_fit_takes(tmp_path, light, monkeypatch):
    monkeypatch.setattr(estimator.Estimator, "deals_outcomes", lambda *_: False)  # a fit each
    file = load_study(write_study(tmp_path, MORE))
    base = evaluate(file, table_of(file)).panel
    job = executing.Job("base", file.study.models[1], 11)
    found = {}
    for k in range(3):
        found |= pickle.loads(executing.rehearse({"base": base}, (job, (k, 3))))
    assert len(found) == 2 + 3 + 2  # permutation 99, placebo 120, event study 99, in blocks of 50
    fitted = pickle.loads(executing.carry_out({"base": base}, (job, found)))
    alone = executing.attempt(job, {"base": base})
    assert written(fitted) == written(alone)


THRESHOLD = """
[[models]]
name = "second"
kind = "threshold"
threshold = "a"
regime = "x"
bootstrap = 150
"""


def test_thresholds_find_the_draws_that_others_made(tmp_path, monkeypatch):
    monkeypatch.setattr("ccd.estimate.threshold.spec.HEAVY", 100)
    file = load_study(write_study(tmp_path, THRESHOLD))
    base = evaluate(file, table_of(file)).panel
    job = executing.Job("base", file.study.models[1], 11)
    assert job.model.divides(base, headline=False)
    found = {}
    for k in range(2):
        found |= pickle.loads(executing.rehearse({"base": base}, (job, (k, 2))))
    alone = executing.attempt(job, {"base": base})
    assert len(found) >= 2 * 2  # both forms, in blocks of 128
    fitted = pickle.loads(executing.carry_out({"base": base}, (job, found)))
    assert written(fitted) == written(alone)
