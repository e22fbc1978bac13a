"""The words for names: study, data file, codebook, bundled regions, the house's own words, the name itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ccd.bundled import bundled_rows, codebook_labels
from ccd.panel import Panel
from ccd.report.style import Style
from ccd.report.views.base import Context
from ccd.words import Language, Text, chinese, text

#: Names that results carry as plain strings and a reader sees as words.
WORDS: tuple[Text, ...] = (
    text("technology"),
    text("factor"),
    text("industry"),
    text("synchronous"),
    text("const"),
)


@dataclass(frozen=True)
class Labels:
    """Callable: a name -> its words in ``language``; ``own`` (study and data file) comes first."""

    own: Mapping[str, str]
    language: Language = "en"
    known: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        known = {**region_names(self.language), **codebook_labels(self.language)}
        object.__setattr__(self, "known", {**known, **self.own})

    def __call__(self, name: str) -> str:
        """Return the label of ``name``, or the name."""
        if name in self.known:
            return self.known[name]
        return chinese().get(name, name) if self.language == "zh" else name


def region_names(language: Language) -> dict[str, str]:
    """Return other-language name -> name in ``language`` of the bundled provinces and their groups."""
    found = {}
    for row in bundled_rows("regions.csv"):
        for group in ("region3", "region4"):
            pair = (row[group], row[f"{group}_zh"])
            found[pair[0] if language == "zh" else pair[1]] = pair[1] if language == "zh" else pair[0]
        if language == "zh":
            found[row["name_en"]] = row["short_zh"]
        else:
            found |= {row["short_zh"]: row["name_en"], row["name_zh"]: row["name_en"]}
    return found


def units(language: Language) -> dict[str, str]:
    """Return column -> unit from the codebook; English ones only, for figures and tables in English."""
    return {row["variable"]: row["unit"] for row in bundled_rows("codebook.csv")} if language == "en" else {}


def context(panel: Panel, language: Language, style: Style) -> Context:
    """Return the context of a page in ``language``."""
    known = units(language)
    return Context(
        style=style,
        language=language,
        label=Labels(panel.labels, language),
        unit=lambda name: known.get(name, ""),
        entity_name=panel.entity_name,
        time_name=panel.time_name,
    )


def plain_context(panel: Panel, style: Style) -> Context:
    """Return an English context whose labels hold no character that a Latin font lacks."""
    own = {name: label for name, label in panel.labels.items() if is_latin(label)}
    return context_of(own, panel, style)


def context_of(own: Mapping[str, str], panel: Panel, style: Style) -> Context:
    """Return an English context with ``own`` labels."""
    return Context(
        style=style,
        label=Labels(own, "en"),
        entity_name=panel.entity_name,
        time_name=panel.time_name,
    )


def is_latin(words: str) -> bool:
    """Tell whether a Latin font can draw ``words``: nothing from the blocks of CJK characters."""
    return not any("\u2e80" <= char <= "\uffef" for char in words)
