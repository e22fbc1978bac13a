"""Estimators: one method a file; the union ``Model`` is the only registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.dcdh import Dcdh
from ccd.estimate.did.etwfe import Etwfe
from ccd.estimate.did.fractional import FractionalLogit
from ccd.estimate.did.gardner import Gardner
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.stacked import Stacked
from ccd.estimate.did.sun_abraham import SunAbraham
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.model import ModelSpec
from ccd.estimate.panel.fixed import PanelRegression
from ccd.estimate.panel.iv import PanelIv
from ccd.estimate.panel.random import PanelRandom
from ccd.estimate.psm.spec import PsmDid
from ccd.estimate.synergy.imputation import SynergyImputation
from ccd.estimate.synergy.twfe import SynergyTwfe
from ccd.estimate.threshold.spec import Threshold

#: kind, or kind-estimator, -> the class that honours it.
MODELS: dict[str, type[ModelSpec]] = {
    "did-twfe": Twfe,
    "did-callaway-santanna": CallawaySantAnna,
    "did-sun-abraham": SunAbraham,
    "did-imputation": Imputation,
    "did-gardner": Gardner,
    "did-stacked": Stacked,
    "did-etwfe": Etwfe,
    "did-dcdh": Dcdh,
    "did-fractional-logit": FractionalLogit,
    "psm-did": PsmDid,
    "synergy-imputation": SynergyImputation,
    "synergy-twfe": SynergyTwfe,
    "panel-fixed": PanelRegression,
    "panel-pooled": PanelRegression,
    "panel-random": PanelRandom,
    "panel-iv": PanelIv,
    "threshold": Threshold,
}

#: Kinds that run several estimators side by side unless the study names one.
SEVERAL: dict[str, tuple[str, ...]] = {
    "synergy": ("imputation", "twfe"),
}
#: Kinds with several estimators -> the one that a section without ``estimator`` means.
FIRST = {"did": "twfe", "synergy": "imputation", "panel": "fixed"}


def tag(section: object) -> str:
    """Return the key of MODELS that a ``[[models]]`` section (or a model) asks for."""
    if isinstance(section, dict):
        kind, estimator = section.get("kind", ""), section.get("estimator")
    else:
        kind, estimator = getattr(section, "kind", ""), getattr(section, "estimator", None)
    if isinstance(kind, str) and kind in FIRST:
        return f"{kind}-{estimator or FIRST[kind]}"
    return str(kind)


def estimators(section: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the estimators that one ``[[models]]`` section runs side by side; empty: it is one model."""
    asked = section.get("estimator", SEVERAL.get(str(section.get("kind"))))
    return tuple(asked) if isinstance(asked, list | tuple) else ()


Model = Annotated[
    Annotated[Twfe, Tag("did-twfe")]
    | Annotated[CallawaySantAnna, Tag("did-callaway-santanna")]
    | Annotated[SunAbraham, Tag("did-sun-abraham")]
    | Annotated[Imputation, Tag("did-imputation")]
    | Annotated[Gardner, Tag("did-gardner")]
    | Annotated[Stacked, Tag("did-stacked")]
    | Annotated[Etwfe, Tag("did-etwfe")]
    | Annotated[Dcdh, Tag("did-dcdh")]
    | Annotated[FractionalLogit, Tag("did-fractional-logit")]
    | Annotated[SynergyImputation, Tag("synergy-imputation")]
    | Annotated[SynergyTwfe, Tag("synergy-twfe")]
    | Annotated[PanelRegression, Tag("panel-fixed")]
    | Annotated[PanelRegression, Tag("panel-pooled")]
    | Annotated[PanelRandom, Tag("panel-random")]
    | Annotated[PanelIv, Tag("panel-iv")]
    | Annotated[PsmDid, Tag("psm-did")]
    | Annotated[Threshold, Tag("threshold")],
    Discriminator(tag),
]
