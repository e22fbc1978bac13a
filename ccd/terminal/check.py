"""What a study would do: its data, sections and models in lines, and how long a run takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ccd import pipeline
from ccd.terminal.console import console, print_json
from ccd.terminal.guess import first_guess

if TYPE_CHECKING:
    from ccd.pipeline import Draft, Options


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
    say = console(stderr=False)

    def line(text: str) -> None:
        say.print(text, markup=False)

    size = f"{len(panel.entities)} regions x {len(panel.times)} years ({panel.times[0]}-{panel.times[-1]})"
    shape = "balanced" if panel.balanced else "unbalanced"
    line(f"{study.title or file.name}")
    line(f"data: {study.data.path}: {size}, {len(panel.frame)} rows, {shape}")
    for name, indicators in study.subsystems.items():
        line(f"subsystem {name}: {', '.join(indicators)}")
    if study.subsystems:
        weighing = f"index: {study.index.scale}, {study.index.weights}"
        line(f"{weighing}; coupling: {study.coupling.formula}")
    if base.documents is not None:
        line(f"documents: {base.documents.count}, as {len(base.documents.frame.columns)} columns doc_*")
    for policy in study.policies:
        starts = panel.cohort(policy).dropna()
        span = f", {starts.min():.0f}-{starts.max():.0f}" if len(starts) else ""
        line(f"policy {policy}: {len(starts)} of {len(panel.entities)} regions treated{span}")
    for model in models:
        estimator = getattr(model, "estimator", "")
        kind = f"{getattr(model, 'kind', '')}{f' ({estimator})' if estimator else ''}"
        line(f"model {model.name}: {kind} of {model.outcome}")
    for variation in study.robustness:
        line(f"robustness of {variation.model}: {len(variation.checks)} checks")
    for note in notes:
        line(f"note: {note}")
    last = pipeline.last_seconds(out)
    checks = sum(len(variation.checks) for variation in study.robustness)
    kinds = [str(getattr(model, "kind", "")) for model in models]
    took = (
        f"; the last run there took {last:.0f} s"
        if last is not None
        else f"; about {first_guess(study, kinds, checks):.0f} s of CPU at a first guess "
        "(this line will say what the run took)"
    )
    line(f"ok: ccd run {path.as_posix()} would write {out.as_posix()}{took}")


def drafted(draft: Draft) -> None:
    """Say where a drafted study stands and what was guessed in it."""
    say = console(stderr=False)
    for guess in draft.guesses:
        say.print(guess, markup=False)
    say.print(
        f"wrote {draft.path.as_posix()}; look it over, then: ccd check {draft.path.as_posix()}", markup=False
    )
