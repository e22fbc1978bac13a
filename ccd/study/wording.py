"""Pydantic's faults of a study in plain words: which key, what stood there, what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ccd.errors import SpecError, StudyError, suggest
from ccd.estimate import KINDS, MODELS
from ccd.spec import keys_of
from ccd.words import Text, text

Loc = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

_KINDS: dict[str, Text] = {
    "string_type": text("text in quotes"),
    "int_type": text("a whole number"),
    "int_from_float": text("a whole number"),
    "float_type": text("a number"),
    "bool_type": text("true or false"),
    "tuple_type": text("a list in square brackets"),
    "dict_type": text("a table"),
    "model_type": text("a table"),
    "model_attributes_type": text("a table"),
}
#: Fault -> the key of its limit, and what to write instead.
_BOUNDS: dict[str, tuple[str, Text]] = {
    "greater_than_equal": ("ge", text("write {limit} or more", limit="")),
    "greater_than": ("gt", text("is too little; write more than {limit}", limit="")),
    "less_than_equal": ("le", text("write {limit} or less", limit="")),
    "less_than": ("lt", text("is too much; write less than {limit}", limit="")),
}
#: What is wrong, and how to mend it.
Said = tuple[Text, Text]
#: Faults of a value that have no bound to name.
_PLAIN: dict[str, Said] = {
    "too_short": (text("{value} has too few items", value=""), text("list {count} or more", count=1)),
    "string_too_short": (text("{value} has too few items", value=""), text("list {count} or more", count=1)),
    "string_pattern_mismatch": (
        text("{value} is not a plain name", value=""),
        text("letters, digits, dots, - and _ only, with a letter or digit first"),
    ),
    "finite_number": (text("{value} is not a finite number", value=""), text("write a number")),
    "string_too_long": (text("{value} is too long", value=""), text("shorten it")),
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


def _words(detail: ErrorDetails, model: type[BaseModel]) -> Said:
    """Return what is wrong and how to mend it."""
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        known = sorted(_fields(model, detail["loc"][:-1]))
        fix = text("{near}keys here: {keys}", near=suggest(name, known), keys=tuple(known))
        return text("unknown key '{key}'", key=name), fix
    if kind == "missing" and isinstance(detail["loc"][-1], int):
        count = int(detail["loc"][-1]) + 1
        return TOO_SHORT, text("write {count} {count:value|values} in square brackets", count=count)
    if kind == "missing":
        return text("'{key}' is missing", key=str(detail["loc"][-1])), text("add it")
    if kind == "too_long":
        most = detail.get("ctx", {}).get("max_length")
        what = text("{value} is too long", value=_shown(value))
        return what, text("write {count} {count:value|values} in square brackets", count=most)
    if kind.startswith("union_tag"):
        return _no_such_model(value)
    return _value_words(detail)


def _value_words(detail: ErrorDetails) -> Said:
    """Return what is wrong with a value and how to mend it."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "literal_error":
        allowed = str(context.get("expected", "")).replace(" or ", ", ").split(", ")
        near = suggest(str(value), [word.strip("'") for word in allowed])
        fix = text("{near}one of {choices}", near=near, choices=tuple(allowed))
        return text("{value} is not a choice", value=_shown(value)), fix
    if kind in _KINDS:
        what = text("{value} is not {kind}", value=_shown(value), kind=_KINDS[kind])
        return what, text("write {kind}", kind=_KINDS[kind])
    if kind in _PLAIN:
        what, fix = _PLAIN[kind]
        filled = Text(fix.template, (("count", context.get("min_length", 1)),)) if fix.values else fix
        return Text(what.template, (("value", _shown(value)),)), filled
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        fix = Text(words.template, (("limit", f"{context[bound]:g}"),))
        return text("{value} is out of range", value=_shown(value)), fix
    return _told(detail), text("it holds {value}: change that", value=_shown(value))


def _told(detail: ErrorDetails) -> Text:
    """Return what a validator of ours says, or the name of a fault that pydantic alone knows."""
    error = detail.get("ctx", {}).get("error")
    return error.said if isinstance(error, SpecError) else text("not valid ({kind})", kind=detail["type"])


TOO_SHORT = text("the list is too short")


def _merged(found: Sequence[Said]) -> Said:
    """Return one fault of the faults that a value has as each of the kinds it may be."""
    whats = list(dict.fromkeys(what for what, _ in found))
    fixes = list(dict.fromkeys(fix for _, fix in found))
    if len(whats) == 1:
        return whats[0], fixes[-1] if whats[0] == TOO_SHORT else fixes[0]
    fix = fixes[0]
    for other in fixes[1:]:
        fix = text("{fix}; or {other}", fix=fix, other=other)
    return whats[0], fix


def _no_such_model(section: Any) -> Said:
    kinds = sorted(KINDS)
    kind = section.get("kind") if isinstance(section, Mapping) else None
    if kind is None:
        return text("'{key}' is missing", key="kind"), text("add kind = one of {kinds}", kinds=tuple(kinds))
    own = KINDS.get(str(kind), ())
    if own:
        asked = str(section.get("estimator"))
        what = text("{kind} has no estimator '{estimator}'", kind=str(kind), estimator=asked)
        return what, text("{near}estimators: {estimators}", near=suggest(asked, own), estimators=tuple(own))
    what = text("there is no kind of model '{kind}'", kind=str(kind))
    return what, text("{near}kinds: {kinds}", near=suggest(str(kind), kinds), kinds=tuple(kinds))


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
