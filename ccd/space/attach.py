"""The spatial weights of a study, on the regions of its panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ccd.panel import Panel
from ccd.space.distance import places_of
from ccd.space.kinds import KINDS
from ccd.space.spec import WeightsSpec
from ccd.spatial_weights import SpatialWeights
from ccd.words import Name, Text, names, text


def with_weights(panel: Panel, specs: Mapping[str, WeightsSpec], base: Path) -> Panel:
    """Return the panel with the weights of each ``[weights.NAME]``, and notes on them.

    ``base`` is the folder that their files are relative to. Raises DataError for weights that are refused: a
    missing, unknown or unlinked region, a negative or missing weight, a region that is its own neighbour.
    """
    if not specs:
        return panel
    made, notes = {}, []
    for name, spec in specs.items():
        made[name], said = weights_of(panel, name, spec, base)
        notes += said
    return replace(panel, weights=made).noted(notes)


def weights_of(panel: Panel, name: str, spec: WeightsSpec, base: Path) -> tuple[SpatialWeights, list[Text]]:
    """Return one study's weights and the notes on them."""
    from scipy import sparse

    where = f"study, [weights.{name}]"
    links = KINDS[spec.kind](panel, spec, base, where)
    found = SpatialWeights(
        name=name,
        kind=spec.kind,
        regions=panel.entities,
        raw=sparse.csr_array(links.raw),
        standardise=spec.standardise,
        island=spec.island,
        places=places_of(panel, spec.lon, spec.lat, where=where),
        power=float(spec.power) if spec.kind == "distance" else None,
        cutoff=links.cutoff,
        columns=() if spec.column is None else (spec.column,),
    )
    notes, alone = (
        list(links.notes),
        names(r for r, lone in zip(found.regions, found.islands, strict=True) if lone),
    )
    linked = found.checked(where, alone=True)
    if alone and spec.island == "nearest":
        notes.append(
            text("Weights {name}: linked to the nearest region for want of a neighbour: {regions}",
                 name=Name(name), regions=alone)
        )  # fmt: skip
    if alone and spec.island == "zero":
        notes.append(
            text(
                "Weights {name}: without a neighbour, and left so: {regions}", name=Name(name), regions=alone
            )
        )
    return linked, notes
