"""The first guess of time: within a factor of two of the CPU seconds that runs recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccd.study import load_study
from ccd.terminal.guess import drawn_formats, first_guess

CONFIGS = Path(__file__).parents[2] / "configs"
#: CPU seconds that a run without a cache recorded, on two busy cores.
RECORDED = {
    "new_areas": 9,
    "threshold": 10,
    "policy_synergy": 12,
    "psm_did": 19,
    "did_full": 43,
    "short_paper": 50,
    "raw_workbook": 7,
    "single_area": 10,
    "frames": 12,
    "spillover": 13,
    "description": 10,
}


def guessed(name: str, *overrides: str) -> float:
    study = load_study(CONFIGS / f"{name}.toml", overrides, None).study
    checks = sum(len(variation.checks) for variation in study.robustness)
    return first_guess(study, [str(getattr(model, "kind", "")) for model in study.models], checks)


@pytest.mark.parametrize("name", RECORDED)
def test_the_guess_is_within_a_factor_of_two(name):
    assert 0.5 < guessed(name) / RECORDED[name] < 2


def test_a_study_without_figures_is_guessed_to_be_quick():
    # to start, and two fits of 0.6 s
    assert guessed("new_areas", "output.figures=[]") == pytest.approx(2.0 + 2 * 0.6)
    study = load_study(
        CONFIGS / "new_areas.toml", ("output.figures=['png']", "output.formats=['docx']"), None
    )
    assert drawn_formats(study.study) == 1
