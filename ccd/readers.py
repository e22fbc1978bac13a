"""Tables from files: csv (UTF-8 or GB18030, four delimiters), xlsx, dta and parquet."""

from __future__ import annotations

import csv
import io
import re
import struct
import warnings
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from ccd.errors import DataError

DELIMITERS = ",;\t|"
#: Before 3.1, pandas read the last digit of a number right only when asked to.
EXACT: dict[str, Any] = (
    {} if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
)


def read_table(path: Path, sheet: str | None = None, text: Collection[str] | None = None) -> pd.DataFrame:
    """Return the table of a file, one row per record, empty cells missing.

    Csv cells stay strings; with ``text`` only those columns do, and every other column that is numbers
    throughout arrives as numbers (fast). No marker (``NA``, ``..``) is taken for missing. ``attrs`` holds
    ``first_line`` (the line of the first record in the file), ``labels`` (Stata's, by column) and
    ``values`` (Stata's value labels: column -> code -> label). Raises DataError when the file is missing,
    unreadable, of an unknown kind, without a header, or with a column name that stands twice.
    """
    kind = path.suffix.lower().lstrip(".")
    if path.is_dir():
        raise DataError("this is a folder, not a file", where=str(path), fix="name the data file in it")
    if not path.exists():
        raise DataError("there is no such file", where=str(path), fix=_neighbours(path))
    if kind not in READERS:
        known = ", ".join(READERS)
        raise DataError(
            f"files of kind '.{kind}' are not read", where=str(path), fix=f"save it as one of: {known}"
        )
    try:
        table = READERS[kind](path, sheet, text)
    except OSError as error:
        raise DataError(
            "the file cannot be read", where=str(path), fix=f"check it ({error.strerror or error})"
        ) from error
    table = table.dropna(how="all")
    if table.empty:
        raise DataError("the file has a header but no rows", where=str(path), fix="check that it was saved")
    return table


def _neighbours(path: Path) -> str:
    """Return a hint at files of the same folder."""
    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either; paths are relative to the study file"
    near = sorted(p.name for p in path.parent.iterdir() if p.suffix.lower().lstrip(".") in READERS)
    return f"the folder holds: {', '.join(near[:8])}" if near else "paths are relative to the study file"


def _checked_header(cells: Sequence[object], path: Path) -> list[str]:
    """Return column names without surrounding blanks; an empty name becomes ``column_N``."""
    header = ["" if cell is None else str(cell).strip().lstrip("\ufeff") for cell in cells]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        places = ", ".join(str(i + 1) for i, name in enumerate(header) if name == twice[0])
        raise DataError(
            f"column '{twice[0]}' stands more than once",
            where=f"{path}, header, columns {places}",
            fix="rename or delete all but one",
        )
    if not any(header):
        raise DataError(
            "the first line holds no column names", where=f"{path}, header", fix="put the names in line 1"
        )
    return [name or f"column_{i + 1}" for i, name in enumerate(header)]


def _read_csv(path: Path, sheet: str | None, text: Collection[str] | None) -> pd.DataFrame:
    raw = path.read_bytes()
    encoding = _encoding(raw, path)
    head = io.TextIOWrapper(io.BytesIO(raw), encoding=encoding, newline="")
    sample = "".join(islice(head, 20))
    if not sample.strip():
        raise DataError("the file is empty", where=str(path), fix="check that it was saved")
    try:
        delimiter = _delimiter(sample)
        first = next(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter))
    except csv.Error as error:  # a quote that is never closed makes a cell too long to read
        raise _unreadable(path) from error
    header = _checked_header(first, path)
    kinds: Any = str if text is None else {name: str for name in header if name in text}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table: pd.DataFrame = pd.read_csv(
                io.BytesIO(raw),
                sep=delimiter,
                encoding=encoding,
                names=header,
                header=0,
                index_col=False,
                dtype=kinds,
                keep_default_na=False,
                na_values=[""],
                skip_blank_lines=False,
                low_memory=False,
                **EXACT,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise _ragged(raw, encoding, delimiter, len(header), path) from error
    table.attrs.update(first_line=2, encoding="UTF-8" if encoding == "utf-8-sig" else "GB18030")
    return table


def _unreadable(path: Path) -> DataError:
    return DataError("the rows cannot be told apart", where=str(path), fix="check the quotes in the file")


def _encoding(raw: bytes, path: Path) -> str:
    """Return utf-8-sig or gb18030, whichever decodes every byte."""
    fix = "save it as UTF-8 (in Excel: CSV UTF-8)"
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError("the file is UTF-16", where=str(path), fix=fix)
    if b"\x00" in raw[:4096]:
        raise DataError("this is not a text file", where=str(path), fix="name it by its kind, or " + fix)
    for encoding in ("utf-8", "gb18030"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError as error:
            place = raw[: error.start].count(b"\n") + 1
        else:
            return "utf-8-sig" if encoding == "utf-8" else encoding
    raise DataError("the file is neither UTF-8 nor GB18030", where=f"{path}, row {place}", fix=fix)


def _delimiter(sample: str) -> str:
    """Return the delimiter that cuts the header into most cells, a comma when none does."""
    first = sample.splitlines()[0]
    cells = {mark: len(next(csv.reader([first], delimiter=mark))) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: cells[mark])


def _ragged(raw: bytes, encoding: str, delimiter: str, width: int, path: Path) -> DataError:
    """Return the error of the first row with more cells than the header."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(raw), encoding=encoding, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if len(row) > width:
                return _too_long(len(row), width, path, reader.line_num)
    except csv.Error:
        return _unreadable(path)
    return _unreadable(path)


def _too_long(cells: int, width: int, path: Path, line: int) -> DataError:
    return DataError(
        f"a row has {cells} cells where the header has {width}",
        where=f"{path}, row {line}",
        fix="name every column in line 1 (no title above), and quote cells that hold the delimiter",
    )


def _read_xlsx(path: Path, sheet: str | None, text: Collection[str] | None) -> pd.DataFrame:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with path.open("rb") as stream:
            book = load_workbook(stream, read_only=True, data_only=True)
            sheets = {
                name: list(book[name].iter_rows(values_only=True)) for name in _sheets(book, sheet, path)
            }
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise DataError(
            "this is not an xlsx workbook", where=str(path), fix="save it as xlsx again"
        ) from error
    filled = {
        name: rows for name, rows in sheets.items() if any(any(_filled(c) for c in row) for row in rows)
    }
    if len(filled) != 1:
        raise DataError(
            "the workbook is empty" if not filled else f"{len(filled)} sheets hold data",
            where=str(path),
            fix=f"name one, under [data] sheet (ccd init: --sheet): one of {', '.join(filled)}"
            if filled
            else "check the file",
        )
    rows = next(iter(filled.values()))
    header = _checked_header(_trimmed(rows[0]), path)
    width = len(header)
    for line, row in enumerate(rows[1:], start=2):
        if any(_filled(cell) for cell in row[width:]):
            raise _too_long(len(_trimmed(row)), width, path, line)
    table = pd.DataFrame([list(row[:width]) for row in rows[1:]], columns=header, dtype=object)
    table = table.where(table.map(_filled), None)
    table.attrs["first_line"] = 2
    return table


def _sheets(book: Any, sheet: str | None, path: Path) -> list[str]:
    names = [str(name) for name in book.sheetnames]
    if sheet is None:
        return names
    if sheet not in names:
        raise DataError(
            f"there is no sheet '{sheet}'", where=str(path), fix=f"the sheets are: {', '.join(names)}"
        )
    return [sheet]


def _filled(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _trimmed(cells: Sequence[object]) -> list[object]:
    """Return header cells without the empty ones that a sheet carries at its right edge."""
    last = max((i for i, cell in enumerate(cells) if _filled(cell)), default=-1)
    return list(cells[: last + 1])


def _read_dta(path: Path, sheet: str | None, text: Collection[str] | None) -> pd.DataFrame:
    try:
        reader: Any = pd.read_stata(path, iterator=True)
        with reader, warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of bytes that are no Stata file
            labels = {name: label for name, label in reader.variable_labels().items() if label}
            shown: pd.DataFrame = reader.read()
        table = pd.read_stata(path, convert_categoricals=False)
        if not _is_unicode_dta(path):
            table, shown = _from_gb18030(table), _from_gb18030(shown)
            labels = {_gb18030(name): _gb18030(label) for name, label in labels.items()}
    except (ValueError, KeyError, IndexError, struct.error) as error:
        raise DataError("this is not a Stata file", where=str(path), fix="save it in Stata again") from error
    values = {
        name: dict(zip(table[name], shown[name].astype(object), strict=True))
        for name in table.columns
        if isinstance(shown[name].dtype, pd.CategoricalDtype)
    }
    table = table.set_axis(_checked_header(list(table.columns), path), axis=1).replace({"": None})
    table.attrs.update(first_line=1, labels=labels, values=values)
    return table


def _is_unicode_dta(path: Path) -> bool:
    """Tell whether a dta file is of Stata 14 or later, whose text is UTF-8."""
    with path.open("rb") as stream:
        head = stream.read(40)
    release = re.search(rb"<release>(\d+)</release>", head)
    return release is not None and int(release[1]) >= 118


def _gb18030(text: str) -> str:
    """Return text that was read as Latin-1 as the GB18030 it is, if it is."""
    try:
        return text.encode("latin-1").decode("gb18030")
    except UnicodeError:
        return text


def _from_gb18030(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of an old dta file with Chinese names and cells mended."""
    mended = {}
    for name in table.columns:
        column = table[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.cat.rename_categories(lambda c: _gb18030(c) if isinstance(c, str) else c)
        elif not pd.api.types.is_numeric_dtype(column):
            column = column.map(lambda cell: _gb18030(cell) if isinstance(cell, str) else cell)
        mended[_gb18030(str(name))] = column
    return pd.DataFrame(mended, index=table.index)


def _read_parquet(path: Path, sheet: str | None, text: Collection[str] | None) -> pd.DataFrame:
    try:
        import pyarrow as pa
    except ImportError as error:
        raise DataError(
            "reading parquet needs pyarrow, which is not installed",
            where=str(path),
            fix='install the extra: pip install "ccd-econ[parquet]"',
        ) from error
    try:
        table: pd.DataFrame = pd.read_parquet(path, engine="pyarrow")
    except pa.ArrowInvalid as error:
        raise DataError("this is not a parquet file", where=str(path), fix="write it again") from error
    if any(name is not None for name in table.index.names):
        table = table.reset_index()
    columns: list[Hashable] = list(table.columns)
    table = table.set_axis(_checked_header(columns, path), axis=1)
    table.attrs["first_line"] = 1
    return table


Reader = Callable[[Path, str | None, Collection[str] | None], pd.DataFrame]
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "csv": _read_csv,
        "txt": _read_csv,
        "tsv": _read_csv,
        "xlsx": _read_xlsx,
        "xlsm": _read_xlsx,
        "dta": _read_dta,
        "parquet": _read_parquet,
    }
)
