"""The tables of a study file before they mean anything: read, extended, merged, one key set."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from ccd.errors import StudyError, suggest
from ccd.study.slips import not_toml
from ccd.words import Text, text

#: Keys that name a file; they are relative to the study that holds them.
FILE_KEYS = (
    ("data", "path"),
    ("data.merge.*", "path"),
    ("policies.*", "path"),
    ("weights.*", "edges"),
    ("weights.*", "path"),
    ("index", "lock"),
    ("output", "font"),
    ("output", "map"),
    ("documents", "path"),
    ("documents", "coding"),
)

Raw = dict[str, Any]


def fault(what: Text, key: str, fix: Text) -> StudyError:
    """Return the error of one key of a study."""
    return StudyError(what, where=text("study, {key}", key=f"{key}"), fix=fix)


def read_raw(path: Path, seen: tuple[Path, ...] = ()) -> Raw:
    """Return the tables of a study file over those it ``extends``: tables merge, lists replace."""
    where = path.resolve()
    if where in seen:
        raise StudyError(
            text("studies extend each other in a circle"), where=str(path), fix=text("remove one 'extends'")
        )
    if path.is_dir():
        raise StudyError(
            text("the study cannot be read: it is a folder"), where=str(path), fix=text("name a study file")
        )
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        near = suggest(path.name, [p.name for p in path.parent.glob("*.toml")])
        raise StudyError(
            text("there is no such study file"),
            where=str(path),
            fix=text("{near}check the path", near=near),
        ) from error
    except UnicodeDecodeError as error:
        raise StudyError(
            text("the study cannot be read: it is not UTF-8"), where=str(path), fix=text("save it as UTF-8")
        ) from error
    except OSError as error:
        raise StudyError(
            text("the study cannot be read: {reason}", reason=error.strerror or str(error)),
            where=str(path),
            fix=text("check the file"),
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise not_toml(error, path) from error
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, brackets in thousands
        raise StudyError(
            text("the study cannot be read: a number is too long, or brackets stand too deep in each other"),
            where=str(path),
            fix=text("check the file"),
        ) from error
    if any("\0" in words for words in _words(raw)):
        raise StudyError(
            text("a null character stands in the study"),
            where=str(path),
            fix=text("a backslash in double quotes is no part of a path: write /, or single quotes"),
        )
    if "extends" not in raw:
        return raw
    below = raw.pop("extends")
    if not isinstance(below, str):
        raise StudyError(
            text("{value} is not text in quotes", value=repr(below)),
            where=text("{path}, extends", path=path),
            fix=text('write extends = "file name"'),
        )
    base = path.parent / below
    return merged(_rebased(read_raw(base, (*seen, where)), base.parent, path.parent), raw)


def _words(at: object) -> Iterator[str]:
    """Yield every key and text of a table, however deep."""
    if isinstance(at, str):
        yield at
    elif isinstance(at, dict):
        yield from at
        for value in at.values():
            yield from _words(value)
    elif isinstance(at, list):
        for value in at:
            yield from _words(value)


def extended(path: Path) -> Iterator[Path]:
    """Yield a readable study file and those it extends, the nearest first."""
    yield path
    raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    below = raw.get("extends")
    if below is not None:
        yield from extended(path.parent / below)


def _rebased(raw: Raw, old: Path, new: Path) -> Raw:
    for section, key in FILE_KEYS:
        for table in _tables(raw, section):
            value = table.get(key)
            if isinstance(value, str) and value and not Path(value).is_absolute():
                table[key] = Path(os.path.relpath(old / value, new)).as_posix()
    return raw


def _tables(raw: Raw, dotted: str) -> Iterator[Raw]:
    """Yield the tables under a dotted key; ``*`` is every item of a table or a list."""
    at: list[Any] = [raw]
    for step in dotted.split("."):
        if step == "*":
            inner = (one.values() if isinstance(one, dict) else one for one in at)
            at = [item for one in inner if not isinstance(one, str | int | float) for item in one or ()]
        else:
            at = [one.get(step) for one in at if isinstance(one, dict)]
    yield from (one for one in at if isinstance(one, dict))


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Raw:
    """Return ``over`` laid on ``under``: tables merge, everything else replaces."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def toml_value(source: str) -> Any:
    """Return ``source`` read as a TOML value, or as the bare string it is."""
    try:
        return tomllib.loads(f"x = {source}")["x"]
    except (ValueError, RecursionError):  # no TOML, numbers of thousands of digits, brackets in thousands
        return source


def with_keys(raw: Raw, keys: Mapping[str, Any]) -> Raw:
    """Return a copy of ``raw`` with dotted ``keys`` set; ``models.NAME.key`` finds a model by its name."""
    result = deepcopy(raw)
    for dotted, value in keys.items():
        at: Any = result
        *way, last = _split(dotted)
        for step in way:
            at = _step(at, step, dotted)
        if not isinstance(at, dict) or not last:
            raise fault(
                text("'{key}' is not a key of a study", key=dotted),
                dotted,
                text("write it as section.key=value"),
            )
        at[last] = value
    return result


def _split(dotted: str) -> list[str]:
    parts = dotted.split(".")
    if len(parts) > 3 and parts[0] == "models":  # a model's name may hold dots
        return [parts[0], ".".join(parts[1:-1]), parts[-1]]
    return parts


def _step(at: Any, step: str, dotted: str) -> Any:
    if isinstance(at, list):
        named = [item for item in at if isinstance(item, dict) and item.get("name") == step]
        if not named:
            known = [str(item.get("name")) for item in at if isinstance(item, dict)]
            raise fault(
                text("there is no '{name}'", name=step),
                dotted,
                text("{near}names: {names}", near=suggest(step, known), names=tuple(known)),
            )
        return named[0]
    return at.setdefault(step, {}) if isinstance(at, dict) else None
