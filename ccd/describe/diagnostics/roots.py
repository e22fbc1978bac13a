"""Unit roots of a variable: tests by region that are combined, and one that allows for a common factor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from pydantic import Field

from ccd import unit_roots
from ccd.arrays import FloatArray
from ccd.describe.diagnostics.levin_lin_chu import YEARS, levin_lin_chu
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.results import UnitRoots
from ccd.spec import Spec
from ccd.streams import Stream
from ccd.unit_roots import LEAST
from ccd.words import Name, Text, text

Test = Literal["ips", "choi", "maddala-wu", "cips", "llc"]
#: Panels behind a p-value of CIPS.
PANELS = 2000
LABELS: Mapping[Test, str] = {
    "ips": "IPS",
    "choi": "Choi",
    "maddala-wu": "Maddala-Wu",
    "cips": "CIPS",
    "llc": "LLC",
}


class RootsSpec(Spec):
    """Keys of the tests of unit roots."""

    tests: tuple[Test, ...] = Field(default=("ips", "choi", "maddala-wu", "cips"), min_length=1)
    """Im, Pesaran and Shin; Choi; Maddala and Wu; Pesaran's CIPS; Levin, Lin and Chu, from 25 years on."""
    lags: int = Field(default=1, ge=0)
    """Earlier changes in each region's regression."""
    terms: Literal["drift", "trend"] = "drift"
    """What a region may have beside a root: a constant, or a trend too."""


def roots(
    panel: Panel, names: tuple[str, ...], spec: RootsSpec, stream: Stream
) -> tuple[UnitRoots, list[Text]]:
    """Return every test of every column, and why some could not be made.

    Raises DataError where none could.
    """
    rows: list[tuple[str, str, float, float]] = []
    notes, failed = [], []
    null: dict[str, FloatArray] = {}
    for name in names:
        try:
            wide = _wide(panel, name)
        except DataError as error:
            failed.append(error)
            notes.append(text("{what}: not computed ({why})", what=Name(name), why=error.said[0]))
            continue
        for test in spec.tests:
            refused = short(wide.shape[1], test, spec)
            if refused is None:
                statistic, p = TESTS[test](wide, spec, null, stream)
                rows.append((name, LABELS[test], statistic, p))
            else:
                failed.append(
                    _refused(
                        refused, text("take fewer lags or more years, or leave {test} out", test=LABELS[test])
                    )
                )
                notes.append(text("{what}: not computed ({why})", what=LABELS[test], why=refused))
    if not rows:
        raise failed[0]
    variable, label, statistics, p_values = zip(*rows, strict=True)
    value = UnitRoots(
        variable=variable,
        test=label,
        lags=np.full(len(rows), spec.lags),
        terms=(spec.terms,) * len(rows),
        statistic=np.array(statistics),
        p_value=np.array(p_values),
    )
    return value, list(dict.fromkeys(notes))


def short(years: int, test: Test, spec: RootsSpec) -> Text | None:
    """Return why a test cannot be made over so many years; None: it can."""
    if test == "llc" and years < YEARS[0]:
        return text(
            "its table of moments starts at T = {least}, and here T = {years}: any number below is a guess",
            least=YEARS[0],
            years=years,
        )
    left = unit_roots.left_over(years, spec.lags, spec.terms, together=test == "cips")
    if left < LEAST:
        return text(
            "T = {years} leaves rows less columns of {left} in each region, and {least} is the least",
            years=years,
            left=left,
            least=LEAST,
        )
    return None


def im_pesaran_shin(
    y: FloatArray, spec: RootsSpec, null: dict[str, FloatArray], stream: Stream
) -> tuple[float, float]:
    """Return sqrt N (mean t - E)/sqrt V and its p, E and V of walks of the same years (Im, Pesaran & Shin 2003)."""
    from scipy import stats

    t, walks = unit_roots.own_t(y, spec.lags, spec.terms), _walks(y, spec)
    z = float(np.sqrt(len(t)) * (t.mean() - walks.mean()) / walks.std())
    return z, float(stats.norm.cdf(z))


def choi(y: FloatArray, spec: RootsSpec, null: dict[str, FloatArray], stream: Stream) -> tuple[float, float]:
    """Return the sum of normal quantiles of the regions' p over sqrt N, and its p (Choi 2001, Z)."""
    from scipy import stats

    z = float(stats.norm.ppf(_each_p(y, spec)).sum() / np.sqrt(len(y)))
    return z, float(stats.norm.cdf(z))


def maddala_wu(
    y: FloatArray, spec: RootsSpec, null: dict[str, FloatArray], stream: Stream
) -> tuple[float, float]:
    """Return -2 sum ln p of the regions, chi-squared(2 N), and its p (Maddala & Wu 1999)."""
    from scipy import stats

    found = float(-2 * np.log(_each_p(y, spec)).sum())
    return found, float(stats.chi2.sf(found, 2 * len(y)))


def cips(y: FloatArray, spec: RootsSpec, null: dict[str, FloatArray], stream: Stream) -> tuple[float, float]:
    """Return CIPS and its p against panels of the same size; ``null`` keeps them for the next variable."""
    if "cips" not in null:
        regions, years = y.shape
        rng = stream("unit roots")
        null["cips"] = unit_roots.simulated(regions, years, spec.lags, spec.terms, PANELS, rng)
    found = float(unit_roots.cips(y, spec.lags, spec.terms))
    return found, unit_roots.p_value(found, null["cips"])


def llc(y: FloatArray, spec: RootsSpec, null: dict[str, FloatArray], stream: Stream) -> tuple[float, float]:
    """Return the adjusted t and its p."""
    from scipy import stats

    found = levin_lin_chu(y, spec.lags, spec.terms)
    return found, float(stats.norm.cdf(found))


Made = Callable[[FloatArray, RootsSpec, dict[str, FloatArray], Stream], tuple[float, float]]
TESTS: Mapping[Test, Made] = {
    "ips": im_pesaran_shin,
    "choi": choi,
    "maddala-wu": maddala_wu,
    "cips": cips,
    "llc": llc,
}


def _walks(y: FloatArray, spec: RootsSpec) -> FloatArray:
    return unit_roots.null_t(y.shape[-1], spec.lags, spec.terms)


def _each_p(y: FloatArray, spec: RootsSpec) -> FloatArray:
    """Return the share of walks as far below as each region's t, itself counted, (N,)."""
    walks = _walks(y, spec)
    below = np.searchsorted(walks, unit_roots.own_t(y, spec.lags, spec.terms), side="right")
    return np.asarray((1 + below) / (len(walks) + 2))  # between 0 and 1, so that its quantile is known


def _wide(panel: Panel, name: str) -> FloatArray:
    """Return a column (N, T). Raises DataError for one with gaps, or that moves along a line in some region."""
    wide = np.full((len(panel.entities), len(panel.times)), np.nan)
    wide[panel.entity_codes, panel.time_codes] = panel.column(name)
    if not np.isfinite(wide).all():
        raise _refused(
            text("{column} has gaps", column=Name(name)),
            text("choose regions and years in which it is there"),
        )
    bends = np.abs(np.diff(wide, 2, axis=1)).max(axis=1) if wide.shape[1] > 2 else np.zeros(len(wide))
    if bends.min() <= 1e-12 * np.abs(wide).max():
        raise _refused(
            text("{column} moves along a straight line in some region", column=Name(name)),
            text("choose regions and years in which it moves"),
        )
    return wide


def _refused(what: Text, fix: Text) -> DataError:
    return DataError(what, where=text("study, {key}", key="diagnostics.roots"), fix=fix)
