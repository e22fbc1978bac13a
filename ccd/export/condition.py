"""Conditions of a study as expressions of a language; a missing cell makes no comparison true, as in ccd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ccd.estimate.rows.condition import Among, Both, Column, Condition, Either, Not, Operand

#: Each comparison and its opposite.
OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True)
class Syntax:
    """How a language writes a number's and a text's column, a text, and that a column is known."""

    number: Callable[[str], str]
    words: Callable[[str], str]
    quoted: Callable[[str], str]
    known: Callable[[str], str]


def expression(tree: Condition, syntax: Syntax, *, holds: bool = True) -> str:
    """Return the expression that is true where a condition ``holds`` (False: where it surely does not).

    "Not" is carried down to the comparisons, each of which asks that its columns be known: that is the logic of
    Kleene (1952) in a language without it.
    """
    if isinstance(tree, Not):
        return expression(tree.inner, syntax, holds=not holds)
    if isinstance(tree, Both | Either):
        left, right = (expression(side, syntax, holds=holds) for side in (tree.left, tree.right))
        return f"({left} {'&' if isinstance(tree, Both) == holds else '|'} {right})"
    if isinstance(tree, Among):
        each = (
            _compared(tree.column, "==" if holds else "!=", value, syntax)
            for value in dict.fromkeys(tree.values)
        )
        joined = (" | " if holds else " & ").join(each)
        return f"({joined})"
    return _compared(tree.left, tree.operator if holds else OPPOSITE[tree.operator], tree.right, syntax)


def _compared(left: Operand, sign: str, right: Operand, syntax: Syntax) -> str:
    textual = isinstance(left, str) or isinstance(right, str)
    shown = [_operand(side, syntax, textual=textual) for side in (left, right)]
    known = [syntax.known(side.name) for side in (left, right) if isinstance(side, Column)]
    return f"({' & '.join([f'{shown[0]} {sign} {shown[1]}', *known])})"


def _operand(side: Operand, syntax: Syntax, *, textual: bool) -> str:
    if isinstance(side, Column):
        return syntax.words(side.name) if textual else syntax.number(side.name)
    return syntax.quoted(side) if isinstance(side, str) else f"{side:.15g}"
