"""Figures in one visual language: thin rules, colours that survive colour blindness and grey print."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ccd.errors import StudyError
from ccd.report.colours import colour_map
from ccd.report.png import png_bytes
from ccd.words import text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Ordered dark to light in grey, distinct to colour-blind eyes (after Okabe and Ito 2008).
COLOURS = ("#1b3a5c", "#c8501e", "#1f8a70", "#8a5fa8", "#d9a21b", "#6fb3dc", "#8c8c8c", "#5a3d2b")
INK, RULE, ACCENT, SOFT = "#222222", "#9a9a9a", COLOURS[1], "#d6e2ee"
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
#: Light to dark, and from the worst (orange) to the best (blue): both keep their order without colour.
SEQUENTIAL = ("#f3f6f9", "#cfdfea", "#95bad3", "#5590b8", "#20618f", "#12304f")
WORST_TO_BEST = ("#7a2f0c", "#c8501e", "#e99b6a", "#f6dcc6", "#d5e4ef", "#8db6d2", "#3f7fae", "#12304f")
WIDTH = 6.3

_RC: dict[str, Any] = {
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.6,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "lines.linewidth": 1.4,
    "lines.markersize": 4,
    "legend.frameon": False,
    "legend.fontsize": 8,
    # outlines of the glyphs used: no font is cut anew for each figure, CFF outlines (Chinese) go in; $ stays a sign
    "pdf.fonttype": 3,
    "svg.hashsalt": "ccd",
    "svg.fonttype": "path",
    **{"axes.unicode_minus": False, "text.parse_math": False},
}

DPI = 300
#: The family that comes with matplotlib: the same on every machine.
LATIN = "DejaVu Sans"
#: Families with Chinese characters, as the usual systems name them.
CJK = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "SimHei",
    "DengXian",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimSun",
    "Songti SC",
    "Noto Sans CJK JP",  # the first face of the collection, all that older matplotlib reads of it
)

#: Name, bytes and time of change of a file.
Stamp = tuple[str, int, int]


@dataclass(frozen=True)
class Fonts:
    """Families in the order they are tried; ``chinese`` tells whether one has Chinese characters.

    ``files`` are the stamps of the files behind them, where these are known already.
    """

    families: tuple[str, ...]
    chinese: bool
    files: tuple[Stamp, ...] = ()


def find_fonts(font: str | None = None, base: Path | None = None, *, chinese: bool = False) -> Fonts:
    """Return the families to draw with: ``font`` (a file, relative to ``base``) first, then what is installed.

    ``chinese`` puts a Chinese family before the Latin one. Raises StudyError where the file is no font.
    """
    from matplotlib import font_manager

    families = [LATIN]
    if font is not None:
        path = Path(base or ".", font).expanduser()
        try:
            font_manager.fontManager.addfont(path)
            named = font_manager.FontProperties(fname=path).get_name()
        except (OSError, RuntimeError) as error:
            raise StudyError(
                text("cannot read the font '{font}'", font=font),
                where=text("study, {key}", key="output.font"),
                fix=text("give a .ttf, .otf or .ttc file, its path relative to the study"),
            ) from error
        return Fonts((named, *families), _has_chinese(path))
    found = _installed_chinese() or (_newly_installed_chinese() if chinese else [])
    order = (*found, *families) if chinese else (*families, *found)
    return Fonts(tuple(order), bool(found))


def font_files(fonts: Fonts) -> tuple[Stamp, ...]:
    """Return the stamps of the files behind each family: what a drawing depends on."""
    return fonts.files or stamps(font_paths(fonts))


def font_paths(fonts: Fonts) -> tuple[Path, ...]:
    """Return the file behind each family."""
    from matplotlib import font_manager

    return tuple(Path(str(font_manager.findfont(family))) for family in fonts.families)


def stamps(paths: Iterable[Path]) -> tuple[Stamp, ...]:
    """Return the stamp of each file. Raises OSError where one is gone."""
    return tuple((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths)


def _installed_chinese() -> list[str]:
    """Return the first family of CJK that matplotlib knows, or nothing."""
    from matplotlib import font_manager

    known = {entry.name for entry in font_manager.fontManager.ttflist}
    return [family for family in CJK if family in known][:1]


def _newly_installed_chinese() -> list[str]:
    """Return the same after telling matplotlib of fonts that are younger than its list of them."""
    from matplotlib import font_manager

    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in sorted(set(font_manager.findSystemFonts()) - known):
        with suppress(OSError, RuntimeError):  # not every file that lies there is a font it can read
            font_manager.fontManager.addfont(path)
    return _installed_chinese()


def _has_chinese(path: Path) -> bool:
    from matplotlib.ft2font import FT2Font

    return ord("中") in FT2Font(str(path)).get_charmap()


@contextmanager
def drawing(fonts: Fonts) -> Iterator[None]:
    """Draw with the house's settings and nobody else's; the settings before come back."""
    import matplotlib

    if fonts.files and fonts.chinese and not _installed_chinese():
        _newly_installed_chinese()  # taken over from an earlier run, which told its own matplotlib of them
    with matplotlib.rc_context(), warnings.catch_warnings():
        if not fonts.chinese:  # the page says so once
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**_RC, "font.family": list(fonts.families)})
        yield


def canvas(
    height: float = 3.4, width: float = WIDTH, rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, Any]:
    """Return a figure in inches and its axes (one Axes, or an array of them)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # the layout is settled at the points of the png, which then finds its texts measured
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, **options)


def render(figure: Figure, kind: str) -> bytes:
    """Return the bytes of a ``png`` (300 dpi), ``svg`` or ``pdf``; the same on every run, in any order of kinds.

    The layout is settled once and each format drawn once: ``savefig`` would draw every figure again to
    ask the layout, which by then has nothing to say.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.layout_engine import PlaceHolderLayoutEngine

    figure.set_dpi(DPI)  # svg and pdf leave their own behind
    engine = figure.get_layout_engine()
    if engine is not None and not isinstance(engine, PlaceHolderLayoutEngine):
        engine.execute(figure)  # settled once: a second pass would move things a little
        figure.set_layout_engine("none")
    if kind == "png":
        drawn = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
        drawn.draw()
        return png_bytes(np.asarray(drawn.buffer_rgba())[..., :3], DPI)
    out = BytesIO()
    if kind == "svg":
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    else:
        nameless = {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None}
        FigureCanvasPdf(figure).print_pdf(out, metadata=nameless)
    return out.getvalue()


def zero_line(axes: Axes, *, vertical: bool = False) -> None:
    """Draw the thin line of no effect."""
    (axes.axvline if vertical else axes.axhline)(0, color=RULE, linewidth=0.8, zorder=0)


def coefficient_plot(
    labels: Sequence[str],
    estimate: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    xlabel: str,
    highlight: Sequence[int] = (),
    beside: Sequence[str] = (),
    beside_head: str = "",
) -> Figure:
    """Return estimates (k) with intervals, one row each from the top; ``highlight`` rows take the accent.

    ``beside`` are words at the right of the rows, under a head.
    """
    point, lower, upper = (np.asarray(v, dtype=float) for v in (estimate, low, high))
    figure, axes = canvas(0.9 + 0.27 * len(labels))
    for i, (b, lo, hi) in enumerate(zip(point, lower, upper, strict=True)):
        colour = ACCENT if i in highlight else COLOURS[0]
        axes.plot([lo, hi], [i, i], color=colour, linewidth=1.2)
        axes.plot(b, i, "s" if i in highlight else "o", color=colour)
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set_xlabel(xlabel)
    axes.margins(y=0.6 / max(len(labels), 1))
    zero_line(axes, vertical=True)
    if any(beside):
        right = axes.secondary_yaxis("right")
        right.set_yticks(range(len(labels)), beside)
        right.tick_params(length=0)
        right.spines["right"].set_visible(False)
        axes.set_title(beside_head, loc="right", fontsize="small", fontweight="normal")
    return figure


def interval_plot(
    axes: Axes,
    at: ArrayLike,
    estimate: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    order: int = 0,
    label: str = "",
    shift: float = 0.0,
) -> None:
    """Add estimates at ``at`` with vertical intervals (missing bounds draw none): colour, marker by ``order``."""
    x, point, lower, upper = (np.asarray(v, dtype=float) for v in (at, estimate, low, high))
    colour, marker = COLOURS[order % len(COLOURS)], MARKERS[order % len(MARKERS)]
    axes.vlines(x + shift, lower, upper, color=colour, linewidth=1.2)
    axes.plot(x + shift, point, marker, color=colour, label=label or None)


def line_plot(
    axes: Axes, series: Mapping[str, tuple[ArrayLike, ArrayLike]], *, direct: bool = True, marker: bool = True
) -> None:
    """Add one line a series, colour, dash and marker by its order, named at its right end (or in a legend)."""
    ends = []
    for i, (name, (x, y)) in enumerate(series.items()):
        style = DASHES[i % len(DASHES)]
        colour, shape = COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)] if marker else None
        axes.plot(x, y, linestyle=style, color=colour, marker=shape, label=name)
        ends.append((name, float(np.asarray(x)[-1]), float(np.asarray(y)[-1]), colour))
    if direct:
        _name_ends(axes, ends)
    elif len(series) > 1:
        axes.legend()


def _name_ends(axes: Axes, ends: Sequence[tuple[str, float, float, str]]) -> None:
    """Write each name beside its line's end, pushed apart where two would overlap."""
    low, high = axes.get_ylim()
    gap = (high - low) * 0.055
    last = -np.inf
    for name, x, y, colour in sorted(ends, key=lambda end: end[2]):
        last = max(y, last + gap)
        axes.annotate(
            name,
            (x, last),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=8,
            annotation_clip=False,
        )


def density_plot(
    axes: Axes,
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    marks: Mapping[str, float] | None = None,
    *,
    fill: bool = False,
) -> None:
    """Add density curves (grid, density) already computed, and named vertical lines at ``marks``."""
    for i, (name, (at, density)) in enumerate(curves.items()):
        colour = COLOURS[i % len(COLOURS)]
        axes.plot(at, density, color=colour, linestyle=DASHES[i % len(DASHES)], label=name or None)
        if fill:
            axes.fill_between(np.asarray(at), np.asarray(density), color=colour, alpha=0.15, linewidth=0)
    axes.set_ylim(bottom=0)
    axes.set_ylim(top=axes.get_ylim()[1] * 1.08)
    for name, value in (marks or {}).items():
        axes.axvline(value, color=ACCENT, linewidth=1.2, linestyle="--")
        axes.annotate(
            name,
            (value, 1),
            xycoords=("data", "axes fraction"),
            xytext=(4, -2),
            textcoords="offset points",
            va="top",
            color=ACCENT,
            fontsize=8,
        )
    if len(curves) > 1:
        axes.legend()


def year_axis(axes: Axes, years: ArrayLike) -> None:
    """Put whole years on the x axis, at most about eight of them."""
    values = np.unique(np.asarray(years, dtype=int))
    step = max(1, -(-len(values) // 8))
    axes.set_xticks(values[(len(values) - 1) % step :: step])


def legend_above(axes: Axes, columns: int = 4) -> None:
    """Put the legend in one line above the axes, where it covers nothing."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, handlelength=1.6)


#: A heat map of more cells has no lines between them, and is a picture inside svg and pdf.
MANY_CELLS = 5000


def heat_map(
    axes: Axes,
    values: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    label: str,
    most: int = 14,
    low: float | None = None,
    high: float | None = None,
) -> None:
    """Add ``values`` (rows x columns) as colour that is ordered in grey too, with a named scale.

    At most about ``most`` columns are named.
    """
    many = np.size(values) > MANY_CELLS
    mesh = axes.pcolormesh(
        np.asarray(values, float),
        cmap=colour_map(SEQUENTIAL),
        vmin=low,
        vmax=high,
        edgecolors="none" if many else "white",
        linewidth=0 if many else 0.4,
        rasterized=many,
    )
    axes.set_yticks(np.arange(len(rows)) + 0.5, rows)
    step = max(1, -(-len(columns) // most))
    axes.set_xticks(np.arange(len(columns))[::step] + 0.5, columns[::step])
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.figure.colorbar(mesh, ax=axes, label=label, shrink=0.6, aspect=30).outline.set_visible(False)
