"""Every choice a study can make is explained in two languages, draws, and cites works that are listed."""

from __future__ import annotations

import re

import pytest

from ccd.coupling.degree import FORMULAS
from ccd.estimate import MODELS
from ccd.index.scale import SCALES
from ccd.index.weights import WEIGHTS
from ccd.methods import bibtex, citations, cited, entries, explain, mentioned, reference
from ccd.report.formulas import formula_image, inline_svg


def kinds() -> set[str]:
    found = set()
    for name in MODELS:
        kind, _, estimator = name.partition("-")
        found.add(
            f"did:{estimator}" if kind == "did" else MODELS[name].model_fields["kind"].annotation.__args__[0]
        )
    return found


def test_every_choice_has_its_explanation():
    wanted = (
        {f"scale:{k}" for k in SCALES}
        | {f"weights:{k}" for k in WEIGHTS}
        | {f"formula:{k}" for k in FORMULAS}
    )
    assert wanted | kinds() | {f"check:{c}" for c in ("permutation", "placebo", "sensitivity")} <= set(
        entries()
    )


#: What a model of a kind is asked for, and the entry that explains it.
ASKED = [
    ({"kind": "did", "estimator": "lp-did"}, "did:lp-did"),
    ({"kind": "did", "estimator": "callaway-santanna", "method": "dr-improved"}, "did:callaway-santanna"),
    ({"kind": "did", "wild": {"null": 0.1}}, "check:wild"),
    ({"kind": "did", "weight": "pop"}, "did:weight"),
    ({"kind": "did", "estimator": "imputation", "weight": "pop"}, "did:weight"),
    ({"kind": "did", "vcov": "driscoll-kraay", "hac_lags": 2, "hac_factor": "all"}, "vcov:driscoll-kraay"),
    ({"kind": "did", "cluster": ("province", "year")}, "vcov:two-way"),
    ({"kind": "panel", "estimator": "fixed", "vcov": "driscoll-kraay"}, "vcov:driscoll-kraay"),
    ({"kind": "panel", "estimator": "random"}, "panel:random"),
    ({"kind": "panel", "estimator": "fixed", "cluster": ("province", "year")}, "vcov:two-way"),
    ({"kind": "psm-did", "matcher": "nearest"}, "psm:abadie-imbens"),
    ({"kind": "did"}, "check:permutation"),
]


@pytest.mark.parametrize(("keys", "entry"), ASKED)
def test_a_choice_names_its_entry_and_the_entry_its_sources(keys, entry):
    own = {
        "did": {"policy": "p"},
        "panel": {"regressors": ("x",)},
        "psm-did": {"policy": "p", "match_on": ("x",)},
    }[keys["kind"]]
    name = "-".join(
        filter(None, (keys["kind"], keys.get("estimator", "twfe" if keys["kind"] == "did" else "")))
    )
    model = MODELS[name](name="m", outcome="y", **own, **keys)
    assert entry in model.methods()
    assert explain([entry], "en")[0].citations


@pytest.mark.parametrize("key", entries())
def test_entries_are_whole(key):
    for language in ("en", "zh"):
        (method,) = explain([key], language)
        assert method.title
        assert method.words
        assert re.search("[\u4e00-\u9fff]", method.words) is not None or language == "en"
    assert set(method.citations) <= set(citations())
    for latex in method.formulas:
        assert formula_image(latex, "svg").startswith(b"<?xml")


def test_every_work_is_cited_and_prints():
    assert set(cited(explain(entries(), "en"))) == set(citations())
    for key, work in citations().items():
        assert str(work["year"]) in reference(key)
        assert "{" not in reference(key)


def test_a_reference_and_its_bibtex():
    assert reference("hansen1999") == (
        "Hansen, Bruce E. (1999). Threshold Effects in Non-Dynamic Panels: Estimation, Testing, and Inference. "
        "Journal of Econometrics 93(2): 345-368."
    )
    made = bibtex(["diakoulaki1995"])
    assert made.startswith("@article{diakoulaki1995,\n")
    assert "journal = {Computers \\& Operations Research}" in made
    assert bibtex([]) == ""


def test_formulas_take_the_colour_of_the_text():
    assert 'fill="currentColor"' in inline_svg(r"D = \sqrt{C\,T}")


def test_a_chinese_page_writes_references_as_gbt_7714():
    assert reference("hansen1999", "zh") == (
        "HANSEN B E. Threshold Effects in Non-Dynamic Panels: Estimation, Testing, and Inference[J]. "
        "Journal of Econometrics, 1999, 93(2): 345-368."
    )
    assert reference("liao1999", "zh").startswith("廖重斌. 环境与经济协调发展的定量评判及其分类体系")
    assert reference("liao1999", "zh").endswith("[J]. 热带地理, 1999, 19(2): 171-177.")
    assert reference("wang2021", "zh").startswith("王淑佳, 孔伟, 任亮, 等. ")
    assert "et al. " in reference("dube2023", "zh")
    assert "zh = " not in bibtex(["liao1999"])


def test_works_named_in_words_are_found():
    assert mentioned("products of draws of both legs (MacKinnon, Lockwood & Williams 2004)") == (
        "mackinnon2004",
    )
    assert mentioned("检出概率为 80%（Roth 2022）；对偏离平行趋势的敏感性（Rambachan 与 Roth 2023）") == (
        "rambachan2023",
        "roth2022",
    )
    assert mentioned("Hansen tested. In 1999 something else") == ()


def test_a_description_is_explained_by_what_it_asks():
    from ccd.describe.spec import DescribeSpec

    every = {key.partition(":")[2] for key in entries() if key.startswith("describe:")} - {
        "collinearity",
        "dependence",
        "roots",
    }
    asked = DescribeSpec.model_validate(
        {
            "inequality": {},
            "density": {},
            "convergence": {"clubs": True},
            "markov": {"lag": True},
            "ellipse": {},
            "drivers": {"strata": ("region3",)},
            "grey": {"factors": ("x",)},
            "lead_lag": {},
            "forecast": {},
        }
    )
    lowest = DescribeSpec.model_validate({"markov": {"states": "bottleneck"}})
    assert {key.partition(":")[2] for key in (*asked.methods(), *lowest.methods())} == every
    assert lowest.methods() == ("describe:bottleneck",)
    assert DescribeSpec().methods() == ()


def test_the_methods_of_a_study_are_those_of_its_sections():
    from pathlib import Path

    from ccd.pipeline import Options, explained

    study = Path(__file__).parents[1] / "configs" / "description.toml"
    keys = [method.key for method in explained(study, Options())]
    assert "describe:drivers" in keys
    assert "describe:forecast" in keys
