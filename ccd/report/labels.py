"""The words for names: study, data file, the bundled data, the house's own words, the name itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ccd.bundled import bundled_rows, codebook_labels, policy_labels
from ccd.panel import Panel
from ccd.report.style import Style
from ccd.report.views.base import Context
from ccd.words import Language, Text, chinese, text, visible

#: Names that results carry as plain strings and a reader sees as words.
WORDS: tuple[Text, ...] = (
    text("technology"),
    text("factor"),
    text("industry"),
    text("synchronous"),
    text("supply"),
    text("demand"),
    text("environment"),
)
#: Names that are no words in any language: terms of synergy, columns of the bundle.
MEANINGS: Mapping[str, Text] = {
    "synergy": text("Synergy"),
    "synergy_unmatched": text("Synergy, unmatched"),
    "synergy_triple": text("Synergy beyond every pair"),
    "loop": text("The loop"),
    "robustness": text("Robustness checks"),
    "roads": text("Estimators of the synergy"),
    "order": text("Order of the policies"),
    "comparison": text("Estimates with and without matching"),
    "const": text("Constant"),
    "never": text("never treated"),
    "region3": text("three regions (East, Central, West)"),
    "region4": text("four regions (East, Central, West, Northeast)"),
    "province": text("Region"),
    "year": text("year"),
    "fisc_exp_gdp": text("Fiscal expenditure per GDP"),
    "ln_gdp_pc": text("GDP per head, log"),
}


@dataclass(frozen=True)
class Labels:
    """Callable: a name -> its words in ``language``; ``own`` (study and data file) comes first."""

    own: Mapping[str, str]
    language: Language = "en"
    known: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        bundled = (region_names, codebook_labels, policy_labels)
        known = {name: words for found in bundled for name, words in found(self.language).items()}
        object.__setattr__(self, "known", {**known, **self.own})

    def __call__(self, name: str) -> str:
        """Return the label of ``name``, or the name; nothing in it is unseen."""
        if name in self.known:
            return visible(self.known[name])
        if name in MEANINGS:
            return MEANINGS[name].render(self.language)
        return visible(chinese().get(name, name) if self.language == "zh" else name)


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


def context(panel: Panel, language: Language, style: Style) -> Context:
    """Return the context of a page in ``language``."""
    return Context(
        style=style,
        language=language,
        label=Labels(panel.labels, language),
        entity_name=panel.entity_name,
        time_name=panel.time_name,
        units=panel.units,
        regions=frozenset(panel.entities),
    )


def plain_context(panel: Panel, style: Style) -> Context:
    """Return an English context whose labels hold no character that a Latin font lacks."""
    own = {name: label for name, label in panel.labels.items() if is_latin(label)}
    units = {name: unit for name, unit in panel.units.items() if is_latin(unit)}
    return replace(context_of(own, panel, style), units=units)


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
