"""Panel quantile regression by moments (MM-QR): effects on the whole distribution, fixed effects taken out."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from ccd.arrays import FloatArray, IntArray
from ccd.errors import SpecError
from ccd.estimate.linear.inference import infer, terms_of
from ccd.estimate.linear.ols import codes
from ccd.estimate.linear.resample import resampled
from ccd.estimate.linear.vcov import nested
from ccd.estimate.panel.moments import Corrected, Rows, corrected
from ccd.estimate.panel.regression import design_of, draw, effect_names, size, terms_named
from ccd.estimate.panel.spec import PanelSpec
from ccd.estimate.rows.deals import by_data
from ccd.estimate.rows.levels import DECILES, ordered, spread_of
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.progress import told
from ccd.results import Estimate, Part, Quantiles, Scale
from ccd.streams import Stream
from ccd.words import Text, text

#: Years below which the half-panel jackknife corrects by itself, and the share of scales at 0 or below that warns.
SHORT, NEGATIVE = 20, 0.01
#: Share of draws that must identify the regressors.
IDENTIFIED = 0.9


class PanelQuantile(PanelSpec):
    """``estimator = "quantile"``: quantile regression by moments (Machado & Santos Silva 2019).

    y = a_i + x'b + s u with s = d_i + x'g: a column moves the location by b, the scale by g, and the quantile t by
    b + q(t) g. Region and year effects are in both. Terms are those at the median; errors from redrawn regions.
    """

    label: ClassVar[Text | None] = text("Quantile regression (MM-QR)")
    estimator: Literal["quantile"] = "quantile"
    regressors: tuple[str, ...] = Field(min_length=1)
    """Columns of interest, each with its effects on quantiles; the first is the headline."""
    quantiles: tuple[float, ...] = DECILES
    """Quantiles of the outcome whose effects are shown; the median is that of the terms."""
    draws: int = Field(default=499, ge=99)
    """Draws of regions (or of their clusters) behind the errors."""
    jackknife: bool | None = None
    """Half-panel jackknife against the bias of few years; none: where there are fewer than 20."""

    @field_validator("quantiles")
    @classmethod
    def _quantiles_rise(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        return ordered(levels)

    @model_validator(mode="after")
    def _regions_are_drawn(self) -> Self:
        if self.vcov != "cluster" or len(self.cluster_columns()) > 1:
            raise SpecError(
                text("quantile regression draws regions, or those of one cluster column: leave vcov out")
            )
        return self

    def named_columns(self) -> tuple[str, ...]:
        """Return regressors and controls."""
        return (*self.regressors, *self.controls)

    def methods(self) -> tuple[str, ...]:
        """Return the keys of panel regressions and of this one."""
        return (*super().methods(), "panel:quantile")

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the effects at the median, at all quantiles, and on the scale."""
        sample = draw(self, panel)
        names = self.named_columns()
        design = design_of(self, sample, entity=True)
        design.regress(sample.y, sample.x, names)  # refuses columns that are not identified
        group = self.groups(sample)
        levels = (*self.quantiles, 0.5)
        rows = Rows(sample.y, sample.x, design.distinct, np.ones(len(sample.y), dtype=np.int64))
        jackknife = len(sample.panel.times) < SHORT if self.jackknife is None else self.jackknife
        found = corrected(rows, levels, sample.time, jackknife=jackknife)
        cut = jackknife and not np.isfinite(found.slopes).all()
        if cut and self.jackknife:
            raise self.fail(
                text("a column does not vary within regions in a half of the years"),
                fix=text("jackknife = false"),
            )
        jackknife = jackknife and not cut
        if cut:
            found = corrected(rows, levels, sample.time, jackknife=False)
        drawn = self.drawn(sample, rows, levels, group, stream, jackknife=jackknife)
        df = float(group.max())
        last = drawn.slopes[:, -1]
        terms = terms_of(terms_named(names), found.slopes[-1], spread_of(last), df)
        known = last[np.isfinite(last).all(axis=1)]
        negative = found.plain.negative / len(sample.y)
        return Estimate(
            kind=self.kind,
            estimator=self.estimator,
            outcome=self.outcome,
            headline=terms.term[0],
            terms=terms,
            covariance=np.cov(known.T).reshape(len(names), len(names)),
            sample=size(sample),
            vcov="bootstrap",
            clusters=(int(df) + 1,),
            df=df,
            effects=effect_names(self, entity=True),
            controls=self.controls,
            p_values={"analytic": float(terms.p_value[0])},
            details={"draws": self.draws, "jackknife": jackknife, "scale_not_positive": negative},
            notes=(*sample.notes, *self.remarks(negative, jackknife=jackknife, cut=cut)),
            parts=(self.along(found, drawn, df), self.spread(found, drawn, df)),
        )

    def groups(self, sample: Sample) -> IntArray:
        """Return the codes (n,) of what is drawn, in the order of the data. Raises EstimationError."""
        group = sample.clusters[0]
        if not nested(sample.entity, group):
            raise self.fail(
                text("a region changes its cluster over the years"),
                fix=text("cluster by a column that is constant within regions"),
            )
        rank = np.empty(len(sample.panel.entities), dtype=np.intp)
        rank[by_data(sample)] = np.arange(len(rank))
        first = np.full(int(group.max()) + 1, len(rank), dtype=np.intp)
        np.minimum.at(first, group, rank[sample.entity])
        return codes(first[group])

    def drawn(
        self,
        sample: Sample,
        rows: Rows,
        levels: tuple[float, ...],
        group: IntArray,
        stream: Stream,
        *,
        jackknife: bool,
    ) -> Drawn:
        """Return location, scale and slopes of all draws. Raises EstimationError where too few identify them."""
        counts = resampled(int(group.max()) + 1, self.draws, stream("regions")).astype(np.int64)
        found: list[Corrected] = []
        for count in told(counts, "draws", self.draws):
            own = count[group]
            kept = rows._replace(times=own).only(own > 0)
            found.append(corrected(kept, levels, sample.time[own > 0], jackknife=jackknife))
        made = Drawn(
            np.stack([one.plain.location for one in found]),
            np.stack([one.scale for one in found]),
            np.stack([one.slopes for one in found]),
        )
        lost = int((~np.isfinite(made.slopes).all(axis=(1, 2))).sum())
        if lost > (1 - IDENTIFIED) * self.draws:
            raise self.fail(
                text(
                    "{lost} of {draws} draws of regions do not identify a column, which varies in few regions",
                    lost=lost,
                    draws=self.draws,
                ),
                fix=text("leave it out, or more regions where it varies"),
            )
        return made

    def along(self, found: Corrected, drawn: Drawn, df: float) -> Part[Quantiles]:
        """Return the effects of the regressors at the quantiles."""
        k, q = len(self.regressors), len(self.quantiles)
        read = infer(
            found.slopes[:q, :k].T.ravel(),
            spread_of(drawn.slopes[:, :q, :k].transpose(0, 2, 1).reshape(-1, q * k)),
            df,
        )
        return Part(
            Quantiles(
                q=np.tile(np.array(self.quantiles), k),
                estimate=read.estimate,
                std_error=read.std_error,
                conf_low=read.conf_low,
                conf_high=read.conf_high,
                term=tuple(np.repeat(self.regressors, q).tolist()) if k > 1 else None,
                outcome=self.outcome,
                about=self.regressors,
                mean=tuple(found.location[:k].tolist()),
            )
        )

    def spread(self, found: Corrected, drawn: Drawn, df: float) -> Part[Scale]:
        """Return how each column moves the scale, and the location."""
        read = infer(found.scale, spread_of(drawn.scale), df)
        return Part(
            Scale(
                term=self.named_columns(),
                **read._asdict(),
                location=found.plain.location,
                location_std_error=spread_of(drawn.location),
            )
        )

    def remarks(self, negative: float, *, jackknife: bool, cut: bool) -> list[Text]:
        """Return what the terms are, how errors are made, and what to doubt."""
        notes = [
            text(
                "Effects at the median; quantile regression by moments, region{years} effects in location and scale",
                years=text(" and year") if self.time_effects else "",
            ),
            text("Errors from {draws} draws of regions", draws=self.draws),
        ]
        if jackknife:
            notes.append(text("Half-panel jackknife against the bias of few years"))
        if cut:
            notes.append(
                text(
                    "Without the half-panel jackknife, though years are few: a column does not vary within regions in "
                    "a half of them"
                )
            )
        if negative > NEGATIVE:
            notes.append(
                text(
                    "The fitted scale is not positive in {share:.1%} of the region-years, which take no part in the "
                    "quantiles: the model of the scale is in doubt",
                    share=negative,
                )
            )
        return notes


class Drawn(NamedTuple):
    """Location (B, k), scale (B, k) and slopes (B, q, k) of all draws."""

    location: FloatArray
    scale: FloatArray
    slopes: FloatArray
