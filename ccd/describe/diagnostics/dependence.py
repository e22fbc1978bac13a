"""Dependence between the regions of a panel: Pesaran's CD, the LM tests, the mean correlation and its null."""

from __future__ import annotations

import numpy as np

from ccd.dependence import demeaned, statistics, within
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.results import Dependence
from ccd.words import Name, text


def dependence(panel: Panel, name: str, rng: np.random.Generator) -> Dependence:
    """Return the tests of a column: three of it as it is, and the mean correlation after region and year effects.

    Raises DataError for a column with gaps or fewer than two regions, or of which nothing is left after the effects.
    """
    from scipy import stats

    wide = np.full((len(panel.entities), len(panel.times)), np.nan)
    wide[panel.entity_codes, panel.time_codes] = panel.column(name)
    if not np.isfinite(wide).all() or min(wide.shape) < 2:
        raise _refused(name)
    swept = demeaned(wide)
    if min(np.ptp(wide, axis=1).min(), np.abs(swept).max(axis=1).min()) <= 1e-12 * np.abs(wide).max():
        raise _refused(name)
    raw, left = statistics(wide), within(swept, rng)
    pairs = len(wide) * (len(wide) - 1) / 2
    p = [
        2 * stats.norm.sf(abs(raw.cd)),
        stats.chi2.sf(raw.lm, pairs),
        2 * stats.norm.sf(abs(raw.scaled)),
        left.p_value,
    ]
    return Dependence(
        variable=(name,) * 4,
        test=("CD", "LM", "scaled LM", "mean |r|"),
        statistic=np.array([raw.cd, raw.lm, raw.scaled, left.mean_abs]),
        p_value=np.array(p),
        mean_abs=np.array([*[raw.mean_abs] * 3, left.mean_abs]),
        effects=("none", "none", "none", "both"),
        rho=np.array([np.nan, np.nan, np.nan, left.rho]),
    )


def together(found: list[Dependence]) -> Dependence:
    """Return the tests of several columns as one."""
    return Dependence(
        variable=tuple(name for one in found for name in one.variable),
        test=tuple(test for one in found for test in one.test),
        statistic=np.concatenate([one.statistic for one in found]),
        p_value=np.concatenate([one.p_value for one in found]),
        mean_abs=np.concatenate([one.mean_abs for one in found]),
        effects=tuple(effects for one in found for effects in one.effects),
        rho=np.concatenate([one.rho for one in found]),
    )


def _refused(name: str) -> DataError:
    return DataError(
        text("{column} has gaps, or does not vary in some region", column=Name(name)),
        where=text("study, {key}", key="diagnostics.dependence"),
        fix=text("choose regions and years in which it is there and moves"),
    )
