"""Bias, coverage and size of synergy on simulated factorial panels; the numbers stand in docs/synergy.md."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from simulated_policies import factorial

from ccd.errors import EstimationError
from ccd.estimate.synergy.imputation import SynergyImputation
from ccd.estimate.synergy.twfe import SynergyTwfe
from ccd.results import Estimate
from ccd.streams import Stream

pytestmark = pytest.mark.slow
DRAWS = 200
KEYS = {"name": "s", "kind": "synergy", "policies": ("a", "b"), "outcome": "y", "controls": ("x",)}


def fits(settings: dict, **more) -> Iterator[tuple[Estimate, Estimate]]:
    """Yield the imputation and the twfe estimate of each simulated panel that identifies every state."""
    for seed in range(5000, 5000 + DRAWS):
        panel = factorial(seed, **{"n": 60, "t": 12, **settings})
        try:
            model = SynergyImputation(**KEYS, bootstrap=199, **{"permutations": 0, **more})
            imputed = model.fit(panel, Stream(seed, "s"))
        except EstimationError:
            continue
        yield imputed, SynergyTwfe(**KEYS).headline(panel, Stream(seed, "s"))


def bias_and_coverage(terms: list, truth: float) -> tuple[float, float]:
    bias = np.mean([term.estimate for term in terms]) - truth
    return float(bias), float(np.mean([term.conf_low <= truth <= term.conf_high for term in terms]))


def table(settings: dict, truth: float, **more) -> dict[str, tuple[float, float]]:
    pairs = list(fits(settings, **more))
    assert len(pairs) > 0.95 * DRAWS
    return {
        "imputation": bias_and_coverage([imputed.term("synergy") for imputed, _ in pairs], truth),
        "unmatched": bias_and_coverage([imputed.term("synergy_unmatched") for imputed, _ in pairs], truth),
        "twfe": bias_and_coverage([twfe.term("synergy") for _, twfe in pairs], truth),
    }


def test_constant_effects_are_found_by_both() -> None:
    found = table({"synergy": 0.5}, 0.5)
    for road in ("imputation", "unmatched", "twfe"):
        bias, coverage = found[road]
        assert abs(bias) < 0.02
        assert 0.90 <= coverage <= 0.99


def test_growing_effects_are_synergy_to_twfe_alone() -> None:
    found = table({"synergy": 0.5, "growth": 0.15}, 0.5)
    assert abs(found["imputation"][0]) < 0.02
    assert 0.90 <= found["imputation"][1] <= 0.99
    assert found["unmatched"][0] > 0.1
    assert found["twfe"][0] > 0.3
    assert found["twfe"][1] < 0.2


def test_effects_that_differ_by_cohort_need_the_cohort_match() -> None:
    settings = {"synergy": 0.5, "growth": 0.15, "by_cohort": 0.2, "keep": 0.85}
    exposure, cohort = table(settings, 0.5), table(settings, 0.5, match="cohort")
    assert exposure["imputation"][0] < -0.08
    assert abs(cohort["imputation"][0]) < 0.03
    assert 0.90 <= cohort["imputation"][1] <= 0.995


def test_selection_into_both_is_seen_in_the_paths() -> None:
    gaps = []
    for imputed, _ in fits({"synergy": 0.5, "growth": 0.15, "selection": 0.4}):
        paths = imputed.part("paths").value
        gaps.append(paths.gap[paths.policies.index("a")])
    assert 0.3 < np.nanmean(gaps) < 0.5


def test_the_permutation_keeps_its_size() -> None:
    settings = {"synergy": 0.0, "growth": 0.15, "n": 27, "t": 13}
    p_values = [imputed.term("synergy").p_value for imputed, _ in fits(settings, permutations=99)]
    assert 0.01 <= np.mean(np.array(p_values) <= 0.05) <= 0.1
