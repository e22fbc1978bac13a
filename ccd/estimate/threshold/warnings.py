"""What a reader of a panel threshold model must be warned of (METHODS 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.threshold.sample import ThresholdSample
from ccd.estimate.threshold.scan.candidates import Candidates
from ccd.estimate.threshold.scan.joint import Pair
from ccd.estimate.threshold.scan.sets import Curve
from ccd.estimate.threshold.slopes import Slopes
from ccd.estimate.threshold.stages import Stage
from ccd.results import distinct_figures
from ccd.words import Figure, Name, P, Text, text

#: A set that spans more than this share of the candidates says little.
WIDE = 0.5
#: A regime with less than this share of the rows is thin.
THIN = 0.10
#: Fewer distinct candidates than this make the search coarse.
FEW = 30
#: Draws below which critical values at 1 % are rough.
DRAWS = 999
#: Share of the outcome's rows at its least or largest value that is called a bound.
BOUND = 0.05


def disagreement(stages: Sequence[Stage], level: float) -> Iterator[Text]:
    """Yield a warning where one form of the bootstrap rejects and the other does not."""
    for stage in stages:
        wild, block = stage.p("wild"), stage.p("block")
        if np.isnan(wild) or np.isnan(block) or (wild <= level) == (block <= level):
            continue
        yield text(
            "F{number}: wild (p {wild}) and block (p {block}) disagree; block "
            "rejects too often when the error variance goes with the regressor, so wild is the headline",
            number=stage.number,
            wild=P(wild),
            block=P(block),
        )


def search(candidates: Candidates, threshold: str, draws: int) -> Iterator[Text]:
    """Yield warnings on the candidates and the number of draws."""
    size = candidates.size
    if size < FEW:
        yield text(
            "{column} has {count} candidate {count:value|values} only: the estimate is coarse",
            column=Name(threshold),
            count=size,
        )
    if draws < DRAWS:
        yield text(
            "{draws} bootstrap {draws:draw|draws}: p-values and critical values are rough, take "
            "{wanted} or more",
            draws=draws,
            wanted=DRAWS,
        )


def positions(candidates: Candidates, found: Sequence[Curve], threshold: str) -> Iterator[Text]:
    """Yield warnings on where the thresholds of the chosen model lie."""
    shown = distinct_figures([float(candidates.value[curve.estimate]) for curve in found])
    for k, (curve, value) in enumerate(zip(found, shown, strict=True)):
        if curve.estimate in (0, candidates.size - 1):
            yield text(
                "γ{k} = {value} of {column} lies at the edge that the trim leaves",
                k=k + 1,
                value=value,
                column=Name(threshold),
            )
        if any(curve.estimate in (candidates.left[other], candidates.right[other]) for other in curve.others):
            yield text(
                "γ{k} = {value} of {column} lies as near another threshold as the trim allows",
                k=k + 1,
                value=value,
                column=Name(threshold),
            )


def sets(candidates: Candidates, found: Sequence[Curve], threshold: str) -> Iterator[Text]:
    """Yield warnings on sets that are disconnected or wide."""
    stop = candidates.stop
    for k, curve in enumerate(found):
        runs = curve.runs(curve.ratio)
        if len(runs.low) > 1:
            yield text(
                "The 95% set of γ{k} of {column} is in {runs} pieces: values between them are rejected",
                k=k + 1,
                runs=len(runs.low),
                column=Name(threshold),
            )
        first, after = np.searchsorted(candidates.value, [runs.low[0], runs.high[-1]])
        share = (stop[after - 1] - stop[first]) / max(1, stop[-1] - stop[0])
        if share > WIDE:
            yield text(
                "The 95% set of γ{k} of {column} spans {share}% of the candidate rows: the data hardly say "
                "where it lies",
                k=k + 1,
                share=Figure(100 * float(share), 0),
                column=Name(threshold),
            )


def regimes(data: ThresholdSample, fitted: Slopes) -> Iterator[Text]:
    """Yield a warning for each regime with few rows."""
    inside = fitted.inside[data.counted]
    for r in range(len(fitted.split.thresholds) + 1):
        share = float(np.mean(inside == r))
        if share < THIN:
            yield text(
                "Regime {regime} is thin: {count} {count:row|rows} ({share}%)",
                regime=fitted.split.letters(r),
                count=int(np.sum(inside == r)),
                share=Figure(100 * share, 1),
            )


def outcome(y: FloatArray, column: str) -> Iterator[Text]:
    """Yield a warning where the outcome piles up at a bound."""
    bounds = {0.0, 1.0} if y.min() >= 0 and y.max() <= 1 else set()
    at = int(sum(np.sum(y == bound) for bound in bounds))
    piled = max(int(np.sum(y == y.min())), int(np.sum(y == y.max())))
    count = max(at, piled if piled > BOUND * len(y) else 0)
    if count:
        yield text(
            "{count} {count:row|rows} of {column} {count:lies|lie} at its bound: a slope there "
            "cannot be read as linear",
            count=count,
            column=Name(column),
        )


def components(made_of: Mapping[str, frozenset[str]], column: str, threshold: str) -> Iterator[Text]:
    """Yield a warning where the threshold variable is a component of the outcome, or made of one."""
    inside = made_of.get(column, frozenset())
    shared = inside & ({threshold} | made_of.get(threshold, frozenset()))
    if shared or column in made_of.get(threshold, frozenset()):
        yield text(
            "{threshold} is a component of {column}: part of the regime effect is built in",
            threshold=Name(threshold),
            column=Name(column),
        )


def joint(stage: Stage, values: FloatArray, together: Pair) -> Iterator[Text]:
    """Yield a warning where the joint optimum of two is not the sequential one."""
    if together.ssr < stage.refined_ssr * (1 - 1e-10):
        one, two, first, second = distinct_figures([*values, *together.values])
        yield text(
            "Two thresholds found one after the other ({one}, {two}) are not the joint optimum "
            "({first}, {second}), which lowers the sum of squares by {share}% more",
            one=one,
            two=two,
            first=first,
            second=second,
            share=Figure(100 * (1 - together.ssr / stage.refined_ssr), 2),
        )
