"""The bundled provinces: numbers that a separate prototype gave on the same figures (30 provinces, 2011-2023)."""

from pathlib import Path

import pandas as pd
import pytest

from ccd.coupling.build import CouplingSpec, couple
from ccd.index.build import IndexSpec, build_index
from ccd.panel import Panel

PROVINCES = Path(__file__).parents[2] / "data" / "provinces.csv"
SYSTEMS = {
    "technology": {"applied": "+", "granted": "+", "turnover": "+"},
    "factor": {"employees": "+", "science": "+", "road_km": "+", "rail_km": "+"},
    "industry": {"gdp_pc": "+", "ter_share": "+", "tax": "+"},
}


@pytest.fixture(scope="module")
def degree() -> pd.Series:
    raw = pd.read_csv(PROVINCES, encoding="utf-8")
    raw = raw[raw["province"] != "Tibet"].set_index(["province", "year"]).sort_index()
    heads = raw["population"]
    frame = pd.DataFrame(
        {
            "applied": raw["pat_app_inv"] / heads,
            "granted": raw["pat_grant_inv"] / heads,
            "turnover": raw["techmkt_out"] / raw["gdp"],
            "employees": raw["emp_urban_unit"] / heads,
            "science": raw["fisc_st"] / heads,
            "tax": raw["tax_rev"] / heads,
            **{name: raw[name] for name in ("road_km", "rail_km", "gdp_pc", "ter_share")},
        }
    )
    panel = Panel(frame, raw[["region3"]])
    return couple(panel, build_index(panel, SYSTEMS, IndexSpec(), None), CouplingSpec()).frame["D"]


def test_mean_degree_of_the_first_and_last_year(degree):
    assert degree.xs(2011, level=1).mean() == pytest.approx(0.245, abs=5e-4)
    assert degree.xs(2023, level=1).mean() == pytest.approx(0.440, abs=5e-4)


def test_highest_and_lowest_province(degree):
    last = degree.xs(2023, level=1)
    assert (last.idxmax(), last.idxmin()) == ("Beijing", "Guangxi")
    assert last.max() == pytest.approx(0.924, abs=5e-4)
    assert last.min() == pytest.approx(0.282, abs=5e-4)
