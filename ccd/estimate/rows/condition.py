"""A condition on rows as a study writes it, ``region3 == 'East' and year >= 2012``: from text to a tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ccd.errors import SpecError
from ccd.words import Text, text

#: What a comparison may say; the order is that in which they are looked for.
OPERATORS = ("==", "!=", ">=", "<=", ">", "<")

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<text>'[^']*'|"[^"]*")
      | `(?P<column>[^`]+)`
      | (?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?!\w)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>==|!=|>=|<=|>|<|[()\[\],])""",
    re.VERBOSE | re.ASCII,
)
#: re.ASCII keeps full-width digits and blanks out; names may hold any letters.
_NAME = re.compile(r"[^\W\d]\w*")

#: What people write instead, and what to write.
_SLIPS = (
    (r"&&?", text("write and")),
    (r"\|\|?", text("write or")),
    (r"<>|≠", text("write !=")),
    (r"≥|＞＝", text("write >=")),
    (r"≤|＜＝", text("write <=")),
    (r"＝+|=", text("write ==")),
    (r"!|~|¬", text("write not")),
    (r"[‘’“”「」]", text("write text in straight quotes: 'East'")),
    (r"['\"]", text("close the quotes")),
    (r"`", text("close the backticks around the column's name")),
    (r"[（）［］，＞＜]", text("write it in half width")),
    (r"[０-９]", text("write digits as 0-9")),
    (r"[-+*/%^]", text("conditions compare and do not compute: make the column under [transforms]")),
    (r"\d\w*", text("put the column's name in backticks: `1st year`")),
)


class ConditionError(SpecError):
    """A condition that cannot be read: what is wrong, and the character (from 1) at which it is."""


@dataclass(frozen=True)
class Column:
    """A column's name, and the character at which it stands."""

    name: str
    at: int


#: A side of a comparison.
Operand = Column | str | float


@dataclass(frozen=True)
class Compared:
    """``left operator right``; at least one side is a column."""

    left: Operand
    operator: str
    right: Operand
    at: int


@dataclass(frozen=True)
class Among:
    """``column in [values]``."""

    column: Column
    values: tuple[str | float, ...]


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    inner: Condition


@dataclass(frozen=True)
class Both:
    """Two conditions that both hold."""

    left: Condition
    right: Condition


@dataclass(frozen=True)
class Either:
    """Two conditions of which at least one holds."""

    left: Condition
    right: Condition


Condition = Compared | Among | Not | Both | Either


class _Token(NamedTuple):
    """A word of a condition: its kind (text, column, number, word, sign, end), what it says, where it stands."""

    kind: str
    value: str
    at: int


def condition(written: str) -> Condition:
    """Return the tree of a condition. Raises ConditionError with the place of the first fault.

    Comparisons (also chained, ``2012 <= year <= 2018``), ``in [..]``, ``not in [..]``, and, or, not, parentheses.
    Text stands in quotes, a column whose name is no plain word in backticks.
    """
    return _Reader(written).whole()


def columns_of(tree: Condition) -> tuple[tuple[Column, bool], ...]:
    """Return the columns of a condition in their order, each with whether it is compared with text."""
    if isinstance(tree, Not):
        return columns_of(tree.inner)
    if isinstance(tree, Both | Either):
        return (*columns_of(tree.left), *columns_of(tree.right))
    if isinstance(tree, Among):
        return ((tree.column, any(isinstance(value, str) for value in tree.values)),)
    sides = (tree.left, tree.right)
    textual = any(isinstance(side, str) for side in sides)
    return tuple((side, textual) for side in sides if isinstance(side, Column))


def _tokens(written: str) -> Iterator[_Token]:
    at = 0
    while at < len(written):
        found = _TOKEN.match(written, at)
        word = _NAME.match(written, at) if found is None or found.lastgroup == "name" else None
        if word is not None:
            yield _Token("word", word.group(), at + 1)
            at = word.end()
            continue
        if found is None or found.lastgroup is None:
            raise _slip(written, at)
        value = found.group(found.lastgroup)
        if found.lastgroup != "space":
            yield _Token(found.lastgroup, value[1:-1] if found.lastgroup == "text" else value, at + 1)
        at = found.end()
    yield _Token("end", "", len(written) + 1)


def _slip(written: str, at: int) -> ConditionError:
    for form, advice in _SLIPS:
        found = re.compile(form).match(written, at)
        if found:
            return _error(
                text("'{found}' is not understood; {advice}", found=found.group(), advice=advice), at + 1
            )
    return _error(text("'{found}' is not understood", found=written[at]), at + 1)


def _error(what: Text, at: int) -> ConditionError:
    return ConditionError(text("character {at}: {what}", at=at, what=what))


class _Reader:
    """Reads the tokens of one condition from left to right."""

    def __init__(self, written: str) -> None:
        self.tokens = list(_tokens(written))
        self.place = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def taken(self, *values: str) -> _Token | None:
        """Return the next token and step over it where it is one of these signs or words."""
        token = self.next
        if token.kind in ("sign", "word") and token.value in values:
            self.place += 1
            return token
        return None

    def expected(self, what: Text) -> ConditionError:
        token = self.next
        found = text("the end") if token.kind == "end" else text("'{found}'", found=token.value)
        return _error(text("{what} is expected, not {found}", what=what, found=found), token.at)

    def whole(self) -> Condition:
        if self.next.kind == "end":
            raise self.expected(text("a comparison such as year >= 2012"))
        tree = self.either()
        if self.next.kind != "end":
            raise self.expected(text("'and', 'or' or the end"))
        return tree

    def either(self) -> Condition:
        return self.joined("or", self.both, Either)

    def both(self) -> Condition:
        return self.joined("and", self.negated, Both)

    def joined(
        self, word: str, part: Callable[[], Condition], made: Callable[[Condition, Condition], Condition]
    ) -> Condition:
        tree = part()
        while self.taken(word):
            tree = made(tree, part())
        return tree

    def negated(self) -> Condition:
        if self.taken("not"):
            return Not(self.negated())
        if self.taken("("):
            tree = self.either()
            if not self.taken(")"):
                raise self.expected(text("'{found}'", found=")"))
            return tree
        return self.comparison()

    def comparison(self) -> Condition:
        left, at = self.operand(), self.next.at
        if isinstance(left, Column):
            negative = self.taken("not")
            if self.taken("in"):
                tree = Among(left, self.listed())
                return Not(tree) if negative else tree
            if negative:
                raise self.expected(text("'{found}'", found="in"))
        found: Condition | None = None
        while sign := self.taken(*OPERATORS):
            right = self.operand()
            if not isinstance(left, Column) and not isinstance(right, Column):
                raise _error(text("a comparison needs a column on one side"), at)
            if sign.value not in ("==", "!=") and (isinstance(left, str) or isinstance(right, str)):
                raise _error(text("text has no order: '{sign}' compares numbers", sign=sign.value), sign.at)
            step = Compared(left, sign.value, right, sign.at)
            found, left = step if found is None else Both(found, step), right
        if found is None:
            raise self.expected(text("==, !=, <, <=, >, >= or in"))
        return found

    def operand(self) -> Operand:
        token = self.next
        if token.kind in ("word", "column") and token.value not in ("and", "or", "not", "in"):
            self.place += 1
            return Column(token.value, token.at)
        return self.literal(text("a column, a number or text in quotes"))

    def literal(self, what: Text) -> str | float:
        token = self.next
        if token.kind not in ("text", "number"):
            raise self.expected(what)
        self.place += 1
        return float(token.value) if token.kind == "number" else token.value

    def listed(self) -> tuple[str | float, ...]:
        closing = "]" if self.taken("[") else ")" if self.taken("(") else ""
        if not closing:
            raise self.expected(text("'{found}'", found="["))
        values = [self.literal(text("a number or text in quotes"))]
        while self.taken(","):
            values.append(self.literal(text("a number or text in quotes")))
        if not self.taken(closing):
            raise self.expected(text("',' or '{closing}'", closing=closing))
        if len({type(value) for value in values}) > 1:
            raise _error(text("a list holds numbers or text, not both"), self.next.at)
        return tuple(values)
