"""Rows of beta convergence: cross-section and panel, conditional, and with a policy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.describe.convergence.cross_section import cross_section, half_life, speed
from ccd.describe.convergence.half_panel import half_panel
from ccd.streams import Stream
from ccd.words import Name, Text, text


@dataclass(frozen=True)
class Row:
    """One slope as a row of the table; ``speed`` and its bounds are nan where it is no speed."""

    model: Text
    group: str
    term: Text | Name
    b: float
    std_error: float
    df: int
    nobs: int
    span: int | None

    def shown(self) -> tuple[float, float, float, float, float]:
        """Return p-value, speed, its bounds by the delta method on t(df), and the half-life."""
        from scipy.stats import t

        p_value = float(2 * t.sf(abs(self.b / self.std_error), self.df)) if self.std_error > 0 else np.nan
        if self.span is None or 1 + self.b * self.span <= 0:
            return p_value, np.nan, np.nan, np.nan, np.nan
        rate = speed(self.b, self.span)
        reach = float(t.ppf(0.975, self.df)) * self.std_error / (1 + self.b * self.span)
        return p_value, rate, rate - reach, rate + reach, half_life(rate)


@dataclass(frozen=True)
class Data:
    """Logs ``y`` (N, T) of a variable, columns ``z`` (N, T, p) held constant, ``treated`` (N, T) or none."""

    y: FloatArray
    z: FloatArray
    treated: FloatArray | None = None

    def only(self, keep: BoolArray) -> Data:
        """Return the regions where ``keep`` (N,) is true."""
        return Data(self.y[keep], self.z[keep], None if self.treated is None else self.treated[keep])


LEVEL = text("ln x of the first year")
BEFORE = text("ln x of the year before")


def beta_rows(data: Data, group: str, draws: int, stream: Stream) -> list[Row]:
    """Return the rows of one group of regions: cross-section first, then the panel and its jackknife."""
    rows: list[Row] = []
    span = data.y.shape[1] - 1
    none = np.empty((len(data.y), 0))
    versions = [(text("Cross-section"), none)]
    if data.z.shape[2]:
        versions.append((text("Cross-section, conditional"), data.z[:, 0]))
    for model, z in versions:
        found = cross_section(data.y[:, 0], data.y[:, -1], span, z)
        if found is not None:
            rows.append(Row(model, group, LEVEL, found.b, found.std_error, found.df, found.nobs, span))
    y, before = np.diff(data.y, axis=1), data.y[:, :-1, None]
    rows += _panel(y, before, group, draws, stream("beta"), PLAIN, 1)
    if data.z.shape[2]:
        x = np.concatenate([before, data.z[:, :-1]], axis=2)
        rows += _panel(y, x, group, draws, stream("beta conditional"), CONDITIONAL, 1)
    if data.treated is not None:
        on = data.treated[:, 1:, None]
        x = np.concatenate([before, on, on * before, data.z[:, :-1]], axis=2)
        rows += _panel(y, x, group, draws, stream("beta policy"), POLICY, 3)
    return rows


PLAIN = (text("Panel, fixed effects"), text("Panel, half-panel jackknife"))
CONDITIONAL = (
    text("Panel, fixed effects, conditional"),
    text("Panel, half-panel jackknife, conditional"),
)
POLICY = (text("Panel, fixed effects, policy"), text("Panel, half-panel jackknife, policy"))
TERMS = (BEFORE, text("policy"), text("policy x ln x of the year before"))


def _panel(
    y: FloatArray,
    x: FloatArray,
    group: str,
    draws: int,
    random: np.random.Generator,
    models: tuple[Text, Text],
    shown: int,
) -> list[Row]:
    found = half_panel(y, x, draws, random)
    if found is None:
        return []
    rows = []
    sides = ((models[0], found.fixed, found.fixed_error), (models[1], found.jackknife, found.jackknife_error))
    for model, slopes, errors in sides:
        for j in range(shown):
            span = 1 if j == 0 else None
            rows.append(
                Row(model, group, TERMS[j], float(slopes[j]), float(errors[j]), len(y) - 1, int(y.size), span)
            )
    return rows
