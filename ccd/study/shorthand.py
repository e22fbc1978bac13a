"""What a study says once and means for several models: ``[defaults]``, ``like``, ``stepwise``, lists of estimators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from ccd.errors import StudyError, suggest
from ccd.estimate import MODELS, estimators, tag, variants
from ccd.spec import Spec
from ccd.study.raw import Raw, fault
from ccd.words import Name, Text, names, text

#: Keys that are a model's own and never come from another.
OWN = ("name", "like", "stepwise")


class Shorthand(Spec):
    """Keys of any ``[[models]]`` section that write other keys."""

    like: str = ""
    """Model whose keys this one repeats; its own keys go before them, and those its kind lacks fall away (a note)."""
    stepwise: tuple[tuple[str, ...], ...] = Field(default=(), min_length=1)
    """Sets of controls entered one by one on the rows of the last: models NAME-1 (none), NAME-2, .. in one table."""


@dataclass(frozen=True)
class Written:
    """One ``[[models]]`` section with all its keys, and the models it makes, each with one estimator and set.

    ``given`` are the keys that the section does not write itself.
    """

    keys: Raw
    made: tuple[Raw, ...]
    given: frozenset[str]

    @property
    def name(self) -> str:
        """Return the name of the section; empty where it has none."""
        return str(self.keys.get("name", ""))

    @property
    def steps(self) -> bool:
        """Tell whether its models are the columns of a stepwise table."""
        return "stepwise" in self.keys


class Expanded(NamedTuple):
    """The sections of a study written out, what fell away, and what is wrong with the shorthand."""

    written: tuple[Written, ...]
    notes: tuple[Text, ...]
    faults: tuple[StudyError, ...]


def expanded(raw: Raw) -> Expanded:
    """Return every section of models with the keys that ``[defaults]`` and ``like`` give it, and its models.

    Own keys go before those of ``like``, these before the defaults. Keys that a kind does not know fall away where
    they come from elsewhere, with a note.
    """
    sections = [one for one in listed(raw.get("models")) if isinstance(one, dict)]
    defaults = raw.get("defaults", {})
    defaults = dict(defaults) if isinstance(defaults, Mapping) else {}
    faults = [*_defaults_faults(defaults), *chain.from_iterable(map(_own_faults, sections))]
    by_name = {str(one.get("name")): one for one in sections}
    written, lost = [], _Lost()
    for section in sections:
        own = {key: value for key, value in section.items() if key != "like"}
        try:
            inherited = _inherited(section, by_name, ())
        except StudyError as error:
            faults.append(error)
            written.append(Written(own, (), frozenset()))
            continue
        first = _laid(own, inherited)
        lost.liked(section, inherited.keys() - first.keys())
        keys = _laid(first, defaults)
        lost.defaults(section, defaults.keys() - keys.keys())
        try:
            made = tuple(_steps(keys, own.keys()))
        except StudyError as error:
            faults.append(error)
            made = ()
        written.append(Written(keys, made, frozenset(keys.keys() - own.keys())))
    return Expanded(tuple(written), tuple(lost.notes()), tuple(faults))


def with_section_names(tables: Any, written: Iterable[Written]) -> Any:
    """Return ``[[tables]]`` in which the name of a section that makes several models stands for all of them."""
    made = {one.name: [str(model.get("name")) for model in one.made] for one in written}

    def models(asked: Any) -> list[Any]:
        return [
            name
            for one in listed(asked)
            for name in (made.get(one, [one]) if isinstance(one, str) else [one])
        ]

    return [
        {**one, "models": models(one["models"])}
        if isinstance(one, dict) and isinstance(one.get("models"), list)
        else one
        for one in listed(tables)
    ]


def known_keys(section: Raw) -> frozenset[str] | None:
    """Return the keys of the models that a section asks for; None where there is no such kind."""
    asked = [tag({**section, "estimator": e}) for e in estimators(section)] or [tag(section)]
    if not all(one in MODELS for one in asked):
        return None
    return frozenset(key for one in asked for key in MODELS[one].model_fields)


def without_unknown(section: Raw, own: Iterable[str]) -> tuple[Raw, tuple[str, ...]]:
    """Return a section without the keys that its kind does not know, and these; ``own`` keys stay for their fault."""
    known = known_keys(section)
    if known is None:
        return section, ()
    gone = tuple(key for key in section if key not in known and key not in {*own, *OWN})
    return {key: value for key, value in section.items() if key not in gone}, gone


def each_estimator(model: Raw) -> Iterator[Raw]:
    """Yield NAME-OUTCOME-ESTIMATOR for each of ``outcome = [..]`` and ``estimator = [..]``, with the keys it knows."""
    if not any(keys for _, keys in variants(model)):
        yield model
        return
    made = [{**model, **keys, "name": name} for name, keys in variants(model)]
    fields = [set(MODELS[tag(v)].model_fields) if tag(v) in MODELS else set(v) for v in made]
    known = set().union(*fields)
    for variant, own in zip(made, fields, strict=True):
        yield {key: value for key, value in variant.items() if key in own or key not in known}


def listed(value: Any) -> Sequence[Any]:
    """Return a list as it is, and nothing where it is none."""
    return value if isinstance(value, list | tuple) else ()


def _inherited(section: Raw, by_name: Mapping[str, Raw], seen: tuple[str, ...]) -> Raw:
    """Return the keys that ``like`` gives a section, those of the nearest model first."""
    name = section.get("like")
    if name is None:
        return {}
    where = f"models.{section.get('name', '')}.like"
    if not isinstance(name, str):
        raise fault(
            text("{value} is not text in quotes", value=repr(name)), where, text('write like = "NAME"')
        )
    if name in (*seen, section.get("name")):
        raise fault(
            text("'{name}' is like itself", name=name), where, text("name a model that is written out")
        )
    if name not in by_name:
        raise fault(
            text("there is no model '{name}'", name=name),
            where,
            text("{near}models: {models}", near=suggest(name, by_name), models=tuple(by_name)),
        )
    above = by_name[name]
    own = {key: value for key, value in above.items() if key not in OWN}
    if "stepwise" in above:  # like its last column
        sets = [listed(one) for one in listed(above["stepwise"])]
        own["controls"] = list(dict.fromkeys(chain.from_iterable(sets)))
    return _laid(own, _inherited(above, by_name, (*seen, str(section.get("name")))))


def _laid(own: Raw, given: Raw) -> Raw:
    """Return ``own`` keys over ``given`` ones; of the given those that the kind does not know fall away.

    An estimator belongs to its kind, and controls give way to ``stepwise``.
    """
    apart = "kind" in own and "kind" in given and own["kind"] != given["kind"]
    out = {"estimator"} if apart else set()
    out |= {"controls"} if "stepwise" in own else set()
    whole = {**{key: value for key, value in given.items() if key not in out}, **own}
    return without_unknown(whole, own)[0]


def _steps(section: Raw, own: Iterable[str]) -> Iterator[Raw]:
    """Yield the models of a section: one a step and an estimator."""
    plain = {key: value for key, value in section.items() if key != "stepwise"}
    if "stepwise" not in section:
        yield from each_estimator(plain)
        return
    where = f"models.{section.get('name', '')}.stepwise"
    try:
        asked = tuple(tuple(one) if isinstance(one, list) else one for one in section["stepwise"])
        sets = Shorthand.model_validate({"stepwise": asked}).stepwise
    except (ValidationError, TypeError) as error:
        raise fault(
            text("stepwise is a list of lists of columns"),
            where,
            text('write stepwise = [["first"], ["second", "third"]]'),
        ) from error
    if "controls" in own:
        raise fault(
            text("stepwise and controls both name the controls"),
            where,
            text("put the controls into the first set"),
        )
    if "controls" not in (known_keys(plain) or {"controls"}):
        raise fault(
            text("this model takes no controls to enter stepwise"),
            where,
            text("name another kind or estimator"),
        )
    for step in range(len(sets) + 1):
        controls = list(dict.fromkeys(chain.from_iterable(sets[:step])))
        later = [c for c in dict.fromkeys(chain.from_iterable(sets[step:])) if c not in controls]
        shared = {"complete_in": [*listed(plain.get("complete_in")), *later]} if later else {}
        yield from each_estimator(
            {**plain, **shared, "controls": controls, "name": f"{plain.get('name')}-{step + 1}"}
        )


def _own_faults(section: Raw) -> Iterator[StudyError]:
    if "like" in section and section.get("name") is None:
        yield fault(
            text("a model that is like another has no name"), "models", text("give it one: name = ..")
        )


def _defaults_faults(defaults: Raw) -> Iterator[StudyError]:
    known = sorted({key for model in MODELS.values() for key in model.model_fields} - {"name"})
    for key in defaults:
        if key not in known:
            yield fault(
                text("unknown key '{key}'", key=key),
                "defaults",
                text("{near}any key of a model but its name", near=suggest(key, known)),
            )


class _Lost:
    """Collects the keys that fell away, to be said once."""

    def __init__(self) -> None:
        self.by_model: list[tuple[str, str, tuple[str, ...]]] = []
        self.by_key: dict[str, list[str]] = {}

    def liked(self, section: Raw, keys: Iterable[str]) -> None:
        gone = tuple(key for key in keys if not (key == "controls" and "stepwise" in section))
        if gone:
            self.by_model.append((str(section.get("name")), str(section.get("like")), tuple(sorted(gone))))

    def defaults(self, section: Raw, keys: Iterable[str]) -> None:
        for key in keys:
            if not (key == "controls" and "stepwise" in section):
                self.by_key.setdefault(key, []).append(str(section.get("name")))

    def notes(self) -> Iterator[Text]:
        for model, like, keys in self.by_model:
            yield text(
                "{model} is like {like} but for keys that its kind does not know: {keys}",
                model=Name(model),
                like=Name(like),
                keys=keys,
            )
        for key, models in sorted(self.by_key.items()):
            yield text("[defaults] {key} does not apply to {models}", key=key, models=names(models))
