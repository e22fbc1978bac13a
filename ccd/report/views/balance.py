"""Shape ``balance``: how alike treated and controls are before and after matching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, RULE, canvas, zero_line
from ccd.report.table import Cell, Head, Number, PValue, Row, Table, Word, decimals
from ccd.report.views.base import Context, View
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MEANS = ("mean_treated", "mean_control_before", "mean_control_after")
SUMMARY: tuple[tuple[str, Text, int], ...] = (
    ("mean_bias", text("Mean absolute bias (%)"), 1),
    ("median_bias", text("Median absolute bias (%)"), 1),
    ("pseudo_r2", text("Pseudo-R2"), 3),
    ("lr_chi2", text("LR chi2"), 2),
    ("lr_p", text("p of LR chi2"), 3),
    ("rubin_b", text("Rubin's B"), 1),
    ("rubin_r", text("Rubin's R"), 2),
)


def table(part: Part, ctx: Context) -> Table:
    """Return means, bias, t test and variance ratio of every column; the summary stands below a rule."""
    rows = []
    for row in part.frame.to_dict("records"):
        digits = decimals([float(row[key]) for key in MEANS])
        cells: list[Cell] = [Word(Name(row["variable"])), *(Number(float(row[key]), digits) for key in MEANS)]
        cells += [Number(float(row[key]), 1) for key in ("bias_before", "bias_after", "reduction")]
        cells += [PValue(float(row["p_before"])), PValue(float(row["p_after"]))]
        cells += [Number(float(row[f"variance_ratio_{side}"]), 2) for side in ("before", "after")]
        rows.append(Row(tuple(cells)))
    rows += _summary_rows(part)
    head = (
        (
            Head(Word()),
            Head(Word(text("Mean")), 3),
            Head(Word(text("Bias (%)")), 3),
            Head(Word(text("p of t test")), 2),
            Head(Word(text("Variance ratio")), 2),
        ),
        tuple(
            Head(Word(word))
            for word in (
                text("Variable"),
                text("treated"),
                text("control before"),
                text("control after"),
                text("before"),
                text("after"),
                text("reduction"),
                text("before"),
                text("after"),
                text("before"),
                text("after"),
            )
        ),
    )
    note = text(
        "Bias in percent of sqrt((v_t + v_c)/2), the variances of both groups before matching; Rubin's B and R from a "
        "probit fitted anew (balanced: B < 25, 0.5 < R < 2)"
    )
    return Table(
        part.name, text("Balance of the matching columns"), ("l", *("d",) * 10), head, tuple(rows),
        (*part.notes, note),
    )  # fmt: skip


def _summary_rows(part: Part) -> list[Row]:
    sides = [part.facts.get(side) for side in ("before", "after")]
    before, after = (side if isinstance(side, Mapping) else {} for side in sides)
    blank = Word()
    found = []
    for i, (key, words, digits) in enumerate(SUMMARY):
        cells: list[Cell] = [Word(words), blank, blank, blank]
        cells += [Number(float(side.get(key, np.nan)), digits) for side in (before, after)]
        found.append(Row((*cells, *([blank] * 5)), rule=i == 0))
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
