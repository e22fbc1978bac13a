"""JSON: plain types, no number that is not finite, the same text for equal values."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccd.plain import compact_json, json_value, to_json
from ccd.results import Named, Product
from ccd.words import Name, text


@dataclass(frozen=True)
class Pair:
    first: float
    rest: tuple[int, ...]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"a": float("nan"), 1: (np.bool_(True), None, "x")}, {"a": None, "1": [True, None, "x"]}),
        (np.float64("inf"), None),
        (np.array([[1.5, np.nan], [-np.inf, 0.1]]), [[1.5, None], [None, 0.1]]),
        (np.int64(3), 3),
        (np.array(["a", "b"]), ["a", "b"]),
        (Pair(float("nan"), (1, 2)), {"first": None, "rest": [1, 2]}),
        ({"pair": Pair(0.25, ())}, {"pair": {"first": 0.25, "rest": []}}),
        # these are dataclasses too, but say themselves in words
        (text("{n} rows of {x}", n=3, x=Name("x")), "3 rows of x"),
        (Product(Named("a"), Named("b")), "a x b"),
    ],
)  # fmt: skip
def test_values_become_plain_types(value, plain):
    assert json_value(value) == plain
    assert json.loads(to_json(value)) == plain


def test_text_is_indented_ends_in_one_newline_and_is_ascii_on_demand():
    assert to_json({"b": [1], "a": "省"}) == '{\n  "b": [\n    1\n  ],\n  "a": "省"\n}\n'
    assert to_json("省", only_ascii=True) == '"\\u7701"\n'
    assert to_json({"a": 0.1}, indent=1) == '{\n "a": 0.1\n}\n'


@given(st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False, allow_infinity=False), max_size=4))
def test_compact_text_does_not_mind_the_order_and_keeps_every_digit(values):
    line = compact_json(dict(reversed(values.items())))
    assert line == compact_json(values)
    assert "\n" not in line
    assert json.loads(line) == values
