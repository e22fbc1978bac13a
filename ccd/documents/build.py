"""From documents to columns of the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.documents.measures import pmc, pooled_minmax, product_synergy, strength_by, valid_share
from ccd.documents.mix import PREFIX, Mix
from ccd.documents.pairing import pairing_parts
from ccd.documents.parts import matrix_part, pmc_parts, years_part
from ccd.documents.spec import DocumentsSpec
from ccd.documents.table import Documents
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.results import DocumentColumns, DocumentsResult, Part, Value
from ccd.words import Text, names, text

#: u (m, n) in [0, 1] -> C, T, D, each (m,): the coupling of the study, handed down to this room.
Degree = Callable[[FloatArray], tuple[FloatArray, FloatArray, FloatArray]]


def column_names(spec: DocumentsSpec) -> tuple[str, ...]:
    """Return the columns that documents add to a panel, in order."""
    words = [*spec.instruments, *spec.factors]
    pairs = [*combinations(spec.instruments, 2), *combinations(spec.factors, 2)]
    found = ["in_force", "issued", "valid_share", "strength", "strength_issued"]
    found += words + [f"{word}_issued" for word in words]
    found += [f"{i}_{f}" for i in spec.instruments for f in spec.factors]
    found += [f"U_{word}" for word in (*spec.instruments, *spec.factors, "strength")]
    found += ["C", "T", "D", "factors_C", "factors_T", "factors_D"]
    found += [f"PS_{a}_{b}" for a, b in pairs]
    if spec.pmc:
        found.append("pmc")
    found.append("renewed")
    return tuple(PREFIX + name for name in found)


def measure(documents: Documents, spec: DocumentsSpec, panel: Panel, degree: Degree) -> DocumentsResult:
    """Return the document columns of every region-year, the policy mix by year, the matrix and PMC.

    Stock columns count documents in force, ``_issued`` columns those of the year. ``U_`` columns are stock
    strength on [0, 1] over all region-years; C, T and D couple the instruments, ``factors_`` ones the
    factors. Raises DataError when the panel already has a column of that name.
    """
    mix = Mix(spec, documents, panel)
    values, notes = _columns(mix, degree)
    frame = pd.DataFrame(dict(zip(column_names(spec), values, strict=True)), index=panel.frame.index)
    taken = [c for c in frame if c in panel.frame.columns or c in panel.groups.columns]
    if taken:
        raise DataError(
            text("the data already have a column '{column}'", column=taken[0]),
            where=text("{file}, header", file=panel.source),
            fix=text("rename it: documents make columns that begin with doc_"),
        )
    rest: list[Part[Value]] = [
        matrix_part(mix),
        *pairing_parts(mix),
        *(pmc_parts(documents, spec) if spec.pmc else ()),
    ]
    count = int(documents.head["id"].nunique())
    return DocumentsResult(frame, count, tables(frame, spec, rest), (*documents.notes, *notes))


def _columns(mix: Mix, degree: Degree) -> tuple[list[FloatArray], list[Text]]:
    """Return the values of ``column_names`` in their order, and notes."""
    spec, present, s = mix.spec, mix.present, mix.strength
    stock = present.in_force
    words = np.column_stack([mix.by_instrument, mix.by_factor])
    by_word = strength_by(stock, s, words)
    total = stock.astype(np.float64) @ s
    scaled = pooled_minmax(np.column_stack([by_word, total]))
    i, f = len(spec.instruments), len(spec.factors)
    instruments, empty = _coupled(scaled[:, :i], spec.instruments, degree)
    factors, void = _coupled(scaled[:, i : i + f], spec.factors, degree)
    pairs = [*combinations(range(i), 2), *((i + a, i + b) for a, b in combinations(range(f), 2))]
    values = [
        stock.sum(axis=1).astype(np.float64),
        present.issued.sum(axis=1).astype(np.float64),
        valid_share(present),
        total,
        present.issued.astype(np.float64) @ s,
        *by_word.T,
        *strength_by(present.issued, s, words).T,
        *strength_by(stock, s, mix.by_cell).T,
        *scaled.T,
        *instruments,
        *factors,
        *product_synergy(stock, s, words, pairs).T,
    ]
    if spec.pmc:
        index = pmc(mix.documents.subvariables, spec.pmc)["pmc"].reindex(mix.documents.head["id"]).to_numpy()
        count = stock.sum(axis=1)
        values.append(np.divide(stock @ index, count, out=np.full(len(count), np.nan), where=count > 0))
    values.append(mix.renewed)
    return values, [*empty, *void]


def _coupled(
    scaled: FloatArray, words: tuple[str, ...], degree: Degree
) -> tuple[tuple[FloatArray, FloatArray, FloatArray], list[Text]]:
    """Return C, T, D of the scaled strengths (n, k), missing with a note where a word has no variation."""
    flat = [word for word, column in zip(words, scaled.T, strict=True) if np.isnan(column).any()]
    if flat:
        missing = np.full(len(scaled), np.nan)
        note = text(
            "No coupling coordination of policy strength: {words} has the same strength everywhere",
            words=names(flat),
        )
        return (missing, missing, missing), [note]
    return degree(scaled), []


def tables(frame: pd.DataFrame, spec: DocumentsSpec, rest: Iterable[Part[Value]]) -> tuple[Part[Value], ...]:
    """Return the parts made from the columns of every region-year, then the rest."""
    return Part(DocumentColumns(frame)), years_part(frame, spec), *rest


def against_names(spec: DocumentsSpec) -> tuple[str, ...]:
    """Return the columns that coupling with subsystems adds."""
    return tuple(f"{PREFIX}with_{subsystem}_{letter}" for subsystem in spec.against for letter in "CTD")


def couple_against(
    result: DocumentsResult, scores: pd.DataFrame, spec: DocumentsSpec, degree: Degree
) -> DocumentsResult:
    """Return the result with C, T, D of policy strength and each subsystem of ``against``.

    Their columns are ``doc_with_SUBSYSTEM_C`` and so on; ``scores`` holds the subsystem indices.
    """
    strength = result.frame[f"{PREFIX}U_strength"].to_numpy()
    found = {}
    for subsystem in spec.against:
        pair = np.column_stack([strength, scores[subsystem].to_numpy()])
        for letter, values in zip("CTD", degree(pair), strict=True):
            found[f"{PREFIX}with_{subsystem}_{letter}"] = values
    frame = result.frame.assign(**found)
    return replace(result, frame=frame, parts=tables(frame, spec, result.parts[2:]))
