"""Every key of a study as a reader of TOML wants it: its kind, its default, its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel

from ccd.errors import UsageError, suggest
from ccd.estimate import KINDS, MODELS, tag
from ccd.estimate.model import ModelSpec
from ccd.spec import key_docs, keys_of
from ccd.study.shorthand import Shorthand
from ccd.study.spec import Study
from ccd.words import text

PLAIN: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    type(None): "none",
}


class Key(NamedTuple):
    """One key; ``default`` is what a study would write, ``required`` where there is none."""

    name: str
    kind: str
    default: str
    meaning: str


def sections() -> dict[str, type[BaseModel]]:
    """Return the parts of a study but for its models, and the class that reads each."""
    found: dict[str, type[BaseModel]] = {"(top)": Study}
    for name, field in Study.model_fields.items():
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                many: Mapping[Any, str] = {dict: f"[{name}.NAME]", tuple: f"[[{name}]]"}
                found[many.get(get_origin(field.annotation), f"[{name}]")] = kind
    return found | {"[[models]], shorthand": Shorthand}


def section_keys(section: type[BaseModel]) -> tuple[Key, ...]:
    """Return the keys of a section in the order of its source."""
    docs = key_docs(section)
    return tuple(
        Key(
            name,
            kind_of(field.annotation),
            "required" if field.is_required() else toml(field.get_default(call_default_factory=True)),
            docs.get(name, ""),
        )
        for name, field in keys_of(section).items()
    )


def asked_keys(asked: str) -> dict[str, tuple[Key, ...]]:
    """Return section -> keys for a kind of model, ``kind-estimator``, or a section by its name.

    A kind with several estimators gives the keys that all have, then those of each alone. Raises UsageError.
    """
    if asked in MODELS:
        return {asked: section_keys(MODELS[asked])}
    if asked in KINDS:
        each = {f"{asked}-{name}": section_keys(MODELS[f"{asked}-{name}"]) for name in KINDS[asked]}
        common = set.intersection(*(set(keys) for keys in each.values()))
        first = each[tag({"kind": asked})]
        found = {f"{asked}, every estimator": tuple(key for key in first if key in common)}
        found |= {
            name: own
            for name, keys in each.items()
            if (own := tuple(key for key in keys if key not in common))
        }
        return found
    named = {title.strip("[]").removesuffix(".NAME"): title for title in sections()}
    if asked in named:
        return {named[asked]: section_keys(sections()[named[asked]])}
    known = [*KINDS, *MODELS, *(name for name in named if name.isidentifier())]
    raise UsageError(
        text("there is no kind of model and no section '{asked}'", asked=asked),
        where="--keys",
        fix=text("{near}one of {choices}", near=suggest(asked, known), choices=tuple(dict.fromkeys(known))),
    )


def kind_of(annotation: Any) -> str:
    """Return an annotation as a reader of TOML wants it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(inner[0])
    if origin is Literal:
        return " or ".join(f'"{choice}"' if isinstance(choice, str) else str(choice) for choice in inner)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(kind_of(kind) for kind in inner if kind is not type(None)))
    if origin in (dict, Mapping):
        return f"table of {kind_of(inner[1])}"
    if origin is tuple:
        return _listed(inner)
    return _plain(annotation)


def _listed(inner: tuple[Any, ...]) -> str:
    what = " and ".join(dict.fromkeys(kind_of(kind) for kind in inner if kind is not Ellipsis))
    return f"list of {what}" if Ellipsis in inner else f"list of {len(inner)}: {what}"


def _plain(annotation: Any) -> str:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "model" if issubclass(annotation, ModelSpec) else f"table ({annotation.__name__})"
    return PLAIN.get(annotation, "any value")


def toml(value: object) -> str:
    """Return a default as a study would write it."""
    if value is None or isinstance(value, bool):
        return "none" if value is None else str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else f"{value!r}"
