"""Shape ``threshold_tests``: F of one more threshold, with bootstrap p-values and critical values."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ccd.report.table import BLANK, Align, Cell, Number, PValue, Row, Table, Word, heads
from ccd.report.views.base import Context, View
from ccd.report.views.regime_words import MODELS
from ccd.results import Part, ThresholdTests
from ccd.words import Figure, Name, P, Text, text

NULLS = {
    1: text("the linear model"),
    2: text("the model with a single threshold"),
    3: text("the model with two thresholds"),
}
LEVELS = ("10%", "5%", "1%")


def table(part: Part[ThresholdTests], ctx: Context) -> Table:
    """Return a row a test: F, then p and critical values of each form that was drawn."""
    tests = part.value
    wild = (tests.p_wild, tests.crit_10_wild, tests.crit_5_wild, tests.crit_1_wild)
    block = (tests.p_block, tests.crit_10_block, tests.crit_5_block, tests.crit_1_block)
    forms = [
        (words, columns)
        for words, columns in ((text("Wild bootstrap"), wild), (text("Block bootstrap"), block))
        if not all(math.isnan(p) for p in columns[0])
    ]
    rows = []
    for j, number in enumerate(tests.number):
        own: tuple[Cell, ...] = (Word(MODELS[int(number)]), Number(float(tests.F[j]), 2))
        if not forms:
            rows.append(Row(own))
        for place, (words, (p, *critical)) in enumerate(forms):
            cells: list[Cell] = [*own] if place == 0 else [BLANK, BLANK]
            cells += [Word(words), PValue(float(p[j]))]
            cells += [Number(float(column[j]), 2) for column in critical]
            rows.append(Row(tuple(cells), rule=place == 0 and j > 0))
    under: list[Text | str] = [text("Test"), "F"]
    if forms:
        under += [text("Bootstrap"), "p", *LEVELS]
    note = text(
        "F compares each model with the one that has a threshold less; p and critical values from {draws} draws",
        draws=tests.draws,
    )
    align: tuple[Align, ...] = ("l", "d", "l", "d", "d", "d", "d") if forms else ("l", "d")
    title = text("Tests for threshold effects of {column}", column=Name(tests.threshold))
    return Table(
        part.name, title, align, (heads(under),), tuple(rows), (*part.notes, *([note] if forms else []))
    )


def sentences(part: Part[ThresholdTests], ctx: Context) -> Sequence[Text]:
    """Return what each test says, and what does not follow from it."""
    tests = part.value
    said: list[Text] = []
    for j, p in enumerate(tests.headline_p):
        if math.isnan(p):
            continue
        number = int(tests.number[j])
        values = {
            "test": MODELS[number],
            "null": NULLS[number],
            "f": Figure(float(tests.F[j]), 2),
            "p": P(float(p)),
            "level": f"{100 * tests.level:g}%",
        }
        if p <= tests.level:
            said.append(text("{test}: F = {f}, p {p}; {null} is rejected at {level}.", **values))
        elif number == 1:
            said.append(text("{test}: F = {f}, p {p}: no significant threshold at {level}.", **values))
        elif tests.headline_p[0] > tests.level:
            said.append(text("{test}: F = {f}, p {p}.", **values))
        else:
            said.append(
                text(
                    "{test}: F = {f}, p {p}; {null} is not rejected at {level}, which does not show "
                    "that there is no further threshold.",
                    **values,
                )
            )
        said += _split(MODELS[number], float(tests.p_wild[j]), float(tests.p_block[j]), tests.level)
    if tests.auto:
        said.append(_chosen(tests.chosen))
    elif said and tests.headline_p[-1] > tests.level:
        said.append(
            text(
                "{model}: the slopes below are those of this model because the study asks for it, not because the "
                "tests find it.",
                model=MODELS[tests.chosen],
            )
        )
    return said


def _split(test: Text, wild: float, block: float, level: float) -> list[Text]:
    """Return what it means that one form rejects and the other does not."""
    if math.isnan(wild) or math.isnan(block) or (wild <= level) == (block <= level):
        return []
    values = {"test": test, "wild": P(wild), "block": P(block)}
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
