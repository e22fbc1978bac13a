"""From a study file to a validated study: strict, with every fault of the file at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ccd.errors import StudyError, StudyFaults
from ccd.study.raw import Raw, read_raw, toml_value, with_keys
from ccd.study.shorthand import Written, expanded, with_section_names
from ccd.study.spec import Study
from ccd.study.wording import explain, validated_without
from ccd.words import Text


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

    @property
    def written(self) -> tuple[Written, ...]:
        """Return the sections of models with all their keys, and the models that each makes."""
        return expanded(self.raw).written

    @property
    def notes(self) -> tuple[Text, ...]:
        """Return what fell away where keys came from other models or from the defaults."""
        return expanded(self.raw).notes


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
    found = expanded(raw)
    whole = _written_out(raw, found.written)
    shorthand = [in_file(fault, path) for fault in found.faults]
    try:
        study = Study.model_validate(_frozen(whole))
    except ValidationError as error:
        faults = _once(explain(error, Study, whole, path.name), found.written)
        raise StudyFaults([*shorthand, *faults, *_faults_beside(whole, error, path)]) from error
    faults = shorthand or _faults_of(study, path)
    if faults:
        raise StudyFaults(faults)
    return StudyFile(study, raw, path)


def _written_out(raw: Raw, written: Sequence[Written]) -> Raw:
    """Return the tables of a study with every model written out."""
    if not isinstance(raw.get("models"), list):
        return raw
    sections = iter(written)
    models = [
        made for one in raw["models"] for made in (next(sections).made if isinstance(one, dict) else [one])
    ]
    more = (
        {"tables": with_section_names(raw["tables"], written)} if isinstance(raw.get("tables"), list) else {}
    )
    return {**raw, "models": models, **more}


def _once(faults: Sequence[StudyError], written: Sequence[Written]) -> list[StudyError]:
    """Return the faults without those of a key that several models have from one place, but for the first."""
    given = {(str(model.get("name")), key) for one in written for model in one.made for key in one.given}
    seen: set[tuple[str, str]] = set()
    kept = []
    for fault in faults:
        model, _, key = fault.where.partition(", models.")[2].rpartition(".")
        if (model, key) in given and (key, fault.what) in seen:
            continue
        seen.add((key, fault.what))
        kept.append(fault)
    return kept


def _faults_of(study: Study, path: Path) -> list[StudyError]:
    return [in_file(fault, path) for fault in study.faults()]


def in_file(fault: StudyError, path: Path) -> StudyError:
    """Return the fault of a key (``study, KEY``) with the name of the file."""
    return StudyError(fault.said[0], where=f"{path.name}, {fault.where[7:]}", fix=fault.said[2])


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


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
