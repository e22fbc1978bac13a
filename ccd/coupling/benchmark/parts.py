"""Profile and gap of one region as parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray, IntArray
from ccd.coupling.benchmark.areas import ranks
from ccd.coupling.benchmark.gap import Scheme, Split, split_gap
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.results import CouplingResult, Gap, IndexResult, Part, Profile
from ccd.words import Name, Text, names, text

#: The index of a region-year and the weighted sum of its indicators agree to this; else it was cut to [0, 1].
CUT = 1e-9


def scheme_of(index: IndexResult, coupling: CouplingResult) -> Scheme:
    """Return how the study makes D of its indicators."""
    subsystems = [str(name) for name in index.scores.columns]
    code = np.array([subsystems.index(name) for name in index.weights.subsystem], dtype=np.intp)
    contribution = np.array([coupling.contribution[name] for name in subsystems])
    return Scheme(index.weights.weight, code, contribution, coupling.formula)


def _row(panel: Panel, own: int, year: int) -> int:
    """Return the row of a region in a year. Raises DataError where the data have none."""
    at = np.flatnonzero((panel.entity_codes == own) & (panel.years == year))
    if len(at):
        return int(at[0])
    raise DataError(
        text("{region} has no row in {year}", region=Name(panel.entities[own]), year=year),
        where=text("study, [benchmark]"),
        fix=text("name another year, or leave the region out"),
    )


def gap_part(
    panel: Panel,
    index: IndexResult,
    coupling: CouplingResult,
    year: int,
    own: int,
    peers: Sequence[int],
    end: str = "",
) -> Part[Gap]:
    """Return the split of the gap in D of a region to each of its peers, an indicator a row."""
    scheme, z = scheme_of(index, coupling), index.scaled.to_numpy()
    u, d = index.scores.to_numpy(), coupling.frame["D"].to_numpy()
    row = _row(panel, own, year)
    splits: list[Split] = []
    unsplit: list[str] = []
    at = [_row(panel, peer, year) for peer in peers]
    for peer, there in zip(peers, at, strict=True):
        cut = any(np.abs(scheme.indices(z[k]) - u[k]).max() > CUT for k in (row, there))
        found = split_gap(z[row], z[there], scheme)
        if cut:
            missing = np.full(len(found.log), np.nan)
            found = Split(missing, missing, missing)
        if not np.isfinite(found.log).all():
            unsplit.append(panel.entities[peer])
        splits.append(found)
    k = len(scheme.weight)
    value = Gap(
        entity=(panel.entities[own],) * (k * len(peers)),
        peer=tuple(panel.entities[peer] for peer in peers for _ in range(k)),
        subsystem=index.weights.subsystem * len(peers),
        indicator=index.weights.indicator * len(peers),
        log=np.concatenate([one.log for one in splits]),
        level=np.concatenate([one.level for one in splits]),
        what_if=np.concatenate([one.what_if for one in splits]),
        d=np.full(k * len(peers), d[row]),
        d_peer=np.repeat(d[at], k),
        ends=np.concatenate([d[row] + np.cumsum(one.level) for one in splits]),
        year=year,
        formula=coupling.formula,
    )
    return Part(value, f"gap{end}", _said(coupling.formula, unsplit))


def _said(formula: str, unsplit: list[str]) -> tuple[Text, ...]:
    said = [
        text("Exact split with logarithmic means (Ang 2005): indicators sum to the gap")
        if formula == "standard"
        else text("Shapley values over subsystems (Shorrocks 2013): indicators sum to the gap"),
        text("What if: D of the region if this indicator alone stood where the peer's stands"),
    ]
    if unsplit:
        said.append(
            text("Not split, an index is zero or was cut to [0, 1]: {regions}", regions=names(unsplit))
        )
    return tuple(said)


def profile_part(
    panel: Panel,
    index: IndexResult,
    coupling: CouplingResult,
    year: int,
    own: int,
    peers: Sequence[int],
    end: str = "",
) -> Part[Profile]:
    """Return where a region stands in D, C, T, each subsystem and each indicator, beside its peers and all regions."""
    here = np.flatnonzero(panel.years == year)
    row = _row(panel, own, year)
    at = [_row(panel, peer, year) for peer in peers]
    columns: list[tuple[str, str, FloatArray]] = [
        *((name, "degree", coupling.frame[name].to_numpy(dtype=np.float64)) for name in ("D", "C", "T")),
        *((str(name), "subsystem", index.scores[name].to_numpy()) for name in index.scores),
        *(
            (name, "indicator", index.scaled.to_numpy()[:, j])
            for j, name in enumerate(index.weights.indicator)
        ),
    ]
    x = np.column_stack([column for *_, column in columns])
    value = [
        panel.column(name)[row] if kind == "indicator" else x[row, j]
        for j, (name, kind, _) in enumerate(columns)
    ]
    found = Profile(
        measure=tuple(name for name, *_ in columns),
        kind=tuple(kind for _, kind, _ in columns),
        value=np.array(value, dtype=np.float64),
        score=x[row],
        rank=ranks(x[here])[int(np.flatnonzero(here == row)[0])],
        regions=np.isfinite(x[here]).sum(axis=0).astype(np.intp),
        peers=x[at].mean(axis=0),
        lowest=np.nanmin(x[here], axis=0),
        median=np.nanmedian(x[here], axis=0),
        highest=np.nanmax(x[here], axis=0),
        entity=panel.entities[own],
        year=year,
        compared=tuple(panel.entities[peer] for peer in peers),
        years=np.array(panel.times, dtype=np.intp),
        own=_path(panel, coupling, own),
        others=np.stack([_path(panel, coupling, peer) for peer in peers]),
    )
    return Part(found, f"profile{end}")


def _path(panel: Panel, coupling: CouplingResult, own: int) -> FloatArray:
    """Return D of a region by year of the panel, (T,)."""
    rows: IntArray = np.flatnonzero(panel.entity_codes == own)
    found = pd.Series(coupling.frame["D"].to_numpy(dtype=np.float64)[rows], index=panel.years[rows])
    return np.asarray(found.reindex([*panel.times]).to_numpy(dtype=np.float64))
