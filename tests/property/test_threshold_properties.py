"""The one-pass threshold search against dummy-variable least squares and plain loops."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccd.estimate.threshold.scan.blocks import blocks, running_sum
from ccd.estimate.threshold.scan.bootstrap import (
    Block,
    Wild,
    draw_buffers,
    null_model,
    observed,
    replicate,
    statistics,
)
from ccd.estimate.threshold.scan.candidates import by_rows
from ccd.estimate.threshold.scan.exact import project, scan
from ccd.estimate.threshold.scan.joint import joint
from ccd.estimate.threshold.scan.search import Optima, Search
from tests.threshold_brute import Brute, random_panel

TRIM = 0.1
KINDS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10_000),
        "p": st.integers(1, 2),
        "balanced": st.booleans(),
        "ties": st.booleans(),
        "intercept": st.booleans(),
        "years": st.booleans(),
    }
)


def build(kind, **options):
    rng = np.random.default_rng(kind["seed"])
    own = {key: kind[key] for key in ("p", "balanced", "ties", "intercept")}
    y, x, z, q, entity, time = random_panel(rng, **own, **options)
    time = time if kind["years"] else None
    plain = x[:, : kind["p"]]
    model = project(y, np.column_stack([z, plain]), entity, time)
    return scan(model, x, by_rows(q, TRIM)), Brute(y, x, z, q, entity, time, TRIM)


def values(found, slots):
    return found.candidates.value[found.blocks.candidate(np.asarray(slots))].tolist()


@settings(max_examples=40)
@given(KINDS)
def test_every_candidate_equals_dummy_least_squares(kind):
    found, brute = build(kind)
    search = observed(found)
    assert found.candidates.value.tolist() == brute.allowed()
    gain, _ = search.gains(np.empty((1, 0), int), np.zeros(1, int), [])
    ours = found.model.ssr - gain[0][found.blocks.slot]
    wanted = [brute.ssr([g]) for g in brute.allowed()]
    np.testing.assert_allclose(ours, wanted, rtol=1e-10)
    assert found.model.ssr == pytest.approx(brute.ssr([]), rel=1e-10)


@settings(max_examples=25)
@given(KINDS)
def test_every_candidate_beside_another_equals_dummy_least_squares(kind):
    found, brute = build(kind)
    search = observed(found)
    middle = found.blocks.slot[len(found.blocks.slot) // 2]
    gain, explained = search.gains(np.array([[middle]]), np.zeros(1, int), [0])
    (held,) = values(found, [middle])
    for g in brute.allowed([held]):
        place = found.blocks.slot[np.searchsorted(found.candidates.value, g)]
        ours = found.model.ssr - explained[0] - gain[0, place]
        assert ours == pytest.approx(brute.ssr([held, g]), rel=1e-10)


@settings(max_examples=12)
@given(KINDS)
def test_estimates_equal_brute_force(kind):
    found, brute = build(kind, entities=10, years=5)
    fits, _ = statistics(observed(found), 3)
    thresholds, sums, tests = brute.sequence(3)
    for number, fitted in enumerate(fits[:2], start=1):
        assert sorted(values(found, fitted.slots[0])) == sorted(thresholds[number - 1])
        assert fitted.ssr[0] == pytest.approx(sums[number - 1], rel=1e-10)
    for number in (1, 2, 3):
        ours = statistics(observed(found), number)[1][0]
        assert ours == pytest.approx(tests[number - 1], rel=1e-8, abs=1e-9)


@settings(max_examples=15)
@given(KINDS, st.lists(st.integers(0, 1000), min_size=3, max_size=3, unique=True))
def test_refinement_leaves_no_threshold_that_another_value_beats(kind, places):
    found, brute = build(kind, entities=10, years=5)
    slots = found.blocks.slot[np.unique([n % found.candidates.size for n in places])]
    begin = values(found, slots)
    start = Optima(slots[None], np.array([brute.ssr(begin)]), np.array([True]))
    refined = observed(found).refine(start)
    end = values(found, refined.slots[0])
    assert refined.ssr[0] <= start.ssr[0]
    assert refined.ssr[0] == pytest.approx(brute.ssr(end), rel=1e-10)
    for k in range(len(end) - 1 if end == begin else len(end)):
        others = [g for j, g in enumerate(end) if j != k]
        if brute.allowed(others):
            assert brute.best(others)[1] >= refined.ssr[0] * (1 - 1e-11)


@settings(max_examples=8)
@given(KINDS)
def test_joint_optimum_equals_brute_force(kind):
    found, brute = build(kind, entities=8, years=5)
    pairs = [(brute.ssr([a, b]), a, b) for a in brute.allowed() for b in brute.allowed([a]) if a < b]
    together, ssr = joint(found)
    assert ssr == pytest.approx(min(pairs)[0], rel=1e-10)
    assert brute.ssr(together) == pytest.approx(ssr, rel=1e-10)


@settings(max_examples=6)
@given(KINDS, st.integers(0, 2), st.sampled_from(["wild", "webb", "coarse", "block"]))
def test_bootstrap_f_equals_complete_re_estimation(kind, m, form):
    kind = {**kind, "balanced": kind["balanced"] or form == "block"}
    found, brute = build(kind, entities=8, years=5)
    search = observed(found)
    slots = statistics(search, m + 1)[0][m - 1].slots[0] if m else np.empty(0, int)
    if m == 2:
        slots = search.refine(search.extend(search.extend())).slots[0]
    null = null_model(found, slots)
    thresholds = values(found, slots)
    np.testing.assert_allclose(null.resid, brute.resid(thresholds), atol=1e-9)
    cluster = brute.entity // 2 if form == "coarse" else brute.entity
    resampling = (
        Block(found, null.resid)
        if form == "block"
        else Wild(found, null.resid, cluster, "webb" if form == "webb" else "rademacher")
    )
    source = resampling.draw(np.random.default_rng(kind["seed"]), 2)
    ours = replicate(found, null, resampling, source, draw_buffers(found, null, 2))
    fitted = brute.y - brute.resid(thresholds)
    for draw, statistic in zip(resampling.residuals(source), ours, strict=True):
        wanted = brute.sequence(m + 1, fitted + draw)[2][-1]
        assert statistic == pytest.approx(wanted, rel=1e-8, abs=1e-8)


def spoil(room, *kept):
    """Fill every buffer but those ``kept`` with nan: what the search reads it must have written itself."""
    for field in fields(room):
        if field.name not in kept:
            getattr(room, field.name).fill(np.nan)


@settings(max_examples=20)
@given(KINDS)
def test_moments_equal_a_loop_over_candidates(kind):
    found, brute = build(kind, entities=8, years=5)
    null = null_model(found, np.empty(0, int))
    wild = Wild(found, null.resid, brute.entity, "rademacher")
    source = wild.draw(np.random.default_rng(kind["seed"]), 3)
    room = found.buffers(3, 0)
    spoil(room)
    b = found.products(wild.sums, source, wild.moments(source)[0], room)
    slots = found.blocks.slot[np.random.default_rng(kind["seed"]).integers(0, found.candidates.size, 3)]
    cross = found.cross(slots, np.full((found.p, found.p, 3, found.blocks.width), np.nan), room)
    held = [brute.below(h) for h in values(found, slots)]
    for g, slot in zip(found.candidates.value, found.blocks.slot, strict=True):
        v = brute.below(g)
        for j in range(found.p):
            for w, e in enumerate(wild.residuals(source)):
                assert b[j, w, slot] == pytest.approx(v[:, j] @ e, abs=1e-9)
                for k in range(found.p):
                    assert cross[k, j, w, slot] == pytest.approx(held[w][:, k] @ v[:, j], abs=1e-9)
            for k in range(j, found.p):
                if np.isfinite(found.square[0, 0, slot]):
                    assert found.square[j, k, slot] == pytest.approx(v[:, j] @ v[:, k], abs=1e-9)


@settings(max_examples=12)
@given(KINDS, st.data())
def test_gains_of_many_outcomes_equal_a_loop(kind, data):
    """Any outcomes, beside any thresholds of theirs, in any order, on the same buffers."""
    found, brute = build(kind, entities=8, years=5)
    count, size = 4, found.candidates.size
    null = null_model(found, np.empty(0, int))
    wild = Wild(found, null.resid, brute.entity, "rademacher")
    source = wild.draw(np.random.default_rng(kind["seed"]), count)
    outcomes = wild.residuals(source)
    room = found.buffers(count, 2)
    spoil(room)
    b = found.products(wild.sums, source, wild.moments(source)[0], room)
    search = Search(found, b, np.zeros(count), room)
    usable = np.flatnonzero(np.isfinite(found.square[0, 0, found.blocks.slot]))
    for _ in range(3):
        spoil(room, "products", "crossed")
        rows = np.flatnonzero(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
        m = data.draw(st.integers(0, 2 if size > 4 else 1))
        picks = st.lists(st.sampled_from(usable.tolist()), min_size=m, max_size=m, unique=True)
        numbers = np.array([data.draw(picks) for _ in rows], dtype=int).reshape(len(rows), m)
        gain, explained = search.gains(found.blocks.slot[numbers], rows, list(range(m)))
        held = [found.candidates.value[own].tolist() for own in numbers]
        loop = brute.gains(outcomes[rows], held)
        for w, (whole, more) in enumerate(loop):
            assert explained[w] == pytest.approx(whole, rel=1e-8, abs=1e-8)
            for g, wanted in more.items():
                place = found.blocks.slot[np.searchsorted(found.candidates.value, g)]
                assert gain[w, place] == pytest.approx(wanted, rel=1e-7, abs=1e-8)


def test_draws_do_not_depend_on_blocks():
    found, brute = build(
        {"seed": 3, "p": 1, "balanced": True, "ties": False, "intercept": False, "years": True}
    )
    null = null_model(found, np.empty(0, int))
    wild = Wild(found, null.resid, brute.entity, "rademacher")
    one, two = np.random.default_rng(1), np.random.default_rng(1)
    whole = wild.draw(one, 7)
    halves = np.vstack([wild.draw(two, 3), wild.draw(two, 4)])
    assert np.array_equal(whole, halves)


@pytest.mark.parametrize("size", [1, 15, 16, 17, 400, 40_000])
def test_blocks_run_sums_in_order(size):
    rng = np.random.default_rng(size)
    places = blocks(size)
    weight = rng.normal(size=(1, size + 3))
    unit = rng.integers(0, 5, size + 3)
    source = rng.normal(size=(2, 5))
    sums = running_sum(places, np.arange(4, size + 4), unit, weight)
    carry = sums.start(source, 0)
    rows = np.empty((2, places.width))
    for segment in range(places.segments):
        out = np.empty((2, places.span))
        sums.segment(source, 0, segment, carry, out)
        rows[:, places.part(segment)] = out
    wanted = np.cumsum(weight * source[:, unit], axis=1)[:, 3:]
    np.testing.assert_allclose(rows[:, places.slot], wanted, atol=1e-10)
    assert np.array_equal(places.candidate(places.slot), np.arange(size))


@given(st.integers(0, 500), st.integers(1, 3))
def test_ties_are_summed_by_candidate(seed, most):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, most + 1, 40)
    sizes[0] = 1
    stop = np.cumsum(sizes)
    weight, unit = rng.normal(size=(2, stop[-1])), rng.integers(0, 6, stop[-1])
    source = rng.normal(size=(3, 6))
    places = blocks(40)
    sums = running_sum(places, stop, unit, weight)
    for j in range(2):
        out = np.empty((3, places.width))
        sums.segment(source, j, 0, sums.start(source, j), out)
        wanted = np.cumsum(weight[j] * source[:, unit], axis=1)[:, stop - 1]
        np.testing.assert_allclose(out[:, places.slot], wanted, atol=1e-12)
