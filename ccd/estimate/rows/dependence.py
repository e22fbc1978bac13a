"""Whether the residuals of regions still move together."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.dependence import demeaned, statistics, within
from ccd.estimate.model import ModelSpec
from ccd.estimate.rows.sample import Sample
from ccd.results import Dependence, Part
from ccd.streams import Stream
from ccd.words import Text, text


class ResidualTests(ModelSpec):
    """The key of a regression whose residuals can be tested."""

    dependence: bool = False
    """Test that the residuals of regions move independently."""

    def methods(self) -> tuple[str, ...]:
        """Return the keys of the model, and of the test where it is asked for."""
        return (*super().methods(), *(("describe:dependence",) if self.dependence else ()))

    def tested(
        self, sample: Sample, resid: FloatArray, stream: Stream, *, years: bool = True
    ) -> tuple[tuple[Part[Dependence], ...], list[Text]]:
        """Return what is found of residuals (n,) where the study asks, as ``residual_dependence``."""
        return (
            residual_dependence(sample, resid, self.outcome, stream, years=years)
            if self.dependence
            else ((), [])
        )


def residual_dependence(
    sample: Sample, resid: FloatArray, outcome: str, stream: Stream, *, years: bool
) -> tuple[tuple[Part[Dependence], ...], list[Text]]:
    """Return the part ``dependence`` of residuals (n,) of ``outcome``, or the note that says why there is none.

    After year effects (``years``) CD is about -sqrt(T/2) whatever the data, so that there the mean absolute correlation
    is set against simulated panels; without them stand CD, LM and scaled LM.
    """
    from scipy import stats

    if not sample.balanced or len(sample.panel.entities) < 2:
        return (), [text("Dependence of the residuals: not computed, since not every region has every year")]
    wide = resid.reshape(len(sample.panel.entities), len(sample.panel.times))
    swept = demeaned(wide) if years else wide
    if (np.ptp(swept, axis=1) <= 1e-10 * max(np.ptp(sample.y), np.finfo(float).tiny)).any():
        return (), [text("Dependence of the residuals: not computed, since a region has none")]
    if years:
        left = within(swept, stream("dependence of residuals"))
        rows = [("mean |r|", left.mean_abs, left.p_value, left.mean_abs, "both", left.rho)]
    else:
        raw, pairs = statistics(swept), len(wide) * (len(wide) - 1) / 2
        mean, none = float(raw.mean_abs), float("nan")
        rows = [
            ("CD", float(raw.cd), 2 * float(stats.norm.sf(abs(raw.cd))), mean, "none", none),
            ("LM", float(raw.lm), float(stats.chi2.sf(raw.lm, pairs)), mean, "none", none),
            ("scaled LM", float(raw.scaled), 2 * float(stats.norm.sf(abs(raw.scaled))), mean, "none", none),
        ]
    test, statistic, p_value, mean_abs, effects, rho = zip(*rows, strict=True)
    value = Dependence(
        variable=(outcome,) * len(rows),
        test=test,
        statistic=np.array(statistic),
        p_value=np.array(p_value),
        mean_abs=np.array(mean_abs),
        effects=effects,
        rho=np.array(rho),
        residuals=True,
    )
    return (Part(value),), []
