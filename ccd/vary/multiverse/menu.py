"""The specifications of a menu: every combination of its choices, parsed and checked before the first fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np

from ccd.arrays import IntArray
from ccd.digest import digest
from ccd.errors import StudyError, StudyFaults, UsageError
from ccd.estimate.model import ModelSpec
from ccd.evaluate.base import base_key
from ccd.streams import Stream
from ccd.study import Study, StudyFile, parse_study, with_keys
from ccd.study.menus import MultiverseSpec
from ccd.study.parse import in_file
from ccd.vary.degrees import plain_level
from ccd.vary.robustness import one_model, varied
from ccd.words import text

#: More specifications than these are drawn from, not run.
MOST = 5000
#: The sections whose keys reach D, or who is treated.
REACHING = ("data", "transforms", "subsystems", "index", "coupling", "policies")


@dataclass(frozen=True)
class Factor:
    """One key of the menu: its choices as the study writes them, whether it reaches D."""

    key: str
    levels: tuple[Any, ...]
    of_model: bool

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the choices in words."""
        return tuple(plain_level(level) for level in self.levels)


@dataclass(frozen=True)
class Menu:
    """All specifications: ``codes`` (S, F) are their choices (-1: the study as it stands, where no choice is its own).

    ``base`` (S,) and ``model`` (S,) place each among the distinct ``bases`` and ``models`` (none: D alone);
    ``baseline`` is the row of the study as it stands. ``whole`` tells that every combination is there; ``added``
    that the baseline is none of them.
    """

    spec: MultiverseSpec
    factors: tuple[Factor, ...]
    codes: IntArray
    base: IntArray
    model: IntArray
    bases: tuple[StudyFile, ...]
    models: tuple[ModelSpec, ...]
    baseline: int
    whole: bool
    added: bool

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def grid(self) -> slice:
        """Return the rows that are combinations of the menu: all but a baseline that was added."""
        return slice(0, len(self.codes) - int(self.added))

    def choices(self, row: int) -> Mapping[str, Any]:
        """Return the keys that make one specification."""
        pairs = zip(self.factors, self.codes[row], strict=True)
        return {factor.key: factor.levels[code] for factor, code in pairs if code >= 0}

    def units(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Return each base with the models that hang on it, in the order of the specifications."""
        hanging: dict[int, dict[int, None]] = {}
        for base, model in zip(self.base.tolist(), self.model.tolist(), strict=True):
            own = hanging.setdefault(base, {})
            if self.models:
                own[model] = None
        return tuple((base, tuple(own)) for base, own in hanging.items())


def menu_of(file: StudyFile) -> Menu:
    """Return the menu of a study. Raises UsageError without one, StudyFaults with every fault of every one."""
    spec = file.study.multiverse
    if spec is None:
        raise UsageError(
            text("the study has no menu"),
            where=str(file.path),
            fix=text("list choices under [multiverse.vary]"),
        )
    written = file.raw["multiverse"]["vary"]
    factors = tuple(Factor(key, tuple(levels), key.startswith("model.")) for key, levels in written.items())
    _check_keys(file, factors)
    codes = _codes(file, spec, factors)
    reaching = [k for k, factor in enumerate(factors) if not factor.of_model]
    hanging = [k for k, factor in enumerate(factors) if factor.of_model]
    found: list[StudyError] = []
    as_is = _parsed(file, spec, {}, found)
    base_of, bases = _distinct(file, spec, factors, codes, reaching, found)
    model_of, made = _distinct(file, spec, factors, codes, hanging, found)
    if found or as_is is None:
        raise StudyFaults(_once(found))
    names = [base_key(one.study) for one in bases]
    base, first = _merged(names, base_of)
    files, names = [bases[k] for k in first], [names[k] for k in first]
    models = [one_model(one, spec.model) for one in made] if spec.model else []
    heads = [digest(one) for one in models] or [""] * len(made)
    model, first = _merged(heads, model_of)
    models, heads = [models[k] for k in first] if models else [], [heads[k] for k in first]
    own = one_model(as_is, spec.model) if spec.model else None
    own_base, own_head = base_key(as_is.study), "" if own is None else digest(own)
    names += [] if own_base in names else [own_base]
    heads += [] if own_head in heads else [own_head]
    files += [as_is] * (len(names) - len(files))
    models += [own] * (len(heads) - len(models)) if own is not None else []
    at = names.index(own_base), heads.index(own_head)
    same = np.flatnonzero((base == at[0]) & (model == at[1]))
    added = not len(same)
    if added:
        base, model = np.append(base, at[0]), np.append(model, at[1])
        codes = np.vstack([codes, np.full((1, len(factors)), -1, dtype=np.intp)])
    menu = Menu(
        spec,
        factors,
        codes,
        base,
        model,
        tuple(files),
        tuple(models),
        len(codes) - 1 if added else int(same[0]),
        not spec.sample or spec.sample >= prod(len(factor.levels) for factor in factors),
        added,
    )
    _check_pairs(file, menu)
    return menu


def _check_keys(file: StudyFile, factors: Sequence[Factor]) -> None:
    faults = [
        StudyError(
            text("'{key}' is no choice that D or the model hangs on", key=factor.key),
            where=text("{name}, multiverse.vary", name=file.path.name),
            fix=text("take keys of {reaching}, or model.KEY", reaching=tuple(REACHING)),
        )
        for factor in factors
        if not factor.of_model and factor.key.partition(".")[0] not in REACHING
    ]
    if faults:
        raise StudyFaults(faults)


def _codes(file: StudyFile, spec: MultiverseSpec, factors: Sequence[Factor]) -> IntArray:
    """Return the choices of all specifications (S, F), or of those drawn."""
    sizes = [len(factor.levels) for factor in factors]
    total = prod(sizes)
    if total > MOST and not spec.sample:
        raise UsageError(
            text("the menu has {total} specifications, more than {most}", total=total, most=MOST),
            where=text("{name}, multiverse", name=file.path.name),
            fix=text("shorten it, or draw some of them: sample = 2000"),
        )
    if not spec.sample or spec.sample >= total:
        return np.array([*product(*(range(size) for size in sizes))], dtype=np.intp)
    rng = Stream(file.study.seed, "multiverse")("sample")
    drawn = np.sort(rng.choice(total, spec.sample, replace=False))
    return np.column_stack(np.unravel_index(drawn, sizes)).astype(np.intp)


def _distinct(
    file: StudyFile,
    spec: MultiverseSpec,
    factors: Sequence[Factor],
    codes: IntArray,
    columns: Sequence[int],
    found: list[StudyError],
) -> tuple[IntArray, list[StudyFile]]:
    """Return which of the distinct studies under some factors each row has, and these, the others as they stand."""
    if not columns:
        one = _parsed(file, spec, {}, found)
        return np.zeros(len(codes), dtype=np.intp), [] if one is None else [one]
    rows, own = np.unique(codes[:, columns], axis=0, return_inverse=True)
    made: list[StudyFile] = []
    shared: dict[str, Any] = {}
    for row in rows:
        keys = {factors[k].key: factors[k].levels[code] for k, code in zip(columns, row, strict=True)}
        one = _parsed(file, spec, keys, found)
        made += [] if one is None else [_sharing(one, file, shared)]
    return np.asarray(own.ravel(), dtype=np.intp), made


def _sharing(one: StudyFile, file: StudyFile, shared: dict[str, Any]) -> StudyFile:
    """Return the study with its sections shared with earlier ones where they are equal: many take little memory."""
    held = {}
    for name in type(one.study).model_fields:
        section = getattr(one.study, name)
        held[name] = shared.setdefault(f"{name} {digest(section)}", section)
    return StudyFile(one.study.model_copy(update=held), file.raw, file.path)


def _parsed(
    file: StudyFile, spec: MultiverseSpec, keys: Mapping[str, Any], found: list[StudyError]
) -> StudyFile | None:
    """Return the study with the keys set and the one model it is about; its faults go to ``found``."""
    label = ", ".join(f"{key} = {plain_level(value)}" for key, value in keys.items())
    try:
        if spec.model:
            one, _ = varied(file, spec.model, keys)
            one_model(one, spec.model)
            return one
        left = ("robustness", "multiverse", "tables", "models")
        raw = with_keys({key: value for key, value in file.raw.items() if key not in left}, keys)
        return parse_study(raw, file.path)
    except StudyFaults as error:
        found += [_labelled(fault, file, label) for fault in error.faults]
    except StudyError as error:
        found.append(_labelled(error, file, label))
    return None


def _labelled(fault: StudyError, file: StudyFile, label: str) -> StudyError:
    key = fault.where.partition(", ")[2]
    return StudyError(
        fault.said[0],
        where=text("{name}, multiverse ({label}), {key}", name=file.path.name, label=label, key=key),
        fix=fault.said[2],
    )


def _merged(names: Sequence[str], own: IntArray) -> tuple[IntArray, list[int]]:
    """Return the place of each row's name among the distinct ones, and where these stand first."""
    place: dict[str, int] = {}
    codes = [place.setdefault(name, len(place)) for name in names]
    first = np.unique(np.array(codes), return_index=True)[1]
    return np.asarray(np.array(codes, dtype=np.intp)[own]), first.tolist()


def _check_pairs(file: StudyFile, menu: Menu) -> None:
    """Raise StudyFaults with what is wrong between the base and the model of any specification."""
    found = []
    pairs = np.column_stack([menu.base, menu.model])
    for row in np.sort(np.unique(pairs, axis=0, return_index=True)[1]) if menu.models else ():
        base, model = pairs[row]
        study: Study = menu.bases[base].study.model_copy(update={"models": (menu.models[model],)})
        for fault in study.faults():
            label = ", ".join(f"{key} = {plain_level(value)}" for key, value in menu.choices(row).items())
            found.append(_labelled(in_file(fault, file.path), file, label))
    if found:
        raise StudyFaults(_once(found))


def _once(found: Sequence[StudyError]) -> list[StudyError]:
    """Return each fault once, under the first specification that has it."""
    seen: dict[tuple[str, str], StudyError] = {}
    for fault in found:
        seen.setdefault((fault.what, fault.where.rpartition(", ")[2]), fault)
    return [*seen.values()]
