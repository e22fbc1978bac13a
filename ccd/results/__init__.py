"""The waist: every number the program makes passes through these frozen values to its views."""

from ccd.results.columns import COLUMNS, TERM_COLUMNS
from ccd.results.coupling import SYNCHRONOUS, Changes, Coupling, Degenerate, Degree, GradeCounts, Obstacles
from ccd.results.described import ByGroup, ByYear, Density, Ranking, Summary
from ccd.results.documents import DocumentMatrix, DocumentYears
from ccd.results.estimate import Estimate, SampleSize, TermRow, Terms, loosely
from ccd.results.indices import Cells, IndexBounds, Scores, Weights, WeightsBefore
from ccd.results.shared import (
    Agreement,
    Comparison,
    Equality,
    EventCovariance,
    EventStudy,
    Permutation,
    PreTrend,
    Spread,
)
from ccd.results.term import Named, Product, Term
from ccd.results.value import Aside, Bools, Floats, Ints, Keys, Loose, Part, Value, Words, loose
from ccd.results.whole import (
    CouplingResult,
    DocumentsResult,
    IndexResult,
    LockedFormula,
    Results,
    ResultsTable,
)

__all__ = [
    "COLUMNS",
    "SYNCHRONOUS",
    "TERM_COLUMNS",
    "Agreement",
    "Aside",
    "Bools",
    "ByGroup",
    "ByYear",
    "Cells",
    "Changes",
    "Comparison",
    "Coupling",
    "CouplingResult",
    "Degenerate",
    "Degree",
    "Density",
    "DocumentMatrix",
    "DocumentYears",
    "DocumentsResult",
    "Equality",
    "Estimate",
    "EventCovariance",
    "EventStudy",
    "Floats",
    "GradeCounts",
    "IndexBounds",
    "IndexResult",
    "Ints",
    "Keys",
    "LockedFormula",
    "Loose",
    "Named",
    "Obstacles",
    "Part",
    "Permutation",
    "PreTrend",
    "Product",
    "Ranking",
    "Results",
    "ResultsTable",
    "SampleSize",
    "Scores",
    "Spread",
    "Summary",
    "Term",
    "TermRow",
    "Terms",
    "Value",
    "Weights",
    "WeightsBefore",
    "Words",
    "loose",
    "loosely",
]
