"""The waist: every number the program makes passes through these frozen values to its views."""

from ccd.results.columns import COLUMNS, TERM_COLUMNS
from ccd.results.estimate import Estimate, SampleSize, TermRow, Terms, loosely
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
from ccd.results.threshold import (
    LrCurve,
    Regime,
    Regimes,
    RegimeSlopes,
    Split,
    Thresholds,
    ThresholdTests,
    distinct_figures,
)
from ccd.results.value import Aside, Bools, Floats, Ints, Keys, Loose, Part, Value, Words, loose
from ccd.results.whole import CouplingResult, DocumentsResult, IndexResult, Results, ResultsTable

__all__ = [
    "COLUMNS",
    "TERM_COLUMNS",
    "Agreement",
    "Aside",
    "Bools",
    "Comparison",
    "CouplingResult",
    "DocumentsResult",
    "Equality",
    "Estimate",
    "EventCovariance",
    "EventStudy",
    "Floats",
    "IndexResult",
    "Ints",
    "Keys",
    "Loose",
    "LrCurve",
    "Named",
    "Part",
    "Permutation",
    "PreTrend",
    "Product",
    "Regime",
    "RegimeSlopes",
    "Regimes",
    "Results",
    "ResultsTable",
    "SampleSize",
    "Split",
    "Spread",
    "Term",
    "TermRow",
    "Terms",
    "ThresholdTests",
    "Thresholds",
    "Value",
    "Words",
    "distinct_figures",
    "loose",
    "loosely",
]
