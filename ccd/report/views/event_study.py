"""Shape ``event_study``: effects by years since the first treated year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ccd.report.figures import RULE, SOFT, canvas, interval_plot, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table:
    """Return event time, estimate, standard error and interval."""
    columns = {
        "event_time": FrameColumn(text("Event time"), "count"),
        "estimate": FrameColumn(text("Estimate"), "estimate"),
        "std_error": FrameColumn(text("Std. error"), "number"),
        "conf_low": FrameColumn(text("95% low"), "number"),
        "conf_high": FrameColumn(text("95% high"), "number"),
    }
    notes = (*part.notes, *ctx.style.star_notes()) if "p_value" in part.frame else part.notes
    title = part.facts.get("title")
    shown = title if isinstance(title, Text) else text("Effects by event time")
    return frame_table(part.name, shown, part.frame, columns, notes)


def figure(part: Part, ctx: Context) -> Figure:
    """Return the effects with 95 % intervals; facts ``title`` and ``xlabel`` may name another kind of time."""
    frame = part.frame
    drawn, axes = canvas()
    zero_line(axes)
    if (frame["event_time"] < 0).any():
        axes.axvline(-0.5, color=RULE, linewidth=0.8, linestyle=":")
    if "band_low" in frame:
        known = frame.dropna(subset=["band_low"])
        axes.fill_between(
            known["event_time"], known["band_low"], known["band_high"], color=SOFT, linewidth=0, zorder=-1
        )
    interval_plot(axes, frame["event_time"], frame["estimate"], frame["conf_low"], frame["conf_high"])
    axes.xaxis.get_major_locator().set_params(integer=True)
    since = part.facts.get("xlabel")
    axes.set_xlabel(ctx.say(since if isinstance(since, Text) else text("Years since first treated")))
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    axes.set_ylabel(ctx.say(text("Effect on {outcome}", outcome=ctx.measured(outcome))))
    return drawn


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return what the joint test of the leads says and could have seen (facts ``pretrend`` of the model)."""
    facts: Any = {} if ctx.estimate is None else ctx.estimate.facts.get("pretrend", {})
    if not facts or facts.get("first") is None:
        return ()
    if not facts["testable"]:
        return (
            text(
                "The {count} coefficients before treatment cannot be tested jointly: not testable, their covariance is "
                "singular.",
                count=str(facts["q"]),
            ),
        )
    said = [
        text(
            "Before treatment (event times {first} to {last}) the coefficients are jointly {verdict} (F = {f}, p {p}).",
            first=str(facts["first"]),
            last=str(facts["last"]),
            verdict=text("different from zero")
            if facts["p_value"] < 0.05
            else text("not different from zero at 5%"),
            f=ctx.number(float(facts["statistic"]), 2),
            p=ctx.p_value(float(facts["p_value"])),
        )
    ]
    if facts["slope_50"] is not None:
        said.append(
            text(
                "A linear difference in trends of {half} a year would have shown in some single coefficient half of "
                "the time, one of {most} in 80% (Roth 2022): smaller ones would go unnoticed.",
                half=ctx.number(float(facts["slope_50"])),
                most=ctx.number(float(facts["slope_80"])),
            )
        )
    return tuple(said)


VIEW = View(table, figure, sentences)
