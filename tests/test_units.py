"""Units: named by the study, shown in the summary and on axes, refused where there is no such column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ccd.cells import DataSpec, make_panel
from ccd.describe.summary import summary
from ccd.errors import DataError
from ccd.report.labels import context, plain_context
from ccd.report.style import Style
from ccd.report.views import VIEWS
from ccd.results import Margins, Part


def panel(**units: str):
    table = pd.DataFrame(
        {"r": ["a", "a", "b", "b"], "t": [2001, 2002] * 2, "x": [1.0, 2, 3, 4], "y": [0.5] * 4}
    )
    spec = DataSpec(path="f.csv", entity="r", time="t", units=units, labels={"x": "Roads"})
    return make_panel(table, spec, "f.csv", ["x"], made=["z"])


def test_a_summary_has_units_only_where_a_variable_has_one():
    part = Part(summary({"x": np.array([1.0, 2.0]), "y": np.array([1.0, 2.0])}))
    for units, head in (({"x": "km"}, ["Variable", "Unit", "N"]), ({"z": "km"}, ["Variable", "N", "Mean"])):
        ctx = context(panel(**units), "en", Style())
        table = VIEWS["summary"].table(part, ctx)
        assert [ctx.show(h.cell) for h in table.head[0]][:3] == head
        assert [ctx.show(row.cells[0]) for row in table.rows] == ["Roads", "y"]
    ctx = context(panel(x="km"), "en", Style())
    rows = VIEWS["summary"].table(part, ctx).rows
    assert [ctx.show(row.cells[1]) for row in rows] == ["km", "–"]


def test_an_axis_carries_the_unit_in_the_language_of_the_page():
    effect = np.array([0.1, 0.2])
    error = np.array([0.1, 0.1])
    p_value = np.array([0.3, 0.05])
    margins = Margins(
        np.array([1.0, 2]), np.array([10, 90]), effect, error, effect / error, p_value, effect - 0.2,
        effect + 0.2, moderator="x",
    )  # fmt: skip
    part = Part(margins)
    for language, shown in (("en", "Roads (km)"), ("zh", "Roads（km）")):
        axes = VIEWS["margins"].figure(part, context(panel(x="km"), language, Style())).axes[0]
        assert axes.get_xlabel() == shown
    assert VIEWS["margins"].figure(part, context(panel(), "en", Style())).axes[0].get_xlabel() == "Roads"


def test_a_unit_that_the_font_lacks_stays_off_the_figures():
    ctx = plain_context(panel(x="公里", y="%"), Style())
    assert ctx.say(ctx.measured("x")) == "Roads"
    assert ctx.say(ctx.measured("y")) == "y (%)"


def test_a_unit_of_no_column_is_refused_with_a_suggestion():
    assert panel(z="km").units == {"z": "km"}
    with pytest.raises(DataError, match="no column 'xx'") as found:
        panel(xx="km")
    assert "'x'" in str(found.value.fix)
