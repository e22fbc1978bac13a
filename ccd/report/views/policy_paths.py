"""Shape ``policy_paths``: a policy alone, where another came later against where none did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import canvas, interval_plot, zero_line
from ccd.report.views.base import Context, View
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GROUPS = {
    "adds": text("regions that take up another policy later"),
    "never": text("regions that never do"),
}


def figure(part: Part, ctx: Context) -> Figure:
    """Return one panel a policy: effects by years since it began, both groups with 95 % intervals."""
    policies = list(dict.fromkeys(part.frame["policy"]))
    drawn, axes = canvas(3.2, columns=len(policies), squeeze=False, sharey=True)
    for panel, policy in zip(axes[0], policies, strict=True):
        zero_line(panel)
        for order, (group, label) in enumerate(GROUPS.items()):
            rows = part.frame[(part.frame["policy"] == policy) & (part.frame["group"] == group)]
            if len(rows):
                interval_plot(
                    panel,
                    rows["event_time"],
                    rows["estimate"],
                    rows["conf_low"],
                    rows["conf_high"],
                    order=order,
                    label=ctx.say(label),
                    shift=0.12 * (2 * order - 1),
                )
        panel.set_title(ctx.say(Name(policy)))
        panel.xaxis.get_major_locator().set_params(integer=True)
        panel.set_xlabel(ctx.say(text("Years since it began, alone")))
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    axes[0, 0].set_ylabel(ctx.say(text("Effect on {outcome}", outcome=ctx.measured(outcome))))
    named = [panel.get_legend_handles_labels() for panel in axes[0]]
    handles = {label: handle for found in named for handle, label in zip(*found, strict=True)}
    drawn.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2)
    return drawn


def caption(part: Part, ctx: Context) -> Text:
    """Return what the figure compares."""
    return text("Each policy alone: regions that later take up another against those that never do")


VIEW = View(figure=figure, caption=caption)
