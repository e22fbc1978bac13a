"""JSON: the one place where values become it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def to_json(value: object, *, indent: int = 2, only_ascii: bool = False) -> str:
    """Return ``value`` as indented JSON with a final newline; a number that is not finite becomes null."""
    shown = json.dumps(json_value(value), ensure_ascii=only_ascii, indent=indent, allow_nan=False)
    return shown + "\n"


def compact_json(value: object) -> str:
    """Return ``value`` as one line of JSON, its keys sorted: what equal values have in common."""
    return json.dumps(json_value(value), ensure_ascii=False, sort_keys=True, allow_nan=False)


def json_value(value: Any) -> Any:
    """Return ``value`` in plain JSON types.

    Numbers and arrays of numpy become numbers and lists, a number that is not finite null, a dataclass an
    object of its fields (one that says itself in words, as texts and terms do, those words), and everything
    else its words.
    """
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return None if isinstance(value, float) and not math.isfinite(value) else value
    if hasattr(value, "tolist"):  # numpy, which is not imported for a manifest alone
        return json_value(value.tolist())
    if is_dataclass(value) and type(value).__str__ is object.__str__:
        return {f.name: json_value(getattr(value, f.name)) for f in fields(value)}
    return str(value)
