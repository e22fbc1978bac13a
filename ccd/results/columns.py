"""Columns that a part of a shape must have."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TERM_COLUMNS = ("term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")

#: Columns that a part of a shape must have, in this order; more may follow.
COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "terms": TERM_COLUMNS,
        "comparison": ("label", "estimate", "std_error", "p_value", "conf_low", "conf_high", "nobs"),
        # curves computed beside the numbers and drawn by views (ccd.density)
        "density": ("group", "at", "density"),
        # data and description
        "summary": ("variable", "nobs", "mean", "std_dev", "min", "median", "max"),
        "by_year": (),  # <time>, one mean per index, C, T, D, std_dev_D, cv_D
        "by_group": (),  # <time>, group, mean, std_dev, nobs of D
        "ranking": (),  # <entity>, mean, first, last, change, rank
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
        "permutation": ("draw", "estimate", "std_error", "statistic"),
        "bacon": ("treated", "control", "type", "estimate", "weight"),
        "sensitivity": ("target", "restriction", "m", "estimate", "conf_low", "conf_high"),
        "leave_out": ("left_out", "estimate", "std_error", "p_value", "conf_low", "conf_high", "nobs"),
        "mechanism": ("channel", "effect", "effect_std_error", "effect_p_value"),
        "moderator": TERM_COLUMNS,
        "margins": ("at", "percentile", "estimate", "std_error"),
        # panel regressions
        "tests": ("test", "statistic", "df", "p_value"),
        "first_stage": ("endogenous", *TERM_COLUMNS),
        # policy documents
        "documents": (),
        "document_years": ("year", "in_force", "issued", "valid_share", "strength"),
        "document_matrix": ("instrument", "factor", "documents", "share", "strength"),
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
        # synergy of policies
        "states": ("state", "cells", "entities", "mean_effect", "std_error", "conf_low", "conf_high"),
        "policy_calendar": ("region", "year", "count"),
        "policy_overlap": ("first", "second", "regions_first", "regions_second"),
        "policy_paths": ("policy", "group", "event_time", "estimate", "std_error", "conf_low", "conf_high"),
    }
)
