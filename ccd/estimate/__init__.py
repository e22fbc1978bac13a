"""Estimators: one method a file, and one list of them; unions, tags and orders come from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Discriminator, Tag

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.cic import Cic
from ccd.estimate.did.dcdh import Dcdh
from ccd.estimate.did.ddd import Ddd
from ccd.estimate.did.dose import Dose
from ccd.estimate.did.etwfe import Etwfe
from ccd.estimate.did.fractional import FractionalLogit
from ccd.estimate.did.gardner import Gardner
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.lp_did import LpDid
from ccd.estimate.did.spatial.lag import SpatialLagDid
from ccd.estimate.did.spatial.rings import Rings
from ccd.estimate.did.spatial.slx import SpatialSlxDid
from ccd.estimate.did.stacked import Stacked
from ccd.estimate.did.sun_abraham import SunAbraham
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.dml.spec import Dml
from ccd.estimate.dynamics.loop import Loop
from ccd.estimate.model import ModelSpec, kind_of, tags_of
from ccd.estimate.panel.fixed import PanelRegression
from ccd.estimate.panel.iv import PanelIv
from ccd.estimate.panel.quantile import PanelQuantile
from ccd.estimate.panel.random import PanelRandom
from ccd.estimate.psm.spec import PsmDid
from ccd.estimate.spatial.likelihood import SpatialLikelihood
from ccd.estimate.spatial.slx import SpatialSlx
from ccd.estimate.synergy.imputation import SynergyImputation
from ccd.estimate.synergy.twfe import SynergyTwfe
from ccd.estimate.synthetic.ascm import Ascm
from ccd.estimate.synthetic.did import Did
from ccd.estimate.synthetic.difp import Difp
from ccd.estimate.synthetic.sc import Sc
from ccd.estimate.synthetic.sdid import Sdid
from ccd.estimate.threshold.spec import Threshold

#: Every estimator in the order of the docs; the first of a kind is the one that a bare ``kind`` means.
ESTIMATORS: tuple[type[ModelSpec], ...] = (
    Twfe,
    CallawaySantAnna,
    SunAbraham,
    Imputation,
    Gardner,
    Stacked,
    Etwfe,
    LpDid,
    Dcdh,
    Ddd,
    Cic,
    Dose,
    FractionalLogit,
    SpatialSlxDid,
    SpatialLagDid,
    Rings,
    PsmDid,
    SynergyImputation,
    SynergyTwfe,
    PanelRegression,
    PanelRandom,
    PanelIv,
    PanelQuantile,
    SpatialLikelihood,
    SpatialSlx,
    Sdid,
    Sc,
    Did,
    Difp,
    Ascm,
    Dml,
    Loop,
    Threshold,
)

#: kind, or kind-estimator, -> the class that honours it.
MODELS: dict[str, type[ModelSpec]] = {tag: model for model in ESTIMATORS for tag in tags_of(model)}

#: kind -> its estimators, the default first; a kind that is one estimator has none.
KINDS: dict[str, tuple[str, ...]] = {
    kind: tuple(
        tag.removeprefix(f"{kind}-")
        for model in ESTIMATORS
        if kind_of(model) == kind
        for tag in tags_of(model)
        if tag != kind
    )
    for kind in dict.fromkeys(map(kind_of, ESTIMATORS))
}


def tag(section: object) -> str:
    """Return the key of MODELS that a ``[[models]]`` section (or a model) asks for."""
    if isinstance(section, dict):
        kind, estimator = section.get("kind", ""), section.get("estimator")
    else:
        kind, estimator = getattr(section, "kind", ""), getattr(section, "estimator", None)
    listed = KINDS.get(kind, ()) if isinstance(kind, str) else ()
    return f"{kind}-{estimator or listed[0]}" if listed else str(kind)


def estimators(section: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the estimators that one ``[[models]]`` section runs side by side; empty: it is one model."""
    asked = section.get("estimator")
    if asked is None:
        default = MODELS.get(tag(dict(section)))
        if default is None or default.alone_by_default:
            return ()
        kind = kind_of(default)
        return tuple(name for name in KINDS[kind] if MODELS[f"{kind}-{name}"].by_default)
    return tuple(asked) if isinstance(asked, list | tuple) else ()


def variants(section: Mapping[str, Any]) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return name -> keys of each model that one section makes: by ``outcome = [..]``, and by its estimators.

    A section that is one model makes itself, without keys.
    """
    listed = section.get("outcome")
    outcomes = tuple(listed) if isinstance(listed, list | tuple) else (None,)
    found = []
    for outcome in outcomes:
        for estimator in estimators(section) or (None,):
            keys = {
                key: one for key, one in (("outcome", outcome), ("estimator", estimator)) if one is not None
            }
            found.append(("-".join([str(section.get("name", "")), *map(str, keys.values())]), keys))
    return tuple(found)


if TYPE_CHECKING:
    Model = ModelSpec
else:
    Model = Annotated[
        Union[tuple(Annotated[model, Tag(name)] for name, model in MODELS.items())],  # noqa: UP007
        Discriminator(tag),
    ]
