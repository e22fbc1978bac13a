"""From the files of a study to a panel: cells, names, years, wide sheets, joined files."""

from ccd.cells.lines import Lines, lines_of
from ccd.cells.names import as_text, to_entities
from ccd.cells.numbers import read_numbers, to_floats
from ccd.cells.panel import make_panel, refuse_duplicates
from ccd.cells.spec import DataSpec, MergeSpec
from ccd.cells.table import read_data
from ccd.cells.years import to_years, year_of

__all__ = [
    "DataSpec",
    "Lines",
    "MergeSpec",
    "as_text",
    "lines_of",
    "make_panel",
    "read_data",
    "read_numbers",
    "refuse_duplicates",
    "to_entities",
    "to_floats",
    "to_years",
    "year_of",
]
