"""The waist: every number the program makes passes through these frozen values to its views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

    from ccd.methods import Method
    from ccd.panel import Panel
    from ccd.words import Text

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


@dataclass(frozen=True)
class Part:
    """A tidy table; its *shape* decides how it is shown, ``name`` is its file, ``facts`` its scalars."""

    shape: str
    frame: pd.DataFrame
    name: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        if self.shape not in COLUMNS:
            raise ValueError(f"unknown shape {self.shape!r}; add it to results.COLUMNS")
        wanted = COLUMNS[self.shape]
        found = tuple(str(column) for column in self.frame.columns[: len(wanted)])
        if found != wanted:
            raise ValueError(f"a part of shape {self.shape!r} starts with {wanted}, not {found}")
        if not self.name:
            object.__setattr__(self, "name", self.shape)


@dataclass(frozen=True)
class Estimate:
    """What a model's ``fit`` returns.

    ``terms`` has TERM_COLUMNS, the focus terms first; ``vcov`` is indexed and columned by term.
    ``headline`` is the term the model is about. ``facts`` go to summary.json: nobs, entities, times,
    clusters, vcov, r2_within, p_values, ... ``parts`` are the model's other tables.
    """

    kind: str
    estimator: str
    outcome: str
    headline: str
    terms: pd.DataFrame
    vcov: pd.DataFrame
    facts: Mapping[str, object]
    notes: tuple[Text, ...] = ()
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        if tuple(self.terms.columns[: len(TERM_COLUMNS)]) != TERM_COLUMNS:
            raise ValueError(f"terms start with {TERM_COLUMNS}")
        if self.headline not in set(self.terms["term"]):
            raise ValueError(f"the headline term {self.headline!r} is not among the terms")

    def part(self, name: str) -> Part:
        """Return the part of that name; KeyError when there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)

    def term(self, name: str) -> Mapping[str, float]:
        """Return one row of ``terms`` as a mapping; KeyError when there is none."""
        rows = self.terms[self.terms["term"] == name]
        if rows.empty:
            raise KeyError(name)
        return {str(key): value for key, value in rows.iloc[0].items()}


@dataclass(frozen=True)
class IndexResult:
    """Subsystem indices: ``scores`` (entity-time x subsystem, in [0, 1]) and how they were made.

    ``scaled`` holds z (entity-time x indicator); ``weights`` the columns of the shape ``weights``.
    """

    scores: pd.DataFrame
    scaled: pd.DataFrame
    weights: pd.DataFrame
    parts: tuple[Part, ...] = ()
    notes: tuple[Text, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class CouplingResult:
    """Coupling coordination: ``frame`` (entity-time) with C, T, D, grade, bottleneck and the other formulas."""

    frame: pd.DataFrame
    parts: tuple[Part, ...] = ()
    notes: tuple[Text, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class DocumentsResult:
    """Policy documents: ``frame`` (entity-time) with one column a measure, all beginning with ``doc_``."""

    frame: pd.DataFrame
    parts: tuple[Part, ...] = ()
    notes: tuple[Text, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class ResultsTable:
    """A table of models side by side that the study asks for: which models, under which headings."""

    name: str
    models: tuple[str, ...]
    title: str = ""
    headings: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """All that one study gave: the views read this and nothing else."""

    name: str
    title: str
    language: Literal["en", "zh"]
    panel: Panel
    index: IndexResult | None
    coupling: CouplingResult | None
    estimates: Mapping[str, Estimate]
    documents: DocumentsResult | None = None
    describe: tuple[Part, ...] = ()
    comparisons: tuple[Part, ...] = ()
    tables: tuple[ResultsTable, ...] = ()
    notes: tuple[Text, ...] = ()
    methods: tuple[Method, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)

    def warnings(self) -> tuple[tuple[str, Text], ...]:
        """Return every note with the room it comes from, in the order of the page."""
        found = [("data", note) for note in (*self.panel.notes, *self.notes)]
        found += [("data", note) for part in self.describe for note in part.notes]
        rooms = (("documents", self.documents), ("index", self.index), ("coupling", self.coupling))
        for room, result in rooms:
            if result is not None:
                found += [(room, note) for note in result.notes]
                found += [(room, note) for part in result.parts for note in part.notes]
        for name, estimate in self.estimates.items():
            found += [(name, note) for note in estimate.notes]
            found += [(name, note) for part in estimate.parts for note in part.notes]
        found += [("comparisons", note) for part in self.comparisons for note in part.notes]
        return tuple(dict.fromkeys(found))
