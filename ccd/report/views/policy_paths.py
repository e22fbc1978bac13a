"""Shape ``policy_paths``: a policy alone, where another came later against where none did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import canvas, interval_plot, zero_line
from ccd.report.views.base import Context, View
from ccd.results import Part, PolicyPaths
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GROUPS = {
    "adds": text("regions that take up another policy later"),
    "never": text("regions that never do"),
}


def figure(part: Part[PolicyPaths], ctx: Context) -> Figure:
    """Return one panel a policy: effects by years since it began, both groups with 95 % intervals."""
    paths = part.value
    policies = list(dict.fromkeys(paths.policy))
    policy, shown = np.array(paths.policy), np.array(paths.group)
    drawn, axes = canvas(3.2, columns=len(policies), squeeze=False, sharey=True)
    for panel, name in zip(axes[0], policies, strict=True):
        zero_line(panel)
        for order, (group, label) in enumerate(GROUPS.items()):
            rows = (policy == name) & (shown == group)
            if rows.any():
                interval_plot(
                    panel,
                    paths.event_time[rows],
                    paths.estimate[rows],
                    paths.conf_low[rows],
                    paths.conf_high[rows],
                    order=order,
                    label=ctx.say(label),
                    shift=0.12 * (2 * order - 1),
                )
        panel.set_title(ctx.say(Name(name)))
        panel.set_xticks(np.unique(paths.event_time[policy == name]))
        panel.set_xlabel(ctx.say(text("Years since it began, alone")))
    outcome = ctx.estimate.outcome if ctx.estimate is not None else ""
    axes[0, 0].set_ylabel(ctx.say(text("Effect on {outcome}", outcome=ctx.measured(outcome))))
    named = [panel.get_legend_handles_labels() for panel in axes[0]]
    handles = {label: handle for found in named for handle, label in zip(*found, strict=True)}
    drawn.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2)
    return drawn


def caption(part: Part[PolicyPaths], ctx: Context) -> Text:
    """Return what the figure compares."""
    if np.isnan(part.value.conf_low).any():
        return text(
            "Each policy alone: regions that later take up another against those that never do (95% intervals; a "
            "point without one rests on a single region, which has no standard error)"
        )
    return text(
        "Each policy alone: regions that later take up another against those that never do (95% intervals)"
    )


VIEW = View(figure=figure, caption=caption)
