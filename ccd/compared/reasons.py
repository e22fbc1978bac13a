"""What two manifests know of why numbers moved: data, keys of the study, seed, versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ccd.compared.numbers import shown
from ccd.compared.read import flat
from ccd.words import Text, text

#: Keys of a study that decide words alone.
WORDS_ALONE = ("title", "author", "language")


def reasons(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Text, ...]:
    """Return what differs between two manifests, data first; one sentence when nothing does."""
    found = (*_data(old, new), *_keys(old, new), *_versions(old, new))
    return found or (text("the manifests are alike: another machine or another build of its libraries"),)


def _data(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Text]:
    before, after = old.get("inputs", {}), new.get("inputs", {})
    for name in sorted({*before, *after}):
        if name not in after:
            yield text("data: {name} is no longer read", name=name)
        elif name not in before:
            yield text("data: {name} is read now", name=name)
        elif before[name] != after[name]:
            yield text("data: {name} has other contents", name=name)


def _keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Text]:
    before, after = (
        {key: value for key, value in flat(one.get("study", {})) if key not in WORDS_ALONE}
        for one in (old, new)
    )
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield text(
                "study: {key} was {old}, is {new}", key=key, old=_shown(before, key), new=_shown(after, key)
            )
    if old.get("seed") != new.get("seed") and "seed" not in {*before, *after}:
        yield text("seed: was {old}, is {new}", old=_shown(old, "seed"), new=_shown(new, "seed"))


def _versions(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Text]:
    before, after = old.get("versions", {}), new.get("versions", {})
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield text(
                "version: {name} was {old}, is {new}",
                name=name,
                old=_shown(before, name),
                new=_shown(after, name),
            )


def _shown(held: Mapping[str, Any], key: str) -> str | Text:
    return shown(held[key]) if key in held else text("not there")
