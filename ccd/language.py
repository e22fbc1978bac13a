"""How a command speaks: in the language of CCD_LANG or of the study that it names, on any console."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from ccd.words import Language

_SAYS = re.compile(r"^\s*language\s*=\s*[\"'](en|zh)[\"']", re.M)
_BELOW = re.compile(r"^\s*extends\s*=\s*[\"']([^\"']+)[\"']", re.M)
#: Studies that extend each other are followed so far.
DEEP = 5


def spoken(argv: Sequence[str]) -> Language:
    """Return ``zh`` or ``en`` for the words of a command. A study that is not valid TOML still says its language."""
    wish = wished()
    if wish is not None:
        return wish
    for word in reversed(argv):
        set_ = re.fullmatch(r"(?:--set=)?language=[\"']?(en|zh)[\"']?", word)
        if set_:
            return "zh" if set_[1] == "zh" else "en"
    studies = (Path(word) for word in argv if word.endswith(".toml"))
    return next((language for path in studies if (language := _of(path, DEEP))), "en")


def wished() -> Language | None:
    """Return the language that CCD_LANG asks for; None where it asks for none."""
    wish = os.environ.get("CCD_LANG", "").casefold()
    if not wish.startswith(("zh", "en")):
        return None
    return "zh" if wish.startswith("zh") else "en"


def _of(path: Path, deep: int) -> Language | None:
    """Return what a study file says of its language, or the one that it extends."""
    try:
        words = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return None
    top = words.split("\n[", 1)[0]  # keys of sections below are not ours
    own, below = _SAYS.search(top), _BELOW.search(top)
    if own:
        return "zh" if own[1] == "zh" else "en"
    return _of(path.parent / below[1], deep - 1) if below and deep else None


def never_break_on_characters() -> None:
    """Let consoles that are not UTF-8 show ``?`` for what they lack."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
