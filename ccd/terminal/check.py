"""What a study would do: its data, sections and models in lines, and how long a run takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ccd import pipeline
from ccd.errors import Words
from ccd.terminal.console import print_json, say
from ccd.terminal.guess import first_guess
from ccd.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ccd.estimate import Model as ModelSpec
    from ccd.evaluate.base import Base
    from ccd.panel import Panel
    from ccd.pipeline import Draft, Options
    from ccd.study import Study


def check(path: Path, options: Options, *, json: bool = False, out: Path | None = None) -> None:
    """Show what a study would do, having read and validated it and its data."""
    file, base = pipeline.check(path, options)
    study, panel = file.study, base.panel
    out = pipeline.destination(file, out, options)
    models = [model for model in study.models if not options.only or model.name in options.only]
    notes = [*panel.notes, *(r for b in (base.documents, base.index) if b for r in b.notes)]
    notes += dict.fromkeys(note for model in models for note in model.forewarns(panel))
    if json:
        print_json(
            {
                "study": file.name,
                "out": out.as_posix(),
                "regions": len(panel.entities),
                "years": list(panel.times),
                "rows": len(panel.frame),
                "subsystems": {name: list(inside) for name, inside in study.subsystems.items()},
                "policies": {p: int(panel.cohort(p).notna().sum()) for p in study.policies},
                "models": [model.name for model in models],
                "notes": [str(note) for note in notes],
            }
        )
        return
    say(study.title or file.name, study.language)
    for line in _lines(study, base, panel, models, notes):
        say(line, study.language)
    last = pipeline.last_seconds(out)
    checks = sum(len(variation.checks) for variation in study.robustness)
    kinds = [str(getattr(model, "kind", "")) for model in models]
    took = (
        text("the last run there took {seconds} s", seconds=f"{last:.0f}")
        if last is not None
        else text(
            "about {seconds} s of CPU at a first guess (this line will say what the run took)",
            seconds=f"{first_guess(study, kinds, checks):.0f}",
        )
    )
    would = text(
        "ok: ccd run {study} would write {out}; {took}", study=path.as_posix(), out=out.as_posix(), took=took
    )
    say(would, study.language)


def _lines(
    study: Study, base: Base, panel: Panel, models: Sequence[ModelSpec], notes: Sequence[Text]
) -> Iterator[Words]:
    """Yield what a study reads, section by section, and what is to be said of its data."""
    yield text(
        "data: {file}: {regions} regions x {years} {years:year|years} ({first}-{last}), "
        "{rows} {rows:row|rows}, {shape}",
        file=study.data.path,
        regions=len(panel.entities),
        years=len(panel.times),
        first=panel.times[0],
        last=panel.times[-1],
        rows=len(panel.frame),
        shape=text("balanced") if panel.balanced else text("unbalanced"),
    )
    for name, indicators in study.subsystems.items():
        yield text("subsystem {name}: {indicators}", name=name, indicators=tuple(indicators))
    if study.subsystems:
        yield text(
            "index: {scale}, {weights}; coupling: {formula}",
            scale=study.index.scale,
            weights=study.index.weights,
            formula=study.coupling.formula,
        )
    if base.documents is not None:
        count, columns = base.documents.count, len(base.documents.frame.columns)
        yield text("documents: {count}, as {columns} columns doc_*", count=count, columns=columns)
    for policy in study.policies:
        starts = panel.cohort(policy).dropna()
        span = f", {starts.min():.0f}-{starts.max():.0f}" if len(starts) else ""
        yield text(
            "policy {policy}: {count} of {all} regions treated{span}",
            policy=policy,
            count=len(starts),
            all=len(panel.entities),
            span=span,
        )
    for model in models:
        estimator = getattr(model, "estimator", "")
        kind = f"{getattr(model, 'kind', '')}{f' ({estimator})' if estimator else ''}"
        yield text("model {model}: {kind} of {outcome}", model=model.name, kind=kind, outcome=model.outcome)
    for variation in study.robustness:
        count = len(variation.checks)
        yield text("robustness of {model}: {count} checks", model=variation.model, count=count)
    for note in notes:
        yield text("note: {note}", note=note)


def drafted(draft: Draft) -> None:
    """Say where a drafted study stands and what was guessed in it."""
    for guess in draft.guesses:
        say(guess)
    say(text("wrote {path}; look it over, then: ccd check {path}", path=draft.path.as_posix()))
