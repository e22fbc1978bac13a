"""Shapes ``document_pairing`` and ``document_overlap``: what goes with what, and who repeats whom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import LEVEL, DocumentOverlap, DocumentPairing, Part
from ccd.words import Figure, Name, P, Text, text


def table(part: Part[DocumentPairing], ctx: Context) -> Table:
    """Return one row a pair, and their sum."""
    found = part.value
    first = [found.words[name] for name in found.instrument]
    columns = (
        Column(text("Instrument"), [*first, text("All pairs")]),
        Column(text("Factor"), [*(found.words[name] for name in found.factor), ""]),
        Column(text("Strength x score"), np.r_[found.strength, found.strength.sum()], "number", 0),
        Column(text("Share of strength"), np.r_[found.share, found.whole], "number", 3),
        Column(text("Share by chance"), np.r_[found.expected, found.whole_expected], "number", 3),
        Column(text("p-value"), np.r_[found.p_value, found.whole_p], "p"),
    )
    note = text(
        "Chance: the factors of {documents} documents permuted over the documents, p of a share as large",
        documents=found.documents,
    )
    return tabulate(part.name, text("Instruments and the factors they go with"), columns, (*part.notes, note))


def sentences(part: Part[DocumentPairing], ctx: Context) -> Sequence[Text]:
    """Return whether instruments go with their factors more than by chance."""
    found = part.value
    values = {
        "share": Figure(found.whole, 2),
        "chance": Figure(found.whole_expected, 2),
        "p": P(found.whole_p),
    }
    if found.whole_p < LEVEL:
        return (
            text(
                "Instruments go with the factors they are made for: {share} of all strength, {chance} by chance "
                "(p {p}).",
                **values,
            ),
        )
    return (
        text(
            "Instruments go with the factors they are made for no more than by chance: {share} of all strength, "
            "{chance} by chance (p {p}).",
            **values,
        ),
    )


def overlap(part: Part[DocumentOverlap], ctx: Context) -> Table:
    """Return one row an issuer, the one most like the others first."""
    found = part.value
    order = np.argsort(-found.cosine, kind="stable")
    rows, notes = shortened(part, len(order))
    columns = (
        Column(text("Issuer"), [Name(found.issuer[k]) for k in order[rows]]),
        Column(text("Documents"), found.documents[order[rows]], "count"),
        Column(text("Mean cosine with others"), found.cosine[order[rows]], "number", 3),
    )
    return tabulate(part.name, text("How far issuers repeat each other"), columns, notes)


def overlap_sentences(part: Part[DocumentOverlap], ctx: Context) -> Sequence[Text]:
    """Return the mean over all pairs."""
    return (
        text(
            "The mixes of instruments and factors of two issuers have a cosine of {mean} on average (1: the same mix).",
            mean=Figure(part.value.mean, 2),
        ),
    )


VIEW = View(table, None, sentences)
OVERLAP = View(overlap, None, overlap_sentences)
