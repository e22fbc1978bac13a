"""Shape ``neighbours``: who counts as a neighbour of whom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import Neighbours, Part
from ccd.words import Figure, Name, Text, names, text

#: What the kinds of weights are called.
KINDS = {
    "contiguity": text("common borders"),
    "nearest": text("nearest regions"),
    "distance": text("inverse distance"),
    "economic": text("economic likeness"),
    "matrix": text("a matrix of the study"),
}


def table(part: Part[Neighbours], ctx: Context) -> Table:
    """Return one row a region and weights."""
    found = part.value
    shown, notes = shortened(part, len(found.region))
    several = len(found.names) > 1
    columns = [Column(text("Region"), names(found.region[k] for k in shown))]
    if several:
        columns.append(Column(text("Weights"), names(found.weights[k] for k in shown)))
    columns.append(Column(text("Neighbours"), found.links[shown], "count"))
    if np.isfinite(found.nearest_km).any():
        columns.append(Column(text("Nearest (km)"), found.nearest_km[shown], "number", 1))
    return tabulate(part.name, text("Neighbours of each region"), columns, notes)


def sentences(part: Part[Neighbours], ctx: Context) -> Sequence[Text]:
    """Return what each of the weights is: its kind, its links, its cut-off, and who has no neighbour."""
    found, told = part.value, []
    for k, name in enumerate(found.names):
        values = {
            "name": Name(name),
            "kind": KINDS[found.kinds[k]],
            "least": int(found.least[k]),
            "most": int(found.most[k]),
            "mean": Figure(float(found.average[k]), 1),
        }
        told.append(
            text(
                "Weights {name} ({kind}): {least} to {most} {most:neighbour|neighbours} a region, {mean} on average.",
                **values,
            )
            if np.isnan(found.cutoff[k])
            else text(
                "Weights {name} ({kind}, up to {km} km): {least} to {most} {most:neighbour|neighbours} a region, "
                "{mean} on average.",
                km=Figure(float(found.cutoff[k]), 1),
                **values,
            )
        )
        if found.islands[k]:
            told.append(text("Without a neighbour: {regions}.", regions=names(found.islands[k])))
    return told


VIEW = View(table=table, sentences=sentences)
