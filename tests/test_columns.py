"""The public promise of csv columns: what each value writes, in this order; more columns may follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass

import numpy as np
import pandas as pd
import pytest

from ccd.results import (
    ByGroup,
    ByYear,
    Cells,
    Changes,
    Coupling,
    Degenerate,
    Degree,
    DegreeSpread,
    DocumentColumns,
    DocumentYears,
    EventCovariance,
    FirstStage,
    Flows,
    GradeCounts,
    Intervals,
    Lisa,
    Moderator,
    Named,
    Obstacles,
    Permutation,
    Pmc,
    PmcSurface,
    PolicyCalendar,
    Propensity,
    Ranking,
    Regimes,
    RegimeSlopes,
    Scores,
    Specifications,
    Split,
    Terms,
    Transitions,
    Value,
)
from ccd.results.value import column_fields

TERM_COLUMNS = ("term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")

#: Shape -> the columns of its csv file.
PROMISED: Mapping[str, tuple[str, ...]] = {
    "terms": TERM_COLUMNS,
    "synthetic_paths": ("year", "treated", "synthetic", "gap", "conf_low", "conf_high", "p_value"),
    "donors": ("region", "weight", "reason"),
    "time_weights": ("year", "weight"),
    "placebo_units": ("region", "estimate", "pre_rmspe", "post_rmspe", "ratio", "rank"),
    "placebo_paths": ("region", "year", "gap"),
    "without_donor": ("left_out", "estimate", "std_error", "p_value", "conf_low", "conf_high"),
    "in_time": ("date", "estimate", "std_error", "p_value", "pre_rmspe", "years"),
    "dose": (
        *("at", "estimate", "slope", "std_error", "slope_std_error", "weight"),
        *("conf_low", "conf_high", "slope_conf_low", "slope_conf_high"),
    ),
    "dose_weights": ("at", "regions", "weight", "share"),
    "starts": ("start", "loss", "estimate"),
    "comparison": ("label", "estimate", "std_error", "p_value", "conf_low", "conf_high", "nobs"),
    # curves computed beside the numbers and drawn by views (ccd.density)
    "density": ("group", "at", "density"),
    # data and description
    "summary": ("variable", "nobs", "mean", "std_dev", "min", "median", "max"),
    "by_year": (),  # <time>, one mean per index, C, T, D, std_dev_D, cv_D
    "by_group": (),  # <time>, group, mean, std_dev, nobs of D
    "ranking": (),  # <entity>, mean, first, last, change, rank
    # before the first model
    "correlations": ("first", "second", "correlation", "p_value", "nobs"),
    "vif": ("variable", "raw", "within"),
    "dependence": ("variable", "test", "statistic", "p_value", "mean_abs"),
    "group_means": (
        *("variable", "first", "second", "mean_first", "mean_second", "std_dev_first", "std_dev_second"),
        *("nobs_first", "nobs_second", "difference", "statistic", "p_value", "p_rank", "std_diff"),
    ),
    "missing": ("variable", "missing", "share", "entities", "first", "last"),
    # index and coupling; <entity> and <time> stand first under their own names where a table has them
    "weights": ("subsystem", "indicator", "direction", "entropy", "redundancy", "weight"),
    "scores": (),  # <entity>, <time>, one column per subsystem
    "weights_before": ("subsystem", "indicator", "weight", "before", "policy", "until"),
    "bounds": ("subsystem", "indicator", "low", "high", "centre", "spread"),
    "cells": (),  # <entity>, <time>, indicator or subsystem, value, ...: imputed, outside, clipped
    "coupling": (),  # <entity>, <time>, C, T, D, grade, bottleneck, C_wang2021, D_wang2021, ...
    "obstacles": (),  # <time>, indicator, degree, subsystem
    "grades": (),  # <time>, grade, count, share, interval
    "degenerate": (),  # <entity>, <time>, subsystem, index
    "changes": (
        *("label", "first", "last", "nobs"),
        *("log_D", "log_C", "log_T", "level_D", "level_C", "level_T", "share_T"),
    ),
    # did
    "event_study": ("event_time", "estimate", "std_error", "conf_low", "conf_high"),
    "event_vcov": ("event_time",),  # then one column per event time: their covariance
    "event_studies": ("label", "event_time", "estimate", "std_error", "conf_low", "conf_high"),
    "att_gt": ("cohort", "time", "estimate", "std_error", "conf_low", "conf_high"),
    "aggregates": ("aggregation", "key", "estimate", "std_error", "conf_low", "conf_high"),
    "placebo": ("draw", "estimate", "std_error", "statistic"),
    "placebo_curve": ("at", "density"),
    "permutation": ("draw", "estimate", "std_error", "statistic"),
    "bacon": ("treated", "control", "type", "estimate", "weight"),
    "sensitivity": ("target", "restriction", "m", "estimate", "conf_low", "conf_high"),
    "nuisance": ("learner", "target", "r2", "rmse"),
    "repeats": ("repeat", "estimate", "std_error"),
    "quantiles": ("q", "estimate", "std_error", "conf_low", "conf_high"),
    "scale": TERM_COLUMNS,
    "leave_out": ("left_out", "estimate", "std_error", "p_value", "conf_low", "conf_high", "nobs"),
    "differences": (
        *("first", "second", "estimate_first", "estimate_second", "difference", "statistic", "p_value"),
        *("std_error", "p_stacked", "std_error_interaction", "p_interaction", "critical", "draws"),
    ),
    "mechanism": ("channel", "effect", "effect_std_error", "effect_p_value"),
    "mediation": ("channel", "rho", "acme", "conf_low", "conf_high"),
    "mediation_by_treatment": ("channel", "treated", "acme", "conf_low", "conf_high", "direct", "total"),
    "channel_effects": ("variable", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"),
    "moderator": TERM_COLUMNS,
    "margins": ("at", "percentile", "estimate", "std_error"),
    "stability": ("model", "estimate", "r2", "r2_max", "bound", "delta"),
    # panel regressions
    "tests": ("test", "statistic", "df", "p_value"),
    "first_stage": ("endogenous", *TERM_COLUMNS),
    # policy documents
    "documents": (),
    "document_years": ("year", "in_force", "issued", "valid_share", "strength"),
    "document_matrix": ("instrument", "factor", "documents", "share", "strength"),
    "document_pairing": ("instrument", "factor", "strength", "share", "expected", "p_value"),
    "document_overlap": ("issuer", "documents", "cosine"),
    "pmc": ("document", "pmc", "grade"),
    "pmc_surface": ("document", "row", "column", "value", "variable"),
    # psm-did: units (regions, or region-years), pairs, and the curves and counts of their scores
    "matching_weights": ("entity",),  # cohort or year, treated, score, weight, on_support, matched_with
    "matches": ("treated", "control", "share", "score_treated", "score_control"),
    "balance": (
        *("variable", "mean_treated", "mean_control_before", "mean_control_after"),
        *("bias_before", "bias_after", "reduction", "t_before", "p_before", "t_after", "p_after"),
        *("variance_ratio_before", "variance_ratio_after"),
    ),
    "propensity": TERM_COLUMNS,
    "score_density": ("stage", "group", "at", "density"),
    "common_support": ("low", "high", "control", "treated_on", "treated_off"),
    # space
    "neighbours": ("region", "links", "nearest_km"),
    "moran": (
        *("year", "variable", "weights", "I", "expected", "z", "p_value", "p_permutation"),
        *("C", "p_C", "G", "p_G", "nobs"),
    ),
    "gap": (
        *("entity", "peer", "subsystem", "indicator", "log", "level", "what_if"),
        *("d", "d_peer"),
    ),
    "profile": (
        *("measure", "kind", "value", "score", "rank", "regions"),
        *("peers", "lowest", "median", "highest"),
    ),
    "nearest": ("entity", "neighbour", "rank", "distance", "first_treated", "first", "last"),
    "areas": ("peer", "column", "value", "peer_value", "ratio"),
    "area_ranks": ("entity", "column", "value", "rank", "areas"),
    "area_cosines": ("first", "second", "cosine"),
    "stages": (
        *("entity", "pair", "side", "stage", "other", "probability", "share", "share_low", "share_high"),
        *("inflection", "rate", "open", "time"),
    ),
    "stage_probabilities": ("entity", "side", "stage", "probability"),
    "stage_leads": ("entity", "technology", "industry", "lead", "conf_low", "conf_high"),
    "demand": ("technology", "industry", "count", "regions", "named", "time", "space", "institution"),
    "mismatch": ("time", "entity", "s", "q", "lq_innovation", "lq_industry", "quadrant"),
    "intervals": ("entity", "time", "source", "D", "conf_low", "conf_high"),
    "grade_probability": ("entity", "time", "grade", "probability", "source", "printed"),
    "influence": ("left_out", "mean_change", "max_change", "tau", "max_rank_change", "source"),
    "audit": ("column", "candidate", "known", "cells", "fitting", "worst", "verdict"),
    "audit_cells": ("column", "candidate", "row", "printed", "low", "high"),
    "chains": ("time", "measure", "group", "estimate", "conf_low", "conf_high"),
    "centres": ("time", "side", "lon", "lat"),
    "flows": ("from", "to", "share", "km"),
    "efficiency": (
        *("entity", "time", "crs", "vrs", "scale", "sbm", "super"),
        *("whole", "first", "second", "corrected", "conf_low", "conf_high"),
    ),
    "malmquist": ("entity", "time", "index", "efficiency", "pure", "scale", "technical"),
    "impacts": ("variable", "effect", *TERM_COLUMNS[1:], "std_error_delta"),
    "rings": (
        *("ring", "low", "high", "estimate", "std_error", "p_value", "conf_low", "conf_high"),
        *("cells", "regions", "sign"),
    ),
    "bands": ("region", "year", "band"),
    "lisa": (
        *("region", "year", "variable", "value", "lag", "I", "quadrant", "p_value", "q_value", "class"),
        *("Gi", "q_Gi"),
    ),
    # panel threshold
    "threshold_tests": (
        *("number", "ssr0", "ssr", "F", "df", "p_wild", "p_block"),
        *("crit_10_wild", "crit_5_wild", "crit_1_wild"),
        *("crit_10_block", "crit_5_block", "crit_1_block"),
    ),
    "thresholds": (
        *("number", "threshold", "estimate", "next_value", "conf_low", "conf_high", "runs"),
        *("conf_low_robust", "conf_high_robust", "n_below", "entities_below"),
    ),
    "lr_curve": ("value", "lr", "lr_robust"),
    "regime_slopes": (*TERM_COLUMNS, "column", "regime", "low", "high", "nobs", "entities"),
    "regimes": (),  # <time>, one column of counts per regime
    # description in space and time
    "inequality": (
        "time",
        "measure",
        "group",
        "estimate",
        "share",
        "conf_low",
        "conf_high",
    ),
    "gaps": (
        "time",
        "group",
        "other",
        "gini",
        "dominance",
    ),
    "ridges": (
        "time",
        "at",
        "density",
        "bandwidth",
    ),
    "modes": (
        "time",
        "k",
        "bandwidth",
        "p_value",
    ),
    "sigma": (
        "time",
        "group",
        "std_dev_log",
        "cv",
        "nobs",
    ),
    "sigma_tests": (
        "group",
        "first",
        "last",
        "std_dev_first",
        "std_dev_last",
        "r",
        "statistic",
        "df",
        "p_value",
    ),
    "convergence": (
        "model",
        "group",
        "b",
        "std_error",
        "speed",
        "speed_low",
        "speed_high",
        "half_life",
        "nobs",
        "p_value",
        "term",
    ),
    "clubs": (
        "entity",
        "club",
    ),
    "club_tests": (
        "club",
        "members",
        "b",
        "std_error",
        "t",
    ),
    "transitions": ("lag", "from", "to", "count", "probability", "conf_low", "conf_high"),
    "chain": (
        "state",
        "low",
        "high",
        "share",
        "ergodic",
        "sojourn",
    ),
    "passages": (
        "start",
        "end",
        "years",
    ),
    "chain_tests": (
        "test",
        "statistic",
        "df",
        "p_value",
    ),
    "path": (
        "time",
        "lon",
        "lat",
        "moved_km",
        "major_km",
        "minor_km",
        "angle",
    ),
    "drivers": (
        "factor",
        "search",
        "intervals",
        "q",
        "q_adjusted",
        "q_out",
        "p_value",
        "noise",
        "singletons",
    ),
    "interactions": (
        "first",
        "second",
        "q",
        "kind",
        "q_first",
        "q_second",
        "singletons",
    ),
    "grey": (
        "factor",
        "degree",
        "rank",
        "rank_low",
        "rank_high",
    ),
    "lead_lag": (
        "first",
        "second",
        "entity",
        "time",
        "ratio",
        "standing",
        "speed_first",
        "speed_second",
        "acceleration_first",
        "acceleration_second",
        "angle",
    ),
    "leads": (
        "first",
        "second",
        "k",
        "correlation",
        "largest",
        "p_value",
    ),
    "forecast": (
        "entity",
        "time",
        "method",
        "estimate",
        "conf_low",
        "conf_high",
        "low_80",
        "high_80",
    ),
    "forecast_errors": (
        "method",
        "horizon",
        "nobs",
        "mae",
        "rmse",
        "mase",
        "share_won",
    ),
    "gm11": (
        "entity",
        "a",
        "b",
        "ratio_low",
        "ratio_high",
        "allowed",
        "C",
        "P",
    ),
    # every combination of choices
    "specifications": (),  # number, one column a factor, estimate, std_error, p_value, effect_sd, ...
    "extremes": ("which", "number", "estimate", "effect_sd", "p_value", "command"),
    "shares": ("target", "factor", "first", "total"),
    "joint": ("statistic", "observed", "p_value"),
    "carried": ("source", "std_error", "conf_low", "conf_high"),
    "spread": (*("entity", "time", "D", "min", "q25", "median", "q75", "max", "grade_span", "same_grade"),),
    "ranks": ("entity", "time", "rank", "low", "high", "source"),
    # the loop
    "loop": ("arrow", "place", "estimate", "std_error", "p_value", "found"),
    "projections": ("arrow", "horizon", "estimate", "std_error", "conf_low", "conf_high", "plain"),
    "granger": ("arrow", "K", "Wbar", "Zbar", "Ztilde", "p_value", "p_asymptotic"),
    "loop_modes": ("entity", "forward", "reverse", "mode"),
    "loop_years": ("time", "C", "D"),
    "roots": ("variable", "test", "lags", "terms", "statistic", "p_value"),
    # synergy of policies
    "states": ("state", "cells", "entities", "mean_effect", "std_error", "conf_low", "conf_high"),
    "policy_calendar": ("region", "year", "count"),
    "policy_overlap": ("first", "second", "regions_first", "regions_second"),
    "policy_paths": ("policy", "group", "event_time", "estimate", "std_error", "conf_low", "conf_high"),
}

HALF, ZERO = np.array([0.5]), np.array([0])
YES = np.array([True])
ONE = Terms((Named("a"),), *[HALF] * 6)
SPLIT = Split("q", (0.5,))
#: Values that name their columns by the data, or otherwise write them themselves, with all that they write.
EXAMPLES: tuple[tuple[Value, tuple[str, ...]], ...] = (
    (Flows(("a",), ("b",), HALF, HALF, 2001, ("a", "b"), HALF, HALF), ("from", "to", "share", "km")),
    (ONE, TERM_COLUMNS),
    (Propensity(ONE, 0.5, 0.5, 0.5, "logit"), TERM_COLUMNS),
    (
        RegimeSlopes(ONE, ("x",), ZERO, HALF, HALF, ZERO, ZERO, SPLIT, (), 1, 0.5),
        (*TERM_COLUMNS, "column", "regime", "low", "high", "nobs", "entities"),
    ),
    (
        Lisa(("r",), ZERO, ("D",), HALF, HALF, HALF, ("HH",), HALF, HALF, ("HH",), HALF, HALF, ("w",), HALF, HALF, 99,
             0.05, {}),
        ("region", "year", "variable", "value", "lag", "I", "quadrant", "p_value", "q_value", "class", "Gi", "q_Gi",
         "weights"),
    ),
    (Regimes(ZERO, np.array([[3, 1]]), "jahr", SPLIT, treated=False), ("jahr", "q <= g1", "q > g1")),
    (
        Moderator((Named("a"),), *[HALF] * 6, moderator="m", mean=0.5, product_p=0.5),
        TERM_COLUMNS,
    ),
    (
        Transitions(("all",), ZERO, ZERO, ("low",), ZERO, HALF, HALF, HALF, YES, "D"),
        ("lag", "from", "to", "count", "probability", "conf_low", "conf_high", "few"),
    ),
    (EventCovariance(np.array([-2, 0]), np.eye(2)), ("event_time", "-2", "0")),
    (Permutation(ZERO, HALF, HALF, HALF, 1.0, 0.5, 1), ("draw", "estimate", "std_error", "statistic")),
    (
        ByYear(ZERO, {"A": HALF}, {"C": HALF, "T": HALF, "D": HALF}, HALF, HALF, "jahr"),
        ("jahr", "A", "C", "T", "D", "std_dev_D", "cv_D"),
    ),
    (ByYear(ZERO, {"A": HALF}, {}, time_name="jahr"), ("jahr", "A")),
    (
        Specifications(ZERO, *[HALF] * 8, YES, ("",), ("index.scale",), (("rank",),), np.array([[0]]), HALF),
        ("number", "index.scale", "estimate", "std_error", "p_value", "effect_sd", "p_permuted", "nobs", "tau_last",
         "tau_panel", "baseline", "reason"),
    ),
    (
        DegreeSpread(("r",), ZERO, *[HALF] * 6, ZERO, HALF),
        ("entity", "time", "D", "min", "q25", "median", "q75", "max", "grade_span", "same_grade"),
    ),
    (
        Intervals(("r",), ZERO, ("rounding",), HALF, HALF, HALF),
        ("entity", "time", "source", "D", "conf_low", "conf_high"),
    ),
    (
        ByGroup(ZERO, ("east",), HALF, HALF, ZERO, "jahr"),
        ("jahr", "group", "mean", "std_dev", "nobs"),
    ),
    (
        Ranking(("r",), HALF, HALF, HALF, HALF, HALF, 2001, 2002, "city"),
        ("city", "mean", "first", "last", "change", "rank"),
    ),
    (Scores(("r",), ZERO, {"A": HALF, "B": HALF}, "city", "jahr"), ("city", "jahr", "A", "B")),
    (
        Cells(("r",), ZERO, indicator=("a",), value=HALF, scaled=HALF, entity_name="city", time_name="jahr"),
        ("city", "jahr", "indicator", "value", "scaled"),
    ),
    (
        Cells(("r",), ZERO, subsystem=("A",), index=HALF, entity_name="city", time_name="jahr"),
        ("city", "jahr", "subsystem", "index"),
    ),
    (
        Coupling(("r",), ZERO, HALF, HALF, HALF, ("good",), (("A", "B"),), ~YES, YES,
                 {"fan2024": Degree(HALF, HALF)}, YES, "city", "jahr"),
        ("city", "jahr", "C", "T", "D", "grade", "bottleneck", "C_fan2024", "D_fan2024", "lowest", "zero",
         "degenerate"),
    ),
    (
        Obstacles(ZERO, ("a",), ("A",), np.array([[0.5]]), "jahr"),
        ("jahr", "indicator", "degree", "subsystem"),
    ),
    (
        GradeCounts(ZERO, ("good",), ("[0, 1]",), np.array([[3]]), "jahr"),
        ("jahr", "grade", "count", "share", "interval"),
    ),
    (
        Degenerate(("r",), ZERO, ("A",), HALF, 0.6, "city", "jahr"),
        ("city", "jahr", "subsystem", "index"),
    ),
    (
        Changes(("r",), ZERO, ZERO, ZERO, *[HALF] * 7, policy=("p",), by="policy"),
        ("label", "first", "last", "nobs", "log_D", "log_C", "log_T", "level_D", "level_C", "level_T", "share_T",
         "policy"),
    ),
    (
        DocumentYears(ZERO, dict.fromkeys(("in_force", "issued", "valid_share", "strength"), HALF), {}),
        ("year", "in_force", "issued", "valid_share", "strength"),
    ),
    (
        DocumentColumns(pd.DataFrame({"doc_D": [0.5]}, pd.MultiIndex.from_tuples([("r", 1)], names=["city", "jahr"]))),
        ("city", "jahr", "doc_D"),
    ),
    (Pmc(("d",), HALF, ("poor",), ("X1", "X2"), np.array([[0.5, 0.0]])), ("document", "pmc", "grade", "X1", "X2")),
    (
        PmcSurface(("d",), tuple("abcdefghi"), np.zeros((1, 3, 3)), np.zeros((3, 3)), 0, 0),
        ("document", "row", "column", "value", "variable"),
    ),
    (
        PolicyCalendar(("r",), ZERO, ZERO, ("p", "q"), np.array([[True, False]]), HALF),
        ("region", "year", "count", "p", "q"),
    ),
    (Propensity(Terms((Named("a"),), *[HALF] * 6), 0.1, 2.0, 0.5, "logit"), TERM_COLUMNS),
    (
        RegimeSlopes(Terms((Named("a"),), *[HALF] * 6), ("a",), ZERO, HALF, HALF, ZERO, ZERO, Split("q", (0.5,)), (),
                     9, 0.1),
        (*TERM_COLUMNS, "column", "regime", "low", "high", "nobs", "entities"),
    ),
    (Regimes(ZERO, np.array([[3, 4]]), "jahr", Split("q", (0.5,)), False), ("jahr", "q <= g1", "q > g1")),
    (FirstStage(("x",), Terms((Named("z"),), *[HALF] * 6), {}, {}, ("z",)), ("endogenous", *TERM_COLUMNS)),
)  # fmt: skip


def kinds(base: type[Value] = Value) -> Iterator[type[Value]]:
    """Yield every kind of value but those without a type of their own."""
    for kind in base.__subclasses__():
        yield from kinds(kind)
        if is_dataclass(kind) and kind.__module__.startswith("ccd."):
            yield kind


PLAIN = sorted((kind for kind in kinds() if kind.frame is Value.frame), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: kind.__name__)
def test_a_value_has_the_promised_columns_as_fields(kind):
    wanted = PROMISED[kind.shape]
    assert column_fields(kind)[: len(wanted)] == wanted


@pytest.mark.parametrize(("value", "columns"), EXAMPLES, ids=lambda of: type(of).__name__)
def test_a_value_that_names_its_columns_itself_writes_the_promised_ones(value, columns):
    found = tuple(map(str, value.frame().columns))
    assert found == columns
    wanted = PROMISED[value.shape]
    assert found[: len(wanted)] == wanted
    assert len(value) == len(value.frame())


def test_every_value_that_names_its_columns_itself_has_an_example():
    own = {kind for kind in kinds() if kind.frame is not Value.frame}
    assert own == {type(value) for value, _ in EXAMPLES}
