"""Published numbers of synthetic control and synthetic difference-in-differences, on the papers' own data."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ccd.estimate.synthetic.cohorts import Group, fit_groups, overall
from ccd.estimate.synthetic.did import DID
from ccd.estimate.synthetic.fitted import Paths
from ccd.estimate.synthetic.placebos import enumerated, ranked
from ccd.estimate.synthetic.predictors import scaled, search, starting_points
from ccd.estimate.synthetic.sc import SC
from ccd.estimate.synthetic.sdid import sdid

PANELS = json.loads(
    (Path(__file__).parent / "reference" / "synthetic_panels.json").read_text(encoding="utf-8")
)


def paths_of(name: str) -> tuple[Paths, list[str]]:
    panel = PANELS[name]
    donors = [region for region in panel["series"] if region != panel["treated"]]
    y = np.array([panel["series"][region] for region in donors], float).T
    return Paths(
        y, np.array(panel["series"][panel["treated"]], float), panel["date"] - panel["first"]
    ), donors


def test_proposition_99():
    """Arkhangelsky et al. (2021), table 1: -15.6, -19.6, -27.3; synthdid of R prints -15.604 and -27.349.

    Its weights stop before the optimum, which is -15.605398; its synthetic control, -19.620, by more.
    """
    paths, _ = paths_of("proposition 99")
    assert sdid(paths).estimate == pytest.approx(-15.605398, abs=5e-7)
    assert sdid(paths, solver="frank-wolfe").estimate == pytest.approx(-15.603828, abs=5e-7)
    assert DID.fit(paths).estimate == pytest.approx(-27.349111, abs=5e-7)
    assert SC.fit(paths).estimate == pytest.approx(-19.6, abs=0.1)


def test_quotas_of_seven_dates():
    """Clarke, Pailanir, Athey and Imbens (2024): 8.0341 by Stata's sdid, whose weights stop as R's do."""
    stored = json.loads((Path(__file__).parent / "reference" / "quota.json").read_text(encoding="utf-8"))
    starts, series = stored["starts"], stored["series"]
    donors = np.array([values for region, values in series.items() if region not in starts], float).T
    groups = []
    for date in sorted(set(starts.values())):
        treated = np.array([series[region] for region in starts if starts[region] == date], float).T
        groups.append(Group(date, treated, np.arange(26), date - stored["first"]))
    assert donors.shape == (26, 110)
    for solver, effect in (("frank-wolfe", 8.0341021), ("exact", 8.0381424)):
        fits = fit_groups(partial(sdid, solver=solver), donors, groups)
        assert overall(np.array([fit.estimate for fit in fits]), groups) == pytest.approx(effect, abs=5e-7)


def test_proposition_99_among_its_placebos():
    """Table 1 gives standard errors of 8.4 (sdid) and 17.7 (did), by draws among the same placebos."""
    paths, _ = paths_of("proposition 99")
    for method, printed in ((sdid, 8.4), (DID.fit, 17.7)):
        found = ranked(method(paths).estimate, enumerated(method, paths).estimate)
        assert found.std_error == pytest.approx(printed, rel=0.15)


def test_the_basque_country_by_its_predictors():
    """Abadie, Diamond and Hainmueller (2011): Cataluna .851, Madrid .149, loss .0089; a mean gap of -.58.

    Which start ends elsewhere hangs on the sixth decimal of the predictors; one may even fit better (loss .0043, a gap
    of -.88), which is why the spread over starts is printed and predictors never lead.
    """
    paths, donors = paths_of("basque")
    values = PANELS["basque"]["predictors"]["values"]
    traits = np.array([values[region] for region in donors], float).T
    traits, own = scaled(traits, np.array(values["Basque Country"], float))
    starts = starting_points(paths, traits, own, 20, np.random.default_rng(0))
    found = search(paths, traits, own, starts)
    there = found.weights[:, [donors.index("Cataluna"), donors.index("Madrid")]]
    met = (np.abs(there - [0.851, 0.149]) < 1e-3).all(1)
    assert met.sum() >= 15
    assert found.loss[met] == pytest.approx(0.0089, abs=5e-5)
    assert found.estimate[met] == pytest.approx(-0.580, abs=5e-4)
    assert found.loss.min() >= SC.fit(paths).pre_rmspe ** 2
