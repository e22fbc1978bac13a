"""A digest of values by what they hold: equal contents give equal digests in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import PurePath
from types import FunctionType
from typing import Any, Protocol


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


def digest(*values: object) -> str:
    """Return 64 hexadecimal digits that ``values`` alone decide: order, types and every digit count.

    Takes plain values, tuples, lists, sets, mappings, dataclasses, specs, arrays of numpy, frames, series and
    indexes of pandas, and named functions. Raises TypeError for anything else, rather than trust its name.
    """
    found = hashlib.sha256()
    _feed(found, values)
    return found.hexdigest()


class Digests:
    """Digests of values asked for again and again: each is made once as long as this stands."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, str]] = {}

    def __call__(self, value: object) -> str:
        """Return the digest of one value that is never changed."""
        if id(value) not in self._known:
            self._known[id(value)] = (value, digest(value))  # held, so that no other takes its place
        return self._known[id(value)][1]


def _feed(found: _Hash, value: Any) -> None:
    kind = type(value)
    if value is None or isinstance(value, bool | int | float | str | bytes | date | PurePath | Enum):
        _mark(found, kind, repr(value).encode("utf-8", "surrogatepass"))
    elif isinstance(value, Mapping):
        _each(found, kind, [item for pair in value.items() for item in pair])
    elif isinstance(value, list | tuple):
        _each(found, kind, value)
    elif isinstance(value, set | frozenset):
        _each(found, kind, sorted(digest(item) for item in value))
    elif kind.__module__.partition(".")[0] == "numpy":
        _feed_array(found, value)
    elif kind.__module__.partition(".")[0] == "pandas":
        _feed_frame(found, value)
    elif is_dataclass(value):
        _each(found, kind, [getattr(value, f.name) for f in fields(value)])
    elif hasattr(kind, "model_fields"):
        _each(found, kind, [getattr(value, name) for name in kind.model_fields])
    elif isinstance(value, FunctionType | type) and "<" not in value.__qualname__:
        _mark(found, kind, f"{value.__module__}.{value.__qualname__}".encode())
    else:
        raise TypeError(f"{kind.__qualname__} has no digest")


def _mark(found: _Hash, kind: type, content: bytes) -> None:
    found.update(f"{kind.__qualname__} {len(content)} ".encode())
    found.update(content)


def _each(found: _Hash, kind: type, items: Any) -> None:
    _mark(found, kind, str(len(items)).encode())
    for item in items:
        _feed(found, item)


def _feed_array(found: _Hash, value: Any) -> None:
    if value.dtype.hasobject:
        _each(found, type(value), [value.shape, *value.ravel().tolist()])
        return
    _mark(found, type(value), f"{value.dtype.str} {value.shape}".encode())
    found.update(value.tobytes())


def _feed_frame(found: _Hash, value: Any) -> None:
    """Feed a frame by its columns, a series by its values, an index by its levels."""
    if hasattr(value, "levels"):  # a multi-index
        own = [*value.names, *(value.get_level_values(k).to_numpy() for k in range(value.nlevels))]
    elif hasattr(value, "columns"):
        own = [value.index, value.columns, *(value.iloc[:, j].to_numpy() for j in range(value.shape[1]))]
    elif hasattr(value, "index"):
        own = [value.name, value.index, value.to_numpy()]
    elif hasattr(value, "to_numpy"):
        own = [value.name, value.to_numpy()]
    else:  # pandas.NA, a timestamp
        own = [repr(value)]
    _each(found, type(value), own)
