"""The fonts of the last run, taken over while the folders of fonts stay as they are.

Asking matplotlib takes a third of a second, which a run that draws nothing need not spend.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ccd.cache import Cache, work_key
from ccd.report.figures import Fonts, find_fonts, font_paths, stamps

#: Where Linux keeps fonts, and matplotlib and fontconfig what they know of them, beside those of the user.
FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/X11R6/lib/X11/fonts/TTF", "/etc/fonts")


@dataclass(frozen=True)
class Remembered:
    """Fonts as they were found, and the files behind them."""

    fonts: Fonts
    paths: tuple[Path, ...]


def known_fonts(cache: Cache, *, chinese: bool) -> Fonts:
    """Return what ``find_fonts`` does, with its files; what an earlier run found is used where nothing changed."""
    if cache.folder is None or sys.platform != "linux":  # elsewhere fonts lie in too many places
        return find_fonts(chinese=chinese)
    key = work_key("fonts", chinese, tuple(_state()))

    def look() -> Remembered:
        fonts = find_fonts(chinese=chinese)
        return Remembered(replace(fonts, files=stamps(font_paths(fonts))), font_paths(fonts))

    found = cache.recall(key, look)
    try:
        same = stamps(found.paths) == found.fonts.files
    except OSError:  # a file is gone
        same = False
    return found.fonts if same else find_fonts(chinese=chinese)


def _state() -> Iterator[tuple[str, int]]:
    """Yield each folder that may hold fonts with the time of its last change, and matplotlib's list of them."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    kept = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    lists = Path(os.environ.get("MPLCONFIGDIR") or kept / "matplotlib")
    roots = (*map(Path, FOLDERS), data / "fonts", home / ".fonts", config / "fontconfig")
    yield from ((root, Path(root).stat().st_mtime_ns) for top in roots for root, _, _ in sorted(os.walk(top)))
    yield from ((path.name, path.stat().st_mtime_ns) for path in sorted(lists.glob("fontlist-*.json")))
