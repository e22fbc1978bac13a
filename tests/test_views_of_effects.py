"""The tables and figures of effects by cohort, year and event time."""

from __future__ import annotations

import numpy as np

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.report.figures import drawing, find_fonts
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from tests.golden.staggered import STREAM, random_panel

KEYS = {"name": "m", "kind": "did", "estimator": "callaway-santanna", "policy": "policy", "outcome": "y"}


def estimate(**keys):
    spec = {**KEYS, "permutation": {"draws": 0}, **keys}
    return CallawaySantAnna.model_validate(spec).fit(random_panel(), STREAM)


def drawn(shape: str, found):
    with drawing(find_fonts()):
        return VIEWS[shape].figure(found.part(shape), Context(estimate=found))


def test_means_are_tabled_over_all_then_by_cohort_and_year():
    found = estimate()
    table = VIEWS["aggregates"].table(found.part("aggregates"), Context())
    words = [Context().show(row.cells[0]) for row in table.rows]
    assert words[:4] == [
        "Mean over treated cells",
        "Mean over cohorts",
        "Mean over years",
        "Mean over event times from 0",
    ]
    assert words[4:7] == ["Cohort 2004", "Cohort 2006", "Cohort 2007"]
    assert words[7:] == [f"Year {t}" for t in range(2004, 2010)]
    figure = drawn("aggregates", found)
    assert [axes.get_xlabel() for axes in figure.axes] == ["Cohort", "Year"]


def test_tiles_frame_the_effects_that_leave_zero_out():
    found = estimate()
    frame = found.part("att_gt").frame
    figure = drawn("att_gt", found)
    framed = {
        (int(np.floor(p.get_y())), int(np.floor(p.get_x())))
        for p in figure.axes[0].patches
        if not p.get_fill()
    }
    cohorts, years = sorted(set(frame["cohort"])), sorted(set(frame["time"]))
    clear = frame[(frame["conf_low"] > 0) | (frame["conf_high"] < 0)]
    assert framed == {
        (cohorts.index(g), years.index(t)) for g, t in zip(clear["cohort"], clear["time"], strict=True)
    }
    assert framed


def test_bands_are_drawn_behind_the_intervals():
    plain = drawn("event_study", estimate())
    assert max(len(one.get_paths()[0].vertices) for one in plain.axes[0].collections) < 5
    banded = drawn("event_study", estimate(bootstrap={"draws": 199}))
    assert max(len(one.get_paths()[0].vertices) for one in banded.axes[0].collections) > 20
