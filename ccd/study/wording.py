"""Pydantic's faults of a study in plain words: which key, what stood there, what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ccd.errors import StudyError, suggest
from ccd.estimate import KINDS, MODELS
from ccd.spec import keys_of

Loc = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

_KINDS = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "or more"),
    "greater_than": ("gt", "is too little; write more"),
    "less_than_equal": ("le", "or less"),
    "less_than": ("lt", "is too much; write less"),
}


def explain(error: ValidationError, model: type[BaseModel], raw: Any, source: str) -> list[StudyError]:
    """Return one StudyError per faulty key; ``raw`` is what was validated, ``source`` names the study file.

    Where a value may be of several kinds, the faults of all kinds become one.
    """
    by_key: dict[Loc, list[ErrorDetails]] = {}
    for detail in error.errors():
        place = _place(detail, raw)
        by_key.setdefault(place, []).append(detail)
    inner = {place[:n] for place in by_key for n in range(len(place))}
    found = []
    for place, details in by_key.items():
        # a key of a value that is also faulty as another kind: the deeper fault says more
        if place in inner and all(detail["type"] in _KINDS for detail in details):
            continue
        what, fix = _merged([_words(detail, model) for detail in details])
        key = dotted(place, raw)
        found.append(StudyError(what, where=f"{source}, {key}" if key else source, fix=fix))
    return found


def validated_without(
    error: ValidationError, raw: dict[str, Any], validate: Callable[[Any], M]
) -> tuple[M | None, list[Loc]]:
    """Return what ``raw`` gives without its faulty keys, and their places; None when it gives nothing.

    What must be there is replaced by something that fits, so that the rest can still be looked at.
    """
    rest, places = deepcopy(raw), _places(error, raw)
    if any(len(place) < 2 or isinstance(place[-1], int) for place in places):
        return None, places
    for place in places:
        _put(rest, place, None)
    try:
        return validate(rest), places
    except ValidationError as still:
        for place in set(_places(still, rest)) & set(places):
            _put(rest, place, f"{int(place[-2]) + 1}" if isinstance(place[-2], int) else "x")
    try:
        return validate(rest), places
    except ValidationError:
        return None, places


def _places(error: ValidationError, raw: Any) -> list[Loc]:
    """Return where in ``raw`` the faults stand."""
    return [_place(detail, raw) for detail in error.errors()]


def _put(raw: Any, place: Loc, value: str | None) -> None:
    """Set the key of a table at ``place``, or take it out (None)."""
    at = raw
    for item in place[:-1]:
        at = at.get(item, {}) if isinstance(at, dict) else at[item]
    at.pop(place[-1], None)
    if value is not None:
        at[place[-1]] = value


def real_place(loc: Sequence[str | int], raw: Any, *, missing: bool = False) -> Loc:
    """Return the part of pydantic's ``loc`` that leads into ``raw``: its tags of unions are left out.

    A ``missing`` key is at the end of ``loc``, and not in ``raw``.
    """
    place: list[str | int] = []
    at = raw
    for depth, item in enumerate(loc):
        inside = (isinstance(at, Mapping) and item in at) or (
            isinstance(at, list | tuple) and isinstance(item, int) and item < len(at)
        )
        if inside:
            at = at[item]
            place.append(item)
        elif missing and depth == len(loc) - 1 and _is_container(at):
            place.append(item)
    return tuple(place)


def _is_container(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple)


def _place(detail: ErrorDetails, raw: Any) -> Loc:
    """Return where in ``raw`` a fault stands: the list itself where one of its items is missing."""
    missing = detail["type"] == "missing"
    place = real_place(detail["loc"], raw, missing=missing)
    return place[:-1] if missing and place and isinstance(place[-1], int) else place


def dotted(place: Loc, raw: Any) -> str:
    """Return a place as a dotted key: models by name, other items of lists counted from 1."""
    parts: list[str] = []
    at = raw
    for item in place:
        try:
            at = at[item]
        except (KeyError, IndexError, TypeError):
            at = None
        name = at.get("name") if isinstance(item, int) and isinstance(at, Mapping) else None
        plain = isinstance(name, str) and bool(name) and parts == ["models"]
        parts.append(str(name) if plain else str(item + 1 if isinstance(item, int) else item))
    return ".".join(parts)


def _words(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """Return what is wrong and how to mend it."""
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        known = sorted(_fields(model, detail["loc"][:-1]))
        return f"unknown key '{name}'", f"{suggest(name, known)}keys here: {', '.join(known)}"
    if kind == "missing" and isinstance(detail["loc"][-1], int):
        return "the list is too short", f"write {int(detail['loc'][-1]) + 1} values in square brackets"
    if kind == "missing":
        return f"'{detail['loc'][-1]}' is missing", "add it"
    if kind == "too_long":
        return (
            f"{_shown(value)} is too long",
            f"write {detail.get('ctx', {}).get('max_length')} values in square brackets",
        )
    if kind.startswith("union_tag"):
        return _no_such_model(value)
    return _value_words(detail)


def _value_words(detail: ErrorDetails) -> tuple[str, str]:
    """Return what is wrong with a value and how to mend it."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "literal_error":
        allowed = str(context.get("expected", ""))
        near = suggest(str(value), allowed.replace("'", "").replace(" or ", ", ").split(", "))
        return f"{_shown(value)} is not a choice", f"{near}one of {allowed}"
    if kind in _KINDS:
        return f"{_shown(value)} is not {_KINDS[kind]}", f"write {_KINDS[kind]}"
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        limit = f"{context[bound]:g}"
        fix = f"write {limit} {words}" if "or" in words.split() else f"{words} than {limit}"
        return f"{_shown(value)} is out of range", fix
    if kind == "string_pattern_mismatch":
        fix = "letters, digits, dots, - and _ only, with a letter or digit first"
        return f"{_shown(value)} is not a plain name", fix
    message = detail["msg"].removeprefix("Value error, ")
    return message, f"it holds {_shown(value)}: change that"


def _merged(found: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return one fault of the faults that a value has as each of the kinds it may be."""
    whats = list(dict.fromkeys(what for what, _ in found))
    fixes = list(dict.fromkeys(fix for _, fix in found))
    if len(whats) == 1:
        return whats[0], fixes[-1] if whats[0] == "the list is too short" else fixes[0]
    return whats[0], "; or ".join(fixes)


def _no_such_model(section: Any) -> tuple[str, str]:
    kinds = sorted(KINDS)
    kind = section.get("kind") if isinstance(section, Mapping) else None
    if kind is None:
        return "'kind' is missing", f"add kind = one of {', '.join(kinds)}"
    own = KINDS.get(str(kind), ())
    if own:
        asked = str(section.get("estimator"))
        return f"{kind} has no estimator '{asked}'", f"{suggest(asked, own)}estimators: {', '.join(own)}"
    return f"there is no kind of model '{kind}'", f"{suggest(str(kind), kinds)}kinds: {', '.join(kinds)}"


def _fields(model: Any, loc: Sequence[str | int]) -> set[str]:
    """Return the keys of the section at ``loc``, which holds the tags of unions."""
    if loc and loc[0] == "models":
        own = next((MODELS[item] for item in loc if isinstance(item, str) and item in MODELS), None)
        return set(keys_of(own)) if own else set()
    at: Any = model
    for item in loc:
        at = _inside(at, item)
    return {name for kind in _kinds(at) if hasattr(kind, "model_fields") for name in keys_of(kind)}


def _inside(annotation: Any, item: str | int) -> Any:
    """Return the type of what stands under ``item``; a tag of a union leads nowhere."""
    for kind in _kinds(annotation):
        fields = keys_of(kind) if hasattr(kind, "model_fields") else {}
        if item in fields:
            return fields[item].annotation
        if get_origin(kind) is dict and isinstance(item, str):
            return get_args(kind)[1]
        if get_origin(kind) is tuple and isinstance(item, int):
            return get_args(kind)[0]
    return annotation


def _kinds(annotation: Any) -> Iterator[Any]:
    """Yield the types that an annotation allows."""
    if get_origin(annotation) is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for kind in get_args(annotation):
            yield from _kinds(kind)
    else:
        yield annotation


def _shown(value: object) -> str:
    """Return a value as the study writes it, cut when long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        shown = "{ " + ", ".join(f"{k} = {_shown(v)}" for k, v in value.items()) + " }"
    elif isinstance(value, list | tuple):
        shown = "[" + ", ".join(_shown(item) for item in value) + "]"
    else:
        shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
