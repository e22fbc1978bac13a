"""The strict, frozen base of every section of a study file."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from textwrap import dedent

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo


class Spec(BaseModel):
    """A section of a study: unknown keys are refused, values never coerced, numbers finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def keys_of(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return key, as a study writes it, -> its field."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def key_docs(section: type[BaseModel]) -> dict[str, str]:
    """Return key -> the sentence under it in the source, its bases' included.

    Read only where it is asked for: reading every source costs each command a quarter of a second.
    """
    found: dict[str, str] = {}
    for kind in reversed(section.__mro__):
        if kind is Spec or not issubclass(kind, Spec):
            continue
        (body,) = (
            n.body for n in ast.parse(dedent(inspect.getsource(kind))).body if isinstance(n, ast.ClassDef)
        )
        for above, below in pairwise(body):
            if isinstance(above, ast.AnnAssign) and isinstance(below, ast.Expr):
                value = below.value
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[ast.unparse(above.target)] = inspect.cleandoc(value.value)
    written = {name: field.alias or name for name, field in section.model_fields.items()}
    return {written.get(name, name): words for name, words in found.items()}
