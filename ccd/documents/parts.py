"""The tables of the policy mix: by year, the matrix of instruments and factors, PMC and its surface."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccd.documents.labels import word
from ccd.documents.measures import pmc, pmc_grade
from ccd.documents.mix import PREFIX, Mix
from ccd.documents.spec import DocumentsSpec
from ccd.documents.table import Documents
from ccd.results import DocumentMatrix, DocumentYears, Part, Pmc, PmcSurface, Value
from ccd.words import Text, text

#: Main variables that a PMC surface shows, row by row.
NINE = 9


def years_part(frame: pd.DataFrame, spec: DocumentsSpec) -> Part[DocumentYears]:
    """Return the mean over regions of each document column by year; documents in force and issued are totals."""
    means = frame.groupby(level=1, sort=True).mean()
    measures = {str(name).removeprefix(PREFIX): means[name].to_numpy() for name in means}
    instruments = {name: word(name) for name in spec.instruments}
    return Part(DocumentYears(means.index.to_numpy(), measures, instruments), "years")


def matrix_part(mix: Mix) -> Part[DocumentMatrix]:
    """Return the instrument x factor matrix: documents, their share of all, and summed strength x score."""
    ids = mix.documents.head["id"].to_numpy()
    counts = np.array([len(set(ids[score > 0])) for score in mix.by_cell.T], dtype=np.int64)
    found = DocumentMatrix(
        instrument=tuple(instrument for instrument, _ in mix.cells),
        factor=tuple(factor for _, factor in mix.cells),
        documents=counts,
        share=counts / len(set(ids)),
        strength=np.array([float(mix.strength @ score) for score in mix.by_cell.T]),
        words={name: word(name) for name in (*mix.spec.instruments, *mix.spec.factors)},
    )
    empty = tuple(
        text("{instrument} x {factor}", instrument=word(instrument), factor=word(factor))
        for (instrument, factor), count in zip(mix.cells, counts, strict=True)
        if not count
    )
    return Part(found, "matrix", (text("No document: {cells}", cells=empty),) if empty else ())


def pmc_parts(documents: Documents, spec: DocumentsSpec) -> list[Part[Value]]:
    """Return PMC with its main variables and grade by document, and the 3 x 3 surface of nine of them."""
    frame = pmc(documents.subvariables, spec.pmc)
    variables = tuple(spec.pmc)
    index = frame["pmc"].to_numpy(dtype=np.float64)
    value = Pmc(
        document=tuple(str(document) for document in frame.index),
        pmc=index,
        grade=tuple(pmc_grade(index, len(variables), spec.grades)),
        variables=variables,
        main=frame[list(variables)].to_numpy(dtype=np.float64),
    )
    if len(variables) < NINE:
        note = text(
            "No PMC surface: it shows nine main variables, and there are {count}", count=len(variables)
        )
        return [Part(value, notes=(note,))]
    notes: tuple[Text, ...] = ()
    if len(variables) > NINE:
        notes = (text("The PMC surface shows the first nine of {count}", count=len(variables)),)
    return [Part(value), Part(surface(value), notes=notes)]


def surface(index: Pmc) -> PmcSurface:
    """Return the first nine main variables of each document as a 3 x 3 surface; of equal sums the first name leads."""
    values = index.main[:, :NINE].reshape(-1, 3, 3)
    totals = values.sum(axis=(1, 2))
    order = sorted(range(len(totals)), key=lambda d: index.document[d])
    return PmcSurface(
        documents=index.document,
        variables=index.variables[:NINE],
        values=values,
        mean=values.mean(axis=0),
        best=max(order, key=lambda d: totals[d]),
        poorest=min(order, key=lambda d: totals[d]),
    )
