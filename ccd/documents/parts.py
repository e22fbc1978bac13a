"""The tables of the policy mix: by year, the matrix of instruments and factors, PMC and its surface."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccd.documents.labels import word
from ccd.documents.measures import pmc, pmc_grade
from ccd.documents.mix import PREFIX, Mix
from ccd.documents.spec import DocumentsSpec
from ccd.documents.table import Documents
from ccd.results import DocumentMatrix, DocumentYears, Part, loose
from ccd.words import text


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


def pmc_parts(documents: Documents, spec: DocumentsSpec) -> list[Part]:
    """Return PMC with its main variables and grade by document, and the 3 x 3 surface of nine of them."""
    frame = pmc(documents.subvariables, spec.pmc)
    maximum = len(spec.pmc)
    index = frame["pmc"].to_numpy()
    frame["grade"] = pmc_grade(index, maximum, spec.grades)
    table = frame.rename_axis("document").reset_index()
    main = list(spec.pmc)
    facts = {"maximum": maximum, "cuts": [cut * maximum for cut in spec.grades], "variables": main}
    table = table[["document", "pmc", "grade", *main]]
    parts = [loose("pmc", table, "pmc", facts)]
    if maximum < 9:
        note = text("No PMC surface: it shows nine main variables, and there are {count}", count=maximum)
        return [loose("pmc", table, "pmc", facts, (note,))]
    rows = [
        {"document": document, "row": k // 3 + 1, "column": k % 3 + 1, "value": value, "variable": main[k]}
        for document, values in frame[main[:9]].iterrows()
        for k, value in enumerate(values)
    ]
    notes = () if maximum == 9 else (text("The PMC surface shows the first nine of {count}", count=maximum),)
    return [*parts, loose("pmc_surface", pd.DataFrame(rows), "pmc_surface", facts, notes)]
