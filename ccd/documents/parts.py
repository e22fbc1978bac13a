"""The tables of the policy mix: by year, the matrix of instruments and factors, PMC and its surface."""

from __future__ import annotations

import pandas as pd

from ccd.documents.measures import pmc, pmc_grade
from ccd.documents.mix import PREFIX, Mix
from ccd.documents.spec import DocumentsSpec
from ccd.documents.table import Documents
from ccd.results import Part, loose
from ccd.words import Name, text


def years_part(frame: pd.DataFrame, spec: DocumentsSpec) -> Part:
    """Return the mean over regions of each document column by year; documents in force and issued are totals."""
    time = str(frame.index.names[1])
    means = frame.groupby(level=1, sort=True).mean()
    means.columns = pd.Index([str(c).removeprefix(PREFIX) for c in means])
    means.index.name = "year"
    return loose(
        "document_years", means.reset_index(), "years", {"time": time, "words": list(spec.instruments)}
    )


def matrix_part(mix: Mix) -> Part:
    """Return the instrument x factor matrix: documents, their share of all, and summed strength x score."""
    ids = mix.documents.head["id"].to_numpy()
    rows = []
    for (instrument, factor), score in zip(mix.cells, mix.by_cell.T, strict=True):
        used = score > 0
        rows.append(
            {
                "instrument": instrument,
                "factor": factor,
                "documents": len(set(ids[used])),
                "share": len(set(ids[used])) / len(set(ids)),
                "strength": float(mix.strength @ score),
            }
        )
    frame = pd.DataFrame(rows)
    empty = frame[frame["documents"] == 0]
    notes = []
    if len(empty):
        cells = tuple(
            text("{instrument} x {factor}", instrument=Name(i), factor=Name(f))
            for i, f in zip(empty["instrument"], empty["factor"], strict=True)
        )
        notes.append(text("No document: {cells}", cells=cells))
    return loose("document_matrix", frame, "matrix", {"documents": len(set(ids))}, tuple(notes))


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
