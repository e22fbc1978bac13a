"""The study file: joins every section's spec, reads TOML strictly, reports all faults at once."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from ccd.cells import DataSpec
from ccd.coupling.build import CouplingSpec
from ccd.documents.build import against_names, column_names
from ccd.documents.spec import DocumentsSpec
from ccd.errors import StudyError, StudyFaults, suggest
from ccd.estimate import MODELS, Model, estimators, tag
from ccd.estimate.model import ModelSpec
from ccd.index.build import IndexSpec
from ccd.index.scale import Direction
from ccd.policies import PolicySpec
from ccd.report.style import OutputSpec
from ccd.spec import Spec
from ccd.study_faults import explain, validated_without
from ccd.transforms import TransformSpec

RESERVED = ("C", "T", "D", "weakest")
#: Keys that name a file; they are relative to the study that holds them.
FILE_KEYS = (
    ("data", "path"),
    ("index", "lock"),
    ("output", "font"),
    ("documents", "path"),
    ("documents", "coding"),
)

Raw = dict[str, Any]


class TableSpec(Spec):
    """``[[tables]]``: models side by side in one table."""

    models: tuple[str, ...] = Field(min_length=1)
    """Names of the models, one column each."""
    name: str = Field(default="", pattern=r"^[\w.\-]*$")
    """File name of the table; none: ``models`` or ``models_2`` and so on."""
    title: str = ""
    """Caption."""
    headings: tuple[str, ...] = ()
    """Head of each column; none: the outcome."""
    groups: tuple[str, ...] = ()
    """Heads over neighbouring columns, one per column; equal neighbours are joined."""
    show_controls: bool = True
    """Whether controls are shown as rows, or as one yes row."""


class RobustnessSpec(Spec):
    """``[[robustness]]``: variations of one model, each evaluated again."""

    model: str
    """Name of the model that is varied."""
    name: str = Field(default="", pattern=r"^[\w.\-]*$")
    """File name of the comparison; none: ``robustness-MODEL``."""
    checks: dict[str, dict[str, Any]] = Field(min_length=1)
    """Label -> dotted keys and their values; ``model.KEY`` is a key of the varied model."""


class Study(Spec):
    """One study file."""

    title: str = ""
    """Title of the report; none: the file's name."""
    language: Literal["en", "zh"] = "en"
    """Language of tables, figures and pages."""
    seed: int = Field(default=0, ge=0)
    """The one seed of every random stream."""
    data: DataSpec
    """The panel."""
    transforms: dict[str, TransformSpec] = Field(default_factory=dict)
    """New columns, in order."""
    subsystems: dict[str, dict[str, Direction]] = Field(default_factory=dict)
    """Subsystem -> indicator -> direction."""
    index: IndexSpec = Field(default_factory=IndexSpec)
    """Scaling and weights."""
    coupling: CouplingSpec = Field(default_factory=CouplingSpec)
    """Formula and grades."""
    policies: dict[str, PolicySpec] = Field(default_factory=dict)
    """Policy -> where its dates come from."""
    documents: DocumentsSpec | None = None
    """Policy documents, measured by region and year as columns that begin with doc_."""
    models: tuple[Model, ...] = ()
    """The models, in the order of the page."""
    robustness: tuple[RobustnessSpec, ...] = ()
    """Variations of models."""
    tables: tuple[TableSpec, ...] = ()
    """Tables of models side by side; none: one table of all of a kind."""
    output: OutputSpec = Field(default_factory=OutputSpec)
    """Formats, figures and style."""

    def numeric_columns(self) -> tuple[str, ...]:
        """Return the columns of the data file that this study needs as numbers."""
        made = {*self.transforms, *self.subsystems, *RESERVED}
        if self.documents is not None:
            made |= {*column_names(self.documents), *against_names(self.documents)}
        wanted: list[str] = []
        for transform in self.transforms.values():
            wanted += transform.reads()
        for indicators in self.subsystems.values():
            wanted += indicators
        for model in self.models:
            wanted += model.columns()
        return tuple(dict.fromkeys(name for name in wanted if name not in made))

    def text_columns(self) -> tuple[str, ...]:
        """Return the columns of the data file that are read as text even where they look like numbers."""
        own = [self.data.entity, *([self.data.entity_label] if self.data.entity_label else [])]
        for policy in self.policies.values():
            own += policy.text_columns()
        return tuple(dict.fromkeys(own))

    def faults(self) -> Iterator[StudyError]:
        """Yield what is wrong between sections."""
        yield from self._subsystem_faults()
        for name in self.documents.against if self.documents else ():
            if name not in self.subsystems:
                near = suggest(name, self.subsystems)
                yield fault(
                    f"there is no subsystem '{name}'", "documents.against", f"{near}describe it first"
                )
        names = [model.name for model in self.models]
        alike = [name.casefold() for name in names]  # Base and base are one folder on many discs
        for name in sorted({name for name in alike if alike.count(name) > 1}):
            yield fault(f"two models are named '{name}'", "models", "give each model its own name")
        for model in self.models:
            yield from self._model_faults(model.name, model.outcome, model.policies_read())
            yield from _circles(model)
            if self.index.scale == "per-year" and model.outcome in {*RESERVED, *self.subsystems}:
                yield fault(
                    'scale = "per-year" removes the trend that an effect on an index is read from',
                    f"models.{model.name}.outcome",
                    'take index.scale = "minmax", or another scale over all years',
                )
        for section, listed in (
            ("tables", [name for table in self.tables for name in table.models]),
            ("robustness", [variation.model for variation in self.robustness]),
        ):
            for name in dict.fromkeys(listed):
                if name not in names:
                    yield fault(
                        f"there is no model '{name}'",
                        section,
                        f"{suggest(name, names)}models: {', '.join(names)}",
                    )

    def _subsystem_faults(self) -> Iterator[StudyError]:
        for name, indicators in self.subsystems.items():
            if name in RESERVED:
                yield fault(f"'{name}' is reserved", f"subsystems.{name}", "choose another name")
            if not indicators:
                yield fault(f"the subsystem '{name}' has no indicators", f"subsystems.{name}", "list them")
        if len(self.subsystems) == 1:
            yield fault("one subsystem alone cannot be coupled", "subsystems", "describe at least two")
        for name in self.transforms:
            if name in RESERVED or name in self.subsystems:
                yield fault(f"'{name}' is reserved", f"transforms.{name}", "choose another name")

    def _model_faults(self, name: str, outcome: str, policies: Sequence[str]) -> Iterator[StudyError]:
        for policy in policies:
            if policy not in self.policies:
                fix = f"{suggest(policy, self.policies)}declare it under [policies.{policy}]"
                yield fault(f"there is no policy '{policy}'", f"models.{name}.policy", fix)
        if outcome in RESERVED and not self.subsystems:
            yield fault(f"'{outcome}' needs subsystems", f"models.{name}.outcome", "describe [subsystems]")


def _circles(model: ModelSpec) -> Iterator[StudyError]:
    """Yield a fault where a model adjusts for its own policy, or for its outcome of the same year."""
    before = {*model.taken_before()}
    for name in sorted({model.outcome, *model.policies_read()} & {*model.adjusts()}):
        if name == model.outcome and name in before:
            continue
        what = "outcome" if name == model.outcome else "policy"
        where, role = (
            (f"models.{model.name}", "adjusted for")
            if name in before
            else (f"models.{model.name}.controls", "a control")
        )
        yield fault(f"the {what} '{name}' is {role} too", where, "leave it out")


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


def fault(what: str, key: str, fix: str) -> StudyError:
    """Return the error of one key of a study."""
    return StudyError(what, where=f"study, {key}", fix=fix)


def load_study(path: Path, overrides: Sequence[str] = (), seed: int | None = None) -> StudyFile:
    """Return the study in ``path`` with ``key=value`` overrides. Raises StudyError with every fault."""
    raw = read_raw(path)
    for item in overrides:
        key, _, value = item.partition("=")
        raw = with_keys(raw, {key.strip(): toml_value(value.strip())})
    if seed is not None:
        raw = with_keys(raw, {"seed": seed})
    return parse_study(raw, path)


def read_raw(path: Path, seen: tuple[Path, ...] = ()) -> Raw:
    """Return the tables of a study file over those it ``extends``: tables merge, lists replace."""
    where = path.resolve()
    if where in seen:
        raise StudyError("studies extend each other in a circle", where=str(path), fix="remove one 'extends'")
    if path.is_dir():
        raise StudyError("the study cannot be read: it is a folder", where=str(path), fix="name a study file")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        near = suggest(path.name, [p.name for p in path.parent.glob("*.toml")])
        raise StudyError(
            "there is no such study file", where=str(path), fix=f"{near}check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise StudyError(
            "the study cannot be read: it is not UTF-8", where=str(path), fix="save it as UTF-8"
        ) from error
    except OSError as error:
        raise StudyError(
            f"the study cannot be read: {error.strerror}", where=str(path), fix="check the file"
        ) from error
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).partition(" (at ")
        raise StudyError(
            f"not valid TOML: {what}",
            where=f"{path}, {place.rstrip(')') or 'at its end'}",
            fix="text in quotes, lists in square brackets, one key = value a line, each name once",
        ) from error
    if "extends" not in raw:
        return raw
    below = raw.pop("extends")
    if not isinstance(below, str):
        raise StudyError(
            f"{below!r} is not text in quotes", where=f"{path}, extends", fix='write extends = "file name"'
        )
    base = path.parent / below
    return merged(_rebased(read_raw(base, (*seen, where)), base.parent, path.parent), raw)


def extended(path: Path) -> Iterator[Path]:
    """Yield a readable study file and those it extends, the nearest first."""
    yield path
    raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    below = raw.get("extends")
    if below is not None:
        yield from extended(path.parent / below)


def _rebased(raw: Raw, old: Path, new: Path) -> Raw:
    for section, key in FILE_KEYS:
        value = raw.get(section, {}).get(key) if isinstance(raw.get(section), dict) else None
        if isinstance(value, str) and not Path(value).is_absolute():
            raw[section][key] = Path(os.path.relpath(old / value, new)).as_posix()
    return raw


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Raw:
    """Return ``over`` laid on ``under``: tables merge, everything else replaces."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def toml_value(source: str) -> Any:
    """Return ``source`` read as a TOML value, or as the bare string it is."""
    try:
        return tomllib.loads(f"x = {source}")["x"]
    except tomllib.TOMLDecodeError:
        return source


def with_keys(raw: Raw, keys: Mapping[str, Any]) -> Raw:
    """Return a copy of ``raw`` with dotted ``keys`` set; ``models.NAME.key`` finds a model by its name."""
    result = deepcopy(raw)
    for dotted, value in keys.items():
        at: Any = result
        *way, last = _split(dotted)
        for step in way:
            at = _step(at, step, dotted)
        if not isinstance(at, dict) or not last:
            raise fault(f"'{dotted}' is not a key of a study", dotted, "write it as section.key=value")
        at[last] = value
    return result


def _split(dotted: str) -> list[str]:
    parts = dotted.split(".")
    if len(parts) > 3 and parts[0] == "models":  # a model's name may hold dots
        return [parts[0], ".".join(parts[1:-1]), parts[-1]]
    return parts


def _step(at: Any, step: str, dotted: str) -> Any:
    if isinstance(at, list):
        named = [item for item in at if isinstance(item, dict) and item.get("name") == step]
        if not named:
            known = [str(item.get("name")) for item in at if isinstance(item, dict)]
            raise fault(f"there is no '{step}'", dotted, f"{suggest(step, known)}names: {', '.join(known)}")
        return named[0]
    return at.setdefault(step, {}) if isinstance(at, dict) else None


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
