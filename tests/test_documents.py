"""Policy documents: a four-document case by hand, each refusal, and the registry as documents."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ccd.bundled import bundled_rows
from ccd.coupling.degree import coordination, standard
from ccd.documents.build import against_names, column_names, couple_against, measure
from ccd.documents.measures import pmc_grade, pooled_minmax
from ccd.documents.pairing import Rows, permuted_factors
from ccd.documents.registry import registry_documents
from ccd.documents.spec import DocumentsSpec
from ccd.documents.table import check_documents
from ccd.errors import DataError, StudyError
from ccd.panel import Panel

YEARS = (2011, 2012, 2013, 2014)


def degree(u):
    c, t = standard(u), u.mean(axis=1)
    return c, t, coordination(c, t)


def panel(names=("E", "W")) -> Panel:
    entity, time = np.repeat(names, len(YEARS)), np.tile(YEARS, len(names))
    return make_panel({"y": np.arange(len(entity))}, entity, time)


# Four documents, six rows. E is the east, W the west, "all" is everywhere.
#   d1 E   2011 to 2013  strength 3   supply x technology 4, demand x technology 2
#   d2 E   2012 on       strength 5   supply x talent 1
#   d3 all 2012 to 2014  strength 2   environment x capital 5
#   d4 W   2009 on       strength 4   supply x technology 2, supply x platform 3, environment x technology 1
ROWS = [
    ("d1", "E", "2011", "2013-05-01", "supply", "technology", "3", "4", "1", "0", "1"),
    ("d1", "E", "2011", "2013", "demand", "technology", "3", "2", "1", "0", "1"),
    ("d2", "E", "2012-06-30", "", "supply", "talent", "5", "1", "1", "1", "1"),
    ("d3", "all", "2012", "2014", "environment", "capital", "2", "5", "0", "0", "0"),
    ("d4", "W", "2009", "", "supply", "technology", "4", "2", "1", "1", "0"),
    ("d4", "W", "2009", "", "supply", "platform", "4", "3", "1", "1", "0"),
    ("d4", "W", "2009", "", "environment", "technology", "4", "1", "1", "1", "0"),
]
HEADER = ["id", "region", "issued", "ended", "instrument", "factor", "strength", "score", "a", "b", "c"]
PMC = {"X1": ("a", "b"), "X2": ("c",)}


def table(**changes) -> pd.DataFrame:
    frame = pd.DataFrame(ROWS, columns=HEADER)
    for column, (row, value) in changes.items():
        frame.loc[row, column] = value
    return frame


def spec(**keys) -> DocumentsSpec:
    return DocumentsSpec(path="list.csv", **keys)


def measured(frame: pd.DataFrame | None = None, **keys):
    one, own = panel(), spec(**{"pmc": PMC, **keys})
    documents = check_documents(table() if frame is None else frame, own, one.entities, "list.csv")
    return measure(documents, own, one, degree)


def of(frame: pd.DataFrame, column: str, region: str) -> list[float]:
    return frame[f"doc_{column}"].loc[region].tolist()


def test_counts_by_hand() -> None:
    # East: d1 alone in 2011; d1, d2, d3 in 2012; d2, d3 in 2013 (d1 ended); d2 in 2014 (d3 ended).
    # West: d4 throughout, d3 in 2012 and 2013. Three documents were ever issued in the east, two in the west.
    frame = measured().frame
    assert of(frame, "in_force", "E") == [1, 3, 2, 1]
    assert of(frame, "in_force", "W") == [1, 2, 2, 1]
    assert of(frame, "issued", "E") == [1, 2, 0, 0]
    assert of(frame, "issued", "W") == [0, 1, 0, 0]
    assert of(frame, "valid_share", "E") == pytest.approx([1, 1, 2 / 3, 1 / 3])
    assert of(frame, "valid_share", "W") == pytest.approx([1, 1, 1, 1 / 2])


def test_strength_by_hand() -> None:
    # Supply in the east: d1 3 x 4 = 12 to 2012, d2 5 x 1 = 5 from 2012. In the west d4 has supply scores 2 and
    # 3, counts the larger: 4 x 3 = 12. Environment: d3 2 x 5 = 10 in both, d4 4 x 1 = 4 in the west.
    frame = measured().frame
    assert of(frame, "supply", "E") == [12, 17, 5, 5]
    assert of(frame, "supply", "W") == [12, 12, 12, 12]
    assert of(frame, "demand", "E") == [6, 6, 0, 0]
    assert of(frame, "environment", "E") == [0, 10, 10, 0]
    assert of(frame, "environment", "W") == [4, 14, 14, 4]
    assert of(frame, "supply_issued", "E") == [12, 5, 0, 0]
    assert of(frame, "strength", "E") == [3, 10, 7, 5]
    assert of(frame, "strength_issued", "E") == [3, 7, 0, 0]
    assert of(frame, "technology", "W") == [8, 8, 8, 8]
    assert of(frame, "supply_platform", "W") == [12, 12, 12, 12]
    assert of(frame, "supply_technology", "W") == [8, 8, 8, 8]


def test_coupling_of_instruments_by_hand() -> None:
    # Pooled over the eight region-years supply runs from 5 to 17, demand 0 to 6, environment 0 to 14.
    # East 2012: U = (1, 1, 10/14), so C = 3 (5/7)^(1/3) / (19/7), T = 19/21, D = sqrt(C T).
    frame = measured().frame
    assert of(frame, "U_supply", "E") == pytest.approx([7 / 12, 1, 0, 0])
    assert of(frame, "U_demand", "E") == pytest.approx([1, 1, 0, 0])
    assert of(frame, "U_environment", "W") == pytest.approx([4 / 14, 1, 1, 4 / 14])
    c, t = 3 * (5 / 7) ** (1 / 3) / (19 / 7), 19 / 21
    assert of(frame, "C", "E")[1] == pytest.approx(c)
    assert of(frame, "T", "E")[1] == pytest.approx(t)
    assert of(frame, "D", "E") == pytest.approx([0, np.sqrt(c * t), 0, 0])


def test_product_synergy_by_hand() -> None:
    # Only d1 has supply and demand (3 x 4 x 2 = 24), only d4 supply and environment (4 x 3 x 1 = 12), and
    # technology and platform meet in d4 (4 x 2 x 3 = 24).
    frame = measured().frame
    assert of(frame, "PS_supply_demand", "E") == [24, 24, 0, 0]
    assert of(frame, "PS_supply_environment", "W") == [12, 12, 12, 12]
    assert of(frame, "PS_demand_environment", "E") == [0, 0, 0, 0]
    assert of(frame, "PS_technology_platform", "W") == [24, 24, 24, 24]


def test_matrix_by_hand() -> None:
    part = next(p for p in measured().parts if p.name == "matrix")
    cells = part.frame.set_index(["instrument", "factor"])
    assert cells.loc[("supply", "technology"), ["documents", "share", "strength"]].tolist() == [2, 0.5, 20]
    assert cells.loc[("environment", "capital"), ["documents", "strength"]].tolist() == [1, 10]
    assert str(part.notes[0]) == (
        "No document: supply-side x capital, demand-side x talent, demand-side x capital, demand-side x platform, "
        "environment-side x talent, environment-side x platform"
    )


def test_pmc_by_hand() -> None:
    # X1 is the mean of a and b, X2 is c: d1 1/2 + 1, d2 1 + 1, d3 0, d4 1 + 0; the maximum is 2.
    result = measured()
    part = next(p for p in result.parts if p.name == "pmc")
    found = part.frame.set_index("document")
    assert found["pmc"].to_dict() == {"d1": 1.5, "d2": 2.0, "d3": 0.0, "d4": 1.0}
    assert found["grade"].to_dict() == {"d1": "excellent", "d2": "perfect", "d3": "poor", "d4": "acceptable"}
    # Mean over documents in force: east 2012 d1, d2, d3.
    assert of(result.frame, "pmc", "E") == pytest.approx([1.5, 3.5 / 3, 1.0, 2.0])
    assert "no PMC surface" in str(part.notes[0]).lower().replace("no pmc", "no PMC")


def test_pmc_surface_shows_nine() -> None:
    subs = {f"X{k}": (f"s{k}",) for k in range(1, 11)}
    frame = table()
    for k in range(1, 11):
        frame[f"s{k}"] = "1" if k % 2 else "0"
    part = next(p for p in measured(frame, pmc=subs).parts if p.name == "pmc_surface")
    one = part.frame[part.frame["document"] == "d1"].pivot(index="row", columns="column", values="value")
    assert one.to_numpy().tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    assert "first nine of 10" in str(part.notes[0])


def test_pmc_surface_knows_the_mean_the_best_and_the_poorest() -> None:
    # One sub-variable a main variable: d1 has 3 ones, d2 nine, d3 none and d4 three, so d2 leads and d3 comes last.
    ones = {"d1": 3, "d2": 9, "d3": 0, "d4": 3}
    frame = table()
    for k in range(1, 10):
        frame[f"s{k}"] = ["1" if k <= ones[document] else "0" for document in frame["id"]]
    subs = {f"X{k}": (f"s{k}",) for k in range(1, 10)}
    surface = next(p for p in measured(frame, pmc=subs).parts if p.name == "pmc_surface").value
    assert [surface.documents[d] for d in (surface.best, surface.poorest)] == ["d2", "d3"]
    assert surface.mean.tolist() == [[0.75] * 3, [0.25] * 3, [0.25] * 3]
    assert surface.frame().query("document == 'd1'")["value"].tolist() == [1] * 3 + [0] * 6


def test_documents_are_counted_once_each() -> None:
    assert measured().count == 4


def test_grades_at_the_usual_cuts() -> None:
    index = np.array([10, 9, 8.99, 7, 6.99, 5, 4.99, 0])
    wanted = ["perfect", "perfect", "excellent", "excellent", "acceptable", "acceptable", "poor", "poor"]
    assert pmc_grade(index, 10, (0.9, 0.7, 0.5)) == wanted
    assert pmc_grade(np.array([0.1 + 0.2 + 0.6]), 1, (0.9, 0.7, 0.5)) == ["perfect"]


def test_against_a_subsystem() -> None:
    result = measured(against=("technology",))
    u = pd.DataFrame({"technology": np.linspace(0.1, 0.8, 8)}, index=result.frame.index)
    whole = couple_against(result, u, spec(against=("technology",)), degree)
    found = whole.frame
    assert against_names(spec(against=("technology",))) == tuple(found.columns[-3:])
    assert whole.parts[0].frame["doc_with_technology_D"].tolist() == found["doc_with_technology_D"].tolist()
    # strength runs from 3 to 10: east 2012 has U = 1 beside 0.2, so C = 2 sqrt(0.2) / 1.2
    assert found["doc_with_technology_C"].iloc[1] == pytest.approx(2 * np.sqrt(0.2) / 1.2)
    assert found["doc_with_technology_D"].iloc[1] == pytest.approx(np.sqrt(2 * np.sqrt(0.2) / 2))


def test_columns_are_named_in_advance() -> None:
    result = measured()
    assert tuple(result.frame.columns) == column_names(spec(pmc=PMC))
    missing = {c for c in result.frame if result.frame[c].isna().any()}
    # east 2013 and 2014: no instrument at all, so no degree of coupling; nothing ended before 2013
    assert missing == {"doc_C", "doc_renewed"}
    assert of(result.frame, "D", "E")[3] == 0


def test_an_instrument_without_documents_leaves_no_coupling() -> None:
    frame = table()
    frame = frame[frame["instrument"] != "demand"]
    result = measured(frame)
    assert result.frame["doc_D"].isna().all()
    assert any("demand" in str(note) for note in result.notes)


def test_chinese_words_and_other_headings() -> None:
    frame = table().rename(columns={"region": "地区", "instrument": "工具"}).drop(columns="score")
    frame["工具"] = frame["工具"].map({"supply": "供给型", "demand": "需求", "environment": "环境型"})
    result = measured(frame, columns={"region": "地区", "instrument": "工具"})
    assert of(result.frame, "supply", "E") == [3, 8, 5, 5]
    assert any("no scores" in str(note) for note in result.notes)


@pytest.mark.parametrize(
    "changes, message, where",
    [
        ({"instrument": (2, "suply")}, "'suply' is no instrument", "row 4, column instrument"),
        ({"factor": (0, "money")}, "'money' is no factor", "row 2"),
        ({"ended": (2, "2010")}, "ended before it was issued", "row 4, column ended"),
        ({"region": (3, "X")}, "'X' is no region of the panel", "row 5, column region"),
        ({"strength": (2, "6")}, "'6' is off the scale", "row 4, column strength"),
        ({"strength": (2, "0")}, "'0' is off the scale", "row 4"),
        ({"strength": (2, "high")}, "'high' is off the scale", "row 4"),
        ({"score": (2, "5.5")}, "'5.5' is off the scale", "column score"),
        ({"score": (2, "")}, "the cell is empty", "column score"),
        ({"issued": (2, "12")}, "'12' is neither a year nor a date", "row 4, column issued"),
        ({"issued": (2, "")}, "the cell is empty", "row 4, column issued"),
        ({"a": (2, "2")}, "'2' is neither 0 nor 1", "column a"),
        ({"strength": (1, "4")}, "document 'd1' has two values of strength", "row 3"),
        ({"ended": (1, "")}, "document 'd1' has two values of ended", "row 3"),
        ({"b": (1, "1")}, "document 'd1' has two values of b", "row 3"),
        ({"factor": (5, "technology")}, "document 'd4' stands twice", "row 7"),
    ],
)
def test_refusals_name_the_cell(changes, message, where) -> None:
    with pytest.raises(DataError) as caught:
        measured(table(**changes))
    assert message in caught.value.what
    assert where in caught.value.where


def test_refuses_a_missing_column_and_a_taken_name() -> None:
    with pytest.raises(DataError, match="no column 'strength'"):
        measured(table().drop(columns="strength"))
    one = panel().with_columns(pd.DataFrame({"doc_supply": 1.0}, index=panel().frame.index))
    documents = check_documents(table(), spec(), one.entities, "list.csv")
    with pytest.raises(DataError, match="already have a column 'doc_supply'"):
        measure(documents, spec(), one, degree)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"path": "a.csv", "registry": "bundled"},
        {"path": "a.csv", "coding": "b.csv"},
        {"registry": "bundled", "columns": {"id": "x"}},
        {"path": "a.csv", "instruments": ("one",)},
        {"path": "a.csv", "instruments": ("technology", "x")},
        {"path": "a.csv", "grades": (0.5, 0.7, 0.9)},
        {"path": "a.csv", "pmc": {"X1": ("a",)}},
    ],
)
def test_spec_refuses(keys) -> None:
    with pytest.raises(ValidationError):
        DocumentsSpec(**keys)


@given(st.permutations(range(len(ROWS))))
def test_order_of_rows_does_not_matter(order) -> None:
    pd.testing.assert_frame_equal(measured(table().iloc[list(order)]).frame, measured().frame)


@given(st.lists(st.floats(0, 100), min_size=2, max_size=20))
def test_pooled_minmax_is_on_the_unit_interval(values) -> None:
    scaled = pooled_minmax(np.array(values)[:, None])
    if np.ptp(values) > 0:
        assert scaled.min() == 0 and scaled.max() == 1
    else:
        assert np.isnan(scaled).all()


# The registry as documents


def coding() -> pd.DataFrame:
    return pd.DataFrame(bundled_rows("policy_coding.csv"))


def test_bundled_coding_covers_the_registry_and_gives_reasons() -> None:
    frame = coding()
    assert set(frame["policy"]) == {row["policy"] for row in bundled_rows("policies.csv")}
    assert (frame["reason"].str.len() > 10).all()
    assert (frame.groupby("policy")["strength"].nunique() == 1).all()


def test_registry_documents_are_policies_by_batch_and_province() -> None:
    own = DocumentsSpec(registry="bundled", policies=("ftz", "new_area"))
    found, notes = registry_documents(
        own, coding(), {"Fujian": "Fujian", "上海": "上海", "Mars": "Mars"}, "coding"
    )
    heads = found.drop_duplicates(["id", "region"])[["id", "region", "issued"]].to_numpy().tolist()
    # Fujian: free trade zone of the second batch 2015, Fuzhou new area 2015. Shanghai: Pudong 1992, ftz 2013
    # and its extension of 2019 (Lingang), if the registry lists it as a batch of its own.
    assert ["ftz 2", "Fujian", "2015"] in heads
    assert ["new_area 14", "Fujian", "2015"] in heads
    assert ["new_area 1", "上海", "1992"] in heads
    assert ["ftz 1", "上海", "2013"] in heads
    assert any("Mars" in str(note) for note in notes)
    assert any("coding" in str(note) for note in notes)


def test_registry_refuses_what_it_does_not_know() -> None:
    with pytest.raises(StudyError, match="'ftzz'"):
        registry_documents(
            DocumentsSpec(registry="bundled", policies=("ftzz",)), coding(), {"Fujian": "Fujian"}, "coding"
        )
    with pytest.raises(DataError, match="no region of the panel is a province"):
        registry_documents(DocumentsSpec(registry="bundled"), coding(), {"x": "x"}, "coding")
    with pytest.raises(DataError, match="no column 'score'"):
        registry_documents(
            DocumentsSpec(registry="bundled"), coding().drop(columns="score"), {"Fujian": "Fujian"}, "coding"
        )


def test_renewed_documents_by_hand() -> None:
    # d1 (supply x technology) ends in 2013 in the east; d5 renews it there in 2014. d3 ends in 2014, alone.
    frame = table()
    heir = dict(
        zip(HEADER, ("d5", "E", "2014", "", "supply", "technology", "1", "1", "0", "0", "0"), strict=True)
    )
    found = measured(pd.concat([frame, pd.DataFrame([heir])], ignore_index=True)).frame
    np.testing.assert_array_equal(of(found, "renewed", "E"), [np.nan, np.nan, 0.0, 0.5])
    np.testing.assert_array_equal(of(found, "renewed", "W"), [np.nan, np.nan, np.nan, 0.0])
    late = {**heir, "issued": "2012"}  # before the end: no heir
    found = measured(pd.concat([frame, pd.DataFrame([late])], ignore_index=True)).frame
    assert of(found, "renewed", "E")[2:] == [0.0, 0.0]
    other = {**heir, "factor": "talent"}  # another cell
    found = measured(pd.concat([frame, pd.DataFrame([other])], ignore_index=True)).frame
    assert of(found, "renewed", "E")[2:] == [0.0, 0.0]


def paired_list(cells) -> pd.DataFrame:
    rows = [
        (f"d{k}", region, "2011", "", i, f, "1", "1", "0", "0", "0") for k, (region, i, f) in enumerate(cells)
    ]
    return pd.DataFrame(rows, columns=HEADER)


def value(result, name: str):
    return next(part.value for part in result.parts if part.name == name)


def test_pairing_by_hand() -> None:
    # five of six documents pair; supply x technology holds a half of the strength
    cells = [("E", "supply", "technology")] * 3 + [("E", "demand", "capital"), ("W", "environment", "talent")]
    cells.append(("W", "environment", "capital"))
    found = value(measured(paired_list(cells)), "pairing")
    assert found.share.tolist() == pytest.approx([3 / 6, 1 / 6, 1 / 6, 0])
    assert found.whole == pytest.approx(5 / 6)
    # of 6! deals of the factors to the six documents, the pairs by chance: each document gets its factor with
    # 3/6 (supply), 2/6 (demand: capital), 1/6 (environment: talent, twice)
    by_hand = np.array([3 * 3 / 6, 2 / 6, 2 * 1 / 6, 0]) / 6
    np.testing.assert_allclose(found.expected, by_hand, atol=0.02)
    assert found.whole_p == pytest.approx(exact_p(), abs=0.02)


def exact_p() -> float:
    """Return the share of all deals of factors TTTCAC to SSSDEE with as many pairs as seen (five)."""
    from itertools import permutations

    wanted = {("S", "T"), ("D", "C"), ("E", "A")}
    hits = [
        sum((i, f) in wanted for i, f in zip("SSSDEE", deal, strict=True)) for deal in permutations("TTTCAC")
    ]
    return float(np.mean(np.array(hits) >= 5))


def test_lists_of_factors_move_whole_and_in_any_order() -> None:
    rows = Rows(np.array([0, 0, 1]), np.array([0, 1, 2]), np.array([0, 1, 3]), np.ones(3))
    seen = {tuple(permuted_factors(rows, np.random.default_rng(k)).tolist()) for k in range(60)}
    assert seen == {(0, 1, 3), (1, 0, 3), (3, 3, 0), (3, 3, 1)}


def test_overlap_by_hand() -> None:
    cells = [("E", "supply", "technology"), ("E", "demand", "capital"), ("W", "supply", "technology")]
    found = value(measured(paired_list(cells)), "overlap")
    assert found.issuer == ("E", "W")
    assert found.cosine.tolist() == pytest.approx([1 / np.sqrt(2)] * 2)
    assert found.mean == pytest.approx(1 / np.sqrt(2))
    assert not any(
        part.name == "pairing" for part in measured(paired_list(cells)).parts
    )  # three documents: too few
