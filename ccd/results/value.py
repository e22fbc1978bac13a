"""What a part of a result holds: a frozen value whose fields are the columns of its csv file and its scalars."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar, get_type_hints

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.plain import file_name
from ccd.words import Name, Text

if TYPE_CHECKING:
    import pandas as pd

COLUMN, ASIDE = "column", "aside"

# The columns of a csv file, one array or tuple each, all of one length; None: the file has no such column.
Floats = Annotated[FloatArray, COLUMN]
Ints = Annotated[IntArray, COLUMN]
Bools = Annotated[BoolArray, COLUMN]
Words = Annotated[tuple[Text | Name | str, ...], COLUMN]
Keys = Annotated[tuple[str, ...], COLUMN]

T = TypeVar("T")
#: What views or checks need and neither csv nor summary.json shows.
Aside = Annotated[T, ASIDE]


class Value:
    """The base of what parts carry: subclasses are frozen dataclasses, one for each shape.

    A field of type Floats, Ints, Bools, Words or Keys is a column of the csv file, in the order of the
    fields; every other field is a scalar that summary.json shows under its name (None: not shown), but for
    those that are ``Aside``. A value whose columns are named by the data overrides ``frame``.
    """

    shape: ClassVar[str]

    def __init_subclass__(cls) -> None:
        if "shape" not in vars(cls) and not hasattr(cls, "shape"):
            raise TypeError(f"{cls.__name__} names no shape")

    def frame(self) -> pd.DataFrame:
        """Return the columns as the csv file holds them."""
        import pandas as pd

        found = {name: getattr(self, name) for name in column_fields(type(self))}
        return pd.DataFrame({name: column for name, column in found.items() if column is not None})

    def scalars(self) -> Mapping[str, object]:
        """Return what summary.json says of the part."""
        found = {name: getattr(self, name) for name in scalar_fields(type(self))}
        return {name: value for name, value in found.items() if value is not None}

    def __len__(self) -> int:
        return len(self.frame())


V_co = TypeVar("V_co", bound=Value, covariant=True)


@dataclass(frozen=True)
class Part(Generic[V_co]):
    """A value with the name of its file and the notes under it; the value's shape decides how it is shown."""

    value: V_co
    name: str = ""
    notes: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", file_name(self.name or self.value.shape))

    @property
    def shape(self) -> str:
        """Return the shape of the value."""
        return self.value.shape

    @property
    def frame(self) -> pd.DataFrame:
        """Return the columns as the csv file holds them."""
        return self.value.frame()


@cache
def _kinds(value: Hashable) -> Mapping[str, str]:
    """Return field -> ``column``, ``aside`` or nothing, in the order of the fields."""
    if not is_dataclass(value):
        return {}
    hints = get_type_hints(value, include_extras=True, localns=_names())
    return {f.name: _kind(hints[f.name]) for f in fields(value)}


def _names() -> dict[str, Any]:
    import pandas as pd  # a type of fields that is imported for types alone where they are written

    return {"pd": pd, "Mapping": Mapping}


def _kind(hint: Any) -> str:
    for one in (hint, *getattr(hint, "__args__", ())):
        for mark in getattr(one, "__metadata__", ()):
            if mark in (COLUMN, ASIDE):
                return str(mark)
    return ""


def column_fields(value: type[Any]) -> tuple[str, ...]:
    """Return the names of the fields of a kind of value that are columns of its csv file."""
    return tuple(name for name, kind in _kinds(value).items() if kind == COLUMN)  # type: ignore[arg-type]


def scalar_fields(value: type[Any]) -> tuple[str, ...]:
    """Return the names of the fields of a kind of value that summary.json shows."""
    return tuple(name for name, kind in _kinds(value).items() if not kind)  # type: ignore[arg-type]


#: The level at which p-values and 95 % intervals are compared.
LEVEL = 0.05


def agreed(p_value: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return p-values (k,) where they and the 95 % intervals [low, high] (k,) say the same of zero, else nan.

    Stars stand where both agree: p <= .05 and an interval without zero, or neither. Without an interval the
    p-value stands alone.
    """
    p, away = np.asarray(p_value, dtype=np.float64), (np.asarray(low) > 0) | (np.asarray(high) < 0)
    known = np.isfinite(low) & np.isfinite(high)
    return np.where(known & (away != (p <= LEVEL)), np.nan, p)
