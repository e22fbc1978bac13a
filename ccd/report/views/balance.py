"""Shape ``balance``: how alike treated and controls are before and after matching."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, RULE, canvas, zero_line
from ccd.report.table import Align, Cell, Number, PValue, Row, Table, Word, decimals, heads
from ccd.report.views.base import Context, View
from ccd.results import Balance, BalanceSide, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[Balance], ctx: Context) -> Table:
    """Return two rows a column, before and after matching; the summary of both stands in the notes."""
    rows = [row for j in range(len(part.value.variable)) for row in _rows(part.value, j)]
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
        "probit fitted anew (balanced: B < 25, 0.5 < R < 2); after matching, t, variance ratios, B and R count the sum "
        "of the matching weights as the number of regions, as pstest does"
    )
    notes = (*part.notes, *_summary(part.value, ctx), note)
    align: tuple[Align, ...] = ("l", "l", *("d",) * 7)
    return Table(part.name, text("Balance of the matching columns"), align, (head,), tuple(rows), notes)


def _rows(balance: Balance, j: int) -> tuple[Row, Row]:
    """Return the rows of column ``j`` before and after matching."""
    treated, treated_after = float(balance.mean_treated[j]), float(balance.mean_treated_after[j])
    control, control_after = float(balance.mean_control_before[j]), float(balance.mean_control_after[j])
    digits = decimals([treated, control, control_after])
    before: tuple[Cell, ...] = (
        Word(Name(balance.variable[j])),
        Word(text("before")),
        Number(treated, digits),
        Number(control, digits),
        Number(float(balance.bias_before[j]), 1),
        Word(),
        Number(float(balance.t_before[j]), 2),
        PValue(float(balance.p_before[j])),
        Number(float(balance.variance_ratio_before[j]), 2),
    )
    after: tuple[Cell, ...] = (
        Word(),
        Word(text("after")),
        Number(treated_after, digits),
        Number(control_after, digits),
        Number(float(balance.bias_after[j]), 1),
        Number(float(balance.reduction[j]), 1),
        Number(float(balance.t_after[j]), 2),
        PValue(float(balance.p_after[j])),
        Number(float(balance.variance_ratio_after[j]), 2),
    )
    return Row(before), Row(after)


def _summary(balance: Balance, ctx: Context) -> list[Text]:
    """Return one line a side: biases, the score fitted anew, Rubin's B and R."""
    sides = ((balance.before, text("Before matching")), (balance.after, text("After matching")))
    return [
        text(
            "{side}: mean absolute bias {mean}%, median {median}%, pseudo-R2 {r2}, LR chi2 {chi2} (p {p}), Rubin's "
            "B {b}, R {r}",
            side=words,
            mean=ctx.number(side.mean_bias, 1),
            median=ctx.number(side.median_bias, 1),
            r2=ctx.number(side.pseudo_r2, 3),
            chi2=ctx.number(side.lr_chi2, 2),
            p=ctx.p_value(side.lr_p),
            b=ctx.number(side.rubin_b, 1),
            r=ctx.number(side.rubin_r, 2),
        )
        for side, words in sides
    ]


def figure(part: Part[Balance], ctx: Context) -> Figure:
    """Return the love plot: bias of each column before and after, the 10 % lines dashed."""
    order = np.argsort(np.abs(part.value.bias_before), kind="stable")
    before, after = part.value.bias_before[order], part.value.bias_after[order]
    limit, at = part.value.limit, np.arange(len(order))
    drawn, axes = canvas(1.3 + 0.3 * len(order))
    zero_line(axes, vertical=True)
    for side in (-limit, limit):
        axes.axvline(side, color=RULE, linewidth=0.9, linestyle="--", zorder=0)
    axes.hlines(at, before, after, color=RULE, linewidth=0.8, zorder=1)
    axes.plot(before, at, "o", color=COLOURS[0], markerfacecolor="white", label=ctx.say(text("before")))
    axes.plot(after, at, "o", color=ACCENT, label=ctx.say(text("after")))
    axes.set_yticks(at, [ctx.say(Name(part.value.variable[j])) for j in order])
    axes.margins(x=0.08, y=0.6 / max(len(order), 1))
    axes.set_xlabel(ctx.say(text("Standardised bias (%)")))
    axes.annotate(
        f"{limit:g}%", (limit, 1), xycoords=("data", "axes fraction"), xytext=(3, 2), textcoords="offset points",
        color=RULE, fontsize=8, va="bottom",
    )  # fmt: skip
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    return drawn


def caption(part: Part[Balance], ctx: Context) -> Text:
    """Return the words under the love plot."""
    return text("Standardised bias before and after matching; the dashed lines stand at 10 percent")


def sentences(part: Part[Balance], ctx: Context) -> Sequence[Text]:
    """Return what the table says: bias, what stays unbalanced, Rubin's B and R, and what the controls weigh."""
    balance = part.value
    found = [
        text(
            "The mean absolute bias of the matching columns is {before}% before matching and {after}% after it.",
            before=ctx.number(balance.before.mean_bias, 1),
            after=ctx.number(balance.after.mean_bias, 1),
        )
    ]
    if balance.over:
        found.append(
            text(
                "{count} of {total} columns {count:stays|stay} more than 10% apart: {columns}. Matching "
                "does not make the groups alike in {count:it|them}.",
                count=str(len(balance.over)),
                total=str(len(balance.variable)),
                columns=balance.over,
            )
        )
    else:
        found.append(text("No column is more than 10% apart after matching."))
    found += _rubin(balance.before, balance.after, ctx)
    found.append(
        text(
            "{matched} of {treated} treated units are matched; {lending} of {controls} controls lend weight, which "
            "is worth {effective} evenly weighted ones.",
            matched=str(balance.treated_matched),
            treated=str(balance.treated),
            lending=str(balance.controls_lending),
            controls=str(balance.controls),
            effective=ctx.number(balance.effective_controls, 1),
        )
    )
    return tuple(found)


def _rubin(before: BalanceSide, after: BalanceSide, ctx: Context) -> list[Text]:
    b, r = after.rubin_b, after.rubin_r
    if not np.isfinite(b):
        return [
            text("The score cannot be fitted anew on the matched sample, so Rubin's B and R are missing.")
        ]
    fair = b < 25 and 0.5 < r < 2
    verdict = text("within the usual bounds") if fair else text("outside the usual bounds")
    return [
        text(
            "Rubin's B goes from {b_before} to {b} and R from {r_before} to {r}: {verdict} (B < 25, 0.5 < R < 2).",
            b_before=ctx.number(before.rubin_b, 1),
            r_before=ctx.number(before.rubin_r, 2),
            b=ctx.number(b, 1),
            r=ctx.number(r, 2),
            verdict=verdict,
        )
    ]


VIEW = View(table, figure, sentences, caption)
