"""A script: its head with the names that had to change, a block for each model, and what no model repeats."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ccd.arrays import FloatArray
from ccd.estimate import tag
from ccd.estimate.model import ModelSpec
from ccd.export import differs
from ccd.export.beside import aside, numbers
from ccd.export.job import Code, Coder, Job, Names
from ccd.report.labels import Labels
from ccd.report.panel_files import PanelFile
from ccd.report.style import Style
from ccd.results import Results
from ccd.words import Text, text

#: Characters of a line of comment.
WIDE = 110


@dataclass(frozen=True)
class Tongue:
    """A language: its files, its ``names``, how it writes comments, heads and blocks, and its coders."""

    title: str
    script: str
    data: str
    names: Callable[[Iterable[str]], dict[str, str]]
    write: Callable[[PanelFile, Names], tuple[bytes, tuple[Text, ...]]]
    comment: Callable[[str], str]
    head: Callable[[Sequence[str], Job], list[str]]
    block: Callable[[str, Code], list[str]]
    foot: Callable[[], list[str]]
    coders: Mapping[str, Coder | Text]


@dataclass(frozen=True)
class Script:
    """The text of a script, the files it reads beside the panel, and which models have code (name -> True)."""

    text: str
    files: Mapping[str, bytes]
    coded: Mapping[str, bool]


def written(
    models: Sequence[ModelSpec],
    results: Results,
    jobs: Mapping[str, Job],
    blank: Job,
    tongue: Tongue,
    style: Style,
    beside: Sequence[Text] = (),
) -> Script:
    """Return the script of all ``models``; ``beside`` says what of the study it leaves out."""
    language, label = results.language, Labels(results.panel.labels, results.language)

    def say(sentence: Text | str) -> str:
        shown = sentence if isinstance(sentence, str) else sentence.render(language, label, style.in_words)
        pieces = textwrap.wrap(" ".join(shown.split()), WIDE, break_long_words=False) or [""]
        return "\n".join(map(tongue.comment, pieces))

    blocks, files, coded, packages = list[str](), dict[str, bytes](), dict[str, bool](), dict[str, None]()
    for place, model in enumerate(models, start=1):
        job = jobs[model.name]
        made = code_of(model, job, tongue.coders)
        blocks += ["", tongue.comment("-" * 70), say(f"{place}. {model.name}")]
        kind = text("{kind}, outcome {outcome}", kind=tag(model), outcome=model.outcome or "-")
        blocks.append(say(kind))
        if job.estimate is None:
            failure = results.failures.get(model.name)
            why: Text | str = failure.what if failure is not None else "-"
            blocks.append(
                say(text("ccd could not estimate it, so there is no number to compare: {why}", why=why))
            )
        else:
            blocks += map(say, numbers(job.estimate, style, language, label))
        coded[model.name] = isinstance(made, Code)
        if isinstance(made, Text):
            blocks.append(say(text("{model} has no counterpart here: {why}", model=model.name, why=made)))
            continue
        blocks += [say(text("Differs: {what}", what=what)) for what in dict.fromkeys(made.differs)]
        more = permuted(job), aside(model, "\n".join(made.lines))
        blocks += [say(one) for one in more if one is not None]
        blocks += tongue.block(model.name, made)
        files |= made.files
        packages |= dict.fromkeys(made.packages)
    version = results.versions.get("ccd", "")
    repeats = text(
        "Repeats the models of ccd {version} in {language}", version=version, language=tongue.title
    )
    head = [
        say(results.title),
        say(repeats),
        say(text("Read from the folder of this script: {files}", files=(tongue.data, *files))),
        say(text("Packages: {names}", names=tuple(packages) or ("-",))),
        *renamed(blank.column, tongue, say),
    ]
    tail = ["", *(say(one) for one in beside)] if beside else []
    lines = [*head, "", *tongue.head(tuple(packages), blank), *blocks, *tail, *tongue.foot()]
    return Script("\n".join(lines) + "\n", files, coded)


def code_of(model: ModelSpec, job: Job, coders: Mapping[str, Coder | Text]) -> Code | Text:
    """Return the code of a model, or why there is none."""
    own = coders[tag(model)]
    return own if isinstance(own, Text) else own(model, job)


def permuted(job: Job) -> Text | None:
    """Return that permutations lead, where they do."""
    led = job.estimate is not None and job.estimate.headline_p == "permutation"
    return differs.PERMUTED if led else None


def renamed(names: Names, tongue: Tongue, say: Callable[[Text | str], str]) -> list[str]:
    """Return the table of columns that the language calls otherwise."""
    other = names.renamed()
    if not other:
        return []
    first = say(
        text("Columns that {language} cannot hold as they are, by their names here:", language=tongue.title)
    )
    return [first, *(say(f"    {made} = {name}") for name, made in other.items())]


def with_columns(found: PanelFile, made: Mapping[str, tuple[str, FloatArray]]) -> PanelFile:
    """Return the panel's file with ``made`` columns: name -> (label, values)."""
    frame = found.frame.copy()
    labels = dict(found.labels)
    for name, (label, values) in made.items():
        frame[name] = values
        labels[name] = label
    return replace(found, frame=frame, labels=labels)
