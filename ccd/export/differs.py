"""What other programs do by another convention, said the same way in every language."""

from __future__ import annotations

from ccd.words import Figure, Text, text

SAME = text("Same formula and same factor: the numbers should agree to the digits shown")
PERMUTED = text(
    "ccd's leading p-value and interval are those of permutations (few treated regions); they are not repeated"
)
FACTOR = text(
    "Cluster factor: K counts the region effects here; ccd takes G/(G-1) x (n-1)/(n-K) without effects that lie "
    "inside the clusters. The column as_ccd has that factor"
)
DUMMIES = text("Degrees of freedom: K counts every dummy, as in ccd")
NORMAL = text("Normal inference, as in ccd")
TWO_WAYS = text(
    "Two clusters: ccd takes the factor of the smaller number of clusters for all three matrices, and sets negative "
    "eigenvalues to 0"
)
INFLUENCE = text("Errors by influence functions, clustered by region, without small-sample factor")
QUANTILES = text("Winsorised at the quantiles that ccd found (linear interpolation), written as numbers")
THRESHOLDS = text(
    "The thresholds are searched for over a grid here and over every value in ccd, and the bootstrap draws "
    "residuals of regions, not signs: p-values differ by convention and by chance"
)
AT_THRESHOLDS = text("Slopes at ccd's thresholds, which are taken as known in both")
TIES = text(
    "Ties: ccd lends every control at the smallest distance; here one of them is taken at random or in order"
)
SUPPORT = text("Common support: ccd drops the treated beyond the range of the controls' scores")
MATCHED_FACTOR = text(
    "Weights of the matching are taken as known; errors clustered by region, as ccd's regression under these weights"
)
SEEDS = text(
    "Folds and draws are random: other seeds, other splits, so numbers agree within their spread only"
)
PLACEBO = text("The error is made from placebos with other draws")
AGGREGATED = text("ccd's headline is the mean over treated region-years")
SCREENED = text("The predictors and the search for their weights differ by program")

#: Why a model is not repeated.
NO_SYNERGY = text(
    "no package imputes the effect of several policies at once and matches it on exposure; the two-way interaction "
    'of estimator = "twfe" can be repeated'
)
NO_LOOP = text(
    "no package chains the local projections of a loop of stages with a bootstrap over regions; each arrow alone is "
    "a regression of a later stage on an earlier one"
)
NO_DIFP = text(
    "no package fits the weights of demeaned outcomes (Doudchenko and Imbens 2016) with placebos by donor"
)
NO_ASCM = text("no package in this language makes augmented synthetic control; R has augsynth")
NO_DDD = text("no package in this language makes triple differences by group and time; R has triplediff")
NO_CIC = text(
    "packages make changes-in-changes of two groups in two years; none averages it over cohorts and years against "
    "regions that are never treated"
)
NO_DOSE = text(
    "no package in this language makes the response to a dose by cohort and year with ccd's errors; contdid on CRAN is "
    "nearest"
)
NO_QUANTILE = text(
    "no package in this language makes quantile regression by moments with region effects; Stata has xtqreg"
)
NO_THRESHOLD = text(
    "no well-kept package in this language tests panel thresholds by bootstrap; the slopes are repeated"
)
NO_RINGS_IMPUTED = text(
    "ccd imputes ring effects from clean cells (Butts 2023); the regression on ring dummies is what it shows beside "
    "as two-way fixed effects"
)
NO_LP_DID = text("no package on CRAN makes local-projections difference-in-differences; Stata has lpdid")
NO_IRM = text("the interactive model on long differences of one cohort has no counterpart in one call")


def made(*columns: str) -> Text:
    """Return that columns are ccd's own."""
    return text("Made by ccd and read from the panel: {columns}", columns=columns)


def driscoll(lags: int | None, factor: str) -> Text:
    """Return what Driscoll-Kraay errors may differ in."""
    return text(
        "Driscoll-Kraay errors: ccd takes {lags} lags (T^(1/4) where none is named) and the factor {factor}; "
        "other programs take other ones",
        lags="T^(1/4)" if lags is None else lags,
        factor=factor,
    )


def conley(cutoff: float) -> Text:
    """Return what Conley errors may differ in."""
    return text(
        "Conley errors: ccd takes great-circle distances and every pair of one year within {cutoff:g} km alike; "
        "they are not repeated, and the errors here are clustered",
        cutoff=cutoff,
    )


def likelihood(rho: float | None) -> Text:
    """Return which likelihood is whose."""
    if rho is None:
        return text("Likelihood with dummies, as in ccd")
    return text(
        "ccd's likelihood is of the transformed data (Lee and Yu 2010); with dummies, as here, its rho is {rho}",
        rho=Figure(rho),
    )
