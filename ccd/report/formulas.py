"""Formulas as rendered maths: one line of LaTeX to an SVG for the page and a PNG for Word."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from ccd.cache import NO_CACHE, Cache, work_key

_SIZE = 12


def formula_image(latex: str, kind: str, kept: Cache = NO_CACHE) -> bytes:
    """Return the image of a formula, ``svg`` (in the colour of the text around it) or ``png`` (300 dpi)."""
    if kept.folder is None:
        return _drawn(latex, kind)
    return kept.recall(work_key("formula", latex, kind), lambda: _drawn(latex, kind))


@cache
def _drawn(latex: str, kind: str) -> bytes:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings = {"mathtext.fontset": "stix", "svg.hashsalt": "ccd", "svg.fonttype": "path"}
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        figure = Figure(figsize=(0.1, 0.1))
        FigureCanvasAgg(figure)
        display = latex.replace(r"\frac", r"\dfrac")
        figure.text(0, 0, f"${display}$", fontsize=_SIZE)
        out = BytesIO()
        metadata = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}[kind]
        figure.savefig(
            out,
            format=kind,
            dpi=300,
            bbox_inches="tight",
            pad_inches=0.03,
            transparent=True,
            metadata=metadata,
        )
    return out.getvalue()


def inline_svg(latex: str, kept: Cache = NO_CACHE, where: str = "f") -> str:
    """Return the ``<svg>`` element of a formula, named for those who cannot see it; its ids begin with ``where``."""
    import re
    from html import escape
    from zlib import crc32

    whole = formula_image(latex, "svg", kept).decode("utf-8")
    element = whole[whole.index("<svg") :]
    own = f"{where}{crc32(latex.encode()):08x}-"
    element = re.sub(r'(\bid="|href="#|url\(#)', lambda found: found.group() + own, element)
    label = escape(latex, quote=True)
    return element.replace("<svg ", f'<svg role="img" aria-label="{label}" fill="currentColor" ', 1)


def png_height(image: bytes) -> int:
    """Return the height of a PNG in pixels, from its header."""
    return int.from_bytes(image[20:24], "big")
