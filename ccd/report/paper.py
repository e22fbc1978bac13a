"""A page in the order of a paper: what carries the argument in the body, the rest in an appendix or in files alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from ccd.report.blocks import Block, Section
from ccd.report.errors import errors_table, is_detail
from ccd.report.text import width
from ccd.report.views.base import Context
from ccd.results import Comparison, Results
from ccd.words import Text, names, text

#: Where a table or figure stands; what is left out is in the files of tables and figures alone.
Place = Literal["body", "appendix", "out"]
BODY: Place = "body"
APPENDIX: Place = "appendix"
OUT: Place = "out"

#: The chapters of a paper in their order.
CHAPTERS: Mapping[str, Text] = {
    "found": text("What was found"),
    "asked": text("Design"),
    "data": text("Data"),
    "index": text("Subsystem indices"),
    "facts": text("Coupling coordination: facts"),
    "documents": text("Policy documents"),
    "results": text("Results"),
    "matching": text("Matching"),
    "threshold": text("Threshold effects"),
    "synergy": text("Synergy of policies"),
    "trends": text("Parallel trends and dynamic effects"),
    "staggered": text("Estimators for staggered dates"),
    "placebo": text("Placebo tests"),
    "robustness": text("Robustness"),
    "mechanism": text("Heterogeneity and mechanism"),
}
#: Section of the full page -> chapter of the paper.
ROOMS: Mapping[str, str] = {"coupling": "facts"}
#: Kind of model -> chapter of the comparisons inside it.
COMPARED: Mapping[str, str] = {"did": "mechanism", "psm-did": "matching", "synergy": "synergy"}
#: Kind of model -> chapter of its event study.
DYNAMIC: Mapping[str, str] = {"synergy": "synergy"}


class Slot(NamedTuple):
    """The chapter of a shape, and where its table and figure stand: of a model that leads its effect, of others."""

    chapter: str
    table: Place
    figure: Place
    other_table: Place = OUT
    other_figure: Place = OUT


#: Shape, or shape and the name of a further figure -> slot. What is not here stands in the body of its own section.
SLOTS: Mapping[str, Slot] = {
    "policy_calendar": Slot("asked", BODY, BODY),
    "policy_overlap": Slot("asked", BODY, BODY),
    "by_year": Slot("facts", APPENDIX, BODY),
    "by_group": Slot("facts", OUT, APPENDIX),
    "density": Slot("facts", OUT, APPENDIX),
    "ranking": Slot("facts", APPENDIX, BODY),
    "stage_probabilities": Slot("facts", OUT, OUT),
    "weights": Slot("index", BODY, OUT),
    "weights_before": Slot("index", OUT, OUT),
    "scores": Slot("index", OUT, OUT),
    "cells": Slot("index", APPENDIX, OUT),
    "coupling": Slot("facts", OUT, APPENDIX),
    "coupling_map": Slot("facts", OUT, BODY),
    "coupling_bottleneck_map": Slot("facts", OUT, APPENDIX),
    "obstacles": Slot("facts", OUT, BODY),
    "grades": Slot("facts", OUT, BODY),
    "changes": Slot("facts", OUT, APPENDIX),
    "document_years": Slot("documents", APPENDIX, BODY),
    "document_matrix": Slot("documents", APPENDIX, APPENDIX),
    "document_pairing": Slot("documents", BODY, OUT),
    "document_overlap": Slot("documents", APPENDIX, OUT),
    "event_study": Slot("trends", APPENDIX, BODY, OUT, APPENDIX),
    "att_gt": Slot("staggered", OUT, APPENDIX, OUT, APPENDIX),
    "aggregates": Slot("staggered", APPENDIX, OUT),
    "event_studies": Slot("staggered", OUT, BODY),
    "bacon": Slot("staggered", OUT, APPENDIX),
    "sensitivity": Slot("trends", APPENDIX, BODY, APPENDIX, BODY),
    "permutation": Slot("placebo", OUT, APPENDIX),
    "placebo": Slot("placebo", APPENDIX, BODY, APPENDIX, BODY),
    "leave_out": Slot("robustness", APPENDIX, BODY, APPENDIX, APPENDIX),
    "mechanism": Slot("mechanism", BODY, BODY, BODY, BODY),
    "mediation": Slot("mechanism", APPENDIX, BODY, APPENDIX, APPENDIX),
    "mediation_by_treatment": Slot("mechanism", BODY, OUT, APPENDIX, OUT),
    "channel_effects": Slot("mechanism", BODY, BODY, BODY, BODY),
    "moderator": Slot("mechanism", BODY, BODY, BODY, BODY),
    "margins": Slot("mechanism", BODY, BODY, BODY, BODY),
    "matches": Slot("matching", APPENDIX, OUT, APPENDIX, OUT),
    "balance": Slot("matching", BODY, BODY, APPENDIX, OUT),
    "score_density": Slot("matching", OUT, BODY),
    "common_support": Slot("matching", OUT, APPENDIX),
    "propensity": Slot("matching", APPENDIX, OUT),
    "threshold_tests": Slot("threshold", BODY, OUT, BODY, OUT),
    "thresholds": Slot("threshold", APPENDIX, OUT, APPENDIX, OUT),
    "lr_curve": Slot("threshold", OUT, BODY, OUT, BODY),
    "regime_slopes": Slot("threshold", OUT, APPENDIX, OUT, APPENDIX),
    "regimes": Slot("threshold", APPENDIX, OUT, APPENDIX, OUT),
    "states": Slot("synergy", BODY, APPENDIX, APPENDIX, OUT),
    "policy_paths": Slot("synergy", OUT, APPENDIX),
    "loop": Slot("results", BODY, BODY, BODY, BODY),
    "projections": Slot("results", APPENDIX, BODY, APPENDIX, BODY),
    "granger": Slot("results", BODY, OUT, BODY, OUT),
    "loop_modes": Slot("results", APPENDIX, OUT, APPENDIX, OUT),
    "loop_years": Slot("results", APPENDIX, APPENDIX, APPENDIX, APPENDIX),
    "roots": Slot("results", APPENDIX, OUT, APPENDIX, OUT),
    "quantiles": Slot("results", APPENDIX, BODY, APPENDIX, BODY),
    "scale": Slot("results", APPENDIX, OUT, APPENDIX, OUT),
    "stability": Slot("results", BODY, OUT, BODY, OUT),
    "tests": Slot("results", BODY, BODY, BODY, BODY),
    "first_stage": Slot("results", BODY, BODY, BODY, BODY),
}
#: How a results table gives the note of one model.
COLUMN = "Column {columns}: {note}"
#: Lines of notes under a table, and how many Latin letters such a line has room for (a Chinese character takes two).
LINES, LETTERS = 5, 118


def arrange(sections: Sequence[Section], results: Results, ctx: Context) -> tuple[Section, ...]:
    """Return the sections of the full page as a paper's: chapters in their order, the rest after them.

    Tables keep five lines of notes; what is left over is said once, with the models that it belongs to.
    """
    leads = {conclusion.model for conclusion in results.conclusions}
    tabled = {name for table in results.tables for name in table.models}
    chapters: dict[str, list[Block]] = {}
    behind: dict[str, list[Block]] = {}
    errors = errors_table(results)
    left: dict[Text, list[str]] = {}
    own = {section.key: section for section in sections}
    for section in sections:
        for block in section.blocks:
            slot = slot_of(block, section, results, tabled)
            first = not block.model or block.model in leads
            for place, part in parted(block, slot, first=first):
                kept = shortened(part, ctx, left, details=errors is None)
                where = chapters if place == BODY else behind
                where.setdefault(slot.chapter, []).append(kept)
    for section in sections:
        model = section.key if section.key in results.estimates else ""
        for note in section.notes:
            if errors is not None and is_detail(note):
                continue
            left.setdefault(note, []).extend([model] if model else [])
    order = [*CHAPTERS, *(key for key in own if key not in CHAPTERS and key not in results.estimates)]
    titles = {**{key: section.title for key, section in own.items()}, **CHAPTERS}
    body = tuple(
        Section(
            key,
            titles[key],
            own[key].sentences if key in own else (),
            tuple(chapters.get(key, ())),
            links=own[key].links if key in own else (),
            equations=own[key].equations if key in own else (),
        )
        for key in order
    )
    # tables first: figures alone stand two beside each other
    more = tuple(
        sorted((block for key in order for block in behind.get(key, ())), key=lambda b: b.table is None)
    )
    if errors is not None:
        more = (*more, Block(errors.name, ctx, (), errors, shape="errors"))
    said = tuple(
        gathered(left, results, (*body, Section("more", text("Appendix: more tables and figures"), (), more)))
    )
    appendix = (
        Section("more", text("Appendix: more tables and figures"), (), more, appendix=True),
        Section("notes", text("Appendix: notes"), said, appendix=True),
    )
    return tuple(s for s in (*body, *appendix) if s.sentences or s.blocks)


def slot_of(block: Block, section: Section, results: Results, tabled: set[str]) -> Slot:
    """Return where a block belongs; the terms of a model that stands in a results table are in that table."""
    estimate = results.estimates.get(block.model)
    kind = "" if estimate is None else estimate.kind
    if block.shape == "terms":
        # a study that asks for tables and leaves a model out has put it behind the body
        return Slot("results", OUT, OUT) if block.model in tabled else Slot("results", APPENDIX, OUT)
    if block.shape == "comparison":
        if estimate is not None:
            return Slot(COMPARED.get(kind, "results"), BODY, APPENDIX, APPENDIX, OUT)
        return (
            Slot("robustness", BODY, APPENDIX)
            if block.part in varied(results)
            else Slot("staggered", OUT, BODY)
        )
    slot = SLOTS.get(f"{block.shape}_{block.extra}" if block.extra else block.shape)
    if slot is None:
        return Slot(ROOMS.get(section.key, section.key), BODY, BODY, APPENDIX, APPENDIX)
    if block.shape == "event_study":
        return slot._replace(chapter=DYNAMIC.get(kind, slot.chapter))
    return slot


def varied(results: Results) -> set[str]:
    """Return the names of the comparisons of one model under variations of its study."""
    found = ((part.name, part.value) for part in results.comparisons)
    return {name for name, value in found if isinstance(value, Comparison) and "model" in (value.about or {})}


def parted(block: Block, slot: Slot, *, first: bool) -> Iterable[tuple[Place, Block]]:
    """Yield the parts of a block that are shown, with their places; the figure comes first where they stand apart."""
    table, figure = (slot.table, slot.figure) if first else (slot.other_table, slot.other_figure)
    if block.table is None:
        table = OUT
    if not block.images:
        figure = OUT
    if table == figure:
        if table != OUT:
            yield table, block
        return
    if figure != OUT:
        yield (
            figure,
            replace(block, table=None, sentences=block.sentences if figure == BODY or table == OUT else ()),
        )
    if table != OUT:
        said = block.sentences if figure in (OUT, APPENDIX) else ()
        yield (
            table,
            replace(block, images={}, sentences=said, anchor=f"{block.name}-table" if figure != OUT else ""),
        )


def shortened(block: Block, ctx: Context, left: dict[Text, list[str]], *, details: bool) -> Block:
    """Return the block whose table keeps at most five lines of notes; the others go to ``left`` with their model.

    Without ``details`` the notes that the table of errors says are dropped.
    """
    if block.table is None:
        return block
    room, kept = LINES * LETTERS, []
    for note in block.table.notes:
        if not details and is_detail(note):
            continue
        size = width(ctx.say(note)) + 2
        if size <= room and note not in left:
            kept.append(note)
            room -= size
        else:
            left.setdefault(note, []).extend([block.model] if block.model else [])
    return replace(block, table=replace(block.table, notes=tuple(kept)))


def gathered(left: Mapping[Text, Sequence[str]], results: Results, body: Sequence[Section]) -> Iterable[Text]:
    """Yield each note that no table of the body bears once, with the models it belongs to."""
    shown = {
        note for s in body for block in s.blocks if block.table is not None for note in block.table.notes
    }
    several = len(results.estimates) > 1
    for note, models in left.items():
        if note in shown or note.template == COLUMN:  # a column's note is that of its model
            continue
        own = tuple(dict.fromkeys(models))
        if own and several and len(own) < len(results.estimates):
            yield text("{note} ({models})", note=note, models=names(own))
        else:
            yield note
