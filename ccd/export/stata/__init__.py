"""Stata: which model is repeated by what; one line a model."""

from __future__ import annotations

from collections.abc import Mapping

from ccd.export import differs
from ccd.export.job import Coder
from ccd.export.stata import (
    learners,
    matching,
    panel,
    spatial,
    staggered,
    synthetic,
    two_way,
)
from ccd.words import Text

#: Every model, in the order of ESTIMATORS: what writes its code, or why there is none.
CODERS: Mapping[str, Coder | Text] = {
    "did-twfe": two_way.twfe,
    "did-callaway-santanna": staggered.callaway_santanna,
    "did-sun-abraham": staggered.sun_abraham,
    "did-imputation": staggered.imputation,
    "did-gardner": staggered.gardner,
    "did-stacked": staggered.stacked,
    "did-etwfe": staggered.etwfe,
    "did-lp-did": staggered.lp_did,
    "did-dcdh": staggered.dcdh,
    "did-cic": differs.NO_CIC,
    "did-dose": differs.NO_DOSE,
    "did-ddd": differs.NO_DDD,
    "did-fractional-logit": staggered.fractional,
    "did-slx": two_way.slx,
    "did-sdm": spatial.policy,
    "did-sar": spatial.policy,
    "did-rings": two_way.rings,
    "psm-did": matching.psm_did,
    "synergy-imputation": differs.NO_SYNERGY,
    "synergy-twfe": two_way.synergy,
    "panel-fixed": panel.least_squares,
    "panel-pooled": panel.least_squares,
    "panel-quantile": panel.quantile,
    "panel-random": panel.random,
    "panel-iv": panel.iv,
    "spatial-sdm": spatial.likelihood,
    "spatial-sar": spatial.likelihood,
    "spatial-sem": spatial.likelihood,
    "spatial-slx": spatial.slx,
    "synthetic-sdid": synthetic.sdid,
    "synthetic-sc": synthetic.sdid,
    "synthetic-did": synthetic.sdid,
    "synthetic-difp": differs.NO_DIFP,
    "synthetic-ascm": differs.NO_ASCM,
    "dml": learners.dml,
    "loop": differs.NO_LOOP,
    "threshold": panel.threshold,
}
