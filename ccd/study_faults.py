"""Pydantic's faults of a study in plain words: which key, what stood there, what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ccd.errors import StudyError, suggest

_KINDS = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def explain(error: ValidationError, model: type[BaseModel], source: str) -> list[StudyError]:
    """Return one StudyError per fault; ``source`` names the study file."""
    found: dict[str, StudyError] = {}
    for detail in error.errors():
        made = _one(detail, model, source)
        found.setdefault(str(made), made)
    return list(found.values())


def _one(detail: ErrorDetails, model: type[BaseModel], source: str) -> StudyError:
    key = dotted(detail["loc"])
    kind, value = detail["type"], detail["input"]
    where = f"{source}, {key}" if key else source
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        known = sorted(_fields(model, detail["loc"][:-1]))
        return StudyError(
            f"unknown key '{name}'", where=where, fix=f"{suggest(name, known)}keys here: {', '.join(known)}"
        )
    if kind == "missing":
        return StudyError(f"'{detail['loc'][-1]}' is missing", where=where, fix="add it")
    if kind.startswith("union_tag"):
        context = detail.get("ctx", {})
        asked = str(context.get("tag", ""))
        allowed = str(context.get("expected_tags", "")).replace("'", "")
        near = suggest(asked, allowed.split(", "))
        return StudyError(
            f"there is no model '{asked}'", where=where, fix=f"{near}kind-estimator is one of {allowed}"
        )
    if kind == "literal_error":
        allowed = str(detail.get("ctx", {}).get("expected", ""))
        near = suggest(str(value), allowed.replace("'", "").replace(" or ", ", ").split(", "))
        return StudyError(f"'{value}' is not a choice", where=where, fix=f"{near}one of {allowed}")
    if kind in _KINDS:
        return StudyError(f"{_shown(value)} is not {_KINDS[kind]}", where=where, fix=f"write {_KINDS[kind]}")
    message = detail["msg"].removeprefix("Value error, ")
    return StudyError(f"{_shown(value)}: {message}", where=where, fix="change the value")


def dotted(loc: Sequence[str | int]) -> str:
    """Return a location as a dotted key, list places counted from 1, union tags left out."""
    parts: list[str] = []
    for place, item in enumerate(loc):
        if isinstance(item, int):
            parts.append(str(item + 1))
        elif place and isinstance(loc[place - 1], int) and loc[0] == "models" and place == 2:
            continue
        else:
            parts.append(str(item))
    return ".".join(parts)


def _fields(model: Any, loc: Sequence[str | int]) -> set[str]:
    from ccd.estimate import MODELS  # the registry is only needed to suggest a key

    if loc and loc[0] == "models":
        return set(MODELS[str(loc[2])].keys()) if len(loc) > 2 and str(loc[2]) in MODELS else set()
    at: Any = model
    for item in loc:
        field = getattr(at, "model_fields", {}).get(item) if isinstance(item, str) else None
        kinds = [at] if field is None else [field.annotation, *getattr(field.annotation, "__args__", ())]
        at = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), at)
    return set(getattr(at, "model_fields", {}))


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
