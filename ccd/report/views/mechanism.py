"""Shape ``mechanism``: the policy's effect on channels, and what runs through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import ChannelEffects, Mechanism, MediationByTreatment, Part
from ccd.words import Name, Text, text

#: Column of ``Mechanism`` that a row of a channel starts from -> its heading.
ROWS: Mapping[str, Text] = {
    "effect": text("Policy on channel"),
    "on_outcome": text("Channel on outcome"),
    "indirect": text("Indirect"),
    "direct": text("Direct"),
    "total": text("Total"),
    "share": text("Share of total"),
}
#: Endings of the columns of a row; legs have no interval, what is made of both has no error.
ENDS = ("", "_std_error", "_p_value", "_low", "_high")


def table(part: Part[Mechanism], ctx: Context) -> Table:
    """Return six rows a channel: both legs, what runs through it, what does not, the total and the share."""
    found = part.value
    none = np.full(len(found.channel), np.nan)
    rows = [
        (Name(channel), words, *(getattr(found, name + end, none)[j] for end in ENDS), found.nobs[j])
        for j, channel in enumerate(found.channel)
        for name, words in ROWS.items()
    ]
    channel, quantity, estimate, error, p, low, high, nobs = zip(*rows, strict=True)
    columns = (
        Column(text("Channel"), channel),
        Column(text("Effect"), quantity),
        Column(text("Estimate"), np.array(estimate), "number"),
        Column(text("Std. error"), np.array(error), "number"),
        Column(text("p-value"), np.array(p), "p"),
        Column(text("95% low"), np.array(low), "number"),
        Column(text("95% high"), np.array(high), "number"),
        Column(text("N"), np.array(nobs), "count"),
    )
    return tabulate(part.name, text("Mechanism: what runs through each channel"), columns, part.notes)


def sentences(part: Part[Mechanism], ctx: Context) -> Sequence[Text]:
    """Return how strong a common cause of channel and outcome would have to be to undo the indirect effect."""
    found = part.value
    return [
        text(
            "{indirect} of the total {total} runs through {channel} if nothing else drives it and the outcome; nothing "
            "would if their errors correlated by {rho}, a common cause of {product} of both residual variances, "
            "multiplied.",
            channel=Name(channel),
            indirect=ctx.number(float(found.indirect[j])),
            total=ctx.number(float(found.total[j])),
            rho=ctx.number(float(found.rho_at_zero[j]), 2),
            product=ctx.number(float(found.r2_product[j]), 3),
        )
        for j, channel in enumerate(found.channel)
    ]


def treated(part: Part[MediationByTreatment], ctx: Context) -> Table:
    """Return two rows a channel, without and with the policy."""
    found = part.value
    columns = (
        Column(text("Channel"), [Name(channel) for channel in found.channel]),
        Column(text("State"), [ARMS[int(one)] for one in found.treated]),
        Column(text("Indirect"), found.acme, "number"),
        Column(text("95% low"), found.conf_low, "number"),
        Column(text("95% high"), found.conf_high, "number"),
        Column(text("Direct"), found.direct, "number"),
        Column(text("Total"), found.total, "number"),
        Column(text("Policy times channel"), found.interaction, "number"),
        Column(text("p-value"), found.interaction_p_value, "p"),
    )
    title = text("What runs through each channel without and with the policy")
    return tabulate(part.name, title, columns, part.notes)


ARMS = (text("without the policy"), text("with the policy"))


def effects(part: Part[ChannelEffects], ctx: Context) -> Table:
    """Return one row a channel, and the outcome last."""
    found = part.value
    columns = (
        Column(text("Variable"), [Name(variable) for variable in found.variable]),
        Column(text("Effect of the policy"), found.estimate, "estimate"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("p-value"), found.p_value, "p"),
        Column(text("95% low"), found.conf_low, "number"),
        Column(text("95% high"), found.conf_high, "number"),
        Column(text("N"), found.nobs, "count"),
    )
    notes = (*part.notes, *ctx.style.star_notes())
    title = text("The policy's effect on channels and on the outcome")
    return tabulate(part.name, title, columns, notes, p_value=found.starred)


VIEW = View(table, None, sentences)
BY_TREATMENT = View(treated)
EFFECTS = View(effects)
