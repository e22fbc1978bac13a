"""Lines of a drafted study: what stands there, and a comment beside it in the language of the command."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from ccd.words import Language, Text


class Line(NamedTuple):
    """One line: its TOML (empty: a comment of its own), and what is said of it."""

    code: str = ""
    comment: Text | None = None

    def render(self, language: Language) -> str:
        """Return the line, whose comment holds no break: heads of spreadsheet columns do."""
        said = "" if self.comment is None else f"# {self.comment.render(language)}"
        return one_line(f"{self.code}    {said}" if self.code and said else self.code or said)


def quoted(word: str) -> str:
    """Return a TOML string."""
    return json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007f")


def key(word: str) -> str:
    """Return a TOML key, quoted where it must be."""
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else quoted(word)


def one_line(line: str) -> str:
    """Return words with every break as a blank."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", line)
