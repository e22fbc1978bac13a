"""Which instruments go with which factors, and how far issuers repeat each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.documents.labels import word
from ccd.documents.mix import Mix
from ccd.results import DocumentOverlap, DocumentPairing, Part, Value
from ccd.streams import Stream, fingerprint
from ccd.words import Text, text

#: Instruments and the factors they are made for.
PAIRS = (
    ("supply", "technology"),
    ("demand", "capital"),
    ("environment", "talent"),
    ("environment", "platform"),
)
DRAWS = 999
#: Fewest documents whose factors are permuted.
LEAST = 5


@dataclass(frozen=True)
class Rows:
    """Documents as rows: ``document`` (r,) 0 .. d-1 in order, ``instrument``, ``factor`` and ``strength`` (r,)."""

    document: IntArray
    instrument: IntArray
    factor: IntArray
    strength: FloatArray


def pairing_strength(rows: Rows, factor: IntArray, pairs: Sequence[tuple[int, int]]) -> FloatArray:
    """Return the strength of each pair (instrument, factor), (pairs,), with these factors (r,)."""
    return np.array([float(rows.strength[(rows.instrument == i) & (factor == f)].sum()) for i, f in pairs])


def permuted_factors(rows: Rows, rng: np.random.Generator) -> IntArray:
    """Return the factors (r,) with each document's list of them handed to another document.

    A list is dealt to the rows of its new document in random order, from the start again where there are more rows.
    """
    sizes = np.bincount(rows.document)
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    giver = rng.permutation(len(sizes))
    shuffled = rows.factor[np.lexsort((rng.random(len(rows.factor)), rows.document))]
    place = np.arange(len(rows.factor)) - starts[rows.document]
    own = giver[rows.document]
    return np.asarray(shuffled[starts[own] + place % sizes[own]])


def cosines(matrices: FloatArray) -> FloatArray:
    """Return the cosines of matrices (m, cells) above 0, (m, m)."""
    unit = matrices / np.sqrt((matrices**2).sum(axis=1, keepdims=True))
    return np.asarray(np.minimum(unit @ unit.T, 1.0))


def pairing_parts(mix: Mix) -> list[Part[Value]]:
    """Return the pairing, where at least one pair of PAIRS can be, and the overlap, where two issue."""
    spec = mix.spec
    pairs = [(i, f) for i, f in PAIRS if i in spec.instruments and f in spec.factors]
    rows = rows_of(mix)
    found: list[Part[Value]] = []
    if pairs and len(rows.strength) and int(rows.document.max()) + 1 >= LEAST:
        found.append(Part(paired(mix, rows, pairs), "pairing"))
    overlap = overlapping(mix)
    if overlap is not None:
        found.append(Part(overlap, "overlap", (_issuer_note(),)))
    return found


def rows_of(mix: Mix) -> Rows:
    """Return each document's cells of the matrix, its regions added up; cells without strength are none."""
    ids = mix.documents.head["id"].astype(str).to_numpy()
    names = sorted(set(ids))
    total = np.zeros((len(names), len(mix.cells)))
    np.add.at(total, np.searchsorted(names, ids), mix.strength[:, None] * mix.by_cell)
    held = total[total.any(axis=1)]
    document, cell = np.nonzero(held)
    factors = len(mix.spec.factors)
    return Rows(
        document.astype(np.intp),
        (cell // factors).astype(np.intp),
        (cell % factors).astype(np.intp),
        held[document, cell],
    )


def paired(mix: Mix, rows: Rows, pairs: Sequence[tuple[str, str]]) -> DocumentPairing:
    """Return the pairing with its p-values; the draws depend on the documents alone."""
    spec = mix.spec
    places = [(spec.instruments.index(i), spec.factors.index(f)) for i, f in pairs]
    rng = Stream(0, fingerprint(*rows.strength.tolist(), *rows.factor.tolist()))("pairing")
    total = float(rows.strength.sum())
    share = pairing_strength(rows, rows.factor, places) / total
    drawn = (
        np.array([pairing_strength(rows, permuted_factors(rows, rng), places) for _ in range(DRAWS)]) / total
    )
    whole, drawn_whole = share.sum(), drawn.sum(axis=1)
    p = (1 + (drawn >= share - 1e-12).sum(axis=0)) / (DRAWS + 1)
    return DocumentPairing(
        instrument=tuple(i for i, _ in pairs),
        factor=tuple(f for _, f in pairs),
        strength=share * total,
        share=share,
        expected=drawn.mean(axis=0),
        p_value=p,
        whole=float(whole),
        whole_expected=float(drawn_whole.mean()),
        whole_p=float((1 + (drawn_whole >= whole - 1e-12).sum()) / (DRAWS + 1)),
        documents=int(rows.document.max()) + 1,
        words={name: word(name) for pair in pairs for name in pair},
    )


def overlapping(mix: Mix) -> DocumentOverlap | None:
    """Return how alike the matrices of issuers (the regions of documents) are; None for fewer than two."""
    issuer = mix.documents.head["region"].astype(str).to_numpy()
    names = np.unique(issuer)
    matrices = np.zeros((len(names), len(mix.cells)))
    np.add.at(matrices, np.searchsorted(names, issuer), mix.strength[:, None] * mix.by_cell)
    active = matrices.any(axis=1)
    if active.sum() < 2:
        return None
    found = cosines(matrices[active])
    others = len(found) - 1
    each = (found.sum(axis=1) - np.diag(found)) / others
    return DocumentOverlap(
        issuer=tuple(names[active].tolist()),
        documents=np.array([int((issuer == name).sum()) for name in names[active]], dtype=np.intp),
        cosine=each,
        mean=float(each.mean()),
    )


def _issuer_note() -> Text:
    return text("The issuer of a document is its region; cosine 1: the same mix of instruments and factors")
