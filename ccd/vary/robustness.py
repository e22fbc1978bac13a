"""Robustness: one model under variations of its study, each a job beside those of the models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ccd.errors import CcdError, StudyError, StudyFaults
from ccd.estimate.did.side_by_side import spread_of
from ccd.estimate.model import ModelSpec
from ccd.evaluate.base import base_key
from ccd.results import Comparison, Failure, Part, Term, TermRow
from ccd.study import RobustnessSpec, StudyFile, parse_study, with_keys, without_unknown
from ccd.vary.execute import Job, Outcome
from ccd.vary.store import NO_STORE, Store
from ccd.words import Figure, Name, P, Text, text

#: Keys of the varied model that ask for checks beside its headline: a variation has them where it sets them.
_CHECKS = ("placebo", "leave_out", "sensitivity", "wild", "carry")
#: Sections that no variation has: other variations, tables of models, and defaults, which its model holds already.
_OTHERS = ("robustness", "multiverse", "tables", "defaults")
#: What stands in the row of a check that cannot be estimated.
_NONE = (float("nan"),) * 5


@dataclass(frozen=True)
class Variation:
    """One row of a comparison: the study with the row's keys set, and the model it is about.

    ``dropped`` are keys of the model as it stands that another kind or estimator of the row does not know.
    """

    spec: RobustnessSpec
    label: str
    file: StudyFile
    model: ModelSpec
    dropped: tuple[str, ...] = ()

    def job(self, store: Store = NO_STORE) -> Job:
        """Return the fit behind the row: its headline alone."""
        study, label = self.file.study, f"{self.spec.model}: {self.label}"
        key = store.model(self.file, self.model, headline=True)
        return Job(base_key(study), self.model, study.seed, headline=True, label=label, key=key)


def variations(file: StudyFile) -> tuple[Variation, ...]:
    """Return every variation of a study in its order. Raises StudyFaults with every fault of every one."""
    made: list[Variation] = []
    found: list[StudyError] = []
    for spec in file.study.robustness:
        for label, keys in spec.checks.items():
            try:
                own, dropped = varied(file, spec.model, keys)
                made.append(Variation(spec, label, own, one_model(own, spec.model), dropped))
            except StudyFaults as error:
                found += [_of_check(fault, file, label) for fault in error.faults]
            except StudyError as error:
                found.append(_of_check(error, file, label))
    if found:
        raise StudyFaults(found)
    return tuple(made)


def varied(file: StudyFile, model: str, keys: Mapping[str, Any]) -> tuple[StudyFile, tuple[str, ...]]:
    """Return the study with dotted keys set; ``model.KEY`` stands for that key of ``model``.

    Where they name another kind or estimator, the model's own keys that it does not know fall away; these are
    returned beside.
    """
    (own,) = (one for section in file.written for one in section.made if one["name"] == model)
    raw = {key: value for key, value in file.raw.items() if key not in _OTHERS}
    raw["models"] = [{key: value for key, value in own.items() if key not in _CHECKS}]
    full = {f"models.{model}.{k[6:]}" if k.startswith("model.") else k: v for k, v in keys.items()}
    raw = with_keys(raw, full)
    asked = {key.removeprefix(f"models.{model}.") for key in full if key.startswith(f"models.{model}.")}
    section, gone = raw["models"][0], []
    if section.get("kind") != own.get("kind") and "estimator" in section and "estimator" not in asked:
        section = {key: value for key, value in section.items() if key != "estimator"}
        gone.append("estimator")
    section, unknown = without_unknown(section, asked)
    return parse_study({**raw, "models": [section]}, file.path), (*gone, *unknown)


def one_model(file: StudyFile, name: str) -> ModelSpec:
    """Return the model of that name; where the variation names one estimator of several, that one."""
    models = file.study.models
    found = [model for model in models if model.name == name] or [*models[:1]] * (len(models) == 1)
    if not found:
        listed = tuple(model.name for model in models)
        raise StudyError(
            text("there is no model '{name}' left", name=name),
            where=text("{name}, models", name=file.path.name),
            fix=text("name one estimator; the variation makes {listed}", listed=listed),
        )
    return found[0]


def _of_check(fault: StudyError, file: StudyFile, label: str) -> StudyError:
    key = fault.where.partition(", ")[2]
    return StudyError(
        fault.said[0],
        where=text("{name}, robustness '{label}', {key}", name=file.path.name, label=label, key=key),
        fix=fault.said[2],
    )


def comparisons(
    file: StudyFile, baselines: Mapping[str, Outcome], outcomes: Sequence[tuple[Variation, Outcome]]
) -> Iterator[tuple[Part[Comparison], dict[str, Failure]]]:
    """Yield one comparison per ``[[robustness]]``: the model as it stands, then each check, and what failed.

    Models that ``baselines`` left out are not shown. A row that cannot be estimated stays in the table without
    numbers, with the reason in a note.
    """
    for spec in file.study.robustness:
        if spec.model in baselines:
            own = [(one, outcome) for one, outcome in outcomes if one.spec is spec]
            fallen = [_fallen(one) for one, _ in own if one.dropped]
            yield _compare(
                spec, baselines[spec.model], [(one.label, outcome) for one, outcome in own], fallen
            )


def _compare(
    spec: RobustnessSpec,
    baseline: Outcome,
    varied: Sequence[tuple[str, Outcome]],
    fallen: Sequence[Text] = (),
) -> tuple[Part[Comparison], dict[str, Failure]]:
    listed = [(spec.model, baseline), *varied]
    estimated = [outcome.estimate for _, outcome in listed]
    rows = [_NONE if one is None else _figures(one.leading) for one in estimated]
    nobs = np.array([np.nan if one is None else one.nobs for one in estimated])
    estimate, std_error, p_value, low, high = np.array(rows).T
    words = tuple(Name(label) for label, _ in listed)
    failed_notes = (_note(label, one.failure) for label, one in listed if one.failure is not None)
    notes = (*fallen, *failed_notes, *_spillovers(listed))
    headline = next((one.headline for one in estimated if one is not None), None)
    own = [_scale(outcome.job.model) for _, outcome in listed]
    same = np.array([scale == own[0] for scale in own])
    value = Comparison(
        label=words,
        estimate=estimate,
        std_error=std_error,
        p_value=p_value,
        conf_low=low,
        conf_high=high,
        nobs=nobs if np.isnan(nobs).any() else nobs.astype(np.intp),
        level=min((one.terms.level for one in estimated if one is not None), default=0.95),
        same=same,
        trends=np.array([one is not None and "trends" in (one.effects or ()) for one in estimated]),
        term=None if headline is None else headline.words,
        title=_title(headline, baseline.job.model.outcome)
        if headline is not None and not spec.name
        else None,
        spread=spread_of(words, *(np.where(same, column, np.nan) for column in (estimate, low, high))),
        about={
            "model": spec.model,
            "outcome": baseline.job.model.outcome,
            "term": "" if headline is None else str(headline),
        },
    )
    name = spec.name or f"robustness-{spec.model}"
    failed = {
        f"{name}: {label}": Failure(
            one.failure.said[0],
            text("robustness '{label}', {where}", label=label, where=one.failure.said[1]),
            one.failure.said[2],
            _note(label, one.failure),
            "comparisons",
        )
        for label, one in varied
        if one.failure is not None
    }
    return Part(value, name, notes), failed


def _spillovers(listed: Sequence[tuple[str, Outcome]]) -> Iterator[Text]:
    """Yield the coefficient of the untreated neighbours where a check flags them."""
    for label, outcome in listed:
        spillover = getattr(outcome.job.model, "spillover", None)
        if outcome.estimate is None or spillover is None or spillover.how != "flag":
            continue
        place = outcome.estimate.terms.place(spillover.policy)
        if place is not None:
            row = outcome.estimate.terms.row(place)
            yield text(
                "{check}: the effect of {policy} on the untreated is {estimate} (p {p})",
                check=Name(label),
                policy=Name(spillover.policy),
                estimate=Figure(row.estimate),
                p=P(row.p_value),
            )


def _scale(model: ModelSpec) -> tuple[str, bool]:
    """Return what the effect of a model is measured in: its outcome, and whether as a logarithm."""
    return model.outcome, bool(getattr(model, "log", False))


def _title(headline: Term, outcome: str) -> Text:
    return text("Robustness checks: {term} on {outcome}", term=headline.words, outcome=Name(outcome))


def _note(label: str, error: CcdError) -> Text:
    return text("{check} cannot be estimated: {reason}", check=Name(label), reason=error.said[0])


def _fallen(one: Variation) -> Text:
    return text(
        "{check}: keys of {model} that it does not know are left out: {keys}",
        check=Name(one.label),
        model=Name(one.spec.model),
        keys=one.dropped,
    )


def _figures(row: TermRow) -> tuple[float, float, float, float, float]:
    return row.estimate, row.std_error, row.p_value, row.conf_low, row.conf_high
