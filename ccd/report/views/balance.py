"""Shape ``balance``: how alike treated and controls are before and after matching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, RULE, canvas, zero_line
from ccd.report.table import Align, Cell, Number, PValue, Row, Table, Word, decimals, heads
from ccd.report.views.base import Context, View
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MEANS = ("mean_treated", "mean_control_before", "mean_control_after")


def table(part: Part, ctx: Context) -> Table:
    """Return two rows a column, before and after matching; the summary of both stands in the notes."""
    rows = []
    for row in part.frame.to_dict("records"):
        digits = decimals([float(row[key]) for key in MEANS])
        for side in ("before", "after"):
            first = side == "before"
            treated = row["mean_treated"] if first else row["mean_treated_after"]
            cells: list[Cell] = [
                Word(Name(row["variable"])) if first else Word(),
                Word(text("before")) if first else Word(text("after")),
                Number(float(treated), digits),
                Number(float(row[f"mean_control_{side}"]), digits),
                Number(float(row[f"bias_{side}"]), 1),
                Word() if first else Number(float(row["reduction"]), 1),
                Number(float(row[f"t_{side}"]), 2),
                PValue(float(row[f"p_{side}"])),
                Number(float(row[f"variance_ratio_{side}"]), 2),
            ]
            rows.append(Row(tuple(cells)))
    head = heads(
        [
            text("Variable"),
            text("Matching"),
            text("Treated"),
            text("Control"),
            text("Bias (%)"),
            text("Reduction (%)"),
            text("t"),
            text("p-value"),
            text("Variance ratio"),
        ]
    )
    note = text(
        "Bias in percent of sqrt((v_t + v_c)/2), the variances of both groups before matching; Rubin's B and R from a "
        "probit fitted anew (balanced: B < 25, 0.5 < R < 2)"
    )
    notes = (*part.notes, *_summary(part, ctx), note)
    align: tuple[Align, ...] = ("l", "l", *("d",) * 7)
    return Table(part.name, text("Balance of the matching columns"), align, (head,), tuple(rows), notes)


def _summary(part: Part, ctx: Context) -> list[Text]:
    """Return one line a side: biases, the score fitted anew, Rubin's B and R."""
    found = []
    for key, side in (("before", text("Before matching")), ("after", text("After matching"))):
        values: Any = part.facts[key]
        found.append(
            text(
                "{side}: mean absolute bias {mean}%, median {median}%, pseudo-R2 {r2}, LR chi2 {chi2} (p {p}), Rubin's "
                "B {b}, R {r}",
                side=side,
                mean=ctx.number(values["mean_bias"], 1),
                median=ctx.number(values["median_bias"], 1),
                r2=ctx.number(values["pseudo_r2"], 3),
                chi2=ctx.number(values["lr_chi2"], 2),
                p=ctx.p_value(values["lr_p"]),
                b=ctx.number(values["rubin_b"], 1),
                r=ctx.number(values["rubin_r"], 2),
            )
        )
    return found


def figure(part: Part, ctx: Context) -> Figure:
    """Return the love plot: bias of each column before and after, the 10 % lines dashed."""
    frame = part.frame.iloc[np.argsort(np.abs(part.frame["bias_before"].to_numpy()), kind="stable")]
    limit = float(part.facts.get("limit", 10.0))  # type: ignore[arg-type]
    drawn, axes = canvas(1.3 + 0.3 * len(frame))
    at = np.arange(len(frame))
    zero_line(axes, vertical=True)
    for side in (-limit, limit):
        axes.axvline(side, color=RULE, linewidth=0.9, linestyle="--", zorder=0)
    axes.hlines(at, frame["bias_before"], frame["bias_after"], color=RULE, linewidth=0.8, zorder=1)
    axes.plot(
        frame["bias_before"],
        at,
        "o",
        color=COLOURS[0],
        markerfacecolor="white",
        label=ctx.say(text("before")),
    )
    axes.plot(frame["bias_after"], at, "o", color=ACCENT, label=ctx.say(text("after")))
    axes.set_yticks(at, [ctx.say(Name(name)) for name in frame["variable"]])
    axes.margins(x=0.08, y=0.6 / max(len(frame), 1))
    axes.set_xlabel(ctx.say(text("Standardised bias (%)")))
    axes.annotate(
        f"{limit:g}%", (limit, 1), xycoords=("data", "axes fraction"), xytext=(3, 2), textcoords="offset points",
        color=RULE, fontsize=8, va="bottom",
    )  # fmt: skip
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    return drawn


def caption(part: Part, ctx: Context) -> Text:
    """Return the words under the love plot."""
    return text("Standardised bias before and after matching; the dashed lines stand at 10 percent")


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return what the table says: bias, what stays unbalanced, Rubin's B and R, and what the controls weigh."""
    facts: Mapping[str, Any] = part.facts
    before, after = facts["before"], facts["after"]
    found = [
        text(
            "The mean absolute bias of the matching columns is {before}% before matching and {after}% after it.",
            before=ctx.number(before["mean_bias"], 1),
            after=ctx.number(after["mean_bias"], 1),
        )
    ]
    over = facts["over"]
    if over:
        found.append(
            text(
                "{count} of {total} columns stay more than 10% apart: {columns}. Matching does not make the groups "
                "alike in them.",
                count=str(len(over)),
                total=str(len(part.frame)),
                columns=tuple(over),
            )
        )
    else:
        found.append(text("No column is more than 10% apart after matching."))
    found += _rubin(before, after, ctx)
    found.append(
        text(
            "{matched} of {treated} treated units are matched; {lending} of {controls} controls lend weight, which "
            "is worth {effective} evenly weighted ones.",
            matched=str(facts["treated_matched"]),
            treated=str(facts["treated"]),
            lending=str(facts["controls_lending"]),
            controls=str(facts["controls"]),
            effective=ctx.number(facts["effective_controls"], 1),
        )
    )
    return tuple(found)


def _rubin(before: Mapping[str, float], after: Mapping[str, float], ctx: Context) -> list[Text]:
    b, r = float(after["rubin_b"]), float(after["rubin_r"])
    if not np.isfinite(b):
        return [
            text("The score cannot be fitted anew on the matched sample, so Rubin's B and R are missing.")
        ]
    fair = b < 25 and 0.5 < r < 2
    verdict = text("within the usual bounds") if fair else text("outside the usual bounds")
    return [
        text(
            "Rubin's B goes from {b_before} to {b} and R from {r_before} to {r}: {verdict} (B < 25, 0.5 < R < 2).",
            b_before=ctx.number(before["rubin_b"], 1),
            r_before=ctx.number(before["rubin_r"], 2),
            b=ctx.number(b, 1),
            r=ctx.number(r, 2),
            verdict=verdict,
        )
    ]


VIEW = View(table, figure, sentences, caption)
