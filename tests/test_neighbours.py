"""The neighbours' policy, the calendar of treatment, and what a variation repeats."""

import numpy as np
import pandas as pd
import pytest

from ccd.bundled import with_coordinates
from ccd.describe import timeline
from ccd.errors import DataError, StudyError
from ccd.panel import Panel
from ccd.policies import PolicySpec, assign_cohorts

YEARS = range(2011, 2016)


def provinces(*names: str, **starts: float) -> Panel:
    index = pd.MultiIndex.from_product([sorted(names), YEARS], names=["province", "year"])
    frame = pd.DataFrame({"start": [starts.get(name, np.nan) for name, _ in index]}, index=index)
    return Panel(frame, pd.DataFrame(index=index))


def test_neighbours_are_dated_by_the_first_bordering_province():
    panel = provinces("Beijing", "Tianjin", "Hebei", "Shanxi", "Hainan", Beijing=2014.0, Shanxi=2012.0)
    specs = {"p": PolicySpec(column="start"), "near": PolicySpec(neighbours_of="p")}
    near = assign_cohorts(panel, specs).cohort("near")
    # Hebei borders Beijing and Shanxi; Tianjin borders Beijing; Beijing and Shanxi have only untreated neighbours
    assert near["Hebei"] == 2012 and near["Tianjin"] == 2014
    assert near[["Beijing", "Shanxi", "Hainan"]].isna().all()


def test_the_other_policy_stands_first_and_places_are_provinces():
    near = {"near": PolicySpec(neighbours_of="p")}
    with pytest.raises(StudyError, match="no policy 'p' before 'near'"):
        assign_cohorts(provinces("Beijing"), near)
    panel = provinces("Beijing", "Atlantis", Beijing=2014.0)
    with pytest.raises(DataError, match="Atlantis"):
        assign_cohorts(panel, {"p": PolicySpec(column="start"), **near})


def test_one_source_a_policy():
    with pytest.raises(ValueError, match="name one of"):
        PolicySpec(neighbours_of="p", column="start")
    with pytest.raises(ValueError, match="levels: goes with registry, not with neighbours_of"):
        PolicySpec(neighbours_of="p", levels=("city",))


def test_provinces_know_where_they_lie():
    panel = with_coordinates(provinces("Beijing", "Hebei"), ("lon_capital", "lat_capital", "start"))
    where = panel.frame.loc[("Beijing", 2013)]
    assert (where["lon_capital"], where["lat_capital"]) == (116.3956, 39.93)
    assert "lon_centroid" not in panel.frame
    own = panel.with_columns(panel.frame[["lon_capital"]] * 0)
    assert (with_coordinates(own, ("lon_capital",)).frame["lon_capital"] == 0).all()
    assert "lon_capital" not in with_coordinates(provinces("Beijing", "Atlantis"), ("lon_capital",)).frame


def test_the_calendar_counts_policies_in_force():
    panel = assign_cohorts(provinces("Beijing", "Hebei", Hebei=2013.0), {"p": PolicySpec(column="start")})
    (part,) = timeline(panel, ("p",))
    assert part.frame.groupby("region")["p"].sum().to_dict() == {"Beijing": 0, "Hebei": 3}
    assert (part.frame["count"] == part.frame["p"]).all()
    assert timeline(panel, ()) == ()
