"""Size and coverage of all that is printed about a policy with few treated regions: the tables of docs/inference.md."""

from __future__ import annotations

import numpy as np
import pytest
from simulated_few_treated import gathered, simulate

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.dcdh import Dcdh
from ccd.estimate.did.etwfe import Etwfe
from ccd.estimate.did.fractional import FractionalLogit
from ccd.estimate.did.gardner import Gardner
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.stacked import Stacked
from ccd.estimate.did.sun_abraham import SunAbraham
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.psm.spec import PsmDid
from ccd.estimate.threshold.spec import Threshold

REPLICATES = 500
DID = {"name": "m", "kind": "did", "outcome": "y", "policy": "policy"}
FEW = {
    "permutation": {"draws": 39}
}  # p is a multiple of 1/40: the size is 5 % exactly, and each draw is a fit
MANY = {"permutation": {"draws": 199}}
ASKED = {"heterogeneity": "half", "mechanism": ("m",), "moderator": "z", "lags": (1,)}
MODELS = {
    "twfe": Twfe(**DID, **MANY, **ASKED),
    "callaway-santanna": CallawaySantAnna(
        **DID, **FEW, estimator="callaway-santanna", bootstrap={"draws": 99}
    ),
    "sun-abraham": SunAbraham(**DID, **FEW, estimator="sun-abraham"),
    "imputation": Imputation(**DID, **FEW, estimator="imputation", heterogeneity="half"),
    "gardner": Gardner(**DID, **FEW, estimator="gardner"),
    "stacked": Stacked(**DID, **FEW, estimator="stacked", window=(-1, 3)),
    "etwfe": Etwfe(**DID, **FEW, estimator="etwfe"),
    "dcdh": Dcdh(**DID, **FEW, estimator="dcdh"),
    "fractional-logit": FractionalLogit(**{**DID, "outcome": "share"}, **FEW, estimator="fractional-logit"),
}
PSM = {**DID, **FEW, "kind": "psm-did", "match_on": ("x1",)}


def within(found: dict[str, tuple[float, ...]], replicates: int) -> None:
    """Hold every share of rejections to 5 %, and of coverage to 95 %, within three standard errors of a share."""
    slack = 300 * np.sqrt(0.05 * 0.95 / replicates)
    for name, (rejects, covers, _, _) in gathered(found).items():
        assert abs(rejects - 5) <= slack, (name, rejects)
        assert abs(covers - 95) <= slack, (name, covers)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(MODELS))
def test_what_an_estimator_prints_keeps_its_size(name):
    within(simulate(MODELS[name].fit, REPLICATES), REPLICATES)


@pytest.mark.slow
def test_columns_of_psm_did_keep_their_size():
    within(simulate(PsmDid(**PSM).fit, 150), 150)


@pytest.mark.slow
def test_effects_at_an_estimated_threshold_reject_too_often_but_less_than_analytic_ones():
    """The threshold is where the regimes differ most, so that effects given it look larger than they are."""
    keys = {**DID, **MANY, "kind": "threshold", "threshold": "z"}
    found = simulate(Threshold(**keys, number=1, bootstrap=0, joint=False).fit, REPLICATES)
    rejects = [row[0] for row in found.values()]
    assert max(rejects) < 12 and np.mean(rejects) < np.mean([row[2] for row in found.values()])
