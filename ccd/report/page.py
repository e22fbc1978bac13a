"""The page before any format: sections of sentences, numbered tables and figures; one loop over parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from ccd.cache import NO_CACHE, Cache, work_key
from ccd.digest import Digests
from ccd.methods import Method, cited, mentioned
from ccd.report.blocks import Block, Section
from ccd.report.drawing import Drawing, drawn
from ccd.report.figures import Fonts, font_files
from ccd.report.findings import findings
from ccd.report.labels import context, is_latin, plain_context
from ccd.report.maps import Boundaries
from ccd.report.models import in_parts
from ccd.report.overview import asked, described
from ccd.report.paper import arrange
from ccd.report.style import Report, Style
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Part, Results, ResultsTable
from ccd.words import Name, Text, text, visible

if TYPE_CHECKING:
    from ccd.report.drawing import Draw, Images

NO_CHINESE = text(
    "No Chinese font is installed, so the figures carry English labels; install one (for example Noto Sans CJK) "
    "or name a font file with font under [output]"
)


@dataclass(frozen=True)
class Page:
    """All that a reader sees, in order; every renderer of pages reads this and nothing else.

    ``files`` are the blocks whose tables and figures are written as files, those that the page leaves out among them;
    ``warnings`` arose in drawing.
    """

    title: str
    ctx: Context
    sections: tuple[Section, ...]
    methods: tuple[Method, ...] = ()
    software: tuple[Text, ...] = ()
    files: tuple[Block, ...] = ()
    warnings: tuple[Text, ...] = ()
    kept: Cache = NO_CACHE

    @property
    def works(self) -> tuple[str, ...]:
        """Return the keys of all works that the page cites: those of its methods, then those its words name."""
        said = [words for section in self.sections for words in (*section.sentences, *section.notes)]
        for block in self.blocks():
            said += [*block.sentences, *([block.caption] if block.caption is not None else [])]
            said += [block.table.title, *block.table.notes] if block.table is not None else []
        words = "\n".join(self.ctx.say(one) for one in said)
        return tuple(dict.fromkeys((*cited(self.methods), *mentioned(words))))

    def blocks(self) -> Iterable[Block]:
        """Return every block in order."""
        return (block for section in self.sections for block in section.blocks)


class Composer:
    """Turns parts into blocks, drawn with one set of fonts."""

    def __init__(
        self,
        results: Results,
        style: Style,
        fonts: Fonts,
        kinds: Sequence[str],
        cache: Cache = NO_CACHE,
        boundaries: Boundaries | None = None,
        workers: int = 1,
    ) -> None:
        self.cache, self.digests, self.workers = cache, Digests(), workers
        self.known: dict[tuple[object, ...], tuple[Drawing, Images]] = {}
        self.ctx = replace(context(results.panel, results.language, style), indices=indices(results))
        self.fonts, self.kinds = fonts, kinds
        self.font_files = font_files(fonts) if cache.folder is not None and kinds else ()
        self.drawn = self.ctx if fonts.chinese else plain_context(results.panel, style)
        self.drawn = replace(self.drawn, boundaries=boundaries)

    def block(self, part: Part[Any], ctx: Context, prefix: str = "") -> Block | None:
        """Return the block of a part, or None where its shape has no view or the view shows nothing."""
        view = VIEWS.get(part.shape)
        if view is None:
            return None
        name = f"{prefix}{part.name}"
        table = view.table(part, ctx) if view.table else None
        images = self.images(view.figure, part, ctx)
        said = tuple(view.sentences(part, ctx)) if view.sentences else ()
        if table is None and not images and not said:
            return None
        caption = view.caption(part, ctx) if view.caption else (table.title if table else Name(part.name))
        named = None if table is None else replace(table, name=name)
        return Block(
            name, ctx, said, named, caption=_as_text(caption), images=images, shape=part.shape, part=part.name
        )

    def extras(self, part: Part[Any], ctx: Context, prefix: str = "") -> Iterable[Block]:
        """Yield a block for each further figure of a part."""
        view = VIEWS.get(part.shape)
        for extra in view.more if view else ():
            images = self.images(extra.figure, part, ctx)
            if images:
                name = f"{prefix}{part.name}_{extra.name}"
                words = extra.caption(part, ctx)
                yield Block(
                    name,
                    ctx,
                    caption=words,
                    images=images,
                    shape=part.shape,
                    part=part.name,
                    extra=extra.name,
                )

    def prepare(self, shown: Iterable[tuple[Part[Any], Context]]) -> None:
        """Draw all figures of ``shown`` parts at once, in processes where there are some."""
        if not self.kinds:
            return
        asked: dict[tuple[object, ...], Drawing] = {}
        for part, ctx in shown:
            view = VIEWS.get(part.shape)
            draws = (view.figure, *(extra.figure for extra in view.more)) if view else ()
            asked |= {
                _place(draw, part, ctx): self.wanted(draw, part, ctx) for draw in draws if draw is not None
            }
        made = drawn(tuple(asked.values()), self.fonts, self.kinds, self.workers, self.cache)
        self.known |= {place: (one, images) for (place, one), images in zip(asked.items(), made, strict=True)}

    def images(self, draw: Draw | None, part: Part[Any], ctx: Context) -> Images:
        """Return the figure of a part in every format asked for; none where there is nothing to draw."""
        if draw is None or not self.kinds:
            return {}
        place = _place(draw, part, ctx)
        if place not in self.known:
            one = self.wanted(draw, part, ctx)
            (images,) = drawn((one,), self.fonts, self.kinds, 1, self.cache)
            self.known[place] = (one, images)
        return self.known[place][1]

    def wanted(self, draw: Draw, part: Part[Any], ctx: Context) -> Drawing:
        """Return what a figure is drawn from, and what it is kept under."""
        words = replace(self.drawn, estimate=ctx.estimate, model=ctx.model)
        if self.cache.folder is None:
            return Drawing(draw, part, words)
        about = (self.digests(part), self.digests(ctx.estimate), self.digests(self.drawn), ctx.model)
        return Drawing(draw, part, words, work_key("figure", draw, *about, self.font_files, self.kinds))

    def blocks(self, parts: Iterable[Part[Any]], ctx: Context, prefix: str = "") -> tuple[Block, ...]:
        """Return the blocks of all parts that can be shown."""
        made: list[Block] = []
        for part in parts:
            block = self.block(part, ctx, prefix)
            made += [block] if block is not None else []
            made += self.extras(part, ctx, prefix)
        return tuple(made)


def _place(draw: Draw, part: Part[Any], ctx: Context) -> tuple[object, ...]:
    return draw, id(part), ctx.model


def _as_text(caption: Text | Name) -> Text:
    return caption if isinstance(caption, Text) else text("{name}", name=caption)


def compose(
    results: Results,
    style: Style,
    fonts: Fonts,
    kinds: Sequence[str],
    report: Report = "full",
    cache: Cache = NO_CACHE,
    boundaries: Boundaries | None = None,
    workers: int = 1,
) -> Page:
    """Return the page of ``results`` with its figures in ``kinds`` (png, svg, pdf; empty: none).

    A ``paper`` has the body of one, in its order, and an appendix; ``full`` has all there is, model by model. Figures
    that ``cache`` holds are taken over, the others drawn by at most ``workers`` processes. ``boundaries`` are those of
    maps; None: provinces as tiles.
    """
    maker = Composer(results, style, fonts, kinds, cache, boundaries, workers)
    maker.prepare(shown_parts(results, maker.ctx))
    notes: dict[str, list[Text]] = {}
    for room, note in results.warnings():
        notes.setdefault(room, []).append(note)
    said = tuple(opening(results, maker.ctx))
    sections = [
        Section("asked", text("What was asked"), tuple(asked(results)), equations=equations(results)),
        Section(
            "found",
            text("What was found"),
            tuple(words for words, _ in said),
            links=tuple(at for _, at in said),
        ),
        Section("data", text("Data"), results.sources, maker.blocks(results.describe, maker.ctx)),
    ]
    for key, title, result in (
        ("index", text("Subsystem indices"), results.index),
        ("coupling", text("Coupling coordination"), results.coupling),
    ):
        if result is not None:
            sections.append(Section(key, title, (), maker.blocks(result.parts, maker.ctx)))
    for told in results.chapters:
        chapter = maker.blocks(told.parts, maker.ctx, f"{told.room}_")
        sections.append(Section(told.room, told.title, (), chapter))
    if results.documents is not None:
        mix = maker.blocks(results.documents.parts, maker.ctx, "documents_")
        sections.append(Section("documents", text("Policy documents"), (), mix))
    sections.append(Section("results", text("Results"), (), tuple(_tables(results, maker))))
    for name, estimate in results.estimates.items():
        ctx = maker.ctx.of(estimate, name)
        parts = (Part(estimate.terms), *estimate.parts)
        title = text("Model {model}", model=Name(name))
        sections.append(Section(name, title, (), maker.blocks(parts, ctx, f"{name}_")))
    compared = maker.blocks(results.comparisons, maker.ctx)
    sections.append(Section("comparisons", text("Comparisons"), (), compared))
    filled = [replace(section, notes=tuple(notes.get(section.key, ()))) for section in sections]
    warnings: tuple[Text, ...] = (
        (NO_CHINESE,) if kinds and not fonts.chinese and needs_chinese(results) else ()
    )
    warnings += boundaries.notes if boundaries is not None else ()
    filled[0] = replace(filled[0], notes=warnings)
    shown = tuple(s for s in filled if s.sentences or s.blocks or s.notes)
    files = tuple(block for section in shown for block in section.blocks)
    if report == "paper" and results.estimates:  # without models there is no paper to arrange
        shown = arrange(shown, results, maker.ctx)
    return Page(
        visible(results.title),
        maker.ctx,
        numbered(shown),
        results.methods,
        tuple(software(results)),
        files,
        warnings,
        cache,
    )


def shown_parts(results: Results, ctx: Context) -> Iterable[tuple[Part[Any], Context]]:
    """Yield every part that may have a figure, and the context that it is shown in."""
    rooms = (results.index, results.coupling, *results.chapters, results.documents)
    for parts in (results.describe, *(room.parts for room in rooms if room is not None), results.comparisons):
        yield from ((part, ctx) for part in parts)
    for name, estimate in results.estimates.items():
        own = ctx.of(estimate, name)
        yield from ((part, own) for part in estimate.parts)


def numbered(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return the sections with tables and figures counted in the order in which they stand."""
    tables, figures = count(1), count(1)

    def counted(block: Block) -> Block:
        return replace(
            block,
            table_number=next(tables) if block.table is not None else 0,
            figure_number=next(figures) if block.images else 0,
        )

    return tuple(replace(s, blocks=tuple(counted(block) for block in s.blocks)) for s in sections)


def opening(results: Results, ctx: Context) -> Iterable[tuple[Text, str]]:
    """Yield what was found and the block that shows it: the effects by rank, then the facts about D."""
    yield from ((words, block) for block, words in findings(results, ctx))
    yield from described(results, ctx)


def equations(results: Results) -> tuple[str, ...]:
    """Return the equation of each estimator of the study in LaTeX, each once."""
    kinds = {one.kind for one in results.estimates.values()}
    made = (one for one in results.methods if one.key.partition(":")[0] in kinds)
    return tuple(dict.fromkeys(one.formulas[0] for one in made if one.formulas))


def indices(results: Results) -> frozenset[str]:
    """Return the columns of a study that lie in [0, 1] by the way they are made."""
    if results.coupling is None or results.index is None:
        return frozenset()
    return frozenset((*results.index.weights.subsystems, "C", "T", "D", "weakest"))


def software(results: Results) -> Iterable[Text]:
    """Yield what the numbers were made with: versions and the seed."""
    if results.versions:
        listed = tuple(f"{name} {version}" for name, version in results.versions.items())
        yield text("Made with {versions}.", versions=listed)
    if results.seed is not None:
        yield text("Every random stream starts from the seed {seed}.", seed=results.seed)


def needs_chinese(results: Results) -> bool:
    """Tell whether figures would show Chinese: in a Chinese study, or for regions or labels in Chinese."""
    shown = (*results.panel.entities, *results.panel.labels.values())
    return results.language == "zh" or not all(is_latin(words) for words in shown)


def _tables(results: Results, maker: Composer) -> Iterable[Block]:
    """Yield the tables of models side by side: those the study asks for, else one of all models."""
    asked_for = results.tables or (ResultsTable("models", tuple(results.estimates)),)
    for wanted in asked_for:
        if wanted.models:
            for table in in_parts(wanted, results, maker.ctx):
                yield Block(table.name, maker.ctx, (), table, shape="models", part=table.name)
