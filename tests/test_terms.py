"""The words of the pages: what a journal would not print stands in no template, and what it prints does."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import pytest

from ccd.words import P, Text, chinese, text

SOURCES = sorted((Path(__file__).parents[1] / "ccd").rglob("*.py"))
METHODS = tomllib.loads(files("ccd").joinpath("methods.toml").read_text(encoding="utf-8"))

#: English that stands on no page, as patterns.
BANNED = (
    r"\btrue (effect|t)\b",
    r"\bjointly (not )?different from zero",
    r"\balone did\b",
    r"\broads?\b",
    r"what the policy moves in them is taken out",
    r"\bby mistake\b",
    r"\bln T alone\b",
    r"\beta2\b",
    r"\bfit_years\b",
    r"\bp_block\b",
    r"\{signs\} signs",
    r"weights_before\.csv",
)
#: Chinese that stands on no page, as patterns; documents have scores (力度×得分, 评分), regions have propensity scores.
BANNED_ZH = (
    "相对时间",
    "事件时间",
    "按相对时期的动态效应",
    "渠道",
    "取镜像",
    "逆向指标",
    "匹配对象",
    "份额",
    "(?<!倾向)(?<!×)(?<!各对)得分",
    "区块自助",
    "野自助",
    "野聚类",
    "学生化",
    "相对幅度",
    "平滑性",
    "^统计量$",
    "对比",
    "政策文本",
    "(?<!评价)综合指数",
    "真实效应",
    "真实 ?t",
    "误用",
    "异于零（F",
)
#: What stands in their place: template -> Chinese.
WANTED = {
    "observed estimate": "实际估计值",
    "observed t": "实际 t 值",
    "not rejected at 5%": "在 5% 水平上不能拒绝",
    "Possibly bad controls, measured after treatment too: {controls}": "控制变量可能受政策影响（坏控制）：{controls}",
    "Estimators of the synergy": "协同效应的估计方法",
    "Event time": "相对时期",
    "Effects by event time": "平行趋势检验与动态效应",
    "Channel": "机制变量",
    "Who is matched with whom": "匹配结果",
    "Match {rank} (weight)": "匹配 {rank}（权重）",
    "Score": "倾向得分",
    "Block bootstrap": "分块自助法",
    "Wild bootstrap": "wild 聚类自助法",
    "relative magnitude": "相对偏离程度限制",
    "smoothness": "平滑限制",
    "Statistic": "t 值",
    "{name} side by side": "{name}：检验结果",
    "Cohort effects": "批次（cohort）效应",
    "Policy documents": "政策文件",
    "Instrumental variable": "工具变量",
    "Standard errors clustered by region in parentheses": "括号内为地区聚类稳健标准误",
    "C is the degree of coupling, T the comprehensive evaluation index and D the degree of coupling coordination.": (
        "C 为耦合度，T 为综合评价指数，D 为耦合协调度。"
    ),
}
#: What errors say, by its English: keys and values as a study writes them may stand there.
FAULTS = tomllib.loads(files("ccd").joinpath("zh.toml").read_text(encoding="utf-8"))["faults"]
#: A number before a plural: it needs ``{count:row|rows}``.
PLURAL = re.compile(
    r"(?<!of )\{(\w+)\} (?:untreated |treated |missing |placebo )?"
    r"(rows|cells|years|region-years|comparisons|permutations|documents|indices|values)\b"
)
#: How such a sentence begins where its number is never 1: draws of a bootstrap, years of a long panel.
MANY = ("Driscoll-Kraay standard errors", "p and interval of the synergy from {draws} permutations")


def templates() -> Iterable[str]:
    """Yield every literal given to text(...) in the source."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("text", "words.text"):
                yield ast.literal_eval(node.args[0])


def said(language: str) -> list[str]:
    """Return every template of pages and every method's words in a language; errors speak in keys of the study."""
    place = 0 if language == "en" else 1
    errors = FAULTS if language == "en" else set(FAULTS.values())
    methods = [words for one in METHODS.values() for words in (one["title"][place], one[language])]
    of_pages = [
        words for words in (templates() if language == "en" else chinese().values()) if words not in errors
    ]
    return [*of_pages, *methods]


@pytest.mark.parametrize("pattern", BANNED)
def test_no_english_template_says(pattern):
    assert not [words for words in said("en") if re.search(pattern, words)]


@pytest.mark.parametrize("pattern", BANNED_ZH)
def test_no_chinese_template_says(pattern):
    assert not [words for words in said("zh") if re.search(pattern, words)]


@pytest.mark.parametrize("template", WANTED)
def test_the_better_words_stand_in_both_languages(template):
    assert template in set(templates())
    assert chinese()[template] == WANTED[template]


def test_no_chinese_outlives_its_template():
    assert not set(chinese()) - set(templates())


def test_a_number_before_a_plural_has_its_singular():
    wrong = [one for one in templates() if PLURAL.search(one) and not one.startswith(MANY)]
    assert not wrong, "\n".join(wrong)


def test_no_chinese_template_holds_an_english_plural():
    assert not [zh for zh in chinese().values() if re.search(r"\{\w+:[^}]*\|", zh)]


@pytest.mark.parametrize(
    ("count", "shown"), [(1, "1 row of weight 0 left out"), (2, "2 rows of weight 0 left out"), (0, "0 rows")]
)
def test_one_is_singular(count, shown):
    assert str(text("{count} {count:row|rows} of weight 0 left out", count=count)).startswith(shown)


def test_a_number_given_as_a_string_picks_its_word_too():
    assert str(Text("{k} {k:year|years}, p {p}", (("k", "1"), ("p", P(0.0001))))) == "1 year, p < 0.001"
    assert str(Text("{k} {k:year|years}, {share:.2f}", (("k", "11"), ("share", 0.254)))) == "11 years, 0.25"


def test_chinese_ignores_the_english_plural():
    note = text("{count} {count:row|rows} of weight 0 left out", count=1)
    assert note.render("zh") == "剔除权重为 0 的 1 个观测"
