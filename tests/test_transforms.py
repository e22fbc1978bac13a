"""Declared columns: by hand, and lags against a plain loop over a panel with gaps."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ccd.errors import DataError
from ccd.panel import Panel
from ccd.transforms import TransformSpec, apply_transforms, transform_sources


def panel(**columns):
    """Return two regions; b lacks 2012."""
    values = {"x": [1.0, 2.0, 4.0, 8.0, 32.0], "population": [1, 2, 2, 4, 4], **columns}
    return make_panel(values, list("aaabb"), [2011, 2012, 2013, 2011, 2013])


def test_each_operation_by_hand():
    specs = {
        "ln": TransformSpec(log="x"),
        "before": TransformSpec(lag="x"),
        "two_before": TransformSpec(lag="x", years=2),
        "change": TransformSpec(diff="x"),
        "share": TransformSpec(ratio=("population", "x")),
        "head": TransformSpec(per_capita="x"),
        "growth": TransformSpec(diff="ln"),
    }
    before = panel()
    after = apply_transforms(before, specs)
    nan = math.nan
    expected = {
        "ln": np.log([1, 2, 4, 8, 32]),
        "before": [nan, 1, 2, nan, nan],
        "two_before": [nan, nan, 1, nan, 8],
        "change": [nan, 1, 2, nan, nan],
        "share": [1, 1, 0.5, 0.5, 0.125],
        "head": [1, 1, 2, 2, 8],
        "growth": [nan, math.log(2), math.log(2), nan, nan],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(after.column(name), values, rtol=1e-15, atol=0, err_msg=name)
    assert list(before.frame.columns) == ["x", "population"], "the panel given is left as it was"


@given(st.sets(st.tuples(st.sampled_from("abc"), st.integers(2000, 2012)), min_size=1), st.integers(1, 14))
def test_lags_go_by_year(cells, years):
    rows = sorted(cells)
    values = np.arange(len(rows), dtype=float)
    found = apply_transforms(
        make_panel({"x": values}, *zip(*rows, strict=True)), {"l": TransformSpec(lag="x", years=years)}
    ).column("l")
    known = dict(zip(rows, values, strict=True))
    expected = [known.get((entity, year - years), math.nan) for entity, year in rows]
    np.testing.assert_array_equal(found, expected)


FAULTS = {
    "unknown": ({"z": TransformSpec(log="y")}, "no column 'y'"),
    "later": ({"z": TransformSpec(log="w"), "w": TransformSpec(log="x")}, "no column 'w'"),
    "taken": ({"x": TransformSpec(log="population")}, "'x' is already a column"),
    "log": ({"z": TransformSpec(log="zero")}, "0 has no logarithm \\(2 cells in all\\)"),
    "one log": ({"z": TransformSpec(log="one")}, "0 has no logarithm: "),
    "ratio": ({"z": TransformSpec(ratio=("x", "zero"))}, "0 cannot divide"),
    "heads": ({"z": TransformSpec(per_capita="x", by="zero")}, "0 cannot divide"),
}


@pytest.mark.parametrize(("specs", "what"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_computed_is_refused(specs, what):
    with pytest.raises(DataError, match=what) as caught:
        apply_transforms(panel(zero=[1, 1, 0, 1, 0], one=[1, 1, 0, 1, 1]), specs)
    if "zero" in caught.value.where:
        assert caught.value.where == "data, column zero, a 2013"


@pytest.mark.parametrize(
    "keys", [{}, {"log": "x", "lag": "x"}, {"log": "x", "by": "p"}, {"log": "x", "years": 2}, {"lg": "x"}]
)
def test_exactly_one_operation_with_its_own_keys(keys):
    with pytest.raises(ValidationError):
        TransformSpec(**keys)


def test_sources_reach_through_other_transforms():
    specs = {
        "share": TransformSpec(ratio=("bank", "gdp")),
        "ln_share": TransformSpec(log="share"),
        "heads": TransformSpec(per_capita="tax"),
    }
    assert transform_sources(specs) == {
        "share": {"bank", "gdp"},
        "ln_share": {"share", "bank", "gdp"},
        "heads": {"tax", "population"},
    }


def test_the_other_operations_by_hand():
    nan = math.nan
    data = panel(gap=[1.0, nan, 4.0, 5.0, nan], cpi=[100, 110, 121, 200, 100], step=[nan, 110, 110, nan, 90])
    specs = {
        "l1": TransformSpec(log1p="x"),
        "xp": TransformSpec(product=("x", "population")),
        "sq": TransformSpec(square="x"),
        "c": TransformSpec(centre="population"),
        "z": TransformSpec(standardise="population"),
        "s": TransformSpec(share="x"),
        "g": TransformSpec(growth="x"),
        "g2": TransformSpec(growth="x", years=2),
        "i": TransformSpec(index="x", base=2011),
        "real": TransformSpec(deflate="x", price="cpi", base=2013),
        "fill": TransformSpec(interpolate="gap"),
        "near": TransformSpec(interpolate="gap", how="nearest"),
        "w": TransformSpec(winsorise="x", tails=0.25),
    }
    after = apply_transforms(data, specs)
    sd = math.sqrt(sum((p - 2.6) ** 2 for p in [1, 2, 2, 4, 4]) / 4)
    expected = {
        "l1": [math.log(v + 1) for v in [1, 2, 4, 8, 32]],
        "xp": [1, 4, 8, 32, 128],
        "sq": [1, 4, 16, 64, 1024],
        "c": [-1.6, -0.6, -0.6, 1.4, 1.4],
        "z": [-1.6 / sd, -0.6 / sd, -0.6 / sd, 1.4 / sd, 1.4 / sd],
        "s": [1 / 9, nan, 4 / 36, 8 / 9, 32 / 36],
        "g": [nan, 1, 1, nan, nan],
        "g2": [nan, nan, 3, nan, 3],
        "i": [100, 200, 400, 100, 400],
        "real": [1.21, 2 * 1.1, 4, 4, 32],
        "fill": [1, 2.5, 4, 5, nan],
        "near": [1, 1, 4, 5, nan],
        "w": [2, 2, 4, 8, 8],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(after.column(name), values, rtol=1e-12, atol=1e-12, err_msg=name)
    assert [str(note) for note in after.notes] == [
        "s: no share in years in which a region has no figure: 2012",
        "1 missing cell of gap filled (linear): a 2012",
        "1 missing cell of gap filled (nearest): a 2012",
        "x winsorised at 25 % in each tail: 2 cells moved",
    ]


def test_chained_prices_run_both_ways_and_stop_at_a_gap():
    data = make_panel(
        {"m": [100.0] * 6, "step": [99, 110, 120, 98, 105, 104]}, list("aaabbb"),
        [2010, 2011, 2012, 2010, 2011, 2013],
    )  # fmt: skip
    spec = {"real": TransformSpec(deflate="m", price="step", base=2011, chained=True)}
    found = apply_transforms(data, spec).column("real")
    np.testing.assert_allclose(found, [110, 100, 100 / 1.2, 105, 100, math.nan], rtol=1e-12)


@given(
    st.lists(st.one_of(st.none(), st.floats(-100, 100)), min_size=2, max_size=12),
    st.sampled_from(["linear", "nearest"]),
)
def test_interpolation_changes_nothing_known_and_stays_inside(cells, how):
    values = np.array([math.nan if cell is None else cell for cell in cells])
    years = list(range(2000, 2000 + len(cells)))
    found = apply_transforms(
        make_panel({"x": values}, ["a"] * len(cells), years), {"f": TransformSpec(interpolate="x", how=how)}
    ).column("f")
    known = np.flatnonzero(np.isfinite(values))
    np.testing.assert_array_equal(found[known], values[known])
    for i in np.flatnonzero(np.isnan(values)):
        before, after = known[known < i], known[known > i]
        if not len(before) or not len(after):
            assert math.isnan(found[i])
            continue
        j, k = before[-1], after[0]
        near = values[j] if i - j <= k - i else values[k]
        line = values[j] + (values[k] - values[j]) * (i - j) / (k - j)
        assert found[i] == pytest.approx(line if how == "linear" else near, abs=1e-9)


MORE = {
    "log1p": ({"z": TransformSpec(log1p="minus")}, "-1 is negative"),
    "growth": ({"z": TransformSpec(growth="zero")}, "0 cannot divide"),
    "base": ({"z": TransformSpec(index="x", base=2012)}, "b has no figure above 0 in the base year 2012"),
    "price": ({"z": TransformSpec(deflate="x", price="zero", base=2011)}, "0 is no price"),
    "same": ({"z": TransformSpec(standardise="same")}, "3 is the value of every cell"),
    "total": ({"z": TransformSpec(share="null")}, "0 is of a year whose total is 0"),
}


@pytest.mark.parametrize(("specs", "what"), MORE.values(), ids=MORE)
def test_what_the_others_refuse(specs, what):
    data = panel(minus=[-1, 1, 1, 1, 1], zero=[1, 0, 1, 1, 1], same=[3] * 5, null=[0] * 5)
    with pytest.raises(DataError, match=what):
        apply_transforms(data, specs)


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"log": "x", "base": 2010}, "base goes with index, deflate"),
        ({"deflate": "x", "base": 2010}, "deflate needs price, base"),
        ({"index": "x"}, "index needs base"),
        ({"square": "x", "tails": 0.1}, "tails goes with winsorise"),
        ({"product": ("x",)}, "at least 2"),
    ],
)
def test_keys_go_with_their_own_operation(keys, what):
    with pytest.raises(ValidationError, match=what):
        TransformSpec(**keys)


def test_a_product_measures_all_that_it_names_and_a_ratio_its_numerator():
    assert TransformSpec(product=("a", "b")).measures() == ("a", "b")
    assert TransformSpec(deflate="a", price="p", base=2010).measures() == ("a",)
    assert TransformSpec(deflate="a", price="p", base=2010).reads() == ("a", "p")


def test_a_location_quotient_is_a_share_over_a_share():
    index = pd.MultiIndex.from_product([["a", "b"], [2001, 2002]], names=["region", "year"])
    frame = pd.DataFrame({"x": [1.0, 2, 3, 2], "base": [1.0, 1, 1, 3]}, index)
    found = apply_transforms(
        Panel(frame, pd.DataFrame(index=index)), {"q": TransformSpec(location_quotient=("x", "base"))}
    )
    # 2001: shares 1/4 and 3/4 over 1/2 and 1/2; 2002: 1/2 each over 1/4 and 3/4
    assert found.column("q") == pytest.approx([0.5, 2.0, 1.5, 2 / 3])
