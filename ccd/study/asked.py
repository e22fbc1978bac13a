"""Which key of a study asks for a column: an error says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ccd.study.spec import Study

#: Keys whose texts are not names of columns.
WORDS = ("name", "kind", "estimator", "title")


def asked_for(study: Study) -> dict[str, str]:
    """Return column (or policy) -> the first key that names it, such as ``models.base.controls``."""
    found: dict[str, str] = {}
    for key, name in _named(study):
        found.setdefault(name, key)
    return found


def _named(study: Study) -> Iterator[tuple[str, str]]:
    for made, transform in study.transforms.items():
        yield from ((f"transforms.{made}", column) for column in transform.reads())
    for subsystem, indicators in study.subsystems.items():
        yield from ((f"subsystems.{subsystem}", indicator) for indicator in indicators)
    for name, policy in study.policies.items():
        if policy.intensity is not None:
            yield f"policies.{name}.intensity", policy.intensity
    for model in study.models:
        yield from keys_naming(model, f"models.{model.name}")
    for key, section in study.sections():
        yield from keys_naming(section, key)


def keys_naming(section: BaseModel, place: str) -> Iterator[tuple[str, str]]:
    """Yield (key, text) for every text that stands under a key of a section, lists and tables included."""
    for key, value in section:
        if key not in WORDS:
            yield from ((f"{place}.{key}", word) for word in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from map(str, value)
    elif isinstance(value, BaseModel):
        yield from (word for _, inner in value for word in _texts(inner))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (word for item in value for word in _texts(item))
