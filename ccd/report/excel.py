"""Excel: one workbook, a sheet a table with number formats, then the tidy numbers; nothing typed is a formula."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ccd.report.package import fixed_zip
from ccd.report.table import Bracket, Cell, Count, Estimated, Number, PValue, Table
from ccd.report.text import column_sizes
from ccd.report.word_xml import EPOCH
from ccd.words import Text

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from ccd.report.views.base import Context

#: Nothing that stands in the data is ever read as a formula, a number or a link.
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": False,
}


def workbook(tables: Iterable[tuple[Table, Context]], frames: Mapping[str, pd.DataFrame]) -> bytes:
    """Return the file of a workbook: a sheet per table, then a sheet per tidy frame."""
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    with Workbook(stream, OPTIONS) as book:
        book.set_properties({"created": EPOCH})
        maker = _Maker(book)
        for table, ctx in tables:
            maker.table(table, ctx)
        for name, frame in frames.items():
            maker.frame(name, frame)
        if not book.worksheets():
            book.add_worksheet("empty")
    return fixed_zip(stream.getvalue())


def number_format(cell: Cell, ctx: Context) -> tuple[float | None, str]:
    """Return a cell's number and the format that prints it as every other format does; None: it is text.

    Stars and brackets live in the number format, so the number itself stays a number.
    """
    shown = ctx.show(cell)
    match cell:
        case Number(value) | Estimated(value):
            number: float = value
        case Bracket():
            inside = {"se": cell.std_error, "t": cell.statistic, "p": cell.p_value, "ci": math.nan}
            number = inside[ctx.style.brackets]
        case PValue(value):
            number = value
        case Count(value):
            return value, "0"
        case _:
            return None, ""
    if not math.isfinite(number):
        return None, ""
    if "<" in shown:
        return number, shown.replace("<0.001", '"<0.001"').replace("(", '"("').replace(")", '")"')
    found = re.search(r"-?\d+(?:\.(\d+))?(e[+-]?\d+)?", shown)
    if found is None:
        return None, ""
    places = "." + "0" * len(found[1]) if found[1] else ""
    pattern = f"0{places}{'E+00' if found[2] else ''}"
    before, after = (f'"{part}"' if part else "" for part in (shown[: found.start()], shown[found.end() :]))
    return number, f"{before}{pattern}{after};{before}-{pattern}{after};{before}{pattern}{after}"


class _Maker:
    """Adds sheets with unique names and shared formats to one workbook."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self.names: set[str] = set()

    def format(self, **keys: Any) -> Format:
        """Return the one format with these properties."""
        key = tuple(sorted(keys.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"font_name": "Times New Roman", **keys})
        return self.formats[key]

    def sheet(self, name: str) -> Worksheet:
        """Return a new sheet whose name Excel accepts (31 characters, no brackets, once only)."""
        clean = re.sub(r"[\[\]:*?/\\']", "_", name)[:31]
        place = 2
        base = clean
        while clean.casefold() in self.names:
            clean = f"{base[:28]}_{place}"
            place += 1
        self.names.add(clean.casefold())
        return self.book.add_worksheet(clean)

    def table(self, table: Table, ctx: Context) -> None:
        """Add a table as a paper prints it: caption, three rules, notes; numbers stay numbers."""
        sheet = self.sheet(table.name)
        sheet.write_string(0, 0, ctx.say(table.title), self.format(bold=True))
        for level, heads in enumerate(table.head):
            column = 0
            for head in heads:
                rules = {"top": 2 if level == 0 else 0, "bottom": 1 if level == len(table.head) - 1 else 0}
                style = self.format(align="left" if table.align[column] == "l" else "center", **rules)
                words = ctx.show(head.cell)
                if head.span > 1:
                    sheet.merge_range(1 + level, column, 1 + level, column + head.span - 1, "", style)
                sheet.write_string(1 + level, column, words, style)
                column += head.span
        top = 1 + len(table.head)
        for place, row in enumerate(table.rows):
            last = place == len(table.rows) - 1
            for column, cell in enumerate(row.cells):
                rules = {"top": 1 if row.rule and place else 0, "bottom": 2 if last else 0}
                side = "left" if table.align[column] == "l" else "center"
                self.cell(sheet, (top + place, column), ctx, cell, {**rules, "align": side})
        for place, note in enumerate(table.notes):
            sheet.write_string(top + len(table.rows) + place, 0, ctx.say(note), self.format(font_size=9))
        sheet.freeze_panes(top, 1)
        for column, size in enumerate(column_sizes(table, ctx)):
            sheet.set_column(column, column, min(40, size + 3))

    def cell(
        self, sheet: Worksheet, at: tuple[int, int], ctx: Context, cell: Cell, look: dict[str, Any]
    ) -> None:
        """Write one cell as a number with its format, or as the string it is."""
        number, pattern = number_format(cell, ctx)
        if number is None:
            sheet.write_string(*at, ctx.show(cell), self.format(**look))
        else:
            sheet.write_number(*at, number, self.format(**{**look, "align": "right", "num_format": pattern}))

    def frame(self, name: str, frame: pd.DataFrame) -> None:
        """Add a tidy frame: one head row, frozen; numbers at full precision, missing cells empty."""
        sheet = self.sheet(name)
        for column, head in enumerate(frame.columns):
            sheet.write_string(0, column, str(head), self.format(bold=True, bottom=1))
            for row, value in enumerate(frame.iloc[:, column], 1):
                _write(sheet, row, column, value)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(frame.columns) - 1), 14)


def _write(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    if isinstance(value, bool) or (hasattr(value, "dtype") and value.dtype == bool):
        sheet.write_boolean(row, column, bool(value))
    elif isinstance(value, str | Text):
        sheet.write_string(row, column, str(value))
    elif not pd.isna(value):
        number = float(value)
        if math.isfinite(number):
            sheet.write_number(row, column, number)
        else:
            sheet.write_string(row, column, str(value))
