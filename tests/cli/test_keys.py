"""``ccd explain --keys``: the keys of a kind or a section with kinds, defaults and meanings."""

from __future__ import annotations

import pytest

from ccd.errors import UsageError
from ccd.estimate import KINDS, MODELS
from ccd.study.keys import asked_keys, section_keys, sections
from ccd.terminal import keys


@pytest.mark.parametrize("kind", dict.fromkeys([*KINDS, *MODELS]))
def test_a_kind_gives_every_key_of_its_estimators(kind):
    found = asked_keys(kind)
    own = [
        model
        for name, model in MODELS.items()
        if name == kind or (kind in KINDS and name.startswith(f"{kind}-"))
    ]
    wanted = {key for model in own for key in model.model_fields}
    assert {key.name for listed in found.values() for key in listed} == wanted
    assert all({key.name for key in next(iter(found.values()))} <= set(model.model_fields) for model in own)


def test_keys_say_kind_default_and_meaning():
    (listed,) = asked_keys("did-twfe").values()
    by_name = {key.name: key for key in listed}
    assert by_name["policy"][1:3] == ("text", "required")
    assert by_name["window"][1:3] == ("list of 2: whole number", "none")
    assert by_name["cutoff"][1:3] == ("number", "300.0")
    assert by_name["subset"].kind.startswith("table of list of")
    assert by_name["controls"].meaning == "Time-varying control columns."


def test_sections_are_asked_by_name_and_unknown_ones_refused():
    assert asked_keys("diagnostics")["[diagnostics]"][0].name == "variables"
    assert {key.name for key in section_keys(sections()["[[models]], shorthand"])} == {"like", "stepwise"}
    with pytest.raises(UsageError) as error:
        asked_keys("treshold")
    assert "did you mean 'threshold'" in error.value.fix


def test_the_terminal_prints_them(capsys):
    keys("threshold")
    said = capsys.readouterr().out
    assert "threshold: text; required" in said
    assert "Column whose values split the sample" in said
