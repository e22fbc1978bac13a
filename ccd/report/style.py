"""How numbers look: one Style, and the one function that turns a cell into what every format prints."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from ccd.report.table import Bracket, Cell, Count, Estimated, Number, PValue, Word
from ccd.spec import Spec
from ccd.words import Figure, Labeller, Language, Name, P, Printer, Text, plain_number, seen, text

Brackets = Literal["se", "t", "p", "ci"]
Report = Literal["paper", "full"]
MISSING = "–"
#: Smaller numbers are what is left of rounding.
MACHINE = 1e-12


class OutputSpec(Spec):
    """``[output]``: which files are written and how their numbers look."""

    formats: tuple[Literal["csv", "tex", "html", "docx", "xlsx", "md", "dta", "parquet", "appendix"], ...] = (
        "csv",
        "tex",
        "html",
    )
    """Formats of tables and report; appendix: a LaTeX document of all; dta, parquet: the panel, labelled."""
    figures: tuple[Literal["png", "svg", "pdf"], ...] = ("png", "svg", "pdf")
    """Formats of the figures; an empty list draws none."""
    font: str | None = None
    """Font file for the figures, for example one that has Chinese characters."""
    map: str | None = None
    """File of boundaries (GeoJSON, GeoPackage, ..) for maps, with the extra [maps]; none: provinces as tiles."""
    map_key: str = "name"
    """Column of the boundaries that names the regions."""
    digits: int = Field(default=4, ge=0, le=8)
    """Decimals of estimates."""
    stars: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.01, 0.05, 0.10)
    """Levels of one star less each, smallest first; an empty list prints none."""
    brackets: Brackets = "se"
    """What stands under an estimate: standard error, t, p-value or confidence interval."""

    report: Report = "paper"
    """The page and the Word file: the body of a paper with an appendix, or all there is, model by model."""

    def style(self) -> Style:
        """Return the style of these settings."""
        return Style(self.digits, tuple(sorted(self.stars)), self.brackets)


@dataclass(frozen=True)
class Style:
    """Decimals, star levels (ascending) and what the brackets hold; shared by every renderer."""

    digits: int = 4
    stars: tuple[float, ...] = (0.01, 0.05, 0.10)
    brackets: Brackets = "se"

    def number(self, value: float, digits: int | None = None, scale: float = 0.0) -> str:
        """Return ``value`` with fixed decimals; scientific where they would round it to zero.

        It is 0 where it is no more than an error of the machine, or ``scale`` prints in these decimals.
        """
        if not math.isfinite(value):
            return MISSING if math.isnan(value) else ("∞" if value > 0 else "-∞")
        places = self.digits if digits is None else digits
        shown = f"{value:.{places}f}"
        if float(shown) == 0 and abs(value) > MACHINE and float(f"{scale:.{places}f}") == 0:
            return f"{value:.1e}"
        return shown.removeprefix("-") if float(shown) == 0 else shown

    def p_value(self, value: float) -> str:
        """Return a p-value with three decimals, ``<0.001`` below."""
        if math.isnan(value):
            return MISSING
        return "<0.001" if value < 0.0005 else f"{value:.3f}"

    def in_words(self, number: Figure | P) -> str:
        """Return a number of a sentence in the decimals of the tables."""
        if isinstance(number, P):
            shown = self.p_value(number.value)
            return f"< {shown[1:]}" if shown.startswith("<") else f"= {shown}"
        return self.number(number.value, number.digits)

    def star(self, p_value: float) -> str:
        """Return the stars of a p-value; they never depend on what the brackets show."""
        return "*" * sum(p_value < level for level in self.stars)

    def bracket(self, cell: Bracket) -> str:
        """Return what stands under an estimate, in its brackets; empty where it is missing."""
        inside = {"se": cell.std_error, "t": cell.statistic, "p": cell.p_value, "ci": cell.conf_low}
        if math.isnan(inside[self.brackets]):
            return ""
        if self.brackets == "ci":
            return f"[{self.number(cell.conf_low)}, {self.number(cell.conf_high)}]"
        if self.brackets == "p":
            return f"({self.p_value(cell.p_value)})"
        return f"({self.number(inside[self.brackets], 2 if self.brackets == 't' else None)})"

    def show(self, cell: Cell, language: Language = "en", label: Labeller = str) -> str:
        """Return a cell as plain text: what csv, LaTeX, the page, Word and Excel all print."""
        match cell:
            case Number(value, digits, scale):
                return self.number(value, digits, scale)
            case Estimated(value, p_value, scale):
                return self.number(value, scale=scale) + ("" if math.isnan(value) else self.star(p_value))
            case Bracket():
                return self.bracket(cell)
            case PValue(value):
                return self.p_value(value)
            case Count(value):
                return str(value)
            case Word(word):
                return say(word, language, label, self.in_words)

    def notes(self, errors: Text | None = None, level: float = 0.95) -> tuple[Text, ...]:
        """Return what the brackets and the stars of a table of estimates mean.

        ``errors`` names the kind of errors, ``level`` is that of the intervals, the least where they differ.
        """
        inside = {
            "se": errors or text("Standard errors in parentheses"),
            "t": text("t statistics in parentheses"),
            "p": text("p-values in parentheses"),
            "ci": text("{level}% confidence intervals in brackets", level=f"{100 * level:.3g}"),
        }[self.brackets]
        return (inside, *self.star_notes())

    def star_notes(self) -> tuple[Text, ...]:
        """Return what the stars mean; nothing where there are none."""
        if not self.stars:
            return ()
        count = len(self.stars)
        levels = ", ".join(f"{'*' * (count - i)} p<{level:g}" for i, level in enumerate(self.stars))
        return (text("{levels}", levels=levels),)


def say(word: Text | Name | str, language: Language, label: Labeller, number: Printer = plain_number) -> str:
    """Return a text in the language, a name by its label, a plain string as it stands; nothing in it is unseen."""
    if isinstance(word, Text):
        return seen(word.render(language, label, number))
    return seen(label(word) if isinstance(word, Name) else word)
