"""Shape ``mechanism``: the policy's effect on channels, and what runs through them."""

from __future__ import annotations

from ccd.arrays import FloatArray
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Mechanism, Part
from ccd.words import Name, text


def table(part: Part[Mechanism], ctx: Context) -> Table:
    """Return one row a channel: both legs with errors, the indirect effect and its share with intervals."""
    found = part.value
    columns = (
        Column(text("Channel"), [Name(channel) for channel in found.channel]),
        Column(text("Policy on channel"), _errors(found.effect, found.effect_std_error, ctx)),
        Column(text("Channel on outcome"), _errors(found.on_outcome, found.on_outcome_std_error, ctx)),
        Column(text("Indirect"), found.indirect, "number"),
        Column(text("Share of total"), found.share, "number", 2),
        Column(text("95% low"), found.share_low, "number", 2),
        Column(text("95% high"), found.share_high, "number", 2),
        Column(text("N"), found.nobs, "count"),
    )
    notes = (text("Standard errors in parentheses"), *part.notes)
    return tabulate(part.name, text("Mechanism: what runs through each channel"), columns, notes)


def _errors(values: FloatArray, errors: FloatArray, ctx: Context) -> list[str]:
    """Return estimates with their standard errors in parentheses."""
    pairs = zip(values.tolist(), errors.tolist(), strict=True)
    return [f"{ctx.number(value)} ({ctx.number(error)})" for value, error in pairs]


VIEW = View(table)
