"""Estimators: one method a file; the union ``Model`` is the only registry."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Tag

from ccd.estimate.base import ModelSpec
from ccd.estimate.gardner import Gardner
from ccd.estimate.imputation import Imputation
from ccd.estimate.twfe import Twfe

#: kind, or kind-estimator, -> the class that honours it.
MODELS: dict[str, type[ModelSpec]] = {
    "did-twfe": Twfe,
    "did-imputation": Imputation,
    "did-gardner": Gardner,
}


def tag(section: object) -> str:
    """Return the key of MODELS that a ``[[models]]`` section (or a model) asks for."""
    if isinstance(section, dict):
        kind, estimator = section.get("kind", ""), section.get("estimator")
    else:
        kind, estimator = getattr(section, "kind", ""), getattr(section, "estimator", None)
    if kind == "did":
        return f"did-{estimator or 'twfe'}"
    return str(kind)


Model = Annotated[
    Annotated[Twfe, Tag("did-twfe")]
    | Annotated[Imputation, Tag("did-imputation")]
    | Annotated[Gardner, Tag("did-gardner")],
    Discriminator(tag),
]
