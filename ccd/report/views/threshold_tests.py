"""Shape ``threshold_tests``: F of one more threshold, with bootstrap p-values and critical values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import pandas as pd

from ccd.report.table import Cell, Head, Number, PValue, Row, Table, Word
from ccd.report.views.base import Context, View
from ccd.report.views.regime_words import MODELS
from ccd.results import Part
from ccd.words import Name, Text, text

FORMS = {"wild": text("Wild bootstrap"), "block": text("Block bootstrap")}
NULLS = {
    1: text("the linear model"),
    2: text("the model with a single threshold"),
    3: text("the model with two thresholds"),
}
ALPHAS = (10, 5, 1)


def table(part: Part, ctx: Context) -> Table:
    """Return a row a test: F, then p and critical values of each form that was drawn."""
    forms = [form for form in FORMS if part.frame[f"p_{form}"].notna().any()]
    rows = []
    for row in part.frame.to_dict("records"):
        cells: list[Cell] = [Word(MODELS[int(row["number"])]), Number(row["F"], 2)]
        for form in forms:
            cells.append(PValue(row[f"p_{form}"]))
            cells += [Number(row[f"crit_{alpha}_{form}"], 2) for alpha in ALPHAS]
        rows.append(Row(tuple(cells)))
    over = (Head(Word()), Head(Word()), *(Head(Word(FORMS[form]), 4) for form in forms))
    under: list[Head] = [Head(Word(text("Test"))), Head(Word("F"))]
    for _ in forms:
        under += [Head(Word("p")), *(Head(Word(f"{alpha}%")) for alpha in ALPHAS)]
    note = text(
        "F compares each model with the one that has a threshold less; p and critical values from {draws} draws",
        draws=int(str(part.facts.get("draws", 0))),
    )
    head = (over, tuple(under)) if forms else (tuple(under),)
    align = ("l", *("d" for _ in under[1:]))
    title = text("Tests for threshold effects of {column}", column=Name(str(part.facts.get("threshold", ""))))
    return Table(part.name, title, align, head, tuple(rows), (*part.notes, *([note] if forms else [])))  # type: ignore[arg-type]


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return what each test says, and what does not follow from it."""
    level = float(str(part.facts.get("level", 0.05)))
    said: list[Text] = []
    for row in part.frame.to_dict("records"):
        number = int(row["number"])
        wild, block, p = float(row["p_wild"]), float(row["p_block"]), _headline(row)
        if pd.isna(p):
            continue
        values = {
            "test": MODELS[number],
            "null": NULLS[number],
            "f": ctx.number(row["F"], 2),
            "p": ctx.p_value(p),
            "level": f"{100 * level:g}%",
        }
        if p <= level:
            said.append(text("{test}: F = {f}, p {p}; {null} is rejected at {level}.", **values))
        else:
            said.append(
                text(
                    "{test}: F = {f}, p {p}; {null} is not rejected at {level}, which does not show "
                    "that there is no further threshold.",
                    **values,
                )
            )
        said += _split(number, wild, block, level, ctx)
    chosen = int(str(part.facts.get("chosen", 0)))
    if part.facts.get("auto"):
        said.append(_chosen(chosen))
    elif said and _headline(part.frame.iloc[-1].to_dict()) > level:
        said.append(
            text(
                "{model}: the slopes below are those of this model because the study asks for it, not because the "
                "tests find it.",
                model=MODELS[chosen],
            )
        )
    return said


def _headline(row: Mapping[Hashable, float]) -> float:
    wild, block = float(row["p_wild"]), float(row["p_block"])
    return block if pd.isna(wild) else wild


def _split(number: int, wild: float, block: float, level: float, ctx: Context) -> list[Text]:
    if pd.isna(wild) or pd.isna(block) or (wild <= level) == (block <= level):
        return []
    values = {"test": MODELS[number], "wild": ctx.p_value(wild), "block": ctx.p_value(block)}
    if block <= level:
        return [
            text(
                "{test}: the block form rejects (p {block}) and the wild form does not (p {wild}): this is no evidence "
                "of a threshold, for the block form rejects too often when the error variance goes with the "
                "regressor.",
                **values,
            )
        ]
    return [
        text(
            "{test}: the wild form rejects (p {wild}) and the block form does not (p {block}); the wild form is "
            "the one that keeps its size.",
            **values,
        )
    ]


def _chosen(number: int) -> Text:
    if not number:
        return text("The tests stop at once: the slopes below are those of the linear model.")
    return text(
        "{model}: the tests stop here, the slopes below are those of this model.", model=MODELS[number]
    )


VIEW = View(table=table, sentences=sentences)
