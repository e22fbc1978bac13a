"""Size and coverage of all that is printed about a policy with few treated regions: the tables of docs/inference.md.

``pytest -m slow tests/test_few_treated_simulation.py`` holds them to their bounds; ``PYTHONPATH=. python
tests/test_few_treated_simulation.py [NAME ...]`` prints the rows, of the named ones alone.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest
from simulated_few_treated import COHORTS, gathered, simulate

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.dcdh import Dcdh
from ccd.estimate.did.etwfe import Etwfe
from ccd.estimate.did.fractional import FractionalLogit
from ccd.estimate.did.gardner import Gardner
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.lp_did import LpDid
from ccd.estimate.did.stacked import Stacked
from ccd.estimate.did.sun_abraham import SunAbraham
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.psm.spec import PsmDid
from ccd.estimate.threshold.spec import Threshold

REPLICATES = 500
#: Two-way fixed effects is quick and shows most rows of a single test, which 500 replications leave too uncertain.
OFTEN = {"twfe": 1500}
DID = {"name": "m", "kind": "did", "outcome": "y", "policy": "policy"}
FEW = {
    "permutation": {"draws": 39}
}  # p is a multiple of 1/40: the size is 5 % exactly, and each draw is a fit
MANY = {"permutation": {"draws": 199}}
ASKED = {"heterogeneity": "half", "mechanism": ("m",), "moderator": "z", "lags": (1,), "leave_out": "cohort"}
DATED = {"by": "time", "shifts": 2}
MODELS = {
    "twfe": Twfe(**DID, **MANY, **ASKED),
    "callaway-santanna": CallawaySantAnna(
        **DID, **FEW, estimator="callaway-santanna", bootstrap={"draws": 99}
    ),
    "sun-abraham": SunAbraham(**DID, **FEW, estimator="sun-abraham"),
    "imputation": Imputation(
        **DID, **FEW, estimator="imputation", heterogeneity="half", leave_out="cohort", placebo=DATED
    ),
    "gardner": Gardner(**DID, **FEW, estimator="gardner"),
    "stacked": Stacked(**DID, **FEW, estimator="stacked", window=(-1, 3)),
    "etwfe": Etwfe(**DID, **FEW, estimator="etwfe"),
    "dcdh": Dcdh(**DID, **FEW, estimator="dcdh"),
    "lp-did": LpDid(**DID, **FEW, estimator="lp-did"),
    "fractional-logit": FractionalLogit(**{**DID, "outcome": "share"}, **FEW, estimator="fractional-logit"),
}
PSM = {**DID, **FEW, "kind": "psm-did", "match_on": ("x1",)}


ONE_COHORT = np.repeat([2015.0, np.nan], [8, 18])
#: Columns of matching, 500 replications in three to four minutes; doubly robust ones need a single cohort.
MATCHED = {
    "psm-did": (PsmDid(**PSM), 500, COHORTS),
    "psm-did nearest": (PsmDid(**PSM, matcher="nearest"), 500, COHORTS),
    "psm-did one cohort": (PsmDid(**{**PSM, "match_on": ("x1", "z")}), 500, ONE_COHORT),
}
SPLIT = Threshold(
    **{**DID, **FEW, "kind": "threshold"}, threshold="z", number=1, bootstrap=0, joint=False
)  # searched anew in every deal


def within(found: dict[str, tuple[float, ...]], replicates: int, *, noisy: bool = False) -> None:
    """Hold rejections to 3.5-6.5 %, coverage to 93.5-96.5 %; where ``noisy``, to three standard errors."""
    slack = 300 * np.sqrt(0.05 * 0.95 / replicates) if noisy else 1.5
    for name, (rejects, covers, _, _) in gathered(found).items():
        assert abs(rejects - 5) <= slack, (name, rejects)
        assert abs(covers - 95) <= slack, (name, covers)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(MODELS))
def test_what_an_estimator_prints_keeps_its_size(name):
    replicates = OFTEN.get(name, REPLICATES)
    within(simulate(MODELS[name].fit, replicates), replicates)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(MATCHED))
def test_columns_of_psm_did_keep_their_size(name):
    model, replicates, cohorts = MATCHED[name]
    # one set of panels stands behind many columns, so that the noise of 500 replications is in all of them
    within(simulate(model.fit, replicates, cohorts), replicates, noisy=True)


@pytest.mark.slow
def test_effects_at_an_estimated_threshold_keep_their_size():
    within(simulate(SPLIT.fit, REPLICATES), REPLICATES)


def main() -> None:
    """Print the rows of the table: rejects, covers, least coverage, analytic rejects."""
    every = {name: (model, OFTEN.get(name, REPLICATES), COHORTS) for name, model in MODELS.items()}
    every |= {**MATCHED, "threshold": (SPLIT, REPLICATES, COHORTS)}
    for name in sys.argv[1:] or every:
        model, replicates, cohorts = every[name]
        for row, shares in gathered(simulate(model.fit, replicates, cohorts)).items():
            sys.stdout.write(f"| {name}, {row} | {' | '.join(f'{share:.1f}' for share in shares)} |\n")


if __name__ == "__main__":
    main()
