"""Declared columns: by hand, and lags against a plain loop over a panel with gaps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import make_panel
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ccd.errors import DataError
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
