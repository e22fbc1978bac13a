"""Shape ``event_study``: effects by years since the first treated year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, RULE, SOFT, canvas, interval_plot, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import EventStudy, Part
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: More periods than this are labelled in steps.
PERIODS = 26


def table(part: Part[EventStudy], ctx: Context) -> Table:
    """Return event time, estimate, standard error and interval."""
    study = part.value
    columns = (
        Column(text("Event time"), study.event_time, "count"),
        Column(text("Estimate"), study.estimate, "estimate"),
        Column(text("Std. error"), study.std_error, "number"),
        Column(text("95% low"), study.conf_low, "number"),
        Column(text("95% high"), study.conf_high, "number"),
    )
    notes = part.notes if study.p_value is None else (*part.notes, *ctx.style.star_notes())
    title = study.title or text("Effects by event time")
    return tabulate(part.name, title, columns, notes, p_value=study.starred)


def figure(part: Part[EventStudy], ctx: Context) -> Figure:
    """Return the effects with 95 % intervals, simultaneous bands behind them."""
    study = part.value
    drawn, axes = canvas()
    zero_line(axes)
    if (study.event_time < 0).any():
        axes.axvline(-0.5, color=RULE, linewidth=0.8, linestyle=":")
    base = np.isin(study.event_time, study.base)
    if study.band_low is not None and study.band_high is not None:
        known = ~np.isnan(study.band_low)
        low, high = study.band_low[known], study.band_high[known]
        axes.fill_between(study.event_time[known], low, high, color=SOFT, linewidth=0, zorder=-1)
    shown = [values[~base] for values in (study.event_time, study.estimate, study.conf_low, study.conf_high)]
    interval_plot(axes, *shown)
    if base.any():
        hollow = {"markerfacecolor": "white", "markeredgecolor": COLOURS[0]}
        axes.plot(study.event_time[base], study.estimate[base], "o", label=ctx.say(text("base: 0")), **hollow)
        axes.legend(loc="upper left")
    _periods(axes, study)
    axes.set_xlabel(ctx.say(study.xlabel or text("Years since first treated")))
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    axes.set_ylabel(ctx.say(text("Effect on {outcome}", outcome=ctx.measured(outcome))))
    return drawn


def _periods(axes: Axes, study: EventStudy) -> None:
    """Label every period, with the number of treated regions behind it where it is known."""
    counts = study.behind if study.behind is not None else study.entities
    times = study.event_time.tolist()
    step = -(-len(times) // PERIODS)
    words = [str(time) for time in times]
    if counts is not None:
        words = [f"{time}\n({count})" for time, count in zip(times, counts.tolist(), strict=True)]
    first = times.index(0) % step if 0 in times else 0
    axes.set_xticks(times[first::step], words[first::step])


def caption(part: Part[EventStudy], ctx: Context) -> Text:
    """Return the title of the table, and what lines and numbers are."""
    study = part.value
    title = study.title or text("Effects by event time")
    if study.behind is None and study.entities is None:
        return text("{title}, with 95% intervals", title=title)
    return text("{title}, with 95% intervals (in parentheses: treated regions behind a period)", title=title)


def sentences(part: Part[EventStudy], ctx: Context) -> Sequence[Text]:
    """Return what the joint test of the leads says and could have seen."""
    test = part.value.pretrend
    if test is None or test.first is None:
        return ()
    if test.statistic is None or test.p_value is None:
        return (
            text(
                "The {count} coefficients before treatment cannot be tested jointly: not testable, their covariance is "
                "singular.",
                count=str(test.q),
            ),
        )
    verdict = text("rejected at 5%") if test.p_value < 0.05 else text("not rejected at 5%")
    values = {
        "first": str(test.first),
        "last": str(test.last),
        "f": ctx.number(test.statistic, 2),
        "p": ctx.p_value(test.p_value),
    }
    said = [
        text(
            "Before treatment (event times {first} to {last}) joint nullity of the leads is {verdict} "
            "(F = {f}, p {p}).",
            verdict=verdict,
            **values,
        )
    ]
    if test.p_analytic is not None:
        said = [
            text(
                "Before treatment (event times {first} to {last}) joint nullity of the leads is {verdict} (F = {f}, "
                "p {p} by permutation of the cohorts, {draws} draws; against the F distribution p {analytic}).",
                verdict=verdict,
                draws=str(test.draws),
                analytic=ctx.p_value(test.p_analytic),
                **values,
            )
        ]
    if test.slope_50 is not None and test.slope_80 is not None:
        said.append(
            text(
                "A linear difference in trends of {half} a year would have shown in some single coefficient half of "
                "the time, one of {most} in 80% (Roth 2022): smaller ones would go unnoticed.",
                half=ctx.number(test.slope_50),
                most=ctx.number(test.slope_80),
            )
        )
    return tuple(said)


VIEW = View(table, figure, sentences, caption)
