"""Robustness: one model under variations of its study, each parsed and evaluated again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import pandas as pd

from ccd.errors import EstimationError, StudyError, StudyFaults
from ccd.estimate import estimators
from ccd.estimate.did.side_by_side import range_of
from ccd.evaluate import Memo, Step, evaluate
from ccd.results import COLUMNS, Estimate, Part, Results, loose
from ccd.study import RobustnessSpec, StudyFile, parse_study, with_keys
from ccd.words import Name, Text, text

#: Checks of the varied model that a variation does not repeat, unless it sets them itself.
_CHECKS = ("placebo", "leave_out", "sensitivity", "wild")
_FIGURES = ("estimate", "std_error", "p_value", "conf_low", "conf_high")


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
    rows = [_row(spec.model, baseline)]
    for label, keys in spec.checks.items():
        with step(f"{spec.model}: {label}"):
            try:
                found = evaluate(varied(file, spec.model, keys), table, (spec.model,), memo)
                rows.append(_row(label, found.estimates[spec.model]))
            except EstimationError as error:
                rows.append({"label": label})
                notes.append(
                    text("{check} cannot be estimated: {reason}", check=Name(label), reason=error.what)
                )
    frame = pd.DataFrame(rows, columns=[*COLUMNS["comparison"]])
    facts = {
        "model": spec.model,
        "outcome": baseline.outcome,
        "term": str(baseline.headline),
        **range_of(frame),
    }
    return loose("comparison", frame, spec.name or f"robustness-{spec.model}", facts, tuple(notes))


def _row(label: str, estimate: Estimate) -> dict[str, Any]:
    term = estimate.leading
    return {"label": label, **{key: getattr(term, key) for key in _FIGURES}, "nobs": estimate.nobs}


def steps(file: StudyFile) -> Iterator[str]:
    """Yield the names of the steps that ``variations`` will enter."""
    for spec in file.study.robustness:
        for label in spec.checks:
            yield f"{spec.model}: {label}"
