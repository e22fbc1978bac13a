"""The documents of a panel as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.documents.measures import Presence, document_scores, presence, renewed_share
from ccd.documents.spec import DocumentsSpec
from ccd.documents.table import Documents
from ccd.panel import Panel

#: How every column that documents add to a panel begins.
PREFIX = "doc_"


@dataclass(frozen=True)
class Mix:
    """The documents of a panel as arrays: ``scores`` by instrument and factor (d, k), cells (d, i x f)."""

    spec: DocumentsSpec
    documents: Documents
    panel: Panel

    @cached_property
    def present(self) -> Presence:
        """Return which documents bear on which rows of the panel."""
        head = self.documents.head
        region = np.asarray(self.panel.frame.index.get_level_values(0), dtype=object)
        return presence(
            region,
            self.panel.years,
            np.asarray(head["region"], dtype=object),
            head["issued"].to_numpy(dtype=np.float64),
            head["ended"].to_numpy(dtype=np.float64),
            self.spec.everywhere,
        )

    @cached_property
    def strength(self) -> FloatArray:
        """Return the strength of each document (d,)."""
        return self.documents.head["strength"].to_numpy(dtype=np.float64)

    @property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """Return (instrument, factor), row by row of the matrix."""
        return tuple((i, f) for i in self.spec.instruments for f in self.spec.factors)

    def scores(self, words: pd.Series[str], known: tuple[str, ...]) -> FloatArray:
        """Return each document's score for each of ``known`` words (d, k), ``words`` being those of the rows."""
        rows, head = self.documents.rows, self.documents.head
        place = pd.MultiIndex.from_frame(head[["id", "region"]])
        document = place.get_indexer(pd.MultiIndex.from_frame(rows[["id", "region"]]))
        word = pd.Index(known).get_indexer(pd.Index(words))
        return document_scores(document, word, rows["score"].to_numpy(), (len(head), len(known)))

    @cached_property
    def by_instrument(self) -> FloatArray:
        """Return scores by instrument (d, instruments)."""
        return self.scores(self.documents.rows["instrument"], self.spec.instruments)

    @cached_property
    def by_factor(self) -> FloatArray:
        """Return scores by factor (d, factors)."""
        return self.scores(self.documents.rows["factor"], self.spec.factors)

    @cached_property
    def by_cell(self) -> FloatArray:
        """Return scores by cell of the matrix (d, instruments x factors)."""
        rows = self.documents.rows
        joined = tuple(f"{i}_{f}" for i, f in self.cells)
        return self.scores(rows["instrument"] + "_" + rows["factor"], joined)

    @cached_property
    def renewed(self) -> FloatArray:
        """Return of each row of the panel the share of ended documents that were renewed (n,)."""
        head = self.documents.head
        issued, ended = (head[name].to_numpy(dtype=np.float64) for name in ("issued", "ended"))
        return renewed_share(self.present, self.panel.years.astype(np.float64), issued, ended, self.by_cell)
