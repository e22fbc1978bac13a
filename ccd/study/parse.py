"""From a study file to a validated study: strict, with every fault of the file at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ccd.errors import StudyError, StudyFaults
from ccd.estimate import MODELS, estimators, tag
from ccd.study.raw import Raw, read_raw, toml_value, with_keys
from ccd.study.spec import Study
from ccd.study.wording import explain, validated_without


@dataclass(frozen=True)
class StudyFile:
    """A study, the raw tables it was read from, and the file they stand in."""

    study: Study
    raw: Raw
    path: Path

    @property
    def base(self) -> Path:
        """Return the folder that the study's paths are relative to."""
        return self.path.parent

    @property
    def name(self) -> str:
        """Return the study's name, that of its file."""
        return self.path.stem


def load_study(path: Path, overrides: Sequence[str] = (), seed: int | None = None) -> StudyFile:
    """Return the study in ``path`` with ``key=value`` overrides. Raises StudyError with every fault."""
    raw = read_raw(path)
    for item in overrides:
        key, _, value = item.partition("=")
        raw = with_keys(raw, {key.strip(): toml_value(value.strip())})
    if seed is not None:
        raw = with_keys(raw, {"seed": seed})
    return parse_study(raw, path)


def parse_study(raw: Raw, path: Path) -> StudyFile:
    """Return the validated study. Raises StudyFaults with every fault of the file."""
    expanded = {**raw, "models": _expanded(raw.get("models", []))} if "models" in raw else raw
    try:
        study = Study.model_validate(_frozen(expanded))
    except ValidationError as error:
        found = explain(error, Study, expanded, path.name)
        raise StudyFaults([*found, *_faults_beside(expanded, error, path)]) from error
    faults = _faults_of(study, path)
    if faults:
        raise StudyFaults(faults)
    return StudyFile(study, raw, path)


def _faults_of(study: Study, path: Path) -> list[StudyError]:
    return [StudyError(f.what, where=f"{path.name}, {f.where[7:]}", fix=f.fix) for f in study.faults()]


def _faults_beside(raw: Raw, error: ValidationError, path: Path) -> list[StudyError]:
    """Return what is wrong between sections beside the faulty keys, where a study is left without them."""
    study, out = validated_without(error, raw, lambda rest: Study.model_validate(_frozen(rest)))
    if study is None:
        return []
    own = {str(place[-1]) for place in out}
    return [
        f
        for f in _faults_of(study, path)
        if f.where.rsplit(".", 1)[-1] not in own and not any(f"'{name}'" in f.what for name in own)
    ]


def _expanded(models: Any) -> Any:
    if not isinstance(models, list):
        return models
    return [made for model in models for made in _each_estimator(model)]


def _each_estimator(model: Any) -> Iterator[Any]:
    """Yield NAME-ESTIMATOR for each of ``estimator = [..]``, each with the keys it knows."""
    if not isinstance(model, dict) or not estimators(model):
        yield model
        return
    variants = [{**model, "estimator": e, "name": f"{model.get('name', '')}-{e}"} for e in estimators(model)]
    fields = [set(MODELS[tag(v)].model_fields) if tag(v) in MODELS else set(v) for v in variants]
    known = set().union(*fields)
    for variant, own in zip(variants, fields, strict=True):
        yield {key: value for key, value in variant.items() if key in own or key not in known}


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
