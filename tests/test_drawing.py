"""Figures: the same bytes in one process and in two, in any order of formats, and kept when drawn."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest

from ccd.cache import Cache
from ccd.progress import listening
from ccd.report.drawing import Drawing, drawn
from ccd.report.figures import LATIN, Fonts, canvas, drawing, heat_map, render
from ccd.report.png import png_bytes
from ccd.report.views.base import Context

FONTS = Fonts((LATIN,), chinese=False)
KINDS = ("png", "svg", "pdf")


def curve(part, ctx):
    if part.name == "empty":
        return None
    figure, axes = canvas(2.0, 3.0)
    axes.plot(np.arange(part.value) ** 2, label=part.name)
    axes.legend(loc="upper left")
    return figure


def wanted(count: int) -> list[Drawing]:
    names = [f"figure{k}" if k != 2 else "empty" for k in range(count)]
    return [Drawing(curve, SimpleNamespace(name=n, value=k + 3), Context()) for k, n in enumerate(names)]


def test_two_processes_draw_the_bytes_of_one_in_the_same_order():
    tasks = wanted(7)
    here, there = drawn(tasks, FONTS, KINDS, 1), drawn(tasks, FONTS, KINDS, 2)
    assert here == there
    assert [sorted(images) for images in here] == [sorted(KINDS) if k != 2 else [] for k in range(7)]
    assert len({images["svg"] for images in here if images}) == 6


@pytest.mark.parametrize("workers", [1, 2])
def test_a_figure_is_drawn_once_and_told(tmp_path, workers):
    tasks = [Drawing(one.draw, one.part, one.ctx, f"{k:064d}") for k, one in enumerate(wanted(6))]
    heard = []
    with listening(lambda *said: heard.append(said)):
        first = drawn(tasks, FONTS, ("svg",), workers, Cache(tmp_path))
        again = drawn(tasks, FONTS, ("svg",), workers, Cache(tmp_path))
    assert first == again
    assert heard[:2] == [("figures", 0, 6, "figure0"), ("figures", 1, 6, "figure1")]
    assert [said[1] for said in heard] == [*range(7), 0]  # the second time there is nothing to do


def test_a_format_does_not_depend_on_those_drawn_before_it():
    def bytes_of(kinds):
        with drawing(FONTS):
            figure, axes = canvas(2.0, 3.0)
            values = np.arange(6000.0).reshape(60, 100)  # so many cells are a picture inside svg and pdf
            heat_map(axes, values, [""] * 60, [""] * 100, label="D")
            return {kind: render(figure, kind) for kind in kinds}

    assert bytes_of(KINDS) == bytes_of(KINDS[::-1])


def test_png_bytes_read_back_as_the_same_pixels():
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    with image.open(BytesIO(png_bytes(pixels, 300))) as read:
        assert np.array_equal(np.asarray(read), pixels)
        assert read.mode == "RGB"
        assert read.info["dpi"] == pytest.approx((300, 300), abs=0.01)
