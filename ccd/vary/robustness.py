"""Robustness: one model under variations of its study, each parsed and evaluated again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
import pandas as pd

from ccd.errors import EstimationError, StudyError, StudyFaults
from ccd.estimate import estimators
from ccd.estimate.did.side_by_side import spread_of
from ccd.evaluate import Memo, Step, evaluate
from ccd.results import Comparison, Estimate, Part, Results, TermRow
from ccd.study import RobustnessSpec, StudyFile, parse_study, with_keys
from ccd.words import Name, Text, text

#: Checks of the varied model that a variation does not repeat, unless it sets them itself.
_CHECKS = ("placebo", "leave_out", "sensitivity", "wild")
#: What stands in the row of a check that cannot be estimated.
_NONE = (float("nan"),) * 5


def variations(
    file: StudyFile, table: pd.DataFrame, results: Results, memo: Memo, *, step: Step = nullcontext
) -> tuple[Part, ...]:
    """Return one comparison per ``[[robustness]]``: the model as it stands, then each check.

    Models that ``results`` left out are not varied. A check that cannot be estimated stays in the table
    without numbers, with the reason in a note.
    """
    return tuple(
        _compare(spec, file, table, results.estimates[spec.model], memo, step)
        for spec in file.study.robustness
        if spec.model in results.estimates
    )


def varied(file: StudyFile, model: str, keys: Mapping[str, Any]) -> StudyFile:
    """Return the study with dotted keys set; ``model.KEY`` stands for that key of ``model``."""
    raw = dict(file.raw)
    raw["models"] = [one for one in parse_study(file.raw, file.path).raw["models"] if _makes(one, model)]
    for section in ("robustness", "tables"):
        raw.pop(section, None)
    raw["models"] = [{k: v for k, v in one.items() if k not in _CHECKS} for one in raw["models"]]
    own = str(raw["models"][0].get("name", model))
    full = {f"models.{own}.{k[6:]}" if k.startswith("model.") else k: v for k, v in keys.items()}
    return parse_study(with_keys(raw, full), file.path)


def check_variations(file: StudyFile) -> None:
    """Raise StudyFaults with every fault of every variation, before any model is fitted."""
    found: list[StudyError] = []
    for spec in file.study.robustness:
        for label, keys in spec.checks.items():
            try:
                varied(file, spec.model, keys)
            except StudyFaults as error:
                found += [_of_check(fault, file, label) for fault in error.faults]
            except StudyError as error:
                found.append(_of_check(error, file, label))
    if found:
        raise StudyFaults(found)


def _of_check(fault: StudyError, file: StudyFile, label: str) -> StudyError:
    key = fault.where.partition(", ")[2]
    return StudyError(fault.what, where=f"{file.path.name}, robustness '{label}', {key}", fix=fault.fix)


def _makes(raw: Mapping[str, Any], model: str) -> bool:
    made = [f"{raw.get('name')}-{e}" for e in estimators(raw)]
    return model == raw.get("name") or model in made


def _compare(
    spec: RobustnessSpec, file: StudyFile, table: pd.DataFrame, baseline: Estimate, memo: Memo, step: Step
) -> Part:
    notes: list[Text] = []
    labels, rows, nobs = [spec.model], [_figures(baseline.leading)], [float(baseline.nobs)]
    for label, keys in spec.checks.items():
        labels.append(label)
        with step(f"{spec.model}: {label}"):
            try:
                found = evaluate(varied(file, spec.model, keys), table, (spec.model,), memo)
                estimate = found.estimates[spec.model]
                rows.append(_figures(estimate.leading))
                nobs.append(float(estimate.nobs))
            except EstimationError as error:
                rows.append(_NONE)
                nobs.append(float("nan"))
                notes.append(
                    text("{check} cannot be estimated: {reason}", check=Name(label), reason=error.what)
                )
    estimates, std_error, p_value, low, high = np.array(rows).T
    words = tuple(map(Name, labels))
    value = Comparison(
        label=words,
        estimate=estimates,
        std_error=std_error,
        p_value=p_value,
        conf_low=low,
        conf_high=high,
        nobs=np.array(nobs) if np.isnan(nobs).any() else np.array(nobs, dtype=np.intp),
        term=baseline.headline.words,
        spread=spread_of(words, estimates, low, high),
        about={"model": spec.model, "outcome": baseline.outcome, "term": str(baseline.headline)},
    )
    return Part(value, spec.name or f"robustness-{spec.model}", tuple(notes))


def _figures(row: TermRow) -> tuple[float, float, float, float, float]:
    return row.estimate, row.std_error, row.p_value, row.conf_low, row.conf_high


def steps(file: StudyFile) -> Iterator[str]:
    """Yield the names of the steps that ``variations`` will enter."""
    for spec in file.study.robustness:
        for label in spec.checks:
            yield f"{spec.model}: {label}"
