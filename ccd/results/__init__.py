"""The waist: every number the program makes passes through these frozen values to its views."""

from ccd.results.columns import COLUMNS, TERM_COLUMNS
from ccd.results.estimate import Estimate, SampleSize, TermRow, Terms, loosely
from ccd.results.psm import (
    Balance,
    BalanceSide,
    CommonSupport,
    Matches,
    MatchingWeights,
    Propensity,
    ScoreDensity,
)
from ccd.results.shared import (
    Agreement,
    Comparison,
    Density,
    Equality,
    EventCovariance,
    EventStudy,
    Permutation,
    PreTrend,
    Spread,
)
from ccd.results.term import Named, Product, Term
from ccd.results.value import Aside, Bools, Floats, Ints, Keys, Loose, Part, Value, Words, loose
from ccd.results.whole import CouplingResult, DocumentsResult, IndexResult, Results, ResultsTable

__all__ = [
    "COLUMNS",
    "TERM_COLUMNS",
    "Agreement",
    "Aside",
    "Balance",
    "BalanceSide",
    "Bools",
    "CommonSupport",
    "Comparison",
    "CouplingResult",
    "Density",
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
    "Matches",
    "MatchingWeights",
    "Named",
    "Part",
    "Permutation",
    "PreTrend",
    "Product",
    "Propensity",
    "Results",
    "ResultsTable",
    "SampleSize",
    "ScoreDensity",
    "Spread",
    "Term",
    "TermRow",
    "Terms",
    "Value",
    "Words",
    "loose",
    "loosely",
]
