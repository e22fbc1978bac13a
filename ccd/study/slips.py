"""What is wrong with a line that is not TOML, where it is one of the usual slips."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from ccd.errors import StudyError, Words
from ccd.words import Text, text

QUOTES = "“”‘’„＂＇「」『』"
MARKS = {"＝": "=", "，": ",", "［": "[", "］": "]", "【": "[", "】": "]", "｛": "{", "｝": "}", "＃": "#"}
#: A bare name with a letter that TOML wants in quotes, in a heading or before an equals sign.
KEY = re.compile(r"([^\s\"'=\[\]{},.#]*[^\x00-\x7f][^\s\"'=\[\]{},.#]*)\s*[=.\]]")

#: How the reader of TOML begins what it says -> our words.
SAID = {
    "Expected newline or end of document": text("something follows the value on its line"),
    "Expected '=' after a key": text("a key has no = after it"),
    "Invalid value": text("what follows = is no value"),
    "Cannot overwrite a value": text("a key stands twice"),
    "Cannot declare": text("a section stands twice"),
    "Cannot mutate immutable": text("a section is written out already"),
    "Duplicate inline table key": text("a key stands twice"),
    "Unclosed array": text("a list is not closed"),
    "Unclosed inline table": text("a table in braces is not closed"),
    "Unterminated string": text("text is not closed by its quote"),
    "Illegal character": text("text in quotes ends with its line"),
    "Invalid initial character for a key": text("a key begins with a character that wants quotes"),
    "Expected ']": text("the heading of a section is not closed"),
    "Invalid hex": text("a backslash in double quotes has a meaning of its own"),
    "Unescaped": text("a backslash in double quotes has a meaning of its own"),
    "Invalid date": text("a date or time is none"),
}


def not_toml(error: tomllib.TOMLDecodeError, path: Path) -> StudyError:
    """Return the error of a study that is not TOML, at the line that broke it."""
    what, _, place = str(error).partition(" (at ")
    found = re.match(r"line (\d+)", place)
    whole = path.read_text(encoding="utf-8-sig")
    lines = whole.splitlines()
    line = lines[int(found[1]) - 1] if found and int(found[1]) <= len(lines) else ""
    slip, fix = _slip(line, what) if line else (None, None)
    place = place.rstrip(")")
    return StudyError(
        text("not valid TOML: {what}", what=slip or _in_our_words(what)),
        where=text("{file}, {place}", file=path, place=_at(place))
        if place
        else text("{file}, at its end", file=path),
        fix=fix or text("text in quotes, lists in square brackets, one key = value a line, each name once"),
    )


def _in_our_words(what: str) -> Words:
    """Return what the reader of TOML says in words that have their Chinese; as it stands where we do not know it."""
    return next((said for begins, said in SAID.items() if what.startswith(begins)), what)


def _at(place: str) -> Words:
    found = re.fullmatch(r"line (\d+), column (\d+)", place)
    return text("line {line}, column {column}", line=found[1], column=found[2]) if found else place


def _slip(line: str, what: str) -> tuple[Text | None, Text | None]:
    """Return the slip of a line and how to mend it; None when it is none that we know."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'', '""', line)  # what stands in plain quotes may be anything
    quote = next((char for char in bare if char in QUOTES), None)
    if quote is not None:
        return text("{char} is not a quote of TOML", char=quote), text("write plain quotes, single or double")
    mark = next((char for char in bare if char in MARKS), None)
    if mark is not None:
        plain = MARKS[mark]
        return text("{char} is a full-width mark", char=mark), text("write {char}", char=plain)
    key = KEY.search(bare.split("#", 1)[0])
    if key:
        return text("the key {key} wants quotes", key=key[1]), text('write "{key}"', key=key[1])
    if '"' in line and "\\" in line and re.search(r"escape|\\\\|hex", what, re.I):
        return (
            text("a backslash in double quotes has a meaning of its own"),
            text("write paths with /, or in single quotes"),
        )
    return None, None
