"""Shape ``sensitivity``: intervals under bounded violations of parallel trends, and where they reach zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, canvas, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TARGETS: Mapping[str, Text] = {"mean": text("mean of the effects"), "e0": text("effect in the first year")}
RESTRICTIONS: Mapping[str, Text] = {
    "none": text("parallel trends"),
    "relative": text("relative magnitude"),
    "smoothness": text("smoothness"),
}


def table(part: Part, ctx: Context) -> Table:
    """Return every interval."""
    frame = part.frame.assign(
        target=part.frame["target"].map(dict(TARGETS)),
        restriction=part.frame["restriction"].map(dict(RESTRICTIONS)),
    )
    columns = {
        "target": FrameColumn(text("Effect"), "text"),
        "restriction": FrameColumn(text("Restriction"), "text"),
        "m": FrameColumn(text("M"), "number"),
        "estimate": FrameColumn(text("Estimate"), "number"),
        "conf_low": FrameColumn(text("95% low"), "number"),
        "conf_high": FrameColumn(text("95% high"), "number"),
    }
    title = text("Sensitivity to violations of parallel trends (Rambachan and Roth 2023)")
    return frame_table(part.name, title, frame, columns, part.notes)


def figure(part: Part, ctx: Context) -> Figure:
    """Return the intervals against M, the effects below each other, the two restrictions side by side."""
    targets = [target for target in TARGETS if (part.frame["target"] == target).any()]
    kinds = [kind for kind in ("relative", "smoothness") if (part.frame["restriction"] == kind).any()] or [
        "none"
    ]
    drawn, grid = canvas(0.6 + 2.1 * len(targets), rows=len(targets), columns=len(kinds), squeeze=False)
    for row, target in enumerate(targets):
        own = part.frame[part.frame["target"] == target]
        base = own[own["restriction"] == "none"]
        for column, kind in enumerate(kinds):
            axes, rows = grid[row, column], own[own["restriction"] == kind]
            labels = [ctx.say(RESTRICTIONS["none"]).replace(" ", "\n"), *(f"{m:.3g}" for m in rows["m"])]
            if kind == "none":
                labels, rows = labels[:1], rows.iloc[:0]
            low, high = (np.r_[base[c].to_numpy(), rows[c].to_numpy()] for c in ("conf_low", "conf_high"))
            colours = [ACCENT, *[COLOURS[0]] * len(rows)]
            axes.vlines(range(len(labels)), low, high, color=colours, linewidth=2.2)
            axes.plot(0, base["estimate"].iloc[0], "s", color=ACCENT)
            zero_line(axes)
            axes.set_xticks(range(len(labels)), labels)
            axes.margins(x=0.12)
            if row == 0:
                axes.set_title(ctx.say(RESTRICTIONS[kind]))
            if column == 0:
                axes.set_ylabel(ctx.say(TARGETS[target]))
            if row == len(targets) - 1:
                axes.set_xlabel("M")
    return drawn


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return up to which violation each effect stays away from zero (facts by target)."""
    said: list[Text] = []
    for target, words in TARGETS.items():
        facts = part.facts.get(target)
        if not isinstance(facts, Mapping):
            continue
        relative, smooth = facts["breakdown_relative"], facts["breakdown_smoothness"]
        if relative == 0:
            said.append(
                text(
                    "Under parallel trends themselves the interval of the {effect} holds zero.", effect=words
                )
            )
            continue
        said.append(
            text(
                "The {effect} stays away from zero until the trend may change after treatment by {relative} times its "
                "largest change before (relative magnitude), or its slope by {smooth} a year (smoothness).",
                effect=words,
                relative=_bound(relative, ctx, 2),
                smooth=_bound(smooth, ctx, None),
            )
        )
    return tuple(said)


def _bound(value: object, ctx: Context, digits: int | None) -> str:
    return "∞" if value is None else ctx.number(float(str(value)), digits)


def caption(part: Part, ctx: Context) -> Text:
    """Return what the figure shows."""
    return text("95% intervals when trends may differ by up to M")


VIEW = View(table, figure, sentences, caption)
