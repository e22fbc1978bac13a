"""Cells as numbers: plain ones, and those written with thousands separators or full-width digits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray, FloatArray

#: Full-width digits and the signs of numbers, as their plain selves.
HALF_WIDTH = str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+")
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
#: Groups of three behind a first that is no zero: 0,123 is a decimal comma.
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
#: Groups that cannot be a decimal comma: two of them, or a decimal point behind.
CERTAIN = re.compile(r"[+-]?[1-9]\d{0,2}((,\d{3}){2,}(\.\d+)?|,\d{3}\.\d+)")
COMMA = re.compile(r"[+-]?\d+,\d+")


def to_floats(values: pd.Series[Any]) -> Any:
    """Return the cells as floats, shape (n,): missing where empty or not a plain number."""
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return np.full(len(values), np.nan)
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    if values.dtype == object:
        values = values.where(~values.map(lambda cell: isinstance(cell, bool)), None)
    try:
        return pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError:  # a whole number of hundreds of digits
        return np.array([np.nan if pd.isna(cell) else _as_float(cell) for cell in values])


def _as_float(cell: object) -> float:
    """Return a cell as a float: infinite where it is too large for one, missing where it is no number."""
    try:
        return float(str(cell))
    except ValueError:
        return np.nan


def read_numbers(values: pd.Series[Any], delimiter: str = ",") -> tuple[FloatArray, BoolArray]:
    """Return the cells as floats, shape (n,), and which were read from separators or full-width digits.

    In a file whose ``delimiter`` is a semicolon, and in a column where some cell has a decimal comma, 1,234 may be
    1.234 and is not read.
    """
    found = np.array(to_floats(values))
    mended = np.zeros(len(found), dtype=bool)
    bad = values.notna().to_numpy() & ~np.isfinite(found)
    if not bad.any():
        return found, mended
    cells = {i: str(values.iloc[i]).translate(HALF_WIDTH).strip() for i in np.flatnonzero(bad)}
    certain = delimiter != ";" or any(CERTAIN.fullmatch(cell) for cell in cells.values())
    if any(COMMA.fullmatch(cell) and not GROUPED.fullmatch(cell) for cell in cells.values()):
        certain = False
    for i, cell in cells.items():
        if PLAIN.fullmatch(cell) or CERTAIN.fullmatch(cell) or (certain and GROUPED.fullmatch(cell)):
            found[i], mended[i] = float(cell.replace(",", "")), True
    return found, mended


def without_markers(values: pd.Series[Any], markers: Iterable[str]) -> tuple[pd.Series[Any], int]:
    """Return the cells with the study's markers made missing, and how many they were."""
    listed = list(markers)
    if not listed or pd.api.types.is_numeric_dtype(values):
        return values, 0
    marked = values.astype(str).str.strip().isin(listed) & values.notna()
    return values.mask(marked), int(marked.sum())
