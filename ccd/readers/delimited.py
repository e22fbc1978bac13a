"""Csv and its kin: UTF-8, UTF-16 or GB18030, four delimiters."""

from __future__ import annotations

import codecs
import csv
import io
import warnings
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from ccd.errors import DataError
from ccd.readers.layout import Layout, checked_header, too_long
from ccd.words import text

DELIMITERS = ",;\t|"
#: Before 3.1, pandas read the last digit of a number right only when asked to.
EXACT: dict[str, Any] = (
    {} if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
)
NAMES = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB18030"}


def read_csv(path: Path, layout: Layout) -> dict[str, pd.DataFrame]:
    """Return the one table of a text file; ``attrs`` holds its encoding and delimiter."""
    raw = path.read_bytes()
    encoding = _encoding(raw, path)
    raw, above = _below_title(raw, encoding, layout.skip_rows)
    head = io.TextIOWrapper(io.BytesIO(raw), encoding=encoding, newline="")
    sample = "".join(islice(head, 20))
    if not sample.strip():
        raise DataError(text("the file is empty"), where=str(path), fix=text("check that it was saved"))
    try:
        delimiter = _delimiter(sample)
        first = next(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter))
    except csv.Error as error:  # a quote that is never closed makes a cell too long to read
        raise _unreadable(path) from error
    header = checked_header(first, path, above + 1)
    kinds: Any = str if layout.text is None else {name: str for name in header if name in layout.text}
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
        raise _ragged(raw, encoding, delimiter, len(header), path, above) from error
    table.attrs.update(first_line=above + 2, encoding=NAMES[encoding], delimiter=delimiter)
    return {path.stem: table}


def cells_of(path: Path) -> list[list[str]]:
    """Return the cells of the lines of a text file, by the delimiter that most of the first ones hold."""
    raw = path.read_bytes()
    stream = io.TextIOWrapper(io.BytesIO(raw), encoding=_encoding(raw, path), newline="")
    sample = list(stream)
    mark = max(DELIMITERS, key=lambda delimiter: sum(line.count(delimiter) for line in sample[:50]))
    try:
        return list(csv.reader(sample, delimiter=mark))
    except csv.Error as error:
        raise _unreadable(path) from error


def _below_title(raw: bytes, encoding: str, count: int) -> tuple[bytes, int]:
    """Return the file without its first ``count`` lines, and how many that were."""
    if not count:
        return raw, 0
    words = raw.decode(encoding).splitlines(keepends=True)
    return "".join(words[count:]).encode(encoding), count


def _unreadable(path: Path) -> DataError:
    return DataError(
        text("the rows cannot be told apart"), where=str(path), fix=text("check the quotes in the file")
    )


def _encoding(raw: bytes, path: Path) -> str:
    """Return utf-8-sig, utf-16 (by its mark) or gb18030, whichever decodes every byte."""
    save = text("save it as UTF-8 (in Excel: CSV UTF-8)")
    if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        try:
            raw.decode("utf-16")
        except UnicodeDecodeError as error:
            raise DataError(
                text("the file begins as UTF-16 and is not"), where=str(path), fix=save
            ) from error
        return "utf-16"
    if b"\x00" in raw[:4096]:
        raise DataError(
            text("this is not a text file"),
            where=str(path),
            fix=text("name it by its kind, or {save}", save=save),
        )
    for encoding in ("utf-8", "gb18030"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError as error:
            place = raw[: error.start].count(b"\n") + 1
        else:
            return "utf-8-sig" if encoding == "utf-8" else encoding
    raise DataError(
        text("the file is neither UTF-8 nor GB18030"),
        where=text("{file}, row {row}", file=path, row=place),
        fix=save,
    )


def _delimiter(sample: str) -> str:
    """Return the delimiter that cuts the header into most cells, a comma when none does."""
    first = sample.splitlines()[0]
    cells = {mark: len(next(csv.reader([first], delimiter=mark))) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: cells[mark])


def _ragged(raw: bytes, encoding: str, delimiter: str, width: int, path: Path, above: int) -> DataError:
    """Return the error of the first row with more cells than the header."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(raw), encoding=encoding, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if len(row) > width:
                return too_long(len(row), width, path, reader.line_num + above)
    except csv.Error:
        return _unreadable(path)
    return _unreadable(path)
