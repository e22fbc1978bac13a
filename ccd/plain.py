"""JSON, cells of csv files and names of files: the one place where values become them."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

#: What a spreadsheet reads as the beginning of a formula, in both widths, and the marks that may stand before.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


#: What a name of a file may not hold on one system or another, or what LaTeX reads otherwise in a path.
_NO_FILE = re.compile(r"[^\w .()\-+,;=\u3001-\u30ff\uff00-\uffef]|^[. ]|[. ]$")
#: Characters of a file's name; systems allow 255 bytes, four a character, with its ending.
_LONGEST = 60


def file_name(words: str) -> str:
    """Return words as the name of a file in any folder; where that takes other characters, their checksum follows."""
    made = _NO_FILE.sub("_", words)[:_LONGEST]
    return words if made == words else f"{made}_{zlib.crc32(words.encode('utf-8', 'surrogatepass')):08x}"


def guarded(words: str) -> str:
    """Return the words of a csv cell with a quote before them where a spreadsheet would take them for a formula.

    Numbers and single characters (the direction ``+``) stay as they are; ``unguarded`` takes the quote off again,
    words that begin with quotes of their own included (OWASP, CSV injection).
    """
    if len(words) < 2 or not _FORMULA.match(words) or _NUMBER.fullmatch(words):
        return words
    return f"'{words}"


def unguarded(cell: str) -> str:
    """Return the words that ``guarded`` made a cell of."""
    return cell[1:] if len(cell) > 2 and cell[0] == "'" and _FORMULA.match(cell) else cell


def to_json(value: object, *, indent: int = 2, only_ascii: bool = False) -> str:
    """Return ``value`` as indented JSON with a final newline; a number that is not finite becomes null."""
    shown = json.dumps(json_value(value), ensure_ascii=only_ascii, indent=indent, allow_nan=False)
    return shown + "\n"


def compact_json(value: object) -> str:
    """Return ``value`` as one line of JSON, its keys sorted: what equal values have in common."""
    return json.dumps(json_value(value), ensure_ascii=False, sort_keys=True, allow_nan=False)


def json_value(value: Any) -> Any:
    """Return ``value`` in plain JSON types.

    Numbers and arrays of numpy become numbers and lists, a number that is not finite null, a dataclass an
    object of its fields (one that says itself in words, as texts and terms do, those words), and everything
    else its words.
    """
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return None if isinstance(value, float) and not math.isfinite(value) else value
    if hasattr(value, "tolist"):  # numpy, which is not imported for a manifest alone
        return json_value(value.tolist())
    if is_dataclass(value) and type(value).__str__ is object.__str__:
        return {f.name: json_value(getattr(value, f.name)) for f in fields(value)}
    return str(value)
